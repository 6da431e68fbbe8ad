"""Claims what is due, asks the rules once more about each, paces, and hands out what may be posted now."""

from __future__ import annotations

import logging
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import Connection, Row

from gateway.ground import Ground, NoPolicy
from gateway.outbox import corrections, elsewhere
from gateway.outbox.carriers.answers import Outgoing
from gateway.outbox.elsewhere import Failed
from gateway.outbox.pace import Pace
from gateway.outbox.react import InTrouble
from gateway.store import contacts, feeds, messages, records
from gateway.store.messages import Ruled
from gateway.store.states import Input
from rules import gate
from rules.policy import Channel, NoticeClass, Policy
from rules.suppression import Reason, Subject, Suppressed
from rules.values import Party, Record, Role
from rules.zones import zone_of

log = logging.getLogger(__name__)

LEASE = timedelta(seconds=20)
"""Longer than a post can last (10 s): when it runs out, no answer can come any more."""
_VALIDITY_SECONDS = range(1, 36001)
_POLICY_MISSING_WAIT = timedelta(minutes=5)
Known = Mapping[records.Key, tuple[Record, records.Linked]]
"""The records of one agency, each with what it is linked to."""
"""(agency, `call` or `case`, number)"""


@dataclass(frozen=True, slots=True)
class Taken:
    """A message to post now, and what a refusal would need to know."""

    outgoing: Outgoing
    message: InTrouble


@dataclass(frozen=True, slots=True)
class Taking:
    """What one look into the outbox gave."""

    found: int
    ready: tuple[Taken, ...]


def take(ground: Ground, pace: Pace, most: int) -> Taking:
    """Up to `most` messages that may be posted now, already marked as being sent. No network but database and Redis."""
    now = ground.clock()
    with ground.database.begin() as connection:
        claimed = messages.claim(connection, now, now + LEASE, most)
    if not claimed:
        return Taking(0, ())
    rulings = _rule(ground, claimed, now)
    may_go = [row for row in claimed if rulings[row.id].verdict is gate.Verdict.SEND]
    ready, too_fast = _pace(pace, may_go)
    waits = [
        Ruled(row.id, due_at=ruling.until)
        for row in claimed
        if (ruling := rulings[row.id]).verdict is gate.Verdict.WAIT
    ]
    drops = [row for row in claimed if rulings[row.id].verdict is gate.Verdict.DROP]
    with ground.database.begin() as connection:
        messages.move_each(connection, Input.WAIT, [*waits, *too_fast])
        _drop(connection, drops, rulings, ground, now)
        posting = messages.dispatch(connection, [row.id for row in ready], now + LEASE)
    return Taking(len(claimed), tuple(_taken(ground, row, now) for row in ready if row.id in posting))


def _rule(ground: Ground, claimed: Sequence[Row[Any]], now: datetime) -> dict[Any, gate.Ruling]:
    """The rules' word on each message."""
    known, silent = _read(ground, claimed, now)
    return {
        row.id: _ruling(ground, row, known.get(row.agency_id, {}), row.agency_id in silent, now)
        for row in claimed
    }


def rule_on_mail(
    ground: Ground, rows: Sequence[Row[Any]], now: datetime, channel: Channel = Channel.EMAIL
) -> dict[Any, gate.Ruling]:
    """The rules' word on each email or letter: what it was written for may be otherwise now."""
    known, silent = _read(ground, rows, now)
    return {
        row.id: _ruling_on_mail(
            ground, row, known.get(row.agency_id, {}), row.agency_id in silent, now, channel
        )
        for row in rows
    }


def _read(ground: Ground, rows: Sequence[Row[Any]], now: datetime) -> tuple[dict[str, Known], set[str]]:
    """By agency, the records and what they are linked to, read again for all at once; and whose feed is silent."""
    known: dict[str, Known] = {}
    silent: set[str] = set()
    with ground.database.connect() as connection:
        for agency_id, keys in _by_agency(rows).items():
            facts = records.load(connection, agency_id, keys)
            read = {key: records.view(key, told) for key, told in facts.items()}
            linked = records.linked(connection, agency_id, read.values())
            known[agency_id] = {key: (record, linked[key]) for key, record in read.items()}
            if _feed_is_silent(ground, connection, agency_id, now):
                silent.add(agency_id)
    return known, silent


def _ruling_on_mail(
    ground: Ground, row: Row[Any], known: Known, feed_silent: bool, now: datetime, channel: Channel
) -> gate.Ruling:
    try:
        policy = ground.policies.of(row.agency_id).policy
    except NoPolicy:
        return gate.Ruling(gate.Verdict.WAIT, until=now + _POLICY_MISSING_WAIT)
    if getattr(row, "recalled", False):  # a letter that is recalled is canceled at once, and never comes back
        return gate.Ruling(gate.Verdict.DROP, Reason.RECALLED)
    if row.notice == corrections.NOTICE:
        found = known.get((row.record_kind, row.record_number))
        return corrections.ruling(row, policy, found, now, channel)
    subject = _subject(row, policy, known, now)
    if subject is None:
        return gate.Ruling(gate.Verdict.DROP, Reason.NO_PARTY)
    by_email = channel is Channel.EMAIL
    if by_email and subject.party.email and subject.party.email.strip().casefold() != row.address.casefold():
        return gate.Ruling(gate.Verdict.DROP, Reason.NO_EMAIL, "the record has another one now")
    if not by_email and [*subject.party.address] != row.content["to"][-len(subject.party.address) :]:
        return gate.Ruling(gate.Verdict.DROP, Reason.NO_ADDRESS, "the record has another one now")
    return gate.rule_on(
        policy,
        NoticeClass(row.notice_class),
        now=now,
        expires=row.expires_at if by_email else None,
        opted_out=bool(by_email and row.opted_out),
        subject=subject,
        rule=policy.rule(row.notice),
        channel=channel,
        feed_silent=feed_silent,
    )


