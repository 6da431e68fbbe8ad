"""Corrections: whom a recalled notice reached is told, on the same channel and once, to disregard it."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import Connection, Row

from gateway.ground import Ground
from gateway.outbox.mail.writing import email
from gateway.outbox.post.writing import letter
from gateway.outbox.saying import Voice
from gateway.outbox.writing import Address, Words, message, put_into_words
from gateway.store import emails, letters, messages, recalls
from gateway.store.emails import NewEmail
from gateway.store.letters import NewLetter
from gateway.store.messages import NewMessage
from locales import Fact, Phone
from rules import gate
from rules.engine import Notice
from rules.policy import Channel, NoticeClass, PinnedPolicy, Policy
from rules.suppression import Reason, Subject, why_no_correction
from rules.values import Party, Record, Role
from rules.zones import zone_of

NOTICE = "correction"
_LIVES = timedelta(days=3)
_WORDS: Mapping[str, tuple[str, str]] = {
    "case": ("correction", "report_number"),
    "call": ("correction.call", "call_number"),
}
"""Kind of record -> the sentence, and what it calls the record's number."""


def class_of(corrected: str) -> NoticeClass:
    """A correction goes at once, and by night where the agency's quiet hours let it.

    Of what the law owes it is as urgent, reaches those who after STOP kept such news, and is owed itself; the rest
    has to wait for the morning as any other notice does: a false "your report was filed" wakes nobody.
    """
    return NoticeClass.STATUTORY if corrected == NoticeClass.STATUTORY else NoticeClass.FOLLOW_UP


def words(ground: Ground, policy: Policy, kind: str, number: str, language: str) -> Words:
    """The correction as it is read in a text."""
    return put_into_words(ground, policy, _WORDS[kind][:1], language, _facts(policy, kind, number))


def _facts(policy: Policy, kind: str, number: str) -> dict[str, Fact]:
    agency = policy.agency
    return {"agency": agency.name, _WORDS[kind][1]: number, "phone": Phone(agency.phone)}


def can_correct(policy: Policy, channel: Channel) -> bool:
    """Whether the agency can write that way today. Without a mail server no agency has an address to send from."""
    return {
        Channel.TEXT: True,
        Channel.EMAIL: bool(policy.agency.email),
        Channel.LETTER: bool(policy.agency.address),
    }[channel]


def write(
    ground: Ground,
    connection: Connection,
    pinned: PinnedPolicy,
    channel: Channel,
    rows: Sequence[Row[Any]],
    now: datetime,
) -> dict[str, UUID]:
    """Write the corrections of rows of `recalls.to_correct`. Returns intent -> id of those that are new."""
    return _WRITE[channel](ground, connection, pinned, rows, now)


def _write_texts(
    ground: Ground, connection: Connection, pinned: PinnedPolicy, rows: Sequence[Row[Any]], now: datetime
) -> dict[str, UUID]:
    return messages.add(connection, [_text(ground, pinned, row, now) for row in rows])


def _write_emails(
    ground: Ground, connection: Connection, pinned: PinnedPolicy, rows: Sequence[Row[Any]], now: datetime
) -> dict[str, UUID]:
    return emails.add(connection, [_email(ground, pinned, row, now) for row in rows])


def _write_letters(
    ground: Ground, connection: Connection, pinned: PinnedPolicy, rows: Sequence[Row[Any]], now: datetime
) -> dict[str, UUID]:
    return letters.add(connection, [_letter(ground, pinned, row, now) for row in rows])


_WRITE: Mapping[Channel, Callable[..., dict[str, UUID]]] = {
    Channel.TEXT: _write_texts,
    Channel.EMAIL: _write_emails,
    Channel.LETTER: _write_letters,
}


def _text(ground: Ground, pinned: PinnedPolicy, row: Row[Any], now: datetime) -> NewMessage:
    return message(
        words(ground, pinned.policy, row.record_kind, row.record_number, row.language),
        Address(pinned.policy.agency.id, row.sender_id, row.phone, bytes(row.phone_hash)),
        intent_key=recalls.intent_of(row.id),
        notice=NOTICE,
        notice_class=class_of(row.notice_class).value,
        due_at=now,
        now=now,
        expires_at=now + _LIVES,
        record=(row.record_kind, row.record_number),
        party_id=row.party_id,
        policy_hash=pinned.hash,
    )


