"""The pace of a sender: never faster than its rate but for one second's worth, with Redis and without."""

from __future__ import annotations

import socket
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.outbox.pace import BURST_SECONDS, Pace, reserve
from gateway.store import agencies
from gateway.wake import connect
from tests.gateway.outbox.outbox import Outbox

RATES = st.sampled_from([1.0, 3.0, 10.0, 100.0])
COSTS = st.lists(st.integers(1, 10), max_size=30)
ASKED = st.lists(st.tuples(st.floats(0, 3), COSTS), max_size=30)
MOST = 10


@given(rate=RATES, asked=ASKED)
def test_in_any_stretch_of_time_no_more_than_the_rate_and_one_burst_is_granted(
    rate: float, asked: list[tuple[float, list[int]]]
) -> None:
    now, free_at = 1_000.0, 0.0
    granted: list[tuple[float, int]] = []
    for wait, costs in asked:
        now += wait
        grant = reserve(free_at, now, costs, rate)
        free_at = grant.free_at
        granted.append((now, sum(costs[: grant.count])))
    for place, (begin, _) in enumerate(granted):
        total = 0
        for end, segments in granted[place:]:
            total += segments
            assert total <= rate * (end - begin + BURST_SECONDS) + MOST + 1e-6


@given(rate=RATES, costs=COSTS.filter(bool), owed=st.floats(0, 100))
def test_whoever_waits_until_the_place_is_free_is_granted(rate: float, costs: list[int], owed: float) -> None:
    grant = reserve(1_000.0 + owed, 1_000.0, costs, rate)
    later = max(grant.free_at - BURST_SECONDS, 1_000.0) + 0.001
    assert reserve(grant.free_at, later, [1], rate).count == 1


@given(rate=RATES, costs=COSTS)
def test_a_sender_that_rested_has_one_seconds_worth_and_no_more(rate: float, costs: list[int]) -> None:
    grant = reserve(0.0, 1_000.0, costs, rate)
    assert sum(costs[: max(grant.count - 1, 0)]) < rate * BURST_SECONDS or grant.count == 0
    assert grant.count == len(costs) or sum(costs[: grant.count]) >= rate * BURST_SECONDS - 1e-6


def test_redis_keeps_the_same_pace_as_the_rule(redis_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    now = 1_700_000_000.25
    with connect(redis_url, seconds=1) as redis:
        shared, alone = Pace(redis), Pace(None)
        for wait, costs in [(0, [1] * 30), (0, [1]), (0.5, [3, 3, 3]), (2, [10, 10]), (0.1, []), (9, [1])]:
            now += wait
            monkeypatch.setattr(time, "time", lambda now=now: now)
            one, other = shared.reserve(7, costs, 10.0), alone.reserve(7, costs, 10.0)
            assert one.count == other.count
            assert one.free_at == pytest.approx(other.free_at, abs=0.001)


def test_two_processes_share_one_pace_and_two_senders_do_not(redis_url: str) -> None:
    with connect(redis_url, seconds=1) as redis:
        assert Pace(redis).reserve(1, [1] * 5, 5.0).count == 5
        assert Pace(redis).reserve(1, [1] * 5, 5.0).count <= 1
        assert Pace(redis).reserve(2, [1] * 5, 5.0).count == 5


def test_the_pace_is_kept_when_redis_refuses_or_is_silent() -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        for port in (silent.getsockname()[1], 9):
            with connect(f"redis://127.0.0.1:{port}", seconds=0.1) as redis:
                pace = Pace(redis)
                began = time.monotonic()
                assert pace.reserve(1, [1] * 5, 2.0).count == 2
                assert pace.reserve(1, [1] * 5, 2.0).count <= 1
                assert time.monotonic() - began < 1.0


def test_a_sender_has_a_rate(still_outbox: Outbox) -> None:
    with (
        still_outbox.ground.database.begin() as connection,
        pytest.raises(ValueError, match="segment a second"),
    ):
        agencies.add_sender(connection, "demo", "+15205550188", segments_per_second=0)
