"""The outbox in SQL: written once, claimed by priority, moved only as `gateway.store.states` allows."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, fields
from datetime import datetime
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy import (
    ColumnElement,
    Connection,
    Row,
    false,
    func,
    literal_column,
    or_,
    select,
    text,
    update,
)

from gateway.store import recalls, surges
from gateway.store.bulk import columns, insert_many
from gateway.store.states import MOVES, Input, State
from gateway.store.tables import (
    contacts,
    conversations,
    messages,
    opt_outs,
    receipts,
    senders,
    wrong_numbers,
)

PRIORITY: Mapping[str, int] = {
    "safety": 0,
    "answer": 10,
    "statutory": 20,
    "confirmation": 30,
    "follow_up": 50,
    "survey": 90,
}
"""By notice class: what a frightened person waits for goes first."""


@dataclass(frozen=True, slots=True)
class NewMessage:
    """A message to be written. `intent_key` is what makes it one intent, however often it is asked for."""

    agency_id: str
    intent_key: str
    notice: str
    notice_class: str
    sender_id: int
    phone_hash: bytes
    phone: str
    body: str
    language: str
    encoding: str
    segments: int
    due_at: datetime
    created_at: datetime
    expires_at: datetime | None = None
    record_kind: str | None = None
    record_number: str | None = None
    party_id: str | None = None
    text_id: int | None = None
    policy_hash: str | None = None
    asks: Mapping[str, Any] | None = None
    """The question that it asks: `question`, its name in the dialogue tables, and `about`, what it is about."""


_TOLD = tuple(field.name for field in fields(NewMessage))
_WRITTEN = ("id", "state", "priority", *_TOLD)
_ADD = (
    insert_many(messages, _WRITTEN)
    .on_conflict_do_nothing(index_elements=["agency_id", "intent_key"])
    .returning(messages.c.intent_key, messages.c.id)
)


def add(connection: Connection, new: Sequence[NewMessage]) -> dict[str, UUID]:
    """Write messages that are not there yet. Returns intent key -> id of those that were new."""
    if not new:
        return {}
    rows = [
        {
            "id": uuid4(),
            "state": State.QUEUED.value,
            "priority": PRIORITY[message.notice_class],
            **{name: getattr(message, name) for name in _TOLD},
        }
        for message in new
    ]
    return {row.intent_key: row.id for row in connection.execute(_ADD, columns(_WRITTEN, rows))}


def _literally(states: Iterable[State]) -> list[ColumnElement[str]]:
    """States written into the statement, not bound: only so does the planner see that a partial index serves."""
    return [literal_column(f"'{state.value}'") for state in states]


def claim(connection: Connection, now: datetime, until: datetime, most: int) -> Sequence[Row[Any]]:
    """Take what is due, most urgent first, and with it what the gate must know of each number."""
    move = MOVES[Input.CLAIM]
    due = (
        select(messages.c.id)
        .join(senders, senders.c.id == messages.c.sender_id)
        .where(
            messages.c.state.in_(_literally(move.sources)),
            messages.c.due_at <= now,
            or_(senders.c.held_until.is_(None), senders.c.held_until <= now),
            ~surges.is_held(messages.c.agency_id, messages.c.notice),
        )
        .order_by(messages.c.priority, messages.c.due_at)
        .limit(most)
        .with_for_update(of=messages, skip_locked=True)
    ).cte("due")
    taken = (
        update(messages)
        .where(messages.c.id == due.c.id)
        .values(state=move.target.value, leased_until=until)
        .returning(messages)
    ).cte("taken")
    same_number = lambda table: (  # noqa: E731
        (table.c.agency_id == taken.c.agency_id) & (table.c.phone_hash == taken.c.phone_hash)
    )
    as_contact = (
        select(contacts.c.state)
        .where(
            same_number(contacts),
            contacts.c.report_number == taken.c.record_number,
            taken.c.record_kind == "case",
        )
        .scalar_subquery()
    )
    statement = (
        select(
            taken,
            senders.c.number.label("sender_number"),
            senders.c.messaging_service_sid,
            senders.c.segments_per_second,
            opt_outs.c.since.is_not(None).label("opted_out"),
            func.coalesce(opt_outs.c.keeps_statutory, false()).label("keeps_statutory"),
            wrong_numbers.c.since.is_not(None).label("wrong_number"),
            as_contact.label("contact"),
            conversations.c.held_until,
            recalls.covers(taken.c).label("recalled"),
        )
        .join(senders, senders.c.id == taken.c.sender_id)
        .outerjoin(opt_outs, same_number(opt_outs))
        .outerjoin(wrong_numbers, same_number(wrong_numbers))
        .outerjoin(conversations, same_number(conversations))
        .order_by(taken.c.priority, taken.c.due_at)
    )
    return connection.execute(statement).all()


def dispatch(connection: Connection, ids: Sequence[UUID], until: datetime) -> set[UUID]:
    """The last step before posting. Returns those that may be posted: none that was canceled meanwhile, and none whose
    number opted out since the gate looked. Who kept what the law owes still gets that."""
    move = MOVES[Input.DISPATCH]
    said_stop = (
        select(opt_outs.c.since)
        .where(
            opt_outs.c.agency_id == messages.c.agency_id,
            opt_outs.c.phone_hash == messages.c.phone_hash,
            or_(~opt_outs.c.keeps_statutory, messages.c.notice_class != "statutory"),
        )
        .exists()
    )
    statement = (
        update(messages)
        .where(
            messages.c.id.in_(ids),
            messages.c.state.in_(move.sources),
            or_(messages.c.notice_class.in_(("safety", "answer")), ~said_stop),
        )
        .values(state=move.target.value, leased_until=until, attempts=messages.c.attempts + 1)
        .returning(messages.c.id)
    )
    return {row.id for row in connection.execute(statement)}


def move(connection: Connection, happened: Input, ids: Sequence[UUID], **values: Any) -> list[UUID]:
    """Apply one input to messages that stand where it is allowed. Returns the ids that moved."""
    if not ids:
        return []
    allowed = MOVES[happened]
    statement = (
        update(messages)
        .where(messages.c.id.in_(ids), messages.c.state.in_(allowed.sources))
        .values(state=allowed.target.value, **values)
        .returning(messages.c.id)
    )
    return [row.id for row in connection.execute(statement)]


@dataclass(frozen=True, slots=True)
class Ruled:
    """What the gate or the carrier decided for one message; fields that are None stay as they are."""

    id: UUID
    reason: str | None = None
    due_at: datetime | None = None
    carrier_sid: str | None = None
    error_code: int | None = None
    sent_at: datetime | None = None


def move_each(connection: Connection, happened: Input, ruled: Sequence[Ruled]) -> list[UUID]:
    """Like `move`, with values of its own for each message, in one statement."""
    if not ruled:
        return []
    allowed = MOVES[happened]
    statement = text(
        """
        UPDATE messages SET
            state = :target,
            reason = coalesce(told.reason, messages.reason),
            due_at = coalesce(told.due_at, messages.due_at),
            carrier_sid = coalesce(told.carrier_sid, messages.carrier_sid),
            error_code = coalesce(told.error_code, messages.error_code),
            sent_at = coalesce(told.sent_at, messages.sent_at)
        FROM unnest(
            CAST(:ids AS uuid[]), CAST(:reasons AS text[]), CAST(:dues AS timestamptz[]),
            CAST(:sids AS text[]), CAST(:errors AS int[]), CAST(:sents AS timestamptz[])
        ) AS told(id, reason, due_at, carrier_sid, error_code, sent_at)
        WHERE messages.id = told.id AND messages.state = ANY(:sources)
        RETURNING messages.id
        """
    )
    values = {
        "target": allowed.target.value,
        "sources": [state.value for state in allowed.sources],
        "ids": [one.id for one in ruled],
        "reasons": [one.reason for one in ruled],
        "dues": [one.due_at for one in ruled],
        "sids": [one.carrier_sid for one in ruled],
        "errors": [one.error_code for one in ruled],
        "sents": [one.sent_at for one in ruled],
    }
    return [row.id for row in connection.execute(statement, values)]


def take_back_leases(connection: Connection, now: datetime) -> int:
    """What a dead sender had taken and not begun is queued again; what it had begun is doubtful. Returns how many."""
    count = 0
    for happened in (Input.LEASE_RAN_OUT, Input.LOSE_SIGHT):
        allowed = MOVES[happened]
        ran_out = (
            update(messages)
            .where(messages.c.state.in_(_literally(allowed.sources)), messages.c.leased_until <= now)
            .values(state=allowed.target.value)
        )
        count += connection.execute(ran_out).rowcount
    return count


def doubtful(connection: Connection, now: datetime, until: datetime, most: int) -> Sequence[Row[Any]]:
    """Take messages whose fate is unknown, to ask the carrier about them; nobody else asks until then."""
    due = (
        select(messages.c.id)
        .where(messages.c.state.in_(_literally((State.DOUBTFUL,))), messages.c.leased_until <= now)
        .limit(most)
        .with_for_update(skip_locked=True)
    )
    taken = (
        update(messages)
        .where(messages.c.id.in_(due))
        .values(leased_until=until)
        .returning(
            messages.c.id,
            messages.c.agency_id,
            messages.c.sender_id,
            messages.c.phone,
            messages.c.body,
            messages.c.created_at,
            messages.c.attempts,
        )
    ).cte("taken")
    statement = select(taken, senders.c.number.label("sender_number"), senders.c.messaging_service_sid).join(
        senders, senders.c.id == taken.c.sender_id
    )
    return connection.execute(statement).all()


def ask_later(connection: Connection, ids: Sequence[UUID], at: datetime) -> None:
    """The carrier's list is worth asking about these doubts from then on."""
    if ids:
        connection.execute(update(messages).where(messages.c.id.in_(ids)).values(leased_until=at))


