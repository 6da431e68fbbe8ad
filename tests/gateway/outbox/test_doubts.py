"""A post whose fate is unknown: found by its receipt or on the carrier's list, and only then perhaps sent again."""

from __future__ import annotations

import asyncio
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from uuid import uuid4

import pytest

from gateway.outbox.carriers.answers import Accepted, Answer, Listed, NotTaken, Outgoing, Unknown
from gateway.outbox.drain import Posted, drain, settle
from gateway.outbox.gate import take
from gateway.outbox.pace import Pace
from gateway.outbox.receipts import receive
from gateway.outbox.reconcile import reconcile
from gateway.store import messages
from gateway.store.tables import receipts
from tests.gateway.outbox.outbox import AFTER_A_DOUBT, IMPATIENT, Outbox
from tests.gateway.world import JAMIE, OTHER

AFTER_ACCEPT = ("server_error_after_accept", "silence_after_accept", "hang_up_after_accept")
WITHOUT_ACCEPT = ("server_error", "silence", "hang_up")


@pytest.mark.parametrize("kind", AFTER_ACCEPT)
def test_what_the_carrier_took_is_found_on_its_list_and_not_sent_again(outbox: Outbox, kind: str) -> None:
    outbox.phones.behave(default={"faults": [{"kind": kind, "times": 1}], "callback_loss": 1})
    message_id = outbox.write()
    outbox.patience = IMPATIENT
    outbox.drain()
    assert outbox.state(message_id) == "doubtful"
    outbox.drain()
    assert outbox.posts() == 1, "too early to ask"
    outbox.clock.advance(AFTER_A_DOUBT)
    outbox.drain()
    assert outbox.state(message_id) == "sent"
    assert outbox.row(message_id).carrier_sid == outbox.phones.messages()[0]["sid"]
    assert outbox.posts() == 1


@pytest.mark.parametrize("kind", AFTER_ACCEPT)
def test_what_the_carrier_took_is_known_by_its_receipt_before_anybody_asks(outbox: Outbox, kind: str) -> None:
    outbox.fail(kind)
    message_id = outbox.write()
    outbox.patience = IMPATIENT
    outbox.drain()
    assert outbox.state(message_id) == "delivered"
    outbox.clock.advance(AFTER_A_DOUBT)
    outbox.drain()
    assert outbox.posts() == 1


@pytest.mark.parametrize("kind", WITHOUT_ACCEPT)
def test_what_never_arrived_is_sent_again_once_the_list_does_not_show_it(outbox: Outbox, kind: str) -> None:
    outbox.fail(kind)
    message_id = outbox.write()
    outbox.patience = IMPATIENT
    outbox.drain()
    assert outbox.state(message_id) == "doubtful"
    outbox.clock.advance(AFTER_A_DOUBT)
    outbox.drain()
    assert outbox.state(message_id) == "delivered"
    assert len(outbox.bodies()) == 1


def test_a_busy_carrier_is_asked_again_and_nothing_is_doubled(outbox: Outbox) -> None:
    outbox.phones.behave(default={"faults": [{"kind": "too_many", "probability": 0.5}]})
    ids = outbox.write_many([f"+1520555{number:04}" for number in range(300, 340)])
    for _ in range(12):
        outbox.drain()
        outbox.clock.advance(timedelta(minutes=2))
    assert {outbox.state(one) for one in ids} == {"delivered"}
    assert len(outbox.phones.messages()) == len(ids)
    assert outbox.posts() > len(ids)


def test_a_carrier_that_swallows_every_post_is_given_time(outbox: Outbox) -> None:
    outbox.fail("server_error", times=None)
    outbox.write()
    for _ in range(10):
        outbox.drain()
        outbox.clock.advance(AFTER_A_DOUBT)
    assert 2 <= outbox.posts() <= 4


def test_of_two_alike_in_doubt_each_is_sent_once(outbox: Outbox) -> None:
    faults = [{"kind": "hang_up_after_accept", "times": 1}, {"kind": "hang_up", "times": 1}]
    outbox.phones.behave(default={"faults": faults, "callback_loss": 1})
    ids = outbox.write_many([JAMIE, JAMIE], body="The same words")
    outbox.drain()
    assert {outbox.state(one) for one in ids} == {"doubtful"}
    outbox.clock.advance(AFTER_A_DOUBT)
    outbox.drain()
    assert [outbox.state(one) for one in ids] == ["sent", "sent"]
    assert len(outbox.bodies()) == 2
    assert {outbox.row(one).carrier_sid for one in ids} == {one["sid"] for one in outbox.phones.messages()}


