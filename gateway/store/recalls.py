"""Recalls: staff take a notice back that should never have been sent, for all who were sent it in a stretch of time.

A recall is a row that stands. What it covers and has not left never leaves, however it came back into the queue;
what it covers and did leave is corrected once, also when that it left becomes known only later.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, fields
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Connection, Row, String, and_, cast, func, insert, or_, select, update
from sqlalchemy.orm import aliased

from gateway.store.states import MOVES, RECEIPTS, TROUBLE, Input, State
from gateway.store.tables import emails, letters, messages, recalls, receipts, timers
from rules.policy import Channel

CORRECTS = "recall:"
"""How the intent of a correction begins; behind it stands the id of the text, email or letter that it corrects."""


@dataclass(frozen=True, slots=True)
class Scope:
    """What is taken back: a notice, as written from `since` to `until`, both included, of one record or of all."""

    agency_id: str
    notice: str
    since: datetime
    until: datetime
    record_number: str | None = None


@dataclass(frozen=True, slots=True)
class Recall:
    """A recall that stands."""

    id: int
    scope: Scope
    made_by: str


_SCOPE = tuple(field.name for field in fields(Scope))
_ABOUT = ("agency_id", "intent_key", "notice", "notice_class", "record_kind", "record_number", "party_id")


def begin(connection: Connection, scope: Scope, by: str, now: datetime) -> Recall:
    """A new recall, or the one that stands for this very scope."""
    same = [getattr(recalls.c, name).is_not_distinct_from(getattr(scope, name)) for name in _SCOPE]
    row = connection.execute(select(recalls).where(*same).order_by(recalls.c.id).limit(1)).first()
    if row is None:
        values = {name: getattr(scope, name) for name in _SCOPE}
        values |= {"made_by": by, "made_at": now, "canceled": 0, "corrected": 0}
        row = connection.execute(insert(recalls).values(values).returning(recalls)).one()
    return _recall(row)


def standing(connection: Connection, since: datetime) -> list[Recall]:
    """Those that were made since then, in the order in which they were."""
    statement = select(recalls).where(recalls.c.made_at >= since).order_by(recalls.c.id)
    return [_recall(row) for row in connection.execute(statement)]


def _recall(row: Row[Any]) -> Recall:
    return Recall(row.id, Scope(**{name: getattr(row, name) for name in _SCOPE}), row.made_by)


def count_up(connection: Connection, recall_id: int, *, canceled: int = 0, corrected: int = 0) -> None:
    """Keep what a recall did."""
    values = {"canceled": recalls.c.canceled + canceled, "corrected": recalls.c.corrected + corrected}
    connection.execute(update(recalls).where(recalls.c.id == recall_id).values(values))


def covers(written: Any) -> ColumnElement[bool]:
    """Whether something written is recalled, as a condition. `written` are the columns of a table of the outbox."""
    return (
        select(recalls.c.id)
        .where(
            recalls.c.agency_id == written.agency_id,
            recalls.c.notice == written.notice,
            written.created_at.between(recalls.c.since, recalls.c.until),
            or_(recalls.c.record_number.is_(None), recalls.c.record_number == written.record_number),
        )
        .correlate_except(recalls)
        .exists()
    )


def recalled(connection: Connection, ids: Sequence[UUID]) -> set[UUID]:
    """Which of these texts, emails and letters are covered by a recall."""
    found: set[UUID] = set()
    for table in (messages, emails, letters):
        found |= set(connection.scalars(select(table.c.id).where(table.c.id.in_(ids), covers(table.c))))
    return found


def _of(scope: Scope, table: Any) -> ColumnElement[bool]:
    inside = [
        table.c.agency_id == scope.agency_id,
        table.c.notice == scope.notice,
        table.c.created_at.between(scope.since, scope.until),
        table.c.record_kind.is_not(None),
    ]
    if scope.record_number is not None:
        inside.append(table.c.record_number == scope.record_number)
    return and_(*inside)


_CANCELED_FROM = tuple(state.value for state in MOVES[Input.CANCEL].sources)


def cancel_texts(connection: Connection, scope: Scope, reason: str, most: int) -> Sequence[Row[Any]]:
    """Take back up to `most` texts that have not left. Returns what they leave to do."""
    return _cancel(connection, scope, messages, _CANCELED_FROM, reason, most)


def cancel_emails(connection: Connection, scope: Scope, reason: str, most: int) -> Sequence[Row[Any]]:
    """The same for emails."""
    return _cancel(connection, scope, emails, ("queued",), reason, most)


def cancel_letters(connection: Connection, scope: Scope, reason: str, most: int) -> Sequence[Row[Any]]:
    """The same for letters that are not printed."""
    return _cancel(connection, scope, letters, ("to_print",), reason, most)


def _cancel(
    connection: Connection, scope: Scope, table: Any, sources: Sequence[str], reason: str, most: int
) -> Sequence[Row[Any]]:
    waiting = (
        select(table.c.id)
        .where(_of(scope, table), table.c.state.in_(sources))
        .order_by(table.c.id)
        .limit(most)
        .with_for_update()
    )
    statement = (
        update(table)
        .where(table.c.id.in_(waiting))
        .values(state="canceled", reason=reason)
        .returning(table.c.id, table.c.policy_hash, *(table.c[name] for name in _ABOUT))
    )
    return connection.execute(statement).all()


_LEFT = (State.SENT.value, State.DELIVERED.value)
_STOPPED = (State.CANCELED.value, State.SUPPRESSED.value)
_BAD_NEWS = [status for status, happened in RECEIPTS.items() if happened in TROUBLE]


def _reached() -> ColumnElement[bool]:
    """Whether a text left. One that was stopped may turn out to have: a doubt that was to be posted once more, and
    then a receipt of its first try came."""
    worse = aliased(receipts)
    failed = select(worse.c.id).where(
        worse.c.carrier_sid == receipts.c.carrier_sid, worse.c.status.in_(_BAD_NEWS)
    )
    good = receipts.c.status.not_in(_BAD_NEWS)
    told = (
        select(receipts.c.id).where(receipts.c.message_id == messages.c.id, good, ~failed.exists()).exists()
    )
    return or_(messages.c.state.in_(_LEFT), and_(messages.c.state.in_(_STOPPED), told))


def _mailed() -> ColumnElement[bool]:
    """Whether an email left. One of which nobody knows counts as if it had: mail has no list that could be asked, and
    to say sorry for nothing does less harm than to leave somebody with a false notice."""
    in_doubt = and_(emails.c.state.not_in(("queued", "sending")), emails.c.sent_at.is_not(None))
    return or_(emails.c.state == "sent", in_doubt)


def _posted() -> ColumnElement[bool]:
    """Whether a letter may be with whom it is for. What the post brought back is not."""
    return letters.c.state == "printed"


_TABLES: Mapping[Channel, Any] = {Channel.TEXT: messages, Channel.EMAIL: emails, Channel.LETTER: letters}
_HAS_REACHED: Mapping[Channel, Callable[[], ColumnElement[bool]]] = {
    Channel.TEXT: _reached,
    Channel.EMAIL: _mailed,
    Channel.LETTER: _posted,
}
_WHERE_IT_WENT: Mapping[Channel, tuple[str, ...]] = {
    Channel.TEXT: ("sender_id", "phone", "phone_hash"),
    Channel.EMAIL: ("address",),
    Channel.LETTER: ("content",),
}


def _uncorrected(scope: Scope, channel: Channel) -> ColumnElement[bool]:
    """What is recalled, reached somebody on this channel and is not corrected yet."""
    table = _TABLES[channel]
    correction = aliased(table)
    corrected = (
        select(correction.c.id)
        .where(
            correction.c.agency_id == table.c.agency_id,
            correction.c.intent_key == func.concat(CORRECTS, cast(table.c.id, String)),
        )
        .exists()
    )
    return and_(_of(scope, table), _HAS_REACHED[channel](), ~corrected)


def to_correct(connection: Connection, scope: Scope, channel: Channel, most: int) -> Sequence[Row[Any]]:
    """Up to `most` of one channel that reached somebody and are not corrected yet, the oldest first.

    With where each went: a text's number and sender, an email's address, a letter's content.
    """
    table = _TABLES[channel]
    names = ("id", "language", *_WHERE_IT_WENT[channel], *_ABOUT)
    statement = (
        select(*(table.c[name] for name in names))
        .where(_uncorrected(scope, channel))
        .order_by(table.c.created_at, table.c.id)
        .limit(most)
    )
    return connection.execute(statement).all()


def count_to_correct(connection: Connection, scope: Scope, channel: Channel) -> int:
    """How many `to_correct` would find."""
    statement = select(func.count()).select_from(_TABLES[channel]).where(_uncorrected(scope, channel))
    return connection.scalar(statement) or 0


def intent_of(message_id: UUID) -> str:
    """Of the correction of this text, email or letter: one, however often it is recalled."""
    return f"{CORRECTS}{message_id}"


@dataclass(frozen=True, slots=True)
class Found:
    """What a recall finds."""

    waiting: int
    """Texts, emails and letters that have not left."""
    in_flight: int
    """Texts and emails of which nobody knows yet whether they left; corrected when it is known."""
    reached: Mapping[str, int]
    """Language -> texts that left and are not corrected yet."""
    emails: int
    """That left and are not corrected yet."""
    letters: int
    """That were printed and are not corrected yet."""
    later: int
    """Records that will be looked at again for this notice when its time comes: these are not covered."""


def find(connection: Connection, scope: Scope) -> Found:
    """What a recall of this scope would find now."""
    texts = _by_state(connection, scope, messages)
    mail = _by_state(connection, scope, emails)
    post = _by_state(connection, scope, letters)
    reached: dict[str, int] = {}
    for row in to_correct(connection, scope, Channel.TEXT, 1_000_000):
        reached[row.language] = reached.get(row.language, 0) + 1
    due = select(func.count()).where(timers.c.agency_id == scope.agency_id, timers.c.rule == scope.notice)
    if scope.record_number is not None:
        due = due.where(timers.c.record_number == scope.record_number)
    return Found(
        waiting=texts["queued"] + texts["leased"] + mail["queued"] + post["to_print"],
        in_flight=texts["sending"] + texts["doubtful"] + mail["sending"],
        reached=reached,
        emails=count_to_correct(connection, scope, Channel.EMAIL),
        letters=count_to_correct(connection, scope, Channel.LETTER),
        later=connection.scalar(due) or 0,
    )


def _by_state(connection: Connection, scope: Scope, table: Any) -> _Counts:
    statement = select(table.c.state, func.count()).where(_of(scope, table)).group_by(table.c.state)
    return _Counts({row[0]: row[1] for row in connection.execute(statement)})


class _Counts(dict[str, int]):
    def __missing__(self, state: str) -> int:
        return 0


def known_notices(connection: Connection, agency_id: str, since: datetime, until: datetime) -> list[str]:
    """The notices that were written in this time."""
    statement = (
        select(messages.c.notice)
        .where(
            messages.c.agency_id == agency_id,
            messages.c.created_at.between(since, until),
            messages.c.record_kind.is_not(None),
        )
        .distinct()
        .order_by(messages.c.notice)
    )
    return list(connection.scalars(statement))
