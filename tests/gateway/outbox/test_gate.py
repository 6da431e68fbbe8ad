"""The last look before a message leaves: what was right when it was written may be wrong now."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import update

from gateway.ground import Policies
from gateway.outbox.gate import take
from gateway.outbox.pace import Pace
from gateway.store import agencies, conversations, messages
from gateway.store.tables import decisions, senders
from gateway.store.tables import messages as messages_table
from tests.gateway.outbox.outbox import Outbox
from tests.gateway.world import JAMIE, OTHER, World, call, report

HOUR = timedelta(hours=1)


def standing(outbox: Outbox) -> list[tuple[str, str | None]]:
    return [(row.state, row.reason) for row in outbox.rows(messages_table)]


def test_a_call_that_became_domestic_violence_takes_its_queued_messages_with_it(
    world: World, outbox: Outbox
) -> None:
    world.tell(world.event("call.received", "P1", call()))
    world.tell(world.event("call.reclassified", "P1", {"type_code": "BATTERY DV"}))
    world.send()
    assert outbox.posts() == 0
    assert standing(outbox) == [("canceled", "domestic_violence")]
    last = outbox.rows(decisions)[-1]
    assert (last.outcome, last.reason, last.message_id) == (
        "suppressed",
        "domestic_violence",
        outbox.rows(messages_table)[0].id,
    )


def test_a_case_whose_call_became_domestic_violence_is_not_texted_about(world: World, outbox: Outbox) -> None:
    world.tell(world.event("call.received", "P1", call(caller={"phone": OTHER})))
    world.send()
    world.tell(world.event("report.filed", "R1", report(call_number="P1")))
    world.tell(world.event("call.reclassified", "P1", {"type_code": "FAMILY TROUBL-DV"}))
    world.send()
    assert outbox.bodies() == []


def test_a_call_that_led_to_a_sensitive_case_is_not_texted_about(world: World, outbox: Outbox) -> None:
    world.tell(world.event("call.closed", "P1", call(report_number="R1")))
    world.tell(world.event("report.filed", "R1", report(offenses=["11A"], victim={"phone": OTHER})))
    world.send()
    assert outbox.bodies() == []


def test_a_notice_that_the_call_has_overtaken_is_not_sent(world: World, outbox: Outbox) -> None:
    world.tell(world.event("call.received", "P1", call()))
    world.tell(world.event("call.arrived", "P1"))
    world.send()
    assert standing(outbox) == [("canceled", "overtaken")]


def test_nothing_goes_to_a_number_that_the_record_has_no_more(world: World, outbox: Outbox) -> None:
    world.tell(world.event("report.filed", "R1", report()))
    world.tell(world.event("arrest.made", "R1", {"arrest_id": "A1"}))
    world.tell(world.event("report.updated", "R1", {"parties": [{"role": "victim", "phone": OTHER}]}))
    world.send()
    assert outbox.posts() == 0
    assert standing(outbox) == [("suppressed", "wrong_number")] * 2
    assert outbox.kinds_of_tasks().count("owed_notice") == 1


def test_a_party_that_is_on_no_record_is_not_texted(still_outbox: Outbox) -> None:
    outbox = still_outbox
    outbox.write(record_kind="case", record_number="R9", party_id="victim")
    assert take(outbox.ground, Pace(None), 10).ready == ()
    assert standing(outbox) == [("suppressed", "no_party")]


def test_who_opted_out_meanwhile_gets_nothing_and_what_is_owed_becomes_a_task(
    world: World, outbox: Outbox
) -> None:
    world.tell(world.event("report.filed", "R1", report()))
    world.tell(world.event("arrest.made", "R1", {"arrest_id": "A1"}))
    with outbox.ground.database.begin() as connection:
        conversations.opt_out(connection, "demo", outbox.hash(JAMIE), "test", outbox.clock())
    world.send()
    assert outbox.posts() == 0
    assert standing(outbox) == [("suppressed", "opted_out")] * 2
    assert outbox.kinds_of_tasks().count("owed_notice") == 1


@pytest.mark.parametrize(("words", "reason"), [("STOP", "opted_out"), ("wrong number", "wrong_number")])
def test_what_a_text_takes_back_is_canceled_and_what_is_owed_becomes_a_task(
    world: World, outbox: Outbox, words: str, reason: str
) -> None:
    world.tell(world.event("report.filed", "R1", report()))
    world.tell(world.event("arrest.made", "R1", {"arrest_id": "A1"}))
    world.text(JAMIE, words)
    assert (
        standing(outbox)[:2] == [("canceled", reason)] * 2
        or sorted(row for row in standing(outbox) if row[0] == "canceled") == [("canceled", reason)] * 2
    )
    assert len(outbox.bodies()) == 1
    assert outbox.kinds_of_tasks().count("owed_notice") == 1


def test_a_wrong_number_gets_nothing_more_and_start_does_not_bring_the_case_back(
    world: World, outbox: Outbox
) -> None:
    world.text(JAMIE, "wrong number")
    world.tell(world.event("report.filed", "R1", report()))
    world.send()
    world.text(JAMIE, "START")
    world.text(JAMIE, "STATUS")
    world.tell(world.event("arrest.made", "R1", {"arrest_id": "A1"}))
    world.send()
    assert "R1" not in " ".join(outbox.bodies())
    assert [row.reason for row in outbox.rows(messages_table, state="suppressed")] == ["wrong_number"] * 2
    assert "owed_notice" in outbox.kinds_of_tasks()


def test_a_message_past_its_time_is_not_sent(outbox: Outbox) -> None:
    outbox.write(expires_at=outbox.clock() + HOUR)
    outbox.clock.advance(HOUR)
    outbox.drain()
    assert standing(outbox) == [("suppressed", "stale")]
    assert outbox.posts() == 0


def test_the_confirmation_of_stop_comes_within_five_minutes_or_not_at_all(
    world: World, outbox: Outbox
) -> None:
    outbox.phones.behave(default={"faults": [{"kind": "too_many"}]})
    world.text(JAMIE, "STOP")
    outbox.phones.behave()
    outbox.clock.advance(timedelta(minutes=6))
    world.send()
    assert outbox.bodies() == []
    assert standing(outbox) == [("suppressed", "stale")]


def test_a_number_on_hold_waits_and_what_the_law_owes_goes_to_a_person(world: World, outbox: Outbox) -> None:
    world.text(JAMIE, "ok")
    with outbox.ground.database.begin() as connection:
        conversations.hold(connection, 1, outbox.clock())
        connection.execute(
            update(conversations.conversations).values(held_until=outbox.clock() + timedelta(hours=24))
        )
    world.tell(world.event("report.filed", "R1", report()))
    world.tell(world.event("arrest.made", "R1", {"arrest_id": "A1"}))
    before = outbox.posts()
    world.send()
    assert outbox.posts() == before
    assert outbox.kinds_of_tasks().count("owed_notice") == 1
    outbox.clock.advance(timedelta(hours=25))
    world.send()
    assert outbox.posts() == before + 1


def test_a_stop_between_the_gate_and_the_post_still_counts(still_outbox: Outbox) -> None:
    outbox = still_outbox
    ids = outbox.write_many([JAMIE, OTHER])
    answer = outbox.write(notice_class="answer")
    now = outbox.clock()
    with outbox.ground.database.begin() as connection:
        assert len(messages.claim(connection, now, now + HOUR, 10)) == 3
    with outbox.ground.database.begin() as connection:
        conversations.opt_out(connection, "demo", outbox.hash(JAMIE), "test", now)
    with outbox.ground.database.begin() as connection:
        assert messages.dispatch(connection, [*ids, answer], now + HOUR) == {ids[1], answer}


def test_an_answer_overtakes_five_hundred_follow_ups(still_outbox: Outbox) -> None:
    outbox = still_outbox
    outbox.write_many([f"+1520555{number:04}" for number in range(500)], notice_class="follow_up")
    outbox.clock.advance(timedelta(seconds=5))
    answer = outbox.write(notice_class="answer")
    cry = outbox.write(OTHER, notice_class="safety")
    ready = take(outbox.ground, Pace(None), 100).ready
    assert [taken.message.id for taken in ready[:2]] == [cry, answer]


def test_what_is_too_fast_goes_back_and_lets_an_answer_pass(still_outbox: Outbox) -> None:
    outbox = still_outbox
    with outbox.ground.database.begin() as connection:
        connection.execute(update(senders).values(segments_per_second=1))
    outbox.write_many([f"+1520555{number:04}" for number in range(100)], notice_class="follow_up")
    assert len(take(outbox.ground, Pace(None), 256).ready) == 1
    waiting = outbox.rows(messages_table, state="queued")
    assert len(waiting) == 99
    assert max(row.due_at for row in waiting) > outbox.clock() + timedelta(seconds=90)
    answer = outbox.write(notice_class="answer")
    assert [taken.message.id for taken in take(outbox.ground, Pace(None), 256).ready] == [answer]


def test_the_carrier_is_told_how_long_a_message_lives(still_outbox: Outbox) -> None:
    outbox = still_outbox
    now = outbox.clock()
    outbox.write(expires_at=now + timedelta(minutes=20))
    outbox.write(OTHER, expires_at=now + timedelta(days=3))
    short, long = take(outbox.ground, Pace(None), 10).ready
    assert short.outgoing.validity_seconds in range(1190, 1201)
    assert long.outgoing.validity_seconds is None


def test_an_agency_without_a_policy_holds_up_nobody_else(still_outbox: Outbox) -> None:
    outbox = still_outbox
    with outbox.ground.database.begin() as connection:
        agencies.add_agency(connection, "stray", outbox.clock())
        agencies.add_sender(connection, "stray", "+15205550188")
    stray, mine = outbox.write_many([OTHER, JAMIE])
    with outbox.ground.database.begin() as connection:
        sender = agencies.sender_of(connection, "stray")
        assert sender is not None
        connection.execute(
            update(messages_table)
            .where(messages_table.c.id == stray)
            .values(agency_id="stray", sender_id=sender.id)
        )
    assert [taken.message.id for taken in take(outbox.ground, Pace(None), 10).ready] == [mine]
    assert outbox.state(stray) == "queued"
    nobody = replace(outbox.ground, policies=Policies({}))
    outbox.clock.advance(HOUR)
    assert take(nobody, Pace(None), 10).ready == ()


def test_what_is_held_or_later_is_not_even_looked_at(still_outbox: Outbox) -> None:
    outbox = still_outbox
    outbox.write(due_at=outbox.clock() + HOUR)
    assert take(outbox.ground, Pace(None), 10).found == 0
    outbox.clock.advance(HOUR)
    with outbox.ground.database.begin() as connection:
        messages.hold_sender(connection, None, outbox.clock() + HOUR, "test")
        assert not messages.anything_due(connection, outbox.clock())
    assert take(outbox.ground, Pace(None), 10).found == 0


def test_two_senders_never_take_the_same_message(still_outbox: Outbox) -> None:
    outbox = still_outbox
    outbox.write_many([f"+1520555{number:04}" for number in range(20)])
    now = outbox.clock()
    with (
        outbox.ground.database.begin() as one,
        outbox.ground.database.begin() as other,
    ):
        first = {row.id for row in messages.claim(one, now, now + HOUR, 12)}
        second = {row.id for row in messages.claim(other, now, now + HOUR, 12)}
    assert len(first) == 12
    assert len(second) == 8
    assert not first & second
