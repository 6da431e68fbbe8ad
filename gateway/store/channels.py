"""One notice on all its channels: on which it was told, and on which in vain."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from sqlalchemy import Connection, func, select, union_all

from gateway.store import emails as emails_store
from gateway.store import letters as letters_store
from gateway.store.states import State
from gateway.store.tables import emails, letters, messages
from rules.policy import Channel

_TEXT_IN_VAIN = (State.UNDELIVERED, State.FAILED, State.SUPPRESSED, State.CANCELED)


def lock(connection: Connection, keys: Sequence[int]) -> None:
    """Until the end of the transaction, nobody else with one of these keys goes on. In a fixed order: no deadlock."""
    for key in sorted(set(keys)):
        connection.execute(select(func.pg_advisory_xact_lock(key)))


def standing(
    connection: Connection, agency_id: str, intents: Sequence[Mapping[Channel, str]]
) -> dict[str, bool]:
    """Intent -> whether it is told or about to be; what was never written is left out."""
    named = {channel: [one[channel] for one in intents] for channel in Channel}
    text = select(messages.c.intent_key, messages.c.state.not_in(_TEXT_IN_VAIN).label("alive")).where(
        messages.c.agency_id == agency_id, messages.c.intent_key.in_(named[Channel.TEXT])
    )
    email = select(emails.c.intent_key, emails.c.state.in_(emails_store.ALIVE)).where(
        emails.c.agency_id == agency_id, emails.c.intent_key.in_(named[Channel.EMAIL])
    )
    letter = select(letters.c.intent_key, letters.c.state.in_(letters_store.ALIVE)).where(
        letters.c.agency_id == agency_id, letters.c.intent_key.in_(named[Channel.LETTER])
    )
    return {row.intent_key: bool(row.alive) for row in connection.execute(union_all(text, email, letter))}
