"""A recall: what waits is stopped, and exactly those whom the notice reached are told to disregard it, once."""

from __future__ import annotations

import itertools
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any
from uuid import uuid4

import pytest
from sqlalchemy import update

from gateway.ground import Ground
from gateway.jobs import watch
from gateway.outbox import gate
from gateway.outbox import recall as recalling
from gateway.outbox.receipts import receive
from gateway.store import conversations, recalls
from gateway.store import emails as mail
from gateway.store.recalls import Scope
from gateway.store.states import State
from gateway.store.tables import decisions, emails, messages, pages, tasks
from gateway.store.tables import recalls as recalls_table
from rules.policy import QuietHours
from tests.gateway.outbox.outbox import Clock, Outbox
from tests.gateway.world import JAMIE, OTHER, World, call, report

EMMA = "+15205550133"
SORRY = "Saguaro Police: Sorry, an earlier message on report {} was sent by mistake. Please disregard it."
HOUR = timedelta(hours=1)


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def ground(ground: Ground, clock: Clock) -> Ground:
    """The line by a clock that the test moves."""
    return replace(ground, clock=clock)


@pytest.fixture
def outbox(world: World, clock: Clock) -> Outbox:
    """To write messages straight into it."""
    return Outbox(world.ground, clock, world.phones)


def arrest(world: World, number: str, phone: str = JAMIE, language: str = "en") -> None:
    """A report whose victim is told of an arrest. Nothing is sent yet."""
    victim = {"phone": phone, "language": language}
    world.tell(world.event("report.filed", number, report(victim=victim), at=long_ago(world)))
    world.tell(world.event("arrest.made", number, {"arrest_id": "A1"}))


def long_ago(world: World) -> datetime:
    return world.ground.clock() - timedelta(days=30)


def scope(world: World, notice: str = "arrest.made", number: str | None = None, **more: datetime) -> Scope:
    now = world.ground.clock()
    return Scope("demo", notice, more.get("since", now - HOUR), more.get("until", now), number)


def take_back(world: World, what: Scope | None = None) -> tuple[int, int]:
    """Returns how many were stopped and how many corrections were written."""
    with world.ground.database.begin() as connection:
        begun = recalls.begin(connection, what or scope(world), "clerk", world.ground.clock())
    return recalling.carry_out(world.ground, begun)


def states(world: World, notice: str) -> list[tuple[str, str | None]]:
    return sorted((row.state, row.reason) for row in world.rows(messages, notice=notice))


def sorry(world: World, phone: str) -> list[str]:
    return [row.body for row in world.rows(messages, notice="correction") if row.phone == phone]


@pytest.fixture
def sent(world: World) -> Callable[..., Any]:
    """The arrest notice of a report, sent."""

    def send(number: str = "R1", phone: str = JAMIE, language: str = "en") -> Any:
        arrest(world, number, phone, language)
        world.send()
        return world.rows(messages, notice="arrest.made", record_number=number)[0]

    return send


def test_what_waits_never_leaves_and_whom_it_reached_is_told_once_in_their_language(
    world: World, sent: Callable[..., Any]
) -> None:
    sent("R1", JAMIE)
    sent("R2", OTHER, "es")
    arrest(world, "R3", EMMA)
    assert take_back(world) == (1, 2)
    for _ in range(3):
        assert take_back(world) == (0, 0)
    world.send()
    assert world.received(JAMIE)[-1].startswith(SORRY.format("R1"))
    assert "ignore el mensaje sobre el reporte R2" in world.received(OTHER)[-1]
    assert [len(world.received(phone)) for phone in (JAMIE, OTHER, EMMA)] == [2, 2, 0]
    assert states(world, "arrest.made") == [
        ("canceled", "recalled"),
        ("delivered", None),
        ("delivered", None),
    ]


