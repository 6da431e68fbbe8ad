"""What the carrier said became of each message, each word of it kept as a row."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Connection, Row, func, or_, select, update
from sqlalchemy.dialects.postgresql import insert

from gateway.store.states import RECEIPTS, TROUBLE
from gateway.store.tables import messages, receipts


def record(
    connection: Connection, message_id: UUID, sid: str, status: str, error_code: int, now: datetime
) -> bool:
    """Keep a receipt as a row. False if this very receipt was here before."""
    statement = (
        insert(receipts)
        .values(
            message_id=message_id,
            carrier_sid=sid,
            status=status,
            error_code=error_code,
            moved=False,
            received_at=now,
        )
        .on_conflict_do_nothing(index_elements=["carrier_sid", "status", "error_code"])
        .returning(receipts.c.id)
    )
    return connection.execute(statement).first() is not None


def mark_moved(connection: Connection, sid: str, status: str, error_code: int) -> None:
    """Note on a receipt that it moved its message."""
    connection.execute(
        update(receipts)
        .where(
            receipts.c.carrier_sid == sid, receipts.c.status == status, receipts.c.error_code == error_code
        )
        .values(moved=True)
    )


def for_receipt(connection: Connection, message_id: UUID, sid: str) -> Row[Any] | None:
    """A message as its receipt needs it, locked: the one that has this id of the carrier's, else the one that is named.

    They differ where two doubts with the same words to the same number were paired the other way round.
    """
    adopted = func.coalesce(messages.c.carrier_sid == sid, False)
    statement = (
        select(
            messages.c.id,
            messages.c.agency_id,
            messages.c.sender_id,
            messages.c.phone_hash,
            messages.c.intent_key,
            messages.c.notice,
            messages.c.notice_class,
            messages.c.state,
            messages.c.carrier_sid,
            messages.c.sent_at,
            messages.c.record_kind,
            messages.c.record_number,
            messages.c.party_id,
            messages.c.policy_hash,
            messages.c.expires_at,
        )
        .where(or_(messages.c.carrier_sid == sid, messages.c.id == message_id))
        .order_by(adopted.desc())
        .limit(1)
        .with_for_update()
    )
    return connection.execute(statement).first()


def failed_tries(connection: Connection, message_id: UUID) -> set[str]:
    """The carrier's ids of earlier tries that did not reach the handset."""
    failed = [status for status, happened in RECEIPTS.items() if happened in TROUBLE]
    statement = select(receipts.c.carrier_sid).where(
        receipts.c.message_id == message_id, receipts.c.moved, receipts.c.status.in_(failed)
    )
    return set(connection.scalars(statement))
