"""Letters in SQL: written once, printed in batches, and now and then returned by the post."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, fields
from datetime import datetime
from enum import StrEnum
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy import Connection, Row, case, select, update
from sqlalchemy.dialects.postgresql import insert

from gateway.store import surges
from gateway.store.bulk import columns, insert_many
from gateway.store.tables import letter_batches, letters


class State(StrEnum):
    """Where a letter stands."""

    TO_PRINT = "to_print"
    PRINTED = "printed"
    RETURNED = "returned"
    """The post could not deliver it."""
    CANCELED = "canceled"


ALIVE = frozenset({State.TO_PRINT, State.PRINTED})
"""Told, or about to be."""


@dataclass(frozen=True, slots=True)
class NewLetter:
    """A letter to be written. `content` is what `gateway.outbox.post.writing` made: all but date and page numbers."""

    agency_id: str
    intent_key: str
    notice: str
    notice_class: str
    language: str
    content: Mapping[str, Any]
    record_kind: str
    record_number: str
    party_id: str
    policy_hash: str
    created_at: datetime


_TOLD = tuple(field.name for field in fields(NewLetter))
_WRITTEN = ("id", "state", *_TOLD)
_ADD = (
    insert_many(letters, _WRITTEN)
    .on_conflict_do_nothing(index_elements=["agency_id", "intent_key"])
    .returning(letters.c.intent_key, letters.c.id)
)


def add(connection: Connection, new: Sequence[NewLetter]) -> dict[str, UUID]:
    """Write letters that are not there yet. Returns intent key -> id of those that were new."""
    if not new:
        return {}
    rows = [
        {"id": uuid4(), "state": State.TO_PRINT.value, **{name: getattr(letter, name) for name in _TOLD}}
        for letter in new
    ]
    return {row.intent_key: row.id for row in connection.execute(_ADD, columns(_WRITTEN, rows))}


def take(connection: Connection, agency_id: str, most: int) -> Sequence[Row[Any]]:
    """What is to be printed, the oldest first, locked: who prints at the same time finds none of these."""
    statement = (
        select(letters)
        .where(
            letters.c.agency_id == agency_id,
            letters.c.state == State.TO_PRINT.value,
            ~surges.is_held(letters.c.agency_id, letters.c.notice),
        )
        .order_by(letters.c.created_at, letters.c.id)
        .limit(most)
        .with_for_update(skip_locked=True)
    )
    return connection.execute(statement).all()


def mark_printed(
    connection: Connection, agency_id: str, ids: Sequence[UUID], made_by: str, now: datetime
) -> int:
    """These letters are one batch. Returns its number."""
    values = {"agency_id": agency_id, "letters": len(ids), "made_by": made_by, "made_at": now}
    batch = connection.execute(
        insert(letter_batches).values(values).returning(letter_batches.c.id)
    ).scalar_one()
    connection.execute(
        update(letters).where(letters.c.id.in_(ids)).values(state=State.PRINTED.value, batch_id=batch)
    )
    return int(batch)


def batch(connection: Connection, batch_id: int) -> Row[Any] | None:
    """Whose batch it is, of how many letters, by whom and when."""
    return connection.execute(select(letter_batches).where(letter_batches.c.id == batch_id)).first()


def of_batch(connection: Connection, batch_id: int) -> Sequence[Row[Any]]:
    """Its letters in the order in which they were printed."""
    statement = select(letters).where(letters.c.batch_id == batch_id)
    return connection.execute(statement.order_by(letters.c.created_at, letters.c.id)).all()


def listed(connection: Connection, agency_id: str, most: int = 200) -> Sequence[Row[Any]]:
    """What waits to be printed first, then the newest."""
    statement = (
        select(letters)
        .where(letters.c.agency_id == agency_id)
        .order_by((letters.c.state == State.TO_PRINT.value).desc(), letters.c.created_at.desc())
        .limit(most)
    )
    return connection.execute(statement).all()


def mark_returned(
    connection: Connection, agency_id: str, ids: Iterable[UUID], now: datetime
) -> Sequence[Row[Any]]:
    """The post brought these back. Returns those that were printed and are returned only now."""
    statement = (
        update(letters)
        .where(
            letters.c.agency_id == agency_id,
            letters.c.id.in_(list(ids)),
            letters.c.state == State.PRINTED.value,
        )
        .values(state=State.RETURNED.value, returned_at=now)
        .returning(letters)
    )
    return connection.execute(statement).all()


def cancel(connection: Connection, reasons: Mapping[UUID, str]) -> None:
    """These are not to be printed after all, each with its reason."""
    if reasons:
        connection.execute(
            update(letters)
            .where(letters.c.id.in_(list(reasons)), letters.c.state == State.TO_PRINT.value)
            .values(state=State.CANCELED.value, reason=case(reasons, value=letters.c.id))
        )