def test_what_was_owed_and_is_stopped_becomes_a_task_and_keeps_its_why(world: World) -> None:
    arrest(world, "R1")
    take_back(world)
    (task,) = list(world.rows(tasks, kind="owed_notice"))
    assert (task.detail["number"], task.detail["reason"]) == ("R1", "recalled")
    why = [(row.outcome, row.reason) for row in world.rows(decisions, rule="arrest.made", record_number="R1")]
    assert why == [("notice", None), ("suppressed", "recalled")]


def test_other_notices_other_times_and_other_reports_are_left_alone(
    world: World, clock: Clock, sent: Callable[..., Any]
) -> None:
    sent("R1", JAMIE)
    clock.advance(2 * HOUR)
    sent("R2", OTHER)
    world.tell(world.event("call.received", "P1", call(caller={"phone": EMMA})))
    assert take_back(world, scope(world, number="R9")) == (0, 0)
    assert take_back(world) == (0, 1)
    assert sorry(world, JAMIE) == sorry(world, EMMA) == []
    assert len(sorry(world, OTHER)) == 1
    assert states(world, "call.received") == [("queued", None)]


def test_who_said_stop_is_not_texted_again(world: World, sent: Callable[..., Any]) -> None:
    sent("R1", JAMIE)
    world.text(JAMIE, "STOP")
    before = len(world.received(JAMIE))
    take_back(world)
    world.send()
    assert len(world.received(JAMIE)) == before
    assert states(world, "correction") == [("suppressed", "opted_out")]


def test_who_said_that_it_is_a_wrong_number_is_not_texted_again(
    world: World, sent: Callable[..., Any], outbox: Outbox
) -> None:
    sent("R1", JAMIE)
    with world.ground.database.begin() as connection:
        conversations.wrong_number(connection, "demo", outbox.hash(JAMIE), "test", world.ground.clock())
    take_back(world)
    world.send()
    assert states(world, "correction") == [("suppressed", "wrong_number")]


def test_a_number_that_has_left_the_report_since_is_corrected_all_the_same(
    world: World, sent: Callable[..., Any]
) -> None:
    """A wrong number on a report is a usual cause of a recall: and it is that number which was told."""
    sent("R1", JAMIE)
    world.tell(world.event("report.updated", "R1", report(victim={"phone": OTHER}, offenses=["90Z"])))
    take_back(world)
    world.send()
    assert world.received(JAMIE)[-1].startswith(SORRY.format("R1"))
    assert not any("mistake" in body for body in world.received(OTHER))


def test_a_case_that_turned_out_to_be_domestic_is_not_mentioned_again_and_a_person_is_asked(
    world: World, sent: Callable[..., Any]
) -> None:
    sent("R1", JAMIE)
    world.tell(world.event("report.updated", "R1", report(victim={"relationships": ["SE"]})))
    take_back(world)
    world.send()
    assert states(world, "correction") == [("suppressed", "domestic_violence")]
    assert [row.detail["notice"] for row in world.rows(tasks, kind="owed_notice")] == ["correction"]


def test_a_message_in_flight_is_corrected_when_its_receipt_shows_that_it_left(
    world: World, outbox: Outbox
) -> None:
    arrest(world, "R1")
    (row,) = world.rows(messages, notice="arrest.made")
    put(world, row.id, State.SENDING)
    assert take_back(world) == (0, 0)
    watch.look(world.ground)
    assert sorry(world, JAMIE) == []
    receive(world.ground, str(row.id), {"MessageSid": "SM1", "MessageStatus": "sent"})
    for _ in range(3):
        watch.look(world.ground)
    assert len(sorry(world, JAMIE)) == 1


def test_a_doubt_that_never_arrived_is_not_posted_again_and_not_corrected(world: World) -> None:
    """The carrier's list does not hold it, so it is queued again: and there the recall still stands."""
    arrest(world, "R1")
    (row,) = world.rows(messages, notice="arrest.made")
    put(world, row.id, State.DOUBTFUL)
    take_back(world)
    put(world, row.id, State.QUEUED)
    world.send()
    watch.look(world.ground)
    assert states(world, "arrest.made") == [("suppressed", "recalled")]
    assert world.received(JAMIE) == []
    assert sorry(world, JAMIE) == []