def forget_sid(connection: Connection, message_id: UUID) -> None:
    """It will be posted again and get another id from the carrier; receipts of the old one are then only kept."""
    connection.execute(update(messages).where(messages.c.id == message_id).values(carrier_sid=None))


def known_sids(connection: Connection, sids: Sequence[str]) -> set[str]:
    """Which of the carrier's message ids are already somebody's, now or in an earlier try."""
    now = select(messages.c.carrier_sid).where(messages.c.carrier_sid.in_(sids))
    earlier = select(receipts.c.carrier_sid).where(receipts.c.carrier_sid.in_(sids))
    return set(connection.scalars(now.union(earlier)))


def cancel_waiting(
    connection: Connection, agency_id: str, phone_hash: bytes, reason: str
) -> Sequence[Row[Any]]:
    """Take back all that has not left for this number, save safety answers. Returns what an owed one leaves to do."""
    allowed = MOVES[Input.CANCEL]
    waiting = (
        select(messages.c.id)
        .where(
            messages.c.agency_id == agency_id,
            messages.c.phone_hash == phone_hash,
            messages.c.state.in_(_literally(allowed.sources)),
            messages.c.notice_class != "safety",
        )
        .order_by(messages.c.id)
        .with_for_update()
    ).cte("waiting")
    statement = (
        update(messages)
        .where(messages.c.id == waiting.c.id)
        .values(state=allowed.target.value, reason=reason)
        .returning(*(messages.c[name] for name in _LEFT_TO_DO))
    )
    return connection.execute(statement).all()


