"""Notices that should not go out any more are taken back on every channel, as far as they have not left."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sqlalchemy import Connection, Row, Table, case, select, update

from gateway.store import emails, letters
from gateway.store.states import MOVES, Input, State
from gateway.store.tables import emails as emails_table
from gateway.store.tables import letters as letters_table
from gateway.store.tables import messages as messages_table

_WAITING: Mapping[Table, tuple[str, ...]] = {
    messages_table: tuple(state.value for state in MOVES[Input.CANCEL].sources),
    emails_table: (emails.State.QUEUED.value,),
    letters_table: (letters.State.TO_PRINT.value,),
}
_CANCELED = State.CANCELED.value
"""The one word for it in all three tables."""
_LEFT_TO_DO = (
    "id",
    "reason",
    "agency_id",
    "intent_key",
    "notice",
    "notice_class",
    "record_kind",
    "record_number",
    "party_id",
)
"""No address, number or word of it: none is opened to take it back."""


def take_back(connection: Connection, agency_id: str, reasons: Mapping[str, str]) -> list[Row[Any]]:
    """Cancel those of these intents that wait, each with its reason. Returns what they leave to do."""
    if not reasons:
        return []
    return [row for table in _WAITING for row in _take_back(connection, table, agency_id, reasons)]


def _take_back(
    connection: Connection, table: Table, agency_id: str, reasons: Mapping[str, str]
) -> list[Row[Any]]:
    # What a sender holds in this moment is as good as gone; to wait for it could be to wait for each other.
    free = (
        select(table.c.id)
        .where(
            table.c.agency_id == agency_id,
            table.c.intent_key.in_(list(reasons)),
            table.c.state.in_(_WAITING[table]),
        )
        .with_for_update(skip_locked=True)
    )
    statement = (
        update(table)
        .where(table.c.id.in_(free))
        .values(state=_CANCELED, reason=case(reasons, value=table.c.intent_key))
        .returning(*(table.c[name] for name in _LEFT_TO_DO))
    )
    return list(connection.execute(statement))
