"""One conversation for each (agency, number): a text recorded, the conversation locked, what it led to kept."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Connection,
    DateTime,
    LargeBinary,
    and_,
    bindparam,
    cast,
    delete,
    func,
    select,
    tuple_,
    update,
)
from sqlalchemy.dialects.postgresql import ARRAY, insert

from gateway.store import asking, attempts
from gateway.store.bulk import columns, insert_many
from gateway.store.tables import (
    consent_changes,
    conversations,
    enrollments,
    opt_outs,
    survey_runs,
    texts,
    wrong_numbers,
)


@dataclass(frozen=True, slots=True)
class Locked:
    """A conversation, locked until the transaction ends."""

    id: int
    state: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Recorded:
    """A text that was not here before, with what is known of its number then."""

    text_id: int
    opted_out: bool
    keeps_arrests: bool
    """Whether what the law owes may be texted all the same."""
    failures: int
    """How often somebody did not prove who they are, of late; see gateway.store.attempts."""
    asked: Sequence[Mapping[str, Any]]
    """What messages asked; see gateway.store.asking."""


# Statements of every turn are built once: building them costs as much as the database takes.
_LOCK = insert(conversations).values(
    agency_id=bindparam("agency"),
    phone_hash=bindparam("hash"),
    phone=bindparam("number"),
    updated_at=bindparam("now"),
)
_LOCK = _LOCK.on_conflict_do_update(
    index_elements=["agency_id", "phone_hash"], set_={"updated_at": _LOCK.excluded.updated_at}
).returning(conversations.c.id, conversations.c.state)


def lock(connection: Connection, agency_id: str, phone: str, phone_hash: bytes, now: datetime) -> Locked:
    """The conversation with a number, from its first text on."""
    who = {"agency": agency_id, "hash": phone_hash, "number": phone, "now": now}
    row = connection.execute(_LOCK, who).one()
    return Locked(row.id, row.state)


@dataclass(frozen=True, slots=True)
class NewText:
    """A text as it is recorded, and under which keys its sender's failed proofs are counted."""

    agency_id: str
    sender_id: int
    phone_hash: bytes
    message_sid: str
    params: Mapping[str, str]
    report_key: str | None = None


_KEEPS_STATUTORY = (
    select(opt_outs.c.keeps_statutory)
    .where(opt_outs.c.agency_id == bindparam("agency"), opt_outs.c.phone_hash == bindparam("phone"))
    .scalar_subquery()
)
"""NULL for a number that never opted out."""
_RECORD = (
    insert(texts)
    .values(
        agency_id=bindparam("agency"),
        message_sid=bindparam("sid"),
        conversation_id=bindparam("conversation"),
        sender_id=bindparam("sender"),
        params=bindparam("webhook"),
        received_at=bindparam("now", type_=DateTime(timezone=True)),
    )
    .on_conflict_do_nothing(index_elements=["message_sid"])
    .returning(
        texts.c.id,
        _KEEPS_STATUTORY.label("keeps_statutory"),
        attempts.FAILURES.label("failures"),
        asking.LATEST_ASKED.label("asked"),
    )
)


def record(connection: Connection, locked: Locked, new: NewText, now: datetime) -> Recorded | None:
    """Record a text once by its MessageSid; None for one that was here before.

    The lock comes first, so that of fifty copies at once one is new and the others find it recorded. What is known of
    the number is read after it: a statement that waits for a lock still sees the world as it was before.
    """
    row = connection.execute(
        _RECORD,
        {
            "agency": new.agency_id,
            "phone": new.phone_hash,
            "sid": new.message_sid,
            "conversation": locked.id,
            "sender": new.sender_id,
            "webhook": dict(new.params),
            **attempts.keys(new.phone_hash.hex(), new.report_key, now),
        },
    ).first()
    if row is None:
        return None
    opted_out = row.keeps_statutory is not None
    return Recorded(row.id, opted_out, bool(row.keeps_statutory), row.failures, row.asked or ())


_CLOSE = (
    update(conversations)
    .where(conversations.c.id == bindparam("conversation"))
    .values(state=bindparam("so_far"))
    .add_cte(
        update(texts)
        .where(texts.c.id == bindparam("text"))
        .values(intent=bindparam("meaning"), also=bindparam("others"))
        .returning(texts.c.id)
        .cte("understood")
    )
)


def close_turn(
    connection: Connection,
    conversation_id: int,
    text_id: int,
    state: Mapping[str, Any],
    intent: str,
    also: list[str],
) -> None:
    """Keep the new state, and what the text was taken for, in one statement."""
    connection.execute(
        _CLOSE,
        {
            "conversation": conversation_id,
            "text": text_id,
            "so_far": dict(state),
            "meaning": intent,
            "others": also,
        },
    )


def reachable(connection: Connection, agency_id: str, hashes: Iterable[bytes]) -> dict[bytes, str | None]:
    """Which of these numbers may be texted -> the language of their conversation, None where nobody knows.

    Without those that opted out, and those that are not whom we mean.
    """
    asked = select(func.unnest(cast(sorted(hashes), ARRAY(LargeBinary))).label("phone_hash")).subquery()
    same_number = lambda table: (  # noqa: E731
        (table.c.agency_id == agency_id) & (table.c.phone_hash == asked.c.phone_hash)
    )
    statement = (
        select(asked.c.phone_hash, conversations.c.state["language"].as_string().label("language"))
        .select_from(asked)
        .outerjoin(conversations, same_number(conversations))
        .outerjoin(opt_outs, same_number(opt_outs))
        .outerjoin(wrong_numbers, same_number(wrong_numbers))
        .where(opt_outs.c.since.is_(None), wrong_numbers.c.since.is_(None))
    )
    return {bytes(row.phone_hash): row.language for row in connection.execute(statement)}


