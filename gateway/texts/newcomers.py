"""A number that is new on a case: its older contacts are told, and may object or agree."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta

from sqlalchemy import Connection

from conversations.effects import AddContact, RuleOnContact
from gateway.ground import Ground
from gateway.outbox.writing import Address, Words, message, put_into_words
from gateway.store import agencies, attempts, contacts, conversations, messages
from gateway.store.contacts import OnReport, State
from gateway.store.messages import NewMessage
from gateway.texts.facts import Asking, Known
from rules.policy import NoticeClass
from rules.suppression import Subject, why_not
from rules.values import Party

_WORTH_SENDING_FOR = timedelta(days=1)
ASKS = "contact.added"
"""The question in the dialogue tables that both notices ask."""


def add(connection: Connection, asking: Asking, known: Known, effect: AddContact) -> None:
    """Keep the number and tell the older contacts. Safe to repeat: nobody is told twice."""
    to = asking.to
    newcomer = OnReport(to.agency_id, effect.report_number, to.phone_hash)
    attempts.forget_phone(connection, to.agency_id, to.phone_hash.hex())
    if contacts.add(connection, newcomer, to.phone, effect.confirmed, asking.now):
        _tell_older(connection, asking, known, effect)


def _tell_older(connection: Connection, asking: Asking, known: Known, effect: AddContact) -> None:
    to = asking.to
    standing = {
        asking.ground.vault.lookup(to.agency_id, "phone", party.phone): party
        for party in _may_be_told(asking, known, effect.report_number)
        if party.phone
    }
    added = contacts.confirmed(connection, to.agency_id, effect.report_number)
    phones = added | {phone_hash: party.phone or "" for phone_hash, party in standing.items()}
    phones.pop(to.phone_hash, None)
    languages = conversations.reachable(connection, to.agency_id, phones)
    new = []
    for phone_hash, spoken in languages.items():
        party = standing.get(phone_hash)
        language = spoken or (party and party.language) or asking.pinned.policy.agency.language
        older = Address(to.agency_id, to.sender_id, phones[phone_hash], phone_hash)
        new.append(_notice(asking, effect, older, party, language))
    messages.add(connection, new)


def _may_be_told(asking: Asking, known: Known, report_number: str) -> Sequence[Party]:
    """Who stands on the case and may be texted about it: no minor, no officer, no suspect's number."""
    policy, case = asking.pinned.policy, known.standings[report_number].case
    today = asking.now.astimezone(policy.agency.zone).date()
    calls = known.calls[report_number]
    return [p for p in case.parties if why_not(Subject(policy, case, p, today, calls)) is None]


def _notice(
    asking: Asking, effect: AddContact, older: Address, party: Party | None, language: str
) -> NewMessage:
    name = "contact.added" if effect.confirmed else "contact.asked"
    newcomer = asking.to.phone_hash.hex()
    about = {"report_number": effect.report_number, "contact": newcomer, "confirmed": effect.confirmed}
    return message(
        _words(asking, name, language, effect.report_number),
        older,
        intent_key=f"{name}:{effect.report_number}:{newcomer}:{older.phone_hash.hex()}",
        notice=name,
        notice_class=NoticeClass.CONFIRMATION.value,
        due_at=asking.now,
        now=asking.now,
        expires_at=asking.now + _WORTH_SENDING_FOR,
        # With the record, the gate asks once more whether this party may be texted about it.
        record=("case", effect.report_number) if party else None,
        party_id=party.id if party else None,
        asks={"question": ASKS, "about": about},
    )


def _words(asking: Asking, name: str, language: str, report_number: str) -> Words:
    facts = {"agency": asking.pinned.policy.agency.name, "report_number": report_number}
    return put_into_words(asking.ground, asking.pinned.policy, (name,), language, facts)


def rule(connection: Connection, asking: Asking, known: Known, effect: RuleOnContact) -> None:
    """An older contact's YES or NO. Whoever is not on the case, or newer than the other, has no say."""
    to, standing = asking.to, known.standings.get(effect.report_number)
    if standing is None or not _has_a_say(known, effect.report_number):
        return
    newcomer = OnReport(to.agency_id, effect.report_number, bytes.fromhex(effect.contact))
    since = None if standing.named else standing.contact_since
    phone = contacts.rule(connection, newcomer, to.phone_hash, since, effect.welcome, asking.now)
    if phone is None:
        return
    if effect.welcome:
        welcome(connection, asking, newcomer, phone)
    else:
        conversations.unenroll_all(
            connection, to.agency_id, newcomer.phone_hash, asking.now, effect.report_number
        )


def _has_a_say(known: Known, report_number: str) -> bool:
    linked = next((one for one in known.facts.cases if one.case.number == report_number), None)
    return linked is not None and linked.confirmed and not linked.accused


def decide(
    connection: Connection, ground: Ground, newcomer: OnReport, phone: str, state: State, staff: str
) -> bool:
    """A member of staff's word, which overrules everybody's. False where the number is no contact of the report."""
    now = ground.clock()
    before = contacts.decide(connection, newcomer, state, staff, now)
    if state is State.REFUSED:
        conversations.unenroll_all(
            connection, newcomer.agency_id, newcomer.phone_hash, now, newcomer.report_number
        )
    elif before not in (None, State.CONFIRMED) and (
        sender := agencies.sender_of(connection, newcomer.agency_id)
    ):
        to = Address(newcomer.agency_id, sender.id, phone, newcomer.phone_hash)
        welcome(connection, Asking(ground, ground.policies.of(newcomer.agency_id), to, now), newcomer, phone)
    return before is not None


def welcome(connection: Connection, asking: Asking, newcomer: OnReport, phone: str) -> None:
    """Tell the newer number that it is one of the case's now. The words name no report and no person."""
    spoken = conversations.reachable(connection, newcomer.agency_id, [newcomer.phone_hash])
    language = spoken.get(newcomer.phone_hash) or asking.pinned.policy.agency.language
    to = Address(newcomer.agency_id, asking.to.sender_id, phone, newcomer.phone_hash)
    new = message(
        _words(asking, "contact.confirmed", language, newcomer.report_number),
        to,
        intent_key=f"contact.confirmed:{newcomer.report_number}:{newcomer.phone_hash.hex()}",
        notice="contact.confirmed",
        notice_class=NoticeClass.CONFIRMATION.value,
        due_at=asking.now,
        now=asking.now,
        expires_at=asking.now + _WORTH_SENDING_FOR,
    )
    messages.add(connection, [new])
