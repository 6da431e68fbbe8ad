"""Events become records: whatever their order and number, and whatever one of them breaks."""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta
from itertools import count
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import delete

from gateway.feeds import batch as batches
from gateway.feeds.door import take
from gateway.feeds.work import work_batch, work_off
from gateway.ground import Ground, Policies
from gateway.store import agencies, records
from gateway.store import events as events_store
from gateway.store.tables import decisions, events, messages, parties, senders, tasks
from tests.gateway.world import JAMIE, OTHER, World, call, report

Json = dict[str, Any]

STORY: tuple[tuple[str, str, Json], ...] = (
    ("report.filed", "2026-05-01T10:00:00Z", report()),
    (
        "report.updated",
        "2026-05-01T11:00:00Z",
        {"parties": [{"role": "victim", "phone": OTHER}, {"role": "suspect", "id": "s1", "name": "Sam"}]},
    ),
    ("report.updated", "2026-05-01T11:00:00Z", {"offenses": ["13A"]}),
    ("case.assigned", "2026-05-02T10:00:00Z", {"assigned_to": "Detective Chen"}),
    ("case.assigned", "2026-05-01T12:00:00Z", {"assigned_to": "Detective Ruiz"}),
    ("case.status_changed", "2026-05-03T10:00:00Z", {"status": "inactive"}),
    ("arrest.made", "2026-05-02T23:00:00Z", {"arrest_id": "A1"}),
)
_numbers = count()


def tell(ground: Ground, bodies: Sequence[Json]) -> None:
    take(ground, "demo", bodies, ground.clock())


@settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    order=st.lists(st.integers(0, len(STORY) - 1), min_size=len(STORY), max_size=16).filter(
        lambda order: len(set(order)) == len(STORY)
    ),
    cut=st.integers(0, 16),
)
def test_any_order_and_repetition_of_a_cases_events_ends_in_the_same_record(
    ground: Ground, order: list[int], cut: int
) -> None:
    number = f"R{next(_numbers)}"
    for part in (order[:cut], order[cut:]):
        tell(
            ground,
            [
                {
                    "specversion": "1.0",
                    "source": number,
                    "id": f"e{place}",
                    "type": STORY[place][0],
                    "subject": number,
                    "time": STORY[place][1],
                    "data": STORY[place][2],
                }
                for place in part
            ],
        )
        work_off(ground, lambda: True)
    with ground.database.connect() as connection:
        key = ("case", number)
        facts = records.load(connection, "demo", [key])[key]
        standing = connection.execute(parties.select().where(parties.c.number == number)).all()
    case = records.view(key, facts)
    assert (case.status, case.assigned_to, case.offenses) == ("inactive", "Detective Chen", ("13A",))
    assert [(party.id, party.phone) for party in case.parties] == [("s1", None), ("victim", OTHER)]
    hashes = {row.party_id: row.phone_hash and bytes(row.phone_hash) for row in standing}
    assert hashes == {"s1": None, "victim": ground.vault.lookup("demo", "phone", OTHER)}


def test_a_batch_with_a_reclassification_sends_nothing(world: World) -> None:
    world.tell(
        world.event("call.received", "P1", call()),
        world.event("call.dispatched", "P1", call()),
        world.event("call.reclassified", "P1", {"type_code": "BATTERY DV"}),
        world.event("call.closed", "P1", call()),
    )
    world.send()
    assert world.received(JAMIE) == []
    assert world.count(messages) == 0
    assert {row.reason for row in world.rows(decisions)} == {"domestic_violence"}


def test_a_reclassification_before_the_call_is_known_counts_too(world: World) -> None:
    world.tell(world.event("call.reclassified", "P1", {"type_code": "BATTERY DV"}))
    world.tell(world.event("call.received", "P1", call()))
    world.send()
    assert world.received(JAMIE) == []


