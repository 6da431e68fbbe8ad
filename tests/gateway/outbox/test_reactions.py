"""What the line does about each of the carrier's error codes, at the door and by receipt."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from itertools import pairwise

import pytest

from gateway.outbox.reactions import Reaction, reaction_to, wait_after
from gateway.store import agencies
from gateway.store.tables import consent_changes, opt_outs, senders, tasks
from gateway.store.tables import messages as messages_table
from tests.gateway.outbox.outbox import Outbox
from tests.gateway.world import JAMIE, OTHER, World, report

A_DAY = timedelta(days=1)
NO_SUCH_PHONE = (21211, 21614, 21635, 30005, 30006)
OUT_OF_REACH = (30003, 30008, 30017, 30500)
FILTERED = (30004, 30007)
OUR_FAULT = (30032, 30034, 21408, 21606, 21612, 21703, 21704, 21705)
TOO_FAST = (20429, 21611, 30001, 30022, 30023, 30027)
WAYS = ("refused", "undelivered", "failed")


def meet(outbox: Outbox, way: str, code: int, phone: str = JAMIE) -> None:
    """From now on what is sent to this phone meets the error, in one of the ways that errors come."""
    if way == "refused":
        outbox.refuse(code, phone=phone)
    else:
        outbox.end_as(way, code, phone=phone)


def meet_each(outbox: Outbox, way: str, codes: Sequence[int]) -> list[str]:
    """Phones, one for each code, that all meet their error from now on."""
    phones = {f"+1520555{300 + place:04}": code for place, code in enumerate(codes)}
    outbox.phones.behave(
        numbers={
            phone: {"faults": [{"kind": "refused", "code": code}]}
            if way == "refused"
            else {"outcome": way, "error_code": code}
            for phone, code in phones.items()
        }
    )
    return list(phones)


def test_every_code_has_the_reaction_that_the_domain_asks_for() -> None:
    expected = {
        Reaction.OPT_OUT: (21610,),
        Reaction.NO_SUCH_PHONE: NO_SUCH_PHONE,
        Reaction.OUT_OF_REACH: OUT_OF_REACH,
        Reaction.FILTERED: FILTERED,
        Reaction.HOLD_SENDER: OUR_FAULT,
        Reaction.SLOW_DOWN: TOO_FAST,
        Reaction.STOP_EVERYTHING: (20003,),
        Reaction.GIVE_UP: (0, 1, 99999),
    }
    for reaction, codes in expected.items():
        assert {reaction_to(code) for code in codes} == {reaction}


def test_the_wait_grows_and_has_a_limit() -> None:
    for code in (0, 20429):
        waits = [wait_after(code, attempts) for attempts in range(1, 40)]
        assert all(one <= next_ for one, next_ in pairwise(waits))
        assert waits[-1] <= timedelta(minutes=30)
    assert wait_after(30023, 1) == wait_after(30027, 9) == A_DAY


@pytest.mark.parametrize("way", WAYS)
def test_an_opt_out_that_only_the_carrier_knew_is_recorded_and_ends_what_waits(
    outbox: Outbox, way: str
) -> None:
    meet(outbox, way, 21610)
    first = outbox.write(body="first")
    outbox.drain()
    later = outbox.write(body="later", due_at=outbox.clock() + timedelta(hours=1))
    other = outbox.write(OTHER, body="to another")
    outbox.clock.advance(A_DAY)
    outbox.drain()
    assert outbox.state(first) in {"failed", "undelivered"}
    assert (outbox.state(later), outbox.row(later).reason) == ("suppressed", "opted_out")
    assert outbox.state(other) == "delivered"
    assert [bytes(row.phone_hash) for row in outbox.rows(opt_outs)] == [outbox.hash(JAMIE)]
    assert "21610" in outbox.rows(consent_changes)[0].cause
    assert outbox.posts() == 2


def test_an_opt_out_told_by_the_carrier_cancels_what_is_queued_at_that_moment(outbox: Outbox) -> None:
    outbox.refuse(21610)
    later = outbox.write(body="later", due_at=outbox.clock() + timedelta(hours=1))
    outbox.write(body="now")
    outbox.drain()
    assert (outbox.state(later), outbox.row(later).reason) == ("canceled", "opted_out")


@pytest.mark.parametrize("way", WAYS)
def test_an_owed_notice_that_meets_an_opt_out_becomes_a_task(world: World, outbox: Outbox, way: str) -> None:
    meet(outbox, way, 21610)
    world.tell(world.event("report.filed", "R1", report()))
    world.tell(world.event("arrest.made", "R1", {"arrest_id": "A1"}))
    outbox.drain()
    assert outbox.kinds_of_tasks().count("owed_notice") == 1


def test_whoever_asks_for_help_and_is_blocked_by_the_carrier_is_shown_to_staff(
    world: World, outbox: Outbox
) -> None:
    outbox.refuse(21610)
    world.text(JAMIE, "HELP")
    assert [(row.kind, row.urgent) for row in outbox.rows(tasks)] == [("answer_blocked", True)]


@pytest.mark.parametrize("way", WAYS)
def test_who_can_not_be_texted_is_reached_otherwise_and_not_tried_again(outbox: Outbox, way: str) -> None:
    outbox.write_many(meet_each(outbox, way, NO_SUCH_PHONE))
    outbox.drain()
    outbox.clock.advance(A_DAY)
    outbox.drain()
    assert outbox.posts() == len(NO_SUCH_PHONE)
    assert outbox.kinds_of_tasks() == ["reach_otherwise"] * len(NO_SUCH_PHONE)


@pytest.mark.parametrize("way", ["undelivered", "failed"])
def test_a_handset_out_of_reach_is_tried_twice_more_and_then_reached_otherwise(
    outbox: Outbox, way: str
) -> None:
    ids = outbox.write_many(meet_each(outbox, way, OUT_OF_REACH))
    for tries in (1, 2, 3):
        outbox.drain()
        assert outbox.posts() == tries * len(ids)
        assert outbox.kinds_of_tasks() == (["reach_otherwise"] * len(ids) if tries == 3 else [])
        outbox.drain()
        assert outbox.posts() == tries * len(ids), "not at once"
        outbox.clock.advance(timedelta(hours=1))
    outbox.drain()
    assert outbox.posts() == 3 * len(ids)
    assert {outbox.state(one) for one in ids} == {way}


def test_a_handset_that_is_back_gets_the_message(outbox: Outbox) -> None:
    outbox.end_as("failed", 30003)
    message_id = outbox.write()
    outbox.drain()
    outbox.phones.behave()
    outbox.clock.advance(timedelta(hours=1))
    outbox.drain()
    assert outbox.state(message_id) == "delivered"
    assert outbox.kinds_of_tasks() == []


def test_a_busy_carrier_does_not_use_up_the_tries_of_a_handset(outbox: Outbox) -> None:
    outbox.fail("too_many", times=3)
    message_id = outbox.write()
    for _ in range(3):
        outbox.drain()
        outbox.clock.advance(timedelta(minutes=2))
    outbox.end_as("undelivered", 30003)
    outbox.drain()
    assert outbox.state(message_id) == "queued"
    outbox.phones.behave()
    outbox.clock.advance(timedelta(hours=1))
    outbox.drain()
    assert outbox.state(message_id) == "delivered"


@pytest.mark.parametrize("way", WAYS)
def test_what_was_filtered_or_is_not_understood_is_told_to_staff_and_not_repeated(
    outbox: Outbox, way: str
) -> None:
    outbox.write_many(meet_each(outbox, way, [*FILTERED, 12345]))
    outbox.drain()
    outbox.clock.advance(A_DAY)
    outbox.drain()
    assert outbox.posts() == 3
    assert outbox.kinds_of_tasks() == ["message_refused"] * 3


@pytest.mark.parametrize("way", WAYS)
def test_a_fault_of_our_own_number_holds_it_until_released_and_loses_nothing(
    outbox: Outbox, way: str
) -> None:
    meet(outbox, way, 30034)
    first = outbox.write(body="first")
    outbox.drain()
    second = outbox.write(OTHER, body="second")
    outbox.clock.advance(A_DAY)
    outbox.drain()
    assert outbox.posts() == 1
    assert [(row.kind, row.urgent) for row in outbox.rows(tasks)] == [("sender_held", True)]
    outbox.phones.behave()
    with outbox.ground.database.begin() as connection:
        assert agencies.release_senders(connection, "demo") == 1
    outbox.drain()
    assert [outbox.state(one) for one in (first, second)] == ["delivered", "delivered"]


def test_the_numbers_of_another_agency_go_on_while_one_is_held(outbox: Outbox) -> None:
    with outbox.ground.database.begin() as connection:
        agencies.add_agency(connection, "other", outbox.clock())
        agencies.add_sender(connection, "other", "+15205550188")
    outbox.refuse(30034)
    outbox.write()
    outbox.drain()
    assert [row.held_until is None for row in outbox.rows(senders)] == [False, True]


@pytest.mark.parametrize("way", WAYS)
def test_told_to_slow_down_a_message_waits_and_then_goes_out_once(outbox: Outbox, way: str) -> None:
    capped = (30023, 30027)
    codes = [*(code for code in TOO_FAST if code not in capped), *capped]
    ids = outbox.write_many(meet_each(outbox, way, codes))
    outbox.drain()
    assert {outbox.state(one) for one in ids} == {"queued"}
    outbox.phones.behave()
    outbox.drain()
    assert outbox.posts() == 6, "not at once"
    outbox.clock.advance(timedelta(hours=23))
    outbox.drain()
    assert [outbox.state(one) for one in ids] == ["delivered"] * 4 + ["queued"] * 2, "caps last a day"
    outbox.clock.advance(timedelta(hours=2))
    outbox.drain()
    assert {outbox.state(one) for one in ids} == {"delivered"}
    assert outbox.posts() == 12
    assert outbox.kinds_of_tasks() == []


def test_wrong_credentials_stop_everything_and_page(outbox: Outbox) -> None:
    outbox.refuse(20003)
    first = outbox.write()
    outbox.drain()
    outbox.phones.behave()
    second = outbox.write(OTHER)
    outbox.clock.advance(A_DAY)
    outbox.drain()
    assert outbox.posts() == 1
    assert [(row.kind, row.urgent) for row in outbox.rows(tasks)] == [("credentials_refused", True)]
    with outbox.ground.database.begin() as connection:
        agencies.release_senders(connection, "demo")
    outbox.drain()
    assert [outbox.state(one) for one in (first, second)] == ["delivered", "delivered"]


def test_a_message_whose_time_ran_out_at_the_carrier_is_nobodys_task_unless_it_is_owed(
    world: World, outbox: Outbox
) -> None:
    outbox.end_as("failed", 30036)
    world.tell(world.event("report.filed", "R1", report()))
    world.send()
    assert outbox.kinds_of_tasks() == []
    world.tell(world.event("arrest.made", "R1", {"arrest_id": "A1"}))
    world.send()
    assert "owed_notice" in outbox.kinds_of_tasks()


def test_the_wait_at_the_carrier_is_no_longer_than_the_message_lives(outbox: Outbox) -> None:
    outbox.phones.behave(default={"queue_ms": 2_500})
    message_id = outbox.write(expires_at=outbox.clock() + timedelta(seconds=2.5))
    outbox.drain()
    assert outbox.state(message_id) == "failed"
    assert outbox.row(message_id).error_code == 30036


def test_many_refusals_at_once_are_one_page(outbox: Outbox) -> None:
    outbox.phones.behave(default={"faults": [{"kind": "refused", "code": 30034}]})
    ids = outbox.write_many([f"+1520555{number:04}" for number in range(300, 340)])
    outbox.drain()
    assert [(row.kind, row.count) for row in outbox.rows(tasks)] == [("sender_held", len(ids))]
    assert {row.state for row in outbox.rows(messages_table)} == {"queued"}
