"""One conversation for each (agency, number): a text recorded, the conversation locked, what it led to kept."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, delete, select, text, update
from sqlalchemy.dialects.postgresql import insert

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
class Opened:
    """A conversation, locked until the transaction ends. `text_id` is None for a text that was here before."""

    id: int
    text_id: int | None
    state: Mapping[str, Any]
    opted_out: bool


def open_turn(
    connection: Connection,
    *,
    agency_id: str,
    sender_id: int,
    phone: str,
    phone_hash: bytes,
    message_sid: str,
    params: Mapping[str, str],
    now: datetime,
) -> Opened:
    """Lock a text's conversation, then record it once by its MessageSid.

    The lock comes first, so that of fifty copies at once one is new and the others find it recorded. Whether the number
    opted out is read after it: a statement that waits for a lock still sees the world as it was before.
    """
    conversation = insert(conversations).values(
        agency_id=agency_id, phone_hash=phone_hash, phone=phone, updated_at=now
    )
    conversation = conversation.on_conflict_do_update(
        index_elements=["agency_id", "phone_hash"], set_={"updated_at": now}
    )
    locked = connection.execute(conversation.returning(conversations.c.id, conversations.c.state)).one()
    opted_out = (
        select(opt_outs.c.since)
        .where(opt_outs.c.agency_id == agency_id, opt_outs.c.phone_hash == phone_hash)
        .exists()
    )
    recorded = connection.execute(
        insert(texts)
        .values(
            agency_id=agency_id,
            message_sid=message_sid,
            conversation_id=locked.id,
            sender_id=sender_id,
            params=dict(params),
            received_at=now,
        )
        .on_conflict_do_nothing(index_elements=["message_sid"])
        .returning(texts.c.id, opted_out.label("opted_out"))
    ).first()
    if recorded is None:
        return Opened(locked.id, None, locked.state, opted_out=False)
    return Opened(locked.id, recorded.id, locked.state, recorded.opted_out)


def close_turn(
    connection: Connection, opened: Opened, state: Mapping[str, Any], intent: str, also: list[str]
) -> None:
    """Keep the new state, and what the text was taken for, in one statement."""
    understood = (
        update(texts)
        .where(texts.c.id == opened.text_id)
        .values(intent=intent, also=also)
        .returning(texts.c.id)
    ).cte("understood")
    statement = update(conversations).where(conversations.c.id == opened.id).values(state=dict(state))
    connection.execute(statement.add_cte(understood))


@dataclass(frozen=True, slots=True)
class Spoken:
    """What a feed says that the holder of a number speaks."""

    phone: str
    phone_hash: bytes
    language: str


_REMEMBERED = ("agency_id", "phone_hash", "phone", "state", "updated_at")
_REMEMBER = insert_many(conversations, _REMEMBERED).on_conflict_do_update(
    index_elements=["agency_id", "phone_hash"],
    set_={
        "state": text("jsonb_build_object('language', excluded.state->>'language') || conversations.state")
    },
)


def remember_languages(
    connection: Connection, agency_id: str, spoken: Iterable[Spoken], now: datetime
) -> None:
    """What the feed says people speak counts until they choose. One statement for however many."""
    by_phone = {one.phone_hash: one for one in spoken}
    if not by_phone:
        return
    rows = [
        {
            "agency_id": agency_id,
            "phone_hash": phone_hash,
            "phone": by_phone[phone_hash].phone,
            "state": {"language": by_phone[phone_hash].language},
            "updated_at": now,
        }
        for phone_hash in sorted(by_phone)
    ]
    connection.execute(_REMEMBER, columns(_REMEMBERED, rows))


def chosen_languages(connection: Connection, agency_id: str, hashes: list[bytes]) -> dict[bytes, str]:
    """Phone hash -> the language that the conversation is in."""
    statement = select(conversations.c.phone_hash, conversations.c.state["language"].as_string()).where(
        conversations.c.agency_id == agency_id, conversations.c.phone_hash.in_(hashes)
    )
    return {bytes(phone_hash): language for phone_hash, language in connection.execute(statement) if language}


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


def enroll(
    connection: Connection,
    agency_id: str,
    report_number: str,
    topic: str,
    phone: str,
    phone_hash: bytes,
    now: datetime,
) -> None:
    """News of a case, of one topic. Safe to repeat."""
    statement = insert(enrollments).values(
        agency_id=agency_id,
        report_number=report_number,
        phone_hash=phone_hash,
        topic=topic,
        phone=phone,
        since=now,
    )
    connection.execute(
        statement.on_conflict_do_update(
            index_elements=["agency_id", "report_number", "phone_hash", "topic"], set_={"ended_at": None}
        )
    )


def unenroll(
    connection: Connection,
    agency_id: str,
    phone_hash: bytes,
    now: datetime,
    report_number: str | None = None,
    topic: str | None = None,
) -> None:
    """End news on one case, or on all; of one topic, or of each."""
    statement = update(enrollments).where(
        enrollments.c.agency_id == agency_id,
        enrollments.c.phone_hash == phone_hash,
        enrollments.c.ended_at.is_(None),
    )
    if report_number is not None:
        statement = statement.where(enrollments.c.report_number == report_number)
    if topic is not None:
        statement = statement.where(enrollments.c.topic == topic)
    connection.execute(statement.values(ended_at=now))


def _note(
    connection: Connection, agency_id: str, phone_hash: bytes, change: str, cause: str, now: datetime
) -> None:
    values = {"agency_id": agency_id, "phone_hash": phone_hash, "change": change, "cause": cause, "at": now}
    connection.execute(insert(consent_changes).values(values))
