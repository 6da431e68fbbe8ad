"""The page behind one link, as it is at the moment of reading."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, Row

from gateway.ground import Ground
from gateway.outbox.mail.stop import address_hash
from gateway.portal.longform import LongForm, long_form
from gateway.store import contacts, pages, records, tasks
from gateway.store.tasks import NewTask
from rules.policy import Channel, Policy
from rules.suppression import Subject
from rules.values import Party, Record

_COMPLETED_WITHIN = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Message:
    """The policy that speaks, the language of the notice, and what is to be read."""

    policy: Policy
    language: str
    form: LongForm


def read(ground: Ground, token: str, now: datetime, *, by_a_person: bool) -> Message | None:
    """None for a link that is unknown, has expired or was revoked.

    A person's first opening counts; if the page then lacks facts that the record should have, a task asks for them.
    """
    with ground.database.begin() as connection:
        page = pages.find(connection, token, now)
        if page is None:
            return None
        key = (page.record_kind, page.record_number)
        facts = records.load(connection, page.agency_id, [key]).get(key)
        if facts is None:
            return None
        policy, record = ground.policies.of(page.agency_id).policy, records.view(key, facts)
        channel = Channel(page.channel)
        subject = _subject(ground, connection, policy, record, page, now)
        form = long_form(subject, policy, record, channel)
        if by_a_person and pages.note_opened(connection, token, now):
            tasks.open_tasks(connection, _missing(page, form, now))
    return Message(policy, page.language, form)


def _subject(
    ground: Ground, connection: Connection, policy: Policy, record: Record, page: Row[Any], now: datetime
) -> Subject | None:
    """What the rules look at: the party whom the link was sent to, and all that the record is linked to.

    None if they no longer stand on it, or with another number or address: the old one may have been somebody else's.
    """
    party = next((party for party in record.parties if party.id == page.party_id), None) or _contact(
        connection, page
    )
    if party is None or _has_moved(ground, party, page):
        return None
    linked = records.linked(connection, page.agency_id, [record])[page.record_kind, page.record_number]
    return Subject(
        policy, record, party, now.astimezone(policy.agency.zone).date(), linked.calls, linked.cases
    )


def _contact(connection: Connection, page: Row[Any]) -> Party | None:
    """Who does not stand on the report and is confirmed as one of its contacts."""
    if page.record_kind != "case":
        return None
    confirmed = contacts.parties(connection, page.agency_id, [page.record_number])
    of_report = confirmed.get(page.record_number, ())
    return next((party for party in of_report if party.id == page.party_id), None)


def _has_moved(ground: Ground, party: Party, page: Row[Any]) -> bool:
    """Who has neither number nor address any more is nobody whom the rules would tell: they see to that."""
    if page.sent_to is None:
        return False
    if page.channel == Channel.EMAIL:
        now = party.email and address_hash(ground, page.agency_id, party.email)
    else:
        now = party.phone and ground.vault.lookup(page.agency_id, "phone", party.phone)
    return bool(now) and now != bytes(page.sent_to)


def _missing(page: Row[Any], form: LongForm, now: datetime) -> list[NewTask]:
    """One task for each record, however many read of it."""
    if not form.missing:
        return []
    detail = {"notice": page.notice, "number": page.record_number, "left_out": ", ".join(form.missing)}
    key = f"missing:{page.record_kind}:{page.record_number}:page"
    return [NewTask(page.agency_id, "missing_fact", key, detail, now, now + _COMPLETED_WITHIN)]
