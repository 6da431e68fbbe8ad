"""What the gateway does with a record that is asked again: timers, merged numbers, what is taken back or settled."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select, update

from gateway.store import conversations
from gateway.store.tables import contacts, decisions, enrollments, messages, tasks, timers
from tests.gateway.world import JAMIE, OTHER, World, call, report


def enroll(world: World, number: str, phone: str = OTHER) -> None:
    phone_hash = world.ground.vault.lookup("demo", "phone", phone)
    with world.ground.database.begin() as connection:
        conversations.enroll(
            connection, "demo", phone, phone_hash, [(number, "arrests")], world.ground.clock()
        )


def enrolled_on(world: World) -> set[str]:
    return {row.report_number for row in world.rows(enrollments, ended_at=None)}


def open_tasks(world: World) -> list[str]:
    return [row.kind for row in world.rows(tasks, closed_at=None)]


def told(world: World, notice: str) -> list[Any]:
    return world.rows(messages, notice=notice)


# Timers


def test_what_is_due_later_is_a_timer_and_is_written_in_its_time(world: World) -> None:
    world.tell(world.event("call.closed", "P1", call()))
    assert [row.rule for row in world.rows(timers)] == ["survey.after_call"]
    assert told(world, "survey.after_call") == []
    with world.ground.database.begin() as connection:
        connection.execute(update(timers).values(due_at=world.ground.clock() - timedelta(hours=1)))
    world.workshop.work_off_events()
    (timer,) = world.rows(timers)
    assert timer.due_at > world.ground.clock(), "the record itself says when, whatever a timer says"


def test_a_timer_of_a_rule_that_the_policy_has_no_more_goes_away(world: World) -> None:
    world.tell(world.event("call.closed", "P1", call()))
    past = world.ground.clock() - timedelta(hours=1)
    with world.ground.database.begin() as connection:
        connection.execute(update(timers).values(due_at=past, rule="gone"))
    assert world.workshop.work_off_events() is False
    assert "gone" not in {row.rule for row in world.rows(timers)}


def test_a_delay_of_one_call_says_nothing_of_another(world: World) -> None:
    world.tell(
        *(world.event("call.closed", number, call(caller={"phone": JAMIE})) for number in ("P1", "P2"))
    )
    assert sorted(row.record_number for row in world.rows(timers)) == ["P1", "P2"]


# Taken back and settled


def test_a_notice_that_is_taken_back_says_why_and_one_that_is_owed_becomes_a_task(world: World) -> None:
    world.tell(
        world.event("report.filed", "R1", report()), world.event("arrest.made", "R1", {"arrest_id": "A1"})
    )
    world.tell(world.event("report.updated", "R1", {"offenses": ["11A"]}))
    assert {(row.state, row.reason) for row in world.rows(messages)} == {("canceled", "sensitive_offense")}
    why = [(row.rule, row.outcome, row.reason) for row in world.rows(decisions)]
    assert ("arrest.made", "suppressed", "sensitive_offense") in why
    assert open_tasks(world).count("owed_notice") == 1


def test_what_has_left_is_not_taken_back(world: World) -> None:
    world.tell(world.event("report.filed", "R1", report()))
    world.send()
    world.tell(world.event("report.updated", "R1", {"offenses": ["11A"]}))
    assert [row.state for row in world.rows(messages)] == ["delivered"]


def test_a_phone_that_comes_later_brings_the_notice_and_closes_the_task(world: World) -> None:
    unknown = report()
    del unknown["parties"][0]["phone"]
    world.tell(
        world.event("report.filed", "R1", unknown), world.event("arrest.made", "R1", {"arrest_id": "A1"})
    )
    assert open_tasks(world) == ["owed_notice"]
    world.tell(world.event("report.updated", "R1", {"parties": [{"role": "victim", "phone": JAMIE}]}))
    assert "owed_notice" not in open_tasks(world)
    assert len(told(world, "arrest.made")) == 1


def test_a_task_is_opened_once_however_often_the_record_changes(world: World) -> None:
    unknown = report()
    del unknown["parties"][0]["phone"]
    world.tell(
        world.event("report.filed", "R1", unknown), world.event("arrest.made", "R1", {"arrest_id": "A1"})
    )
    for division in ("east", "west", "east"):
        world.tell(world.event("report.updated", "R1", {"division": division}))
    (task,) = world.rows(tasks, kind="owed_notice")
    assert task.count == 1
    assert len(world.rows(decisions, rule="arrest.made")) == 1


# Numbers that become others


def test_who_enrolled_goes_with_a_report_that_is_merged_into_another(world: World) -> None:
    world.tell(world.event("report.filed", "R1", report()), world.event("report.filed", "R2", report()))
    enroll(world, "R1", JAMIE)
    world.tell(world.event("report.merged", "R1", {"into": "R2"}))
    assert enrolled_on(world) == {"R1", "R2"}
    world.tell(world.event("arrest.made", "R2", {"arrest_id": "A1"}))
    assert len(told(world, "arrest.made")) == 1


def test_who_enrolled_goes_with_every_report_that_one_is_split_into(world: World) -> None:
    world.tell(world.event("report.filed", "R1", report()))
    enroll(world, "R1", JAMIE)
    world.tell(world.event("report.split", "R1", {"into": ["R2", "R3"]}))
    assert enrolled_on(world) == {"R1", "R2", "R3"}


def test_a_number_that_proved_itself_goes_with_the_report_and_so_does_what_was_decided_about_it(
    world: World,
) -> None:
    world.tell(world.event("report.filed", "R1", report()))
    phone_hash = world.ground.vault.lookup("demo", "phone", OTHER)
    row = {"agency_id": "demo", "report_number": "R1", "phone_hash": phone_hash, "phone": OTHER}
    with world.ground.database.begin() as connection:
        connection.execute(
            contacts.insert().values(
                **row, state="refused", decided_by="staff:ada", added_at=world.ground.clock()
            )
        )
    world.tell(world.event("report.merged", "R1", {"into": "R2"}))
    assert {(row.report_number, row.state) for row in world.rows(contacts)} == {
        ("R1", "refused"),
        ("R2", "refused"),
    }


def test_who_has_left_the_new_number_is_not_brought_back(world: World) -> None:
    world.tell(world.event("report.filed", "R1", report()), world.event("report.filed", "R2", report()))
    for number in ("R1", "R2"):
        enroll(world, number, JAMIE)
    with world.ground.database.begin() as connection:
        connection.execute(
            update(enrollments)
            .where(enrollments.c.report_number == "R2")
            .values(ended_at=world.ground.clock())
        )
    world.tell(world.event("report.merged", "R1", {"into": "R2"}))
    assert enrolled_on(world) == {"R1"}


@pytest.mark.parametrize("order", [(0, 1), (1, 0)])
def test_an_arrest_before_or_after_the_merger_reaches_who_enrolled_on_the_old_number(
    world: World, order: tuple[int, int]
) -> None:
    nobody = report(parties=[{"role": "caller", "phone": OTHER}])
    world.tell(world.event("report.filed", "R1", nobody), world.event("report.filed", "R2", nobody))
    enroll(world, "R1")
    both = (
        world.event("report.merged", "R1", {"into": "R2"}),
        world.event("arrest.made", "R2", {"arrest_id": "A1"}),
    )
    for place in order:
        world.tell(both[place])
    assert [row.party_id for row in told(world, "arrest.made")] == ["caller"]


def test_a_number_merged_into_itself_or_into_nothing_harms_nobody(world: World) -> None:
    world.tell(world.event("report.filed", "R1", report()))
    enroll(world, "R1", JAMIE)
    world.tell(
        world.event("report.merged", "R1", {"into": "R1"}),
        world.event("report.split", "R1", {"into": ["R1"]}),
    )
    assert enrolled_on(world) == {"R1"}


def test_taking_back_waits_for_no_sender_so_that_the_two_never_wait_for_each_other(world: World) -> None:
    world.tell(*(world.event("report.filed", number, report()) for number in ("R1", "R2")))
    (held,) = (row for row in told(world, "report.filed") if row.record_number == "R1")
    worse = [world.event("report.updated", number, {"offenses": ["11A"]}) for number in ("R1", "R2")]
    with world.ground.database.connect() as sender, sender.begin():
        sender.execute(select(messages.c.id).where(messages.c.id == held.id).with_for_update())
        world.tell(*worse)
        states = {row.record_number: row.state for row in told(world, "report.filed")}
        assert states == {"R1": "queued", "R2": "canceled"}
    world.send()
    assert world.received(JAMIE) == [], "the gate drops what was in a sender's hands"