def hold(connection: Connection, conversation_id: int, until: datetime) -> None:
    """Keep automated messages back until then."""
    connection.execute(
        update(conversations).where(conversations.c.id == conversation_id).values(held_until=until)
    )


def opt_out(connection: Connection, agency_id: str, phone_hash: bytes, cause: str, now: datetime) -> None:
    """No automated message any more, and no question of a survey. Safe to repeat; each time is kept.

    Whoever had kept what the law owes and says STOP again wants that no more either.
    """
    mine = {"agency_id": agency_id, "phone_hash": phone_hash}
    stopped = insert(opt_outs).values(**mine, since=now)
    stopped = stopped.on_conflict_do_update(
        index_elements=["agency_id", "phone_hash"], set_={"keeps_statutory": False}
    )
    ended = (
        update(survey_runs)
        .where(
            survey_runs.c.agency_id == agency_id,
            survey_runs.c.phone_hash == phone_hash,
            survey_runs.c.ended_at.is_(None),
        )
        .values(ended_at=now, ended_by="stopped")
    )
    noted = insert(consent_changes).values(**mine, change="opt_out", cause=cause, at=now)
    connection.execute(noted.add_cte(stopped.cte("stopped"), ended.cte("ended")))


def keep_statutory(
    connection: Connection, agency_id: str, phone_hash: bytes, cause: str, now: datetime
) -> None:
    """After an opt-out: what the law owes may still be texted."""
    connection.execute(
        update(opt_outs)
        .where(opt_outs.c.agency_id == agency_id, opt_outs.c.phone_hash == phone_hash)
        .values(keeps_statutory=True)
    )
    _note(connection, agency_id, phone_hash, "keep_statutory", cause, now)


def opt_in(connection: Connection, agency_id: str, phone_hash: bytes, cause: str, now: datetime) -> None:
    """Messages are welcome again. A number that was called wrong stays off all cases: START does not say whose."""
    connection.execute(
        delete(opt_outs).where(opt_outs.c.agency_id == agency_id, opt_outs.c.phone_hash == phone_hash)
    )
    connection.execute(
        update(conversations)
        .where(conversations.c.agency_id == agency_id, conversations.c.phone_hash == phone_hash)
        .values(held_until=None)
    )
    _note(connection, agency_id, phone_hash, "opt_in", cause, now)


def wrong_number(
    connection: Connection, agency_id: str, phone_hash: bytes, cause: str, now: datetime
) -> None:
    """The number is not whom we think: from now on it stands on no case, whatever a feed says."""
    values = {"agency_id": agency_id, "phone_hash": phone_hash, "since": now}
    connection.execute(insert(wrong_numbers).values(values).on_conflict_do_nothing())
    _note(connection, agency_id, phone_hash, "wrong_number", cause, now)


_ENROLLED = ("agency_id", "report_number", "phone_hash", "topic", "phone", "since")
_ENROLL = insert_many(enrollments, _ENROLLED).on_conflict_do_update(
    index_elements=["agency_id", "report_number", "phone_hash", "topic"], set_={"ended_at": None}
)
News = tuple[str, str]
"""(report number, topic)"""


def enroll(
    connection: Connection, agency_id: str, phone: str, phone_hash: bytes, on: Iterable[News], now: datetime
) -> None:
    """News of these cases, each of its topic. Safe to repeat; one statement."""
    rows = [
        {
            "agency_id": agency_id,
            "report_number": report_number,
            "phone_hash": phone_hash,
            "topic": topic,
            "phone": phone,
            "since": now,
        }
        for report_number, topic in sorted(set(on))
    ]
    if rows:
        connection.execute(_ENROLL, columns(_ENROLLED, rows))


def unenroll(
    connection: Connection, agency_id: str, phone_hash: bytes, on: Iterable[News], now: datetime
) -> None:
    """No news of these any more. One statement."""
    ending = sorted(set(on))
    if ending:
        mine = _enrolled(agency_id, phone_hash)
        these = tuple_(enrollments.c.report_number, enrollments.c.topic).in_(ending)
        connection.execute(update(enrollments).where(mine, these).values(ended_at=now))


def unenroll_all(
    connection: Connection, agency_id: str, phone_hash: bytes, now: datetime, report_number: str | None = None
) -> None:
    """No news of one report any more, or of any."""
    statement = update(enrollments).where(_enrolled(agency_id, phone_hash)).values(ended_at=now)
    if report_number is not None:
        statement = statement.where(enrollments.c.report_number == report_number)
    connection.execute(statement)


def _enrolled(agency_id: str, phone_hash: bytes) -> ColumnElement[bool]:
    return and_(
        enrollments.c.agency_id == agency_id,
        enrollments.c.phone_hash == phone_hash,
        enrollments.c.ended_at.is_(None),
    )


def _note(
    connection: Connection, agency_id: str, phone_hash: bytes, change: str, cause: str, now: datetime
) -> None:
    values = {"agency_id": agency_id, "phone_hash": phone_hash, "change": change, "cause": cause, "at": now}
    connection.execute(insert(consent_changes).values(values))
