"""What stands in a letter, ready but for the date and the page numbers: those are known when it is printed."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import datetime
from typing import Any

from gateway.ground import Ground
from gateway.outbox.intents import intent_key
from gateway.outbox.saying import Voice
from gateway.store import records
from gateway.store.letters import NewLetter
from locales import Fact, Phone, Rendered
from locales import language as language_of
from locales.bidi import FSI, PDI
from locales.facts import cleaned, show
from rules.engine import Notice
from rules.offenses import offenses
from rules.policy import Channel, PinnedPolicy
from rules.values import Case, Record, code_of

_LABELS = {
    "report_number": "page.report_number",
    "officer": "page.officer",
    "reported_at": "page.reported_at",
    "substation_phone": "page.substation_phone",
    "unit_phone": "page.unit_phone",
}
"""Fact -> its label; each is a line of its own. What is not known leaves its line out."""


def letter(
    ground: Ground,
    pinned: PinnedPolicy,
    key: records.Key,
    notice: Notice,
    voice: Voice,
    record: Record | None,
    now: datetime,
) -> tuple[NewLetter, Rendered]:
    """The row to write, and what of the notice was said. Raises locales.MissingFact.

    A notice that has a page is told whole: the letter holds what the page would show.
    """
    agency = pinned.policy.agency
    said = voice.notice(notice)
    rule = pinned.policy.rule(notice.rule)
    paragraphs = [voice.say("letter.intro"), said.text]
    if isinstance(record, Case) and notice.page:
        paragraphs += _explained(voice, record)
        paragraphs += filter(None, map(voice.perhaps, agency.rights))
    if rule is None or rule.by[0] is not Channel.LETTER:
        paragraphs.append(voice.say("letter.why"))
    paragraphs.append(voice.say("letter.call_us"))
    paragraphs += filter(None, [voice.perhaps("letter.portal")])
    subject = voice.perhaps("letter.subject") if key[0] == "case" else None
    content: dict[str, Any] = {
        "from": [agency.long_name, *agency.address],
        "to": [*filter(None, [notice.party.name]), *notice.party.address],
        "subject": subject or voice.say("email.subject.call"),
        "greeting": voice.say("letter.greeting"),
        "paragraphs": paragraphs,
        "lines": list(_lines(voice, record)),
        "closing": voice.say("letter.closing"),
        "signed": [*filter(None, [agency.head]), agency.long_name],
    }
    row = NewLetter(
        agency_id=agency.id,
        intent_key=intent_key(key, notice),
        notice=notice.rule,
        notice_class=notice.notice_class.value,
        language=said.language,
        content=content,
        record_kind=key[0],
        record_number=key[1],
        party_id=notice.party.id,
        policy_hash=pinned.hash,
        created_at=now,
    )
    return row, said


def _explained(voice: Voice, case: Case) -> Iterator[str]:
    """What the report's code means and what can be done: each sentence once."""
    known = [found for code in case.offenses or () if (found := offenses().get(code_of(code)))]
    explanations = [one.explanation for one in known if one.explanation]
    if meant := _said(voice, explanations):
        yield " ".join(meant)
    if steps := _said(voice, [step for one in known for step in one.next_steps]):
        yield voice.say("page.next_steps")
        yield from (f"• {step}" for step in steps)


def _said(voice: Voice, ids: Iterable[str]) -> list[str]:
    return list(filter(None, (voice.perhaps(one) for one in dict.fromkeys(ids))))


def _lines(voice: Voice, record: Record | None) -> Iterator[list[str]]:
    """[label, value]: what one is asked for on the phone, and whom to call."""
    known: dict[str, Fact | None] = dict(voice.facts)
    if isinstance(record, Case):
        known["reported_at"] = record.reported_at
    shown = False
    for fact, label in _LABELS.items():
        if value := known.get(fact):
            yield [voice.say(label), _value(voice, value)]
            shown = shown or fact.endswith("_phone")
    if not shown:
        agency = voice.policy.agency
        yield [voice.say("page.agency_phone"), _value(voice, Phone(agency.phone))]


def _value(voice: Voice, fact: Fact) -> str:
    """Isolated, so that neither its label nor its neighbour turns it round."""
    if isinstance(fact, str):
        return f"{FSI}{cleaned(fact)}{PDI}"
    assert isinstance(fact, datetime | Phone)
    shown = show(fact, language_of(voice.language), voice.policy.agency.zone)
    return f"{FSI}{shown}{PDI}"