def _email(ground: Ground, pinned: PinnedPolicy, row: Row[Any], now: datetime) -> NewEmail:
    to = Party(row.party_id, Role.REPRESENTATIVE, email=row.address)
    notice, voice = _at_length(ground, pinned, row, to, Channel.EMAIL, now)
    key = (row.record_kind, row.record_number)
    written, _ = email(ground, pinned, key, notice, voice, now)
    return replace(written, intent_key=recalls.intent_of(row.id), notice=NOTICE)


def _letter(ground: Ground, pinned: PinnedPolicy, row: Row[Any], now: datetime) -> NewLetter:
    """Without the record's facts, which may be what was wrong."""
    to = Party(row.party_id, Role.REPRESENTATIVE, address=tuple(row.content["to"]))
    notice, voice = _at_length(ground, pinned, row, to, Channel.LETTER, now)
    key = (row.record_kind, row.record_number)
    written, _ = letter(ground, pinned, key, notice, voice, None, now)
    return replace(written, intent_key=recalls.intent_of(row.id), notice=NOTICE)


def _at_length(
    ground: Ground, pinned: PinnedPolicy, row: Row[Any], to: Party, channel: Channel, now: datetime
) -> tuple[Notice, Voice]:
    """For an email or a letter: under the name of the corrected notice, so that a letter says why it is one."""
    facts = _facts(pinned.policy, row.record_kind, row.record_number)
    notice = Notice(
        rule=row.notice,
        tells=NOTICE,
        party=to,
        channel=channel,
        parts=_WORDS[row.record_kind][:1],
        facts=facts,
        notice_class=class_of(row.notice_class),
        due=now,
        expires=now + _LIVES,
        occasion=str(row.id),
        survey=None,
        page=False,
    )
    return notice, Voice(ground, pinned.policy, row.language, facts)


def ruling(
    row: Row[Any],
    policy: Policy,
    found: tuple[Record, Any] | None,
    now: datetime,
    channel: Channel = Channel.TEXT,
) -> gate.Ruling:
    """The gate's word on a correction. `found` is its record, with what that is linked to.

    It goes to the very number or address that got the notice, whatever the record says of that or of its code by now:
    a wrong record is why there is a recall. Only what would make any word dangerous holds it back.
    """
    by_text = channel is Channel.TEXT
    if by_text and row.wrong_number:
        return gate.Ruling(gate.Verdict.DROP, Reason.WRONG_NUMBER)
    if found is None:
        return gate.Ruling(gate.Verdict.DROP, Reason.NO_PARTY)
    record, linked = found
    today = now.astimezone(policy.agency.zone).date()
    for party in _whom(row, record, channel):
        unsafe = why_no_correction(Subject(policy, record, party, today, linked.calls, linked.cases), channel)
        if unsafe:
            return gate.Ruling(gate.Verdict.DROP, unsafe.reason, unsafe.detail)
    return gate.rule_on(
        policy,
        NoticeClass(row.notice_class),
        now=now,
        expires=None if channel is Channel.LETTER else row.expires_at,
        opted_out=channel is not Channel.LETTER and row.opted_out and not (by_text and _keeps(row)),
        held_until=row.held_until if by_text else None,
        zone=zone_of(row.phone) if by_text else None,
    )


def _keeps(row: Row[Any]) -> bool:
    """Who after STOP kept what the law owes is told that it was a mistake."""
    return bool(row.keeps_statutory) and row.notice_class == NoticeClass.STATUTORY


def _whom(row: Row[Any], record: Record, channel: Channel) -> Iterator[Party]:
    """Who was reached, as the record knows them; else whoever is there now, of whom nothing is known but that."""
    same = next((p for p in record.parties if p.id == row.party_id and _IS_AT[channel](p, row)), None)
    if same:
        yield same
        return
    stranger = Party(id=row.party_id or "", role=Role.REPRESENTATIVE)
    if channel is Channel.TEXT:
        yield replace(stranger, phone=row.phone)
    elif channel is Channel.EMAIL:
        yield replace(stranger, email=row.address)
    else:
        # The first line may be a name, and may be none.
        yield replace(stranger, address=tuple(row.content["to"]))
        yield replace(stranger, address=tuple(row.content["to"][1:]))


_IS_AT: Mapping[Channel, Callable[[Party, Any], bool]] = {
    Channel.TEXT: lambda party, row: party.phone == row.phone,
    Channel.EMAIL: lambda party, row: (party.email or "").strip().casefold() == row.address.casefold(),
    Channel.LETTER: lambda party, row: (
        bool(party.address) and [*party.address] == row.content["to"][-len(party.address) :]
    ),
}