def test_an_event_that_breaks_is_set_aside_with_a_task_and_the_others_go_on(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    sound = batches.merge

    def merge(facts: Any, event: Any) -> Any:
        if event.subject == "P13":
            raise ValueError("Jamie Doe +15205550131")
        return sound(facts, event)

    monkeypatch.setattr(batches, "merge", merge)
    world.tell(
        *(world.event("call.received", f"P{n}", call(caller={"phone": f"+1520555{n:04}"})) for n in range(20))
    )
    assert sorted(row.state for row in world.rows(events)) == ["done"] * 19 + ["failed"]
    assert world.count(messages) == 19
    (failed,) = world.rows(events, state="failed")
    assert failed.error == "ValueError"
    (task,) = world.rows(tasks)
    assert (task.kind, task.urgent, task.detail) == (
        "event_failed",
        True,
        {"event": str(failed.id), "error": "ValueError"},
    )


def test_an_event_that_an_older_version_took_and_this_one_can_not_read_is_set_aside(
    world: World, ground: Ground
) -> None:
    old = events_store.NewEvent("s", "e", "call.received", "P1", ground.clock(), {"specversion": "0.1"})
    with ground.database.begin() as connection:
        events_store.record(connection, "demo", [old], ground.clock())
    world.tell(world.event("call.received", "P2", call()))
    assert sorted(row.state for row in world.rows(events)) == ["done", "failed"]


def test_events_of_an_agency_without_a_number_or_a_policy_wait_and_hold_up_nobody_else(
    world: World, ground: Ground
) -> None:
    with ground.database.begin() as connection:
        agencies.add_agency(connection, "stray", ground.clock())
        connection.execute(delete(senders))
    take(ground, "stray", [world.event("call.received", "P1", call())], ground.clock())
    world.tell(world.event("call.received", "P1", call()), world.event("feed.heartbeat", ""))
    assert {row.state for row in world.rows(events)} == {"new"}
    with ground.database.begin() as connection:
        agencies.add_sender(connection, "demo", "+15205550199")
    world.workshop.work_off_events()
    assert {(row.agency_id, row.state) for row in world.rows(events)} == {("demo", "done"), ("stray", "new")}
    assert world.count(tasks) == 0
    nobody = replace(ground, policies=Policies({}))
    assert work_batch(nobody, "stray").events == 0


def test_two_workers_do_not_work_on_one_agencys_events_at_once(world: World, ground: Ground) -> None:
    take(ground, "demo", [world.event("call.received", "P1", call())], ground.clock())
    with ground.database.begin() as connection:
        assert events_store.take_turn(connection, "demo")
        assert work_batch(ground, "demo").events == 0
    assert work_batch(ground, "demo").events == 1


def test_many_workers_at_once_write_each_message_once(world: World, ground: Ground) -> None:
    for batch in range(4):
        bodies = [
            world.event("call.received", f"P{batch}-{n}", call(caller={"phone": f"+1520555{n:04}"}))
            for n in range(50)
        ]
        take(ground, "demo", bodies, ground.clock())
        take(ground, "demo", bodies, ground.clock())
    with ThreadPoolExecutor(4) as pool:
        list(pool.map(lambda _: work_off(ground, lambda: True), range(4)))
    work_off(ground, lambda: True)
    assert {row.state for row in world.rows(events)} == {"done"}
    assert world.count(messages) == 200


def test_the_same_notice_told_by_two_events_is_one_message(world: World) -> None:
    for _ in range(3):
        world.tell(world.event("call.received", "P1", call()))
    world.send()
    assert len(world.received(JAMIE)) == 1


def test_an_import_of_the_past_tells_nobody_anything(world: World, ground: Ground) -> None:
    take(ground, "demo", [world.event("report.filed", "R1", report())], ground.clock(), history=True)
    old = ground.clock() - timedelta(days=30)
    world.tell(world.event("report.filed", "R2", report(victim={"phone": OTHER}), at=old))
    world.send()
    assert world.count(messages) == 0
    world.text(JAMIE, "STATUS")
    assert "R1" in world.received(JAMIE)[0], "but it is known"