def test_a_doubt_that_was_stopped_and_is_proven_by_a_late_receipt_is_corrected(world: World) -> None:
    arrest(world, "R1")
    (row,) = world.rows(messages, notice="arrest.made")
    take_back(world)
    receive(world.ground, str(row.id), {"MessageSid": "SM1", "MessageStatus": "delivered"})
    watch.look(world.ground)
    watch.look(world.ground)
    assert len(sorry(world, JAMIE)) == 1


def test_what_a_phone_out_of_reach_never_got_is_not_tried_again(
    world: World, sent: Callable[..., Any]
) -> None:
    row = sent("R1", JAMIE)
    put(world, row.id, State.SENT)
    receive(
        world.ground,
        str(row.id),
        {"MessageSid": row.carrier_sid, "MessageStatus": "undelivered", "ErrorCode": "30003"},
    )
    take_back(world)
    world.send()
    assert states(world, "arrest.made") == [("canceled", "recalled")]
    assert states(world, "correction") == []


def put(world: World, message_id: Any, state: State) -> None:
    """As a crash or the carrier's list would leave it."""
    with world.ground.database.begin() as connection:
        values = {"state": state.value, "leased_until": world.ground.clock() + HOUR}
        connection.execute(update(messages).where(messages.c.id == message_id).values(values))


def test_what_was_recalled_is_not_told_again_by_a_later_event(world: World, sent: Callable[..., Any]) -> None:
    sent("R1", JAMIE)
    arrest(world, "R2", OTHER)
    take_back(world)
    for number in ("R1", "R2"):
        world.tell(world.event("report.updated", number, {"division": "east"}))
    world.send()
    assert len(world.rows(messages, notice="arrest.made")) == 2
    assert [len(world.received(phone)) for phone in (JAMIE, OTHER)] == [2, 0]


def test_the_pages_behind_a_recalled_notice_are_closed(world: World) -> None:
    world.tell(world.event("report.filed", "R1", report()))
    world.send()
    assert [row.revoked_at for row in world.rows(pages, notice="report.filed")] == [None]
    take_back(world, scope(world, "report.filed"))
    assert all(row.revoked_at for row in world.rows(pages, notice="report.filed"))


def test_a_correction_about_a_call_names_the_call(world: World) -> None:
    world.tell(world.event("call.received", "P1", call()))
    world.send()
    take_back(world, scope(world, "call.received"))
    world.send()
    assert "Sorry, an earlier message on call P1 was sent by mistake" in world.received(JAMIE)[-1]


def by_night(world: World, *, statutory: bool) -> World:
    """It is night now, and by the agency's wish what the law owes waits too, or does not."""
    now = world.ground.clock()
    pinned = world.ground.policies.of("demo")
    local = now.astimezone(pinned.policy.agency.zone)
    clocks = {
        "begin": (local - HOUR).strftime("%H:%M"),
        "end": (local + 2 * HOUR).strftime("%H:%M"),
        "statutory": statutory,
    }
    policy = pinned.policy.model_copy(update={"quiet_hours": QuietHours.model_validate(clocks)})
    policies = replace(
        world.ground.policies,
        by_agency={**world.ground.policies.by_agency, "demo": replace(pinned, policy=policy)},
    )
    world.ground = world.workshop.ground = replace(world.ground, policies=policies)
    return world


@pytest.mark.parametrize(("statutory", "state"), [(False, "delivered"), (True, "queued")])
def test_a_false_notice_of_arrest_is_corrected_by_night_unless_the_agency_lets_such_wait(
    world: World, sent: Callable[..., Any], statutory: bool, state: str
) -> None:
    sent("R1", JAMIE)
    take_back(by_night(world, statutory=statutory))
    world.send()
    assert states(world, "correction") == [(state, None)]