def test_of_two_alike_paired_the_other_way_round_a_receipt_is_for_the_one_with_its_sid(
    outbox: Outbox,
) -> None:
    outbox.phones.behave(default={"callback_loss": 1})
    one, other = outbox.write_many([JAMIE, JAMIE], body="The same words")
    outbox.drain()
    sid = outbox.row(other).carrier_sid
    assert receive(outbox.ground, str(one), {"MessageSid": sid, "MessageStatus": "delivered"})
    assert [outbox.state(one), outbox.state(other)] == ["sent", "delivered"]


def test_a_doubt_that_the_list_showed_too_late_is_saved_from_a_second_sending_by_its_receipt(
    outbox: Outbox,
) -> None:
    outbox.phones.behave(default={"faults": [{"kind": "hang_up", "times": 2}]})
    message_id = outbox.write()
    for _ in range(2):
        outbox.drain()
        outbox.clock.advance(AFTER_A_DOUBT)
    outbox.drain()
    assert outbox.state(message_id) == "queued", "the second time it waits"
    assert receive(outbox.ground, str(message_id), {"MessageSid": "SMlate", "MessageStatus": "sent"})
    outbox.clock.advance(timedelta(hours=1))
    outbox.drain()
    assert (outbox.state(message_id), outbox.posts()) == ("sent", 2)


def test_receipts_that_come_before_the_answer_adopt_the_sid(outbox: Outbox) -> None:
    outbox.phones.behave(default={"callbacks_before_answer": True, "latency_ms": 200})
    message_id = outbox.write()
    outbox.drain()
    assert outbox.state(message_id) == "delivered"
    assert outbox.row(message_id).carrier_sid == outbox.phones.messages()[0]["sid"]
    assert {row.status for row in outbox.rows(receipts)} == {"queued", "sent", "delivered"}


def test_lost_doubled_and_shuffled_receipts_change_nothing(outbox: Outbox) -> None:
    outbox.phones.behave(default={"callback_order": "shuffled", "callback_duplication": 1})
    ids = outbox.write_many([f"+1520555{number:04}" for number in range(300, 320)])
    outbox.drain()
    assert {outbox.state(one) for one in ids} == {"delivered"}
    assert len(outbox.rows(receipts)) == 3 * len(ids)


def test_late_receipts_of_an_earlier_try_are_kept_and_do_not_pass_for_the_new_ones(outbox: Outbox) -> None:
    outbox.end_as("undelivered", 30003)
    message_id = outbox.write()
    outbox.drain()
    first = outbox.phones.messages()[0]["sid"]
    outbox.clock.advance(timedelta(hours=1))
    outbox.phones.behave(default={"callback_loss": 1})
    (taken,) = take(outbox.ground, Pace(None), 10).ready
    late = {"MessageSid": first, "MessageStatus": "sending"}
    assert not receive(outbox.ground, str(message_id), late)
    assert outbox.state(message_id) == "sending"
    settle(outbox.ground, [Posted(taken, Accepted("SMsecond"))])
    assert outbox.row(message_id).carrier_sid == "SMsecond"
    assert receive(outbox.ground, str(message_id), {"MessageSid": "SMsecond", "MessageStatus": "delivered"})
    assert outbox.state(message_id) == "delivered"


def test_a_message_that_arrived_after_all_is_not_sent_again(outbox: Outbox) -> None:
    outbox.end_as("undelivered", 30003)
    message_id = outbox.write()
    outbox.drain()
    first = outbox.phones.messages()[0]["sid"]
    assert receive(outbox.ground, str(message_id), {"MessageSid": first, "MessageStatus": "delivered"})
    outbox.clock.advance(timedelta(hours=1))
    outbox.drain()
    assert (outbox.state(message_id), outbox.posts()) == ("delivered", 1)


def test_a_sid_that_is_anothers_already_does_not_keep_the_other_answers_from_being_written(
    still_outbox: Outbox,
) -> None:
    outbox = still_outbox
    outbox.write_many([JAMIE, JAMIE, OTHER], body="The same words")
    ready = take(outbox.ground, Pace(None), 10).ready
    one, another, third = ready
    settle(outbox.ground, [Posted(one, Accepted("SM1"))])
    settle(outbox.ground, [Posted(another, Accepted("SM1")), Posted(third, Accepted("SM2"))])
    states = [outbox.state(taken.message.id) for taken in ready]
    assert states == ["sent", "doubtful", "sent"]