def _feed_is_silent(ground: Ground, connection: Connection, agency_id: str, now: datetime) -> bool:
    last = feeds.calls_heard_at(connection, agency_id)
    pinned = ground.policies.by_agency.get(agency_id)
    return bool(last and pinned and now - last > pinned.policy.feed.silent_after)


def _ruling(ground: Ground, row: Row[Any], known: Known, feed_silent: bool, now: datetime) -> gate.Ruling:
    try:
        policy = ground.policies.of(row.agency_id).policy
    except NoPolicy:
        log.error("an agency has no policy file; its messages wait", extra={"agency": row.agency_id})
        return gate.Ruling(gate.Verdict.WAIT, until=now + _POLICY_MISSING_WAIT)
    if row.recalled:
        return gate.Ruling(gate.Verdict.DROP, Reason.RECALLED)
    if row.notice == corrections.NOTICE:
        return corrections.ruling(row, policy, known.get((row.record_kind, row.record_number)), now)
    subject = _subject(row, policy, known, now)
    if row.record_kind and (found := _astray(row, subject)):
        return gate.Ruling(gate.Verdict.DROP, found.reason, found.detail)
    return gate.rule_on(
        policy,
        NoticeClass(row.notice_class),
        now=now,
        expires=row.expires_at,
        opted_out=row.opted_out and not (row.keeps_statutory and row.notice_class == NoticeClass.STATUTORY),
        held_until=row.held_until,
        subject=subject,
        rule=policy.rule(row.notice),
        feed_silent=feed_silent,
        zone=zone_of(row.phone),
    )


def _astray(row: Row[Any], subject: Subject | None) -> Suppressed | None:
    """Whether the number is not, or no more, the one of the person whom the message is for."""
    if row.wrong_number and row.contact != contacts.State.CONFIRMED:
        return Suppressed(Reason.WRONG_NUMBER)
    if subject is None:
        return Suppressed(Reason.NO_PARTY)
    if subject.party.phone and subject.party.phone != row.phone:
        return Suppressed(Reason.WRONG_NUMBER, "the record has another one now")
    return None


def _by_agency(claimed: Iterable[Row[Any]]) -> dict[str, set[tuple[str, str]]]:
    keys: dict[str, set[tuple[str, str]]] = defaultdict(set)
    for row in claimed:
        if row.record_kind:
            keys[row.agency_id].add((row.record_kind, row.record_number))
    return keys


def _subject(row: Row[Any], policy: Policy, known: Known, now: datetime) -> Subject | None:
    if (row.record_kind, row.record_number) not in known:
        return None
    record, linked = known[row.record_kind, row.record_number]
    party = next((p for p in record.parties if p.id == row.party_id), None) or _contact(row)
    if party is None:
        return None
    today = now.astimezone(policy.agency.zone).date()
    return Subject(policy, record, party, today, linked.calls, linked.cases)


def _contact(row: Row[Any]) -> Party | None:
    """Whom the report does not name but who proved, and was confirmed, to speak for a victim of it."""
    if getattr(row, "contact", None) != contacts.State.CONFIRMED:
        return None
    return Party(id=row.party_id or "", role=Role.REPRESENTATIVE, phone=row.phone)


def _pace(pace: Pace, rows: Sequence[Row[Any]]) -> tuple[list[Row[Any]], list[Ruled]]:
    """Who may go now, and who waits for a place behind them."""
    by_sender: dict[int, list[Row[Any]]] = defaultdict(list)
    for row in rows:
        by_sender[row.sender_id].append(row)
    ready: list[Row[Any]] = []
    too_fast: list[Ruled] = []
    for sender_id, waiting in by_sender.items():
        rate = float(waiting[0].segments_per_second)
        grant = pace.reserve(sender_id, [row.segments for row in waiting], rate)
        ready += waiting[: grant.count]
        place = grant.free_at
        for row in waiting[grant.count :]:
            too_fast.append(Ruled(row.id, due_at=datetime.fromtimestamp(place - 1, UTC)))
            place += row.segments / rate
    return ready, too_fast


def _drop(connection: Any, drops: Sequence[Row[Any]], rulings: Any, ground: Ground, now: datetime) -> None:
    """A dropped message keeps its reason, and goes on another way if it can."""
    messages.move_each(
        connection, Input.DROP, [Ruled(row.id, reason=rulings[row.id].reason.value) for row in drops]
    )
    dropped = [Failed.of(row, rulings[row.id].reason.value, rulings[row.id].detail) for row in drops]
    elsewhere.keep_why(connection, dropped, now)
    elsewhere.go_on(ground, connection, dropped, now)


def _taken(ground: Ground, row: Row[Any], now: datetime) -> Taken:
    validity = int((row.expires_at - now).total_seconds()) if row.expires_at else None
    return Taken(
        Outgoing(
            id=row.id,
            to=row.phone,
            body=row.body,
            sender_number=row.sender_number,
            messaging_service_sid=row.messaging_service_sid,
            callback_url=f"{ground.settings.public_url}/twilio/status?message={row.id}",
            validity_seconds=validity if validity in _VALIDITY_SECONDS else None,
        ),
        InTrouble.of(row, attempts=row.attempts + 1),
    )