_LEFT_TO_DO = (
    "id",
    "agency_id",
    "intent_key",
    "notice",
    "notice_class",
    "record_kind",
    "record_number",
    "party_id",
    "policy_hash",
    "expires_at",
)


_UNHEARD = (
    messages.c.state == literal_column("'sent'"),
    messages.c.record_kind.is_not(None),
)
"""Notices that the carrier has and of which nobody said more; answers are on no other channel."""


def anything_unheard(connection: Connection, agency_id: str, before: datetime) -> bool:
    """Whether a notice was sent before that time and nobody said that it was delivered."""
    statement = select(messages.c.id).where(
        messages.c.agency_id == agency_id, *_UNHEARD, messages.c.sent_at <= before
    )
    return connection.execute(statement.limit(1)).first() is not None


def give_up_unheard(
    connection: Connection, agency_id: str, before: datetime, reason: str, most: int
) -> Sequence[Row[Any]]:
    """Such notices did not reach; the oldest first. Returns what they leave to do; a late receipt may correct it."""
    allowed = MOVES[Input.NO_WORD]
    unheard = (
        select(messages.c.id)
        .where(messages.c.agency_id == agency_id, *_UNHEARD, messages.c.sent_at <= before)
        .order_by(messages.c.sent_at)
        .limit(most)
        .with_for_update(skip_locked=True)
    ).cte("unheard")
    statement = (
        update(messages)
        .where(messages.c.id == unheard.c.id)
        .values(state=allowed.target.value, reason=reason)
        .returning(*(messages.c[name] for name in _LEFT_TO_DO))
    )
    return connection.execute(statement).all()


def anything_due(connection: Connection, now: datetime) -> bool:
    """Whether a drain would find work: due and not held, or a lease that ran out, or a doubt to settle."""
    due = (
        select(messages.c.id)
        .join(senders, senders.c.id == messages.c.sender_id)
        .where(
            messages.c.state.in_(_literally((State.QUEUED,))),
            messages.c.due_at <= now,
            or_(senders.c.held_until.is_(None), senders.c.held_until <= now),
            ~surges.is_held(messages.c.agency_id, messages.c.notice),
        )
        .limit(1)
    )
    run_out = (
        select(messages.c.id)
        .where(
            messages.c.state.in_(_literally((State.LEASED, State.SENDING, State.DOUBTFUL))),
            messages.c.leased_until <= now,
        )
        .limit(1)
    )
    return any(connection.execute(statement).first() for statement in (due, run_out))


def count_by_state(connection: Connection) -> dict[str, int]:
    """How many messages stand where."""
    rows = connection.execute(select(messages.c.state, func.count()).group_by(messages.c.state))
    return dict(rows.all())


def hold_sender(connection: Connection, sender_id: int | None, until: datetime, reason: str) -> None:
    """Nothing leaves from this number until then; from none of them, if it is None."""
    statement = update(senders).values(held_until=until, held_reason=reason)
    if sender_id is not None:
        statement = statement.where(senders.c.id == sender_id)
    connection.execute(statement)
