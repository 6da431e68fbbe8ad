"""What staff see on their pages, and the little that they do there. Everything is one agency's."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, func, select, update

from gateway.store.tables import conversations, decisions, emails, letters, messages, tasks, texts


def messages_by_state(connection: Connection, agency_id: str, since: datetime) -> dict[str, int]:
    """How many messages written since then stand where."""
    statement = (
        select(messages.c.state, func.count())
        .where(messages.c.agency_id == agency_id, messages.c.created_at >= since)
        .group_by(messages.c.state)
    )
    return dict(connection.execute(statement).all())


def texts_by_intent(connection: Connection, agency_id: str, since: datetime) -> dict[str, int]:
    """How many texts that came since then were taken for what."""
    statement = (
        select(texts.c.intent, func.count())
        .where(texts.c.agency_id == agency_id, texts.c.received_at >= since, texts.c.intent.is_not(None))
        .group_by(texts.c.intent)
    )
    return dict(connection.execute(statement).all())


def task(connection: Connection, agency_id: str, task_id: int) -> Row[Any] | None:
    """A task, open or closed."""
    statement = select(tasks).where(tasks.c.agency_id == agency_id, tasks.c.id == task_id)
    return connection.execute(statement).first()


def close_task(connection: Connection, agency_id: str, task_id: int, now: datetime) -> Row[Any] | None:
    """The task, if it was open until now."""
    statement = (
        update(tasks)
        .where(tasks.c.agency_id == agency_id, tasks.c.id == task_id, tasks.c.closed_at.is_(None))
        .values(closed_at=now)
        .returning(tasks)
    )
    return connection.execute(statement).first()


def text(connection: Connection, agency_id: str, text_id: int) -> Row[Any] | None:
    """What a person sent, and from which number: for the member of staff who is to answer it."""
    statement = (
        select(
            texts.c.params,
            texts.c.received_at,
            texts.c.intent,
            conversations.c.phone,
            conversations.c.phone_hash,
        )
        .join(conversations, conversations.c.id == texts.c.conversation_id)
        .where(texts.c.agency_id == agency_id, texts.c.id == text_id)
    )
    return connection.execute(statement).first()


def why(connection: Connection, agency_id: str, number: str) -> Sequence[Row[Any]]:
    """Every decision on the call or case of that number, in the order of time, with where its message stands."""
    statement = (
        select(
            decisions,
            func.coalesce(messages.c.state, emails.c.state, letters.c.state).label("state"),
            func.coalesce(messages.c.reason, emails.c.reason, letters.c.reason).label("message_reason"),
            messages.c.error_code,
            func.coalesce(messages.c.due_at, emails.c.due_at).label("due_at"),
            func.coalesce(messages.c.sent_at, emails.c.sent_at).label("sent_at"),
        )
        .outerjoin(messages, messages.c.id == decisions.c.message_id)
        .outerjoin(emails, emails.c.id == decisions.c.message_id)
        .outerjoin(letters, letters.c.id == decisions.c.message_id)
        .where(
            decisions.c.agency_id == agency_id,
            decisions.c.record_kind.in_(("call", "case")),
            decisions.c.record_number == number,
        )
        .order_by(decisions.c.id)
    )
    return connection.execute(statement).all()