class Scripted:
    """A carrier that does what it is told, where the loopback one has no such fault."""

    def __init__(self, *breaks_for: str, lists: bool = True, seconds: float = 0.0) -> None:
        self.breaks_for = breaks_for
        self.lists = lists
        self.seconds = seconds
        self.asked = 0

    async def send(self, message: Outgoing) -> Answer:
        if message.to in self.breaks_for:
            raise AttributeError("a bug in a library")
        return Accepted(f"SM{uuid4().hex}")

    async def newest_to(self, number: str, sender_number: str | None, since: datetime) -> list[Listed]:
        self.asked += 1
        await asyncio.sleep(self.seconds)
        if not self.lists:
            raise TimeoutError
        return []


def test_one_message_that_breaks_the_client_does_not_take_the_others_with_it(still_outbox: Outbox) -> None:
    outbox = still_outbox
    bad, good = outbox.write_many([JAMIE, OTHER])
    asyncio.run(drain(outbox.ground, Scripted(JAMIE), Pace(None), lambda: False))
    assert [outbox.state(bad), outbox.state(good)] == ["doubtful", "sent"]


def test_a_list_that_can_not_be_read_holds_nobody_up_and_leaves_the_doubts(still_outbox: Outbox) -> None:
    outbox = still_outbox
    ids = outbox.write_many([f"+1520555{number:04}" for number in range(300, 400)])
    ready = take(outbox.ground, Pace(None), 200).ready
    settle(outbox.ground, [Posted(taken, Unknown("no answer")) for taken in ready])
    outbox.clock.advance(AFTER_A_DOUBT)
    silent = Scripted(lists=False)
    assert asyncio.run(reconcile(outbox.ground, silent)) == 0
    assert silent.asked == 20
    assert {outbox.state(one) for one in ids} == {"doubtful"}
    outbox.clock.advance(timedelta(minutes=2))
    assert asyncio.run(reconcile(outbox.ground, Scripted())) == len(ids)


def test_no_connection_is_no_doubt(still_outbox: Outbox) -> None:
    outbox = still_outbox
    message_id = outbox.write()
    asyncio.run(outbox.drain_alone())
    assert outbox.state(message_id) == "queued"
    (taken,) = _after(outbox, timedelta(minutes=1))
    settle(outbox.ground, [Posted(taken, NotTaken())])
    assert outbox.row(message_id).due_at > outbox.clock() + timedelta(seconds=100), "it waits longer"


def _after(outbox: Outbox, wait: timedelta) -> tuple:
    outbox.clock.advance(wait)
    return take(outbox.ground, Pace(None), 10).ready


def test_a_post_that_hangs_does_not_keep_a_new_answer_waiting(outbox: Outbox) -> None:
    outbox.patience = 3.0
    outbox.fail("silence")
    outbox.write()
    with ThreadPoolExecutor(1) as pool:
        drained = pool.submit(outbox.drain)
        outbox.phones.wait_for(outbox.posts)
        outbox.write(OTHER, notice_class="answer")
        outbox.phones.wait_for(lambda: outbox.bodies(OTHER), timeout=2.5)
        assert not drained.done()


def test_a_drain_that_is_told_to_stop_begins_nothing_new(outbox: Outbox) -> None:
    ids = outbox.write_many([JAMIE, OTHER])
    outbox.drain(stop=lambda: True)
    assert outbox.posts() == 0
    assert {outbox.state(one) for one in ids} == {"queued"}


def test_what_a_dead_sender_had_taken_is_sent_by_the_next(outbox: Outbox) -> None:
    leased, sending = outbox.write_many([JAMIE, OTHER])
    with outbox.ground.database.begin() as connection:
        now = outbox.clock()
        messages.claim(connection, now, now + timedelta(seconds=20), 10)
        messages.dispatch(connection, [sending], now + timedelta(seconds=20))
    outbox.drain()
    assert outbox.posts() == 0
    outbox.clock.advance(timedelta(seconds=21))
    outbox.drain()
    outbox.clock.advance(timedelta(seconds=61))
    outbox.drain()
    assert [outbox.state(leased), outbox.state(sending)] == ["delivered", "delivered"]
    assert outbox.posts() == 2
