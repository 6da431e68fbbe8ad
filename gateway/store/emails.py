"""Emails in SQL: written once, taken by one drain at a time, settled one by one.

`queued` becomes `sending` just before a mail is handed over. What a killed drain left in `sending` is handed over again
under the same Message-ID, when its lease has run out: mail has no list that could be asked (docs/adr/0008). Such a one
has a `sent_at` from then on, whatever becomes of it: it may have left before. So has one that a mail server was given
and said nothing of.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, fields
from datetime import datetime
from enum import StrEnum
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy import ColumnElement, Connection, Row, case, func, literal_column, or_, select, update
from sqlalchemy.dialects.postgresql import insert

from gateway.store import recalls, surges
from gateway.store.bulk import columns, insert_many
from gateway.store.tables import email_opt_outs, emails


class State(StrEnum):
    """Where an email stands."""

    QUEUED = "queued"
    SENDING = "sending"
    """About to be handed over; after a crash it is handed over again."""
    SENT = "sent"
    """A mail server took it."""
    FAILED = "failed"
    SUPPRESSED = "suppressed"
    CANCELED = "canceled"


ALIVE = frozenset({State.QUEUED, State.SENDING, State.SENT})
"""Told, or about to be."""


@dataclass(frozen=True, slots=True)
class NewEmail:
    """An email to be written. `content` holds its subject, its `text` and its `html`."""

    agency_id: str
    intent_key: str
    notice: str
    notice_class: str
    address_hash: bytes
    address: str
    content: Mapping[str, str]
    language: str
    due_at: datetime
    created_at: datetime
    expires_at: datetime | None
    record_kind: str
    record_number: str
    party_id: str
    policy_hash: str


_TOLD = tuple(field.name for field in fields(NewEmail))
_WRITTEN = ("id", "state", *_TOLD)
_ADD = (
    insert_many(emails, _WRITTEN)
    .on_conflict_do_nothing(index_elements=["agency_id", "intent_key"])
    .returning(emails.c.intent_key, emails.c.id)
)


def add(connection: Connection, new: Sequence[NewEmail]) -> dict[str, UUID]:
    """Write emails that are not there yet. Returns intent key -> id of those that were new."""
    if not new:
        return {}
    rows = [
        {"id": uuid4(), "state": State.QUEUED.value, **{name: getattr(email, name) for name in _TOLD}}
        for email in new
    ]
    return {row.intent_key: row.id for row in connection.execute(_ADD, columns(_WRITTEN, rows))}


_WAITS: tuple[ColumnElement[str], ...] = literal_column("'queued'"), literal_column("'sending'")
"""Written into the statement, not bound: only so does the planner see that the partial index serves."""


def _due(now: datetime) -> tuple[Any, ...]:
    return (
        emails.c.state.in_(_WAITS),
        emails.c.due_at <= now,
        or_(emails.c.leased_until.is_(None), emails.c.leased_until <= now),
        ~surges.is_held(emails.c.agency_id, emails.c.notice),
    )


def claim(connection: Connection, now: datetime, until: datetime, most: int) -> Sequence[Row[Any]]:
    """Take what is due, the longest due first, and whether its address opted out. Nobody else takes it until then."""
    due = (
        select(emails.c.id)
        .where(*_due(now))
        .order_by(emails.c.due_at)
        .limit(most)
        .with_for_update(skip_locked=True)
    ).cte("due")
    in_doubt = case(
        (emails.c.state == State.SENDING.value, func.coalesce(emails.c.sent_at, now)), else_=emails.c.sent_at
    )
    taken = (
        update(emails)
        .where(emails.c.id == due.c.id)
        .values(leased_until=until, sent_at=in_doubt)
        .returning(emails)
    ).cte("taken")
    opted_out = (email_opt_outs.c.agency_id == taken.c.agency_id) & (
        email_opt_outs.c.address_hash == taken.c.address_hash
    )
    statement = (
        select(
            taken,
            email_opt_outs.c.since.is_not(None).label("opted_out"),
            recalls.covers(taken.c).label("recalled"),
        )
        .outerjoin(email_opt_outs, opted_out)
        .order_by(taken.c.due_at)
    )
    return connection.execute(statement).all()


def dispatch(connection: Connection, ids: Sequence[UUID]) -> set[UUID]:
    """The last step before handing over. Returns those that may be: none that was canceled or opted out meanwhile."""
    said_stop = (
        select(email_opt_outs.c.since)
        .where(
            email_opt_outs.c.agency_id == emails.c.agency_id,
            email_opt_outs.c.address_hash == emails.c.address_hash,
        )
        .exists()
    )
    statement = (
        update(emails)
        .where(emails.c.id.in_(ids), emails.c.state.in_(_WAITS), ~said_stop)
        .values(state=State.SENDING.value, attempts=emails.c.attempts + 1)
        .returning(emails.c.id)
    )
    return {row.id for row in connection.execute(statement)}


def settle(
    connection: Connection,
    ids: Iterable[UUID],
    state: State,
    *,
    reason: str | None = None,
    due_at: datetime | None = None,
    sent_at: datetime | None = None,
) -> list[UUID]:
    """What became of these: only what waits or is under way can become something. Returns those that moved."""
    values: dict[str, Any] = {"state": state.value, "leased_until": None, "reason": reason}
    if due_at is not None:
        values["due_at"] = due_at
    if sent_at is not None:
        values["sent_at"] = sent_at
    statement = (
        update(emails)
        .where(emails.c.id.in_(list(ids)), emails.c.state.in_(_WAITS))
        .values(values)
        .returning(emails.c.id)
    )
    return [row.id for row in connection.execute(statement)]


def give_back(connection: Connection, ids: Sequence[UUID], due_at: datetime) -> None:
    """Not handed over after all, through no fault of theirs: it was no try."""
    if ids:
        connection.execute(
            update(emails)
            .where(emails.c.id.in_(ids), emails.c.state == State.SENDING.value)
            .values(
                state=State.QUEUED.value, leased_until=None, due_at=due_at, attempts=emails.c.attempts - 1
            )
        )


def note_doubt(connection: Connection, email_id: UUID, now: datetime) -> None:
    """It may have left: nobody said so, and nobody said that it did not."""
    connection.execute(
        update(emails).where(emails.c.id == email_id).values(sent_at=func.coalesce(emails.c.sent_at, now))
    )


def anything_due(connection: Connection, now: datetime) -> bool:
    """Whether a drain would find work."""
    return connection.execute(select(emails.c.id).where(*_due(now)).limit(1)).first() is not None


def opt_out(connection: Connection, agency_id: str, address_hash: bytes, now: datetime) -> None:
    """No more emails to this address. Safe to repeat."""
    values = {"agency_id": agency_id, "address_hash": address_hash, "since": now}
    connection.execute(insert(email_opt_outs).values(values).on_conflict_do_nothing())


def count_by_state(connection: Connection) -> dict[str, int]:
    """How many emails stand where."""
    return dict(connection.execute(select(emails.c.state, func.count()).group_by(emails.c.state)).all())