def test_a_correction_of_anything_else_waits_for_the_morning(world: World, clock: Clock) -> None:
    world.tell(world.event("report.filed", "R1", report()))
    world.send()
    take_back(by_night(world, statutory=False), scope(world, "report.filed"))
    world.send()
    assert states(world, "correction") == [("queued", None)]
    clock.advance(3 * HOUR)
    world.send()
    assert states(world, "correction") == [("delivered", None)]


def test_a_recall_that_is_killed_at_any_point_is_gone_on_with(world: World, sent: Callable[..., Any]) -> None:
    for place in range(6):
        sent(f"R{place}", f"+1520555014{place}")
    with world.ground.database.begin() as connection:
        begun = recalls.begin(connection, scope(world), "clerk", world.ground.clock())
    assert recalling.carry_out(world.ground, begun, may_go_on=lambda: False) == (0, 0)
    watch.look(world.ground)
    world.send()
    assert [len(world.received(f"+1520555014{place}")) for place in range(6)] == [2] * 6
    (row,) = world.rows(recalls_table)
    assert (row.canceled, row.corrected, row.made_by) == (0, 6, "clerk")


def test_thousands_are_taken_back_in_batches(world: World, outbox: Outbox) -> None:
    numbers = [f"+1520556{place:04}" for place in range(1000)]
    about = {"notice": "arrest.made", "notice_class": "statutory", "record_kind": "case"}
    outbox.write_many(numbers, **about, record_number="R1", party_id="p1")
    steps: list[tuple[int, int]] = []
    with world.ground.database.begin() as connection:
        connection.execute(update(messages).where(messages.c.phone_hash < b"\x80").values(state="sent"))
        begun = recalls.begin(connection, scope(world), "clerk", world.ground.clock())
    stopped, corrected = recalling.carry_out(world.ground, begun, progress=lambda *many: steps.append(many))
    assert stopped + corrected == 1000
    assert len({row.phone for row in world.rows(messages, notice="correction")}) == corrected
    assert max(later[0] - sooner[0] for sooner, later in itertools.pairwise(steps)) <= recalling.BATCH


def test_emails_that_left_become_one_task_where_there_is_no_mail_server_any_more(
    world: World, sent: Callable[..., Any]
) -> None:
    row = sent("R1", JAMIE)
    with world.ground.database.begin() as connection:
        for state in ("sent", "queued"):
            connection.execute(emails.insert().values(email(row, state)))
    take_back(world)
    watch.look(world.ground)
    assert sorted((one.state, one.reason) for one in world.rows(emails)) == [
        ("canceled", "recalled"),
        ("sent", None),
    ]
    (task,) = world.rows(tasks, kind="recalled_elsewhere")
    assert (task.detail["emails"], task.detail["letters"], task.count) == ("1", "", 1)


def test_an_email_that_a_busy_mail_server_gave_back_is_not_tried_again(
    world: World, sent: Callable[..., Any]
) -> None:
    row = sent("R1", JAMIE)
    take_back(world)
    now = world.ground.clock()
    with world.ground.database.begin() as connection:
        connection.execute(emails.insert().values(email(row, "queued")))
        claimed = mail.claim(connection, now, now + HOUR, 10)
        failed = {one.id for one in claimed} | {row.id}
        assert recalls.recalled(connection, list(failed)) == failed
    (ruling,) = gate.rule_on_mail(world.ground, claimed, now).values()
    assert (ruling.verdict, ruling.reason) == ("drop", "recalled")


def email(row: Any, state: str) -> dict[str, Any]:
    """An email of the same notice."""
    about = {
        name: getattr(row, name)
        for name in (
            "agency_id", "notice", "notice_class", "language", "record_kind", "record_number", "party_id",
            "policy_hash", "created_at", "due_at",
        )
    }  # fmt: skip
    return about | {
        "id": uuid4(),
        "intent_key": f"{row.intent_key}:{state}",
        "address_hash": b"1",
        "address": "jamie@example.org",
        "content": {},
        "state": state,
    }
