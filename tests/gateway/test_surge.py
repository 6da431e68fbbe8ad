"""A surge: abnormally many notices wait for a person, and everything else goes on."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import func, select

from gateway.feeds.door import take
from gateway.ground import Ground
from gateway.jobs import watch
from gateway.outbox import surge as deciding
from gateway.store import surges
from gateway.store.tables import decisions, messages, notice_hours, tasks
from gateway.store.tables import surges as table
from tests.gateway.outbox.outbox import Clock
from tests.gateway.world import JAMIE, World, call, report

ARREST = "arrest.made"
AT_LEAST = 50
"""The policy's `surge.at_least`: so many notices in an hour are never a surge."""
BATCH = 200
"""Events are worked on so many at a time; a surge holds the very batch in which it shows."""


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def ground(ground: Ground, clock: Clock) -> Ground:
    """The line by a clock that the test moves."""
    return replace(ground, clock=clock)


def arrests(world: World, many: int, first: int = 0) -> None:
    """A bad import: so many reports of the past, and of each an arrest just now."""
    now = world.ground.clock()
    numbers = range(first, first + many)
    filed = [
        world.event(
            "report.filed",
            f"R{n}",
            report(victim={"phone": f"+1520{5560000 + n:07}"}),
            at=now - timedelta(days=30),
        )
        for n in numbers
    ]
    made = [world.event("arrest.made", f"R{n}", {"arrest_id": "A1"}) for n in numbers]
    for events in (filed, made):
        for place in range(0, len(events), 1000):
            take(world.ground, "demo", events[place : place + 1000], now)
        while world.workshop.work_off_events():
            pass


def how_many(world: World, notice: str, *states: str) -> int:
    statement = select(func.count()).where(messages.c.notice == notice, messages.c.state.in_(states))
    with world.ground.database.connect() as connection:
        return connection.scalar(statement) or 0


def held(world: World) -> surges.Row | None:
    with world.ground.database.connect() as connection:
        return surges.held_one(connection, "demo", ARREST)


def drain(world: World) -> None:
    """Until nothing is due, and all receipts are in."""
    while world.workshop.drain_outbox():
        pass
    world.phones.wait_until_settled()


def test_of_a_bad_import_of_8000_arrests_none_leaves_and_answers_go_on(world: World) -> None:
    """The first batch of 200 is over the threshold of 50, and its messages are held in the transaction that writes
    them. So the bound is: what was sent before the batch in which a surge shows, never more than the threshold."""
    arrests(world, 8000)
    drain(world)
    assert how_many(world, ARREST, "queued") == 8000
    assert how_many(world, ARREST, "sent", "delivered") == 0
    (task,) = world.rows(tasks, kind="surge")
    assert (task.urgent, task.count, task.detail["usual"]) == (True, 1, str(AT_LEAST))
    assert world.text(JAMIE, "HELP") == 204
    assert len(world.received(JAMIE)) == 1
    world.tell(world.event("call.received", "P1", call()))
    world.send()
    assert len(world.received(JAMIE)) == 2
    row = held(world)
    assert row is not None
    assert deciding.carry_out_discard(world.ground, row, "clerk") == 8000
    drain(world)
    assert how_many(world, ARREST, "canceled") == 8000
    assert len(world.rows(tasks, kind="owed_notice", closed_at=None)) == 8000


def test_at_most_the_threshold_leaves_before_a_slow_flood_is_held(world: World) -> None:
    for place in range(8):
        arrests(world, 10, first=place * 10)
        drain(world)
    assert how_many(world, ARREST, "delivered") == AT_LEAST
    assert how_many(world, ARREST, "queued") == 30


def test_a_first_ordinary_day_is_not_held(world: World, clock: Clock) -> None:
    for hour in range(3):
        arrests(world, 40, first=hour * 40)
        drain(world)
        clock.advance(timedelta(hours=1))
    assert how_many(world, ARREST, "delivered") == 120
    assert world.rows(table) == []


def test_what_is_still_in_time_goes_out_when_it_is_released_and_the_rest_is_dropped(
    world: World, clock: Clock
) -> None:
    arrests(world, 60)
    with world.ground.database.begin() as connection:
        soon = messages.c.record_number.in_(["R1", "R2"])
        values = {"expires_at": clock() + timedelta(minutes=10)}
        connection.execute(messages.update().where(soon).values(values))
    clock.advance(timedelta(minutes=20))
    row = held(world)
    assert row is not None
    with world.ground.database.begin() as connection:
        assert deciding.release(world.ground, connection, row, "clerk")
    drain(world)
    assert how_many(world, ARREST, "delivered") == 58
    assert [one.reason for one in world.rows(messages, state="suppressed")] == ["stale", "stale"]
    assert [one.closed_at is None for one in world.rows(tasks, kind="surge")] == [False]
    assert [(one.outcome, one.ended_by) for one in world.rows(table)] == [("released", "clerk")]


def test_what_is_discarded_keeps_its_reason_and_the_hour_is_no_measure_of_what_is_usual(world: World) -> None:
    arrests(world, 60)
    row = held(world)
    assert row is not None
    deciding.carry_out_discard(world.ground, row, "clerk")
    why = world.rows(decisions, rule=ARREST, outcome="suppressed")
    assert {one.reason for one in why} == {"surge"}
    assert len(why) == 60
    assert [(one.outcome, one.ended_by) for one in world.rows(table)] == [("discarded", "clerk")]
    assert [one.written for one in world.rows(notice_hours, notice=ARREST)] == [0]
    assert [one.closed_at is None for one in world.rows(tasks, kind="surge")] == [False]
    drain(world)
    assert how_many(world, ARREST, "canceled") == 60
    world.tell(world.event("report.updated", "R1", {"division": "east"}))
    assert how_many(world, ARREST, "queued") == 0


def test_a_discard_that_is_killed_stays_held_and_is_finished_by_the_watch(world: World) -> None:
    arrests(world, 60)
    row = held(world)
    assert row is not None
    with world.ground.database.begin() as connection:
        assert surges.condemn(connection, row.id, "clerk")
        assert not surges.condemn(connection, row.id, "chief")
        assert not deciding.release(world.ground, connection, row, "chief")
    drain(world)
    assert how_many(world, ARREST, "queued") == 60
    watch.look(world.ground)
    assert how_many(world, ARREST, "canceled") == 60
    assert [(one.outcome, one.ended_by) for one in world.rows(table)] == [("discarded", "clerk")]


def test_what_waited_for_its_time_before_the_flood_is_not_discarded_with_it(
    world: World, clock: Clock
) -> None:
    arrests(world, 1)
    clock.advance(timedelta(hours=3))
    arrests(world, 60, first=1)
    row = held(world)
    assert row is not None
    assert deciding.carry_out_discard(world.ground, row, "clerk") == 60
    drain(world)
    assert how_many(world, ARREST, "delivered") == 1


def test_staff_on_call_are_paged_once_for_each_surge(world: World) -> None:
    arrests(world, 60)
    for _ in range(3):
        watch.look(world.ground)
    drain(world)
    phones = world.ground.policies.of("demo").policy.agency.on_call
    for phone in phones:
        (body,) = world.received(phone)
        assert "unusually many (60)" in body
        assert body.endswith("https://tidings.test/spotlight/")
