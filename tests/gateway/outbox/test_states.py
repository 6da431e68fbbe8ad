"""The table of a message's life: what can't be undone, and that receipts only ever lead forward."""

from __future__ import annotations

from itertools import permutations
from uuid import UUID

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from gateway.outbox.receipts import receive
from gateway.phones import contract
from gateway.store import messages
from gateway.store.messages import Ruled
from gateway.store.states import MOVES, RECEIPTS, Input, State
from gateway.store.tables import messages as messages_table
from gateway.store.tables import receipts as receipts_table
from tests.gateway.outbox.outbox import Outbox

RANK = {
    State.QUEUED: 0,
    State.LEASED: 1,
    State.SENDING: 2,
    State.DOUBTFUL: 3,
    State.SENT: 4,
    State.UNDELIVERED: 5,
    State.FAILED: 6,
    State.DELIVERED: 7,
}
WORDS = st.lists(st.sampled_from(sorted(RECEIPTS)), max_size=12)


@pytest.mark.parametrize("state", [State.DELIVERED, State.SUPPRESSED, State.CANCELED])
def test_nothing_leads_out_of_an_end(state: State) -> None:
    assert [happened for happened, move in MOVES.items() if state in move.sources] == []


def test_only_another_try_leads_out_of_failed() -> None:
    assert [happened for happened, move in MOVES.items() if State.FAILED in move.sources] == [
        Input.SEND_AGAIN
    ]


def test_every_input_has_its_move_and_says_why() -> None:
    assert set(MOVES) == set(Input)
    assert all(move.sources and move.why for move in MOVES.values())
    assert all(move.target not in move.sources for move in MOVES.values())


def test_every_state_can_be_reached() -> None:
    reached = {State.QUEUED}
    for _ in State:
        reached |= {move.target for move in MOVES.values() if reached & set(move.sources)}
    assert reached == set(State)


def test_nothing_is_canceled_that_may_have_left() -> None:
    assert set(MOVES[Input.CANCEL].sources) == {State.QUEUED, State.LEASED}


def test_every_word_of_the_carrier_for_a_message_out_is_known() -> None:
    assert set(contract.STATUSES) - set(RECEIPTS) == {"receiving", "received"}


@given(start=st.sampled_from([State.SENDING, State.DOUBTFUL, State.SENT]), words=WORDS)
def test_receipts_in_any_order_and_number_never_lead_back(start: State, words: list[str]) -> None:
    state = start
    for word in words:
        move = MOVES[RECEIPTS[word]]
        after = move.target if state in move.sources else state
        assert RANK[after] >= RANK[state]
        state = after
    if "delivered" in words and not {"failed", "canceled"} & set(words):
        assert state is State.DELIVERED


@pytest.mark.parametrize("order", list(permutations(["queued", "sent", "delivered"])))
def test_a_delivered_message_is_delivered_whatever_the_order_of_its_receipts(
    still_outbox: Outbox, order: tuple[str, ...]
) -> None:
    message_id = posted(still_outbox)
    for word in (*order, *order):
        receive(still_outbox.ground, str(message_id), {"MessageSid": "SM1", "MessageStatus": word})
    assert still_outbox.state(message_id) == "delivered"
    assert len(still_outbox.rows(receipts_table)) == 3


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(words=WORDS)
def test_each_receipt_is_kept_once_and_none_moves_a_message_back(
    still_outbox: Outbox, words: list[str]
) -> None:
    message_id = posted(still_outbox)
    rank = RANK[State.SENDING]
    for word in words:
        receive(
            still_outbox.ground, str(message_id), {"MessageSid": sid_of(message_id), "MessageStatus": word}
        )
        state = State(still_outbox.state(message_id))
        assert RANK[state] >= rank
        rank = RANK[state]
    kept = [row.status for row in still_outbox.rows(receipts_table, message_id=message_id)]
    assert sorted(kept) == sorted(set(words))


def posted(outbox: Outbox) -> UUID:
    """A message that is being posted; the answer is not there yet."""
    message_id = outbox.write()
    now = outbox.clock()
    with outbox.ground.database.begin() as connection:
        messages.claim(connection, now, now, 10)
        messages.dispatch(connection, [message_id], now)
    return message_id


def sid_of(message_id: UUID) -> str:
    return f"SM{message_id.hex}"


def test_the_database_moves_a_message_where_the_table_says_so_and_nowhere_else(still_outbox: Outbox) -> None:
    message_id = still_outbox.write()
    for state in State:
        for happened in Input:
            with still_outbox.ground.database.begin() as connection:
                connection.execute(messages_table.update().values(state=state.value))
                moved = messages.move_each(connection, happened, [Ruled(message_id)])
            expected = MOVES[happened].target if state in MOVES[happened].sources else state
            assert still_outbox.state(message_id) == expected.value
            assert moved == ([message_id] if expected is not state else [])
