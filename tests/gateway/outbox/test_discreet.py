"""What no notice says, whatever its policy, language and channel: an offense, a place, when somebody arrives."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from gateway.ground import Ground
from gateway.outbox.mail.writing import email
from gateway.outbox.post.writing import letter
from gateway.outbox.saying import Voice
from gateway.outbox.writing import in_words
from gateway.store import records
from locales import LANGUAGES, Fact, Link
from rules.engine import Notice
from rules.facts import facts_of
from rules.offenses import offenses
from rules.policy import POLICIES, Channel, NoticeRule, PinnedPolicy, load
from rules.records import Facts, merge
from rules.topics import topics
from rules.values import Event, Party, Record, Role

NOW = datetime(2026, 3, 10, 18, tzinfo=UTC)
POLICY_NAMES = ("demo", "milwaukee", "phoenix", "tampa", "template", "tucson")
HOME = ("812 West Cactus Lane", "Saguaro City AZ 85701")
OF_THE_RECORD = ("THEFT VEHICLE", "NORTHSIDE 7", "GOA", "23F", "1985", "812 West", "Cactus Lane", *HOME)
"""What this call or case holds and nobody is told: its type, its district, how it ended, where somebody lives."""
OFFENSES = {
    "en": "theft stolen burglar robber fraud assault rape domestic forger vandal shoplift weapon abuse",
    "es": "robo robad hurto fraude agresi asalto violencia abuso falsific vandal",
    "fr": "vol volé cambriol fraude agression viol violence escroquer vandal",
    "ar": "سرقة سطو احتيال اعتداء اغتصاب عنف تخريب",
    "sw": "wizi ulaghai shambulio ubakaji unyang ukatili",
    "fa": "سرقت دزدی کلاهبرداری تجاوز خشونت تخریب",
}
"""Beginnings of words that name an offense; `vol` and `viol` as whole words only."""
WHOLE = frozenset({"vol", "viol"})
ARRIVALS = re.compile(
    r"\b(eta|arriv\w+|on (the|their|his|her) way|en route|minutes?)\b"
    r"|\b(minutos?|en camino|llegar\w*|njiani|dakika|atafika)\b"
    r"|دقيقة|دقائق|في الطريق|سيصل|دقیقه|در راه|می.رسد",
    re.IGNORECASE,
)


@dataclass(frozen=True)
class Said:
    """All the words of one notice that leave the house."""

    what: str
    text: str


def record_for(rule: NoticeRule) -> Record:
    """One that knows everything."""
    kind = rule.on.about
    known: dict[str, dict[str, Any]] = {
        "call": {"type_code": "THEFT VEHICLE", "priority": "3", "district": "NORTHSIDE 7", "disposition": "GOA",
                 "report_number": "26-0311"},
        "case": {"offenses": ["23F"], "status": "open", "assigned_to": "Det. Ortiz", "appearance": "March 11, 9 AM"},
    }  # fmt: skip
    facts: Facts = {}
    told = {**known[kind or ""], "officer.name": "Officer Ruiz", "officer.contact": "+15205550140"}
    event = Event(source="t", id="1", type=rule.on, subject="26-0001", time=NOW, data=told)
    facts = merge(facts, event)
    return records.view((kind or "", "26-0001"), facts)


def said(ground: Ground, pinned: PinnedPolicy, rule: NoticeRule, language: str) -> Iterator[Said]:
    """By text, by email, and by letter where no page is told in it."""
    party = Party(
        id="p",
        role=Role.VICTIM,
        name="Jamie Doe",
        phone="+15205550131",
        email="jamie@example.org",
        address=HOME,
        language=language,
    )
    record = record_for(rule)
    facts: dict[str, Fact] = dict(facts_of(pinned.policy, record))
    if rule.page:
        facts["link"] = Link("https://tidings.example.gov/m/Wm3fQx0Zr8TnLb5KcYp2Ag")
    for channel in Channel:
        notice = Notice(
            rule.id, rule.tells, party, channel, rule.message, facts, rule.notice_class, NOW,
            NOW + timedelta(hours=1), "", None, rule.page,
        )  # fmt: skip
        what = f"{pinned.policy.agency.id} {rule.id} {language} {channel}"
        key = (rule.on.about or "", "26-0001")
        voice = Voice(ground, pinned.policy, language, facts)
        if channel is Channel.TEXT:
            offers = pinned.policy.conversation.offer_languages
            words = in_words(ground.catalogs, pinned.policy, rule.message, language, facts, offers=offers)
            yield Said(what, words.body)
        elif channel is Channel.EMAIL:
            row, _ = email(ground, pinned, key, notice, voice, NOW)
            yield Said(what, "\n".join(map(str, row.content.values())))
        elif (
            not rule.page
        ):  # a letter in the place of a page tells what its reader proved to be entitled to see
            letter_row, _ = letter(ground, pinned, key, notice, voice, record, NOW)
            inside = {name: part for name, part in letter_row.content.items() if name not in {"from", "to"}}
            yield Said(what, json.dumps(inside, ensure_ascii=False))


@pytest.mark.parametrize("policy", POLICY_NAMES)
def test_no_notice_tells_an_offense_a_place_or_when_somebody_arrives(ground: Ground, policy: str) -> None:
    pinned = load(POLICIES / f"{policy}.yaml")
    named = {offense.name.casefold() for offense in offenses().values() if offense.name}
    named |= {code.casefold() for topic in topics().values() for code in topic.known_as}
    called = re.compile(rf"\b({'|'.join(map(re.escape, sorted(named)))})\b")
    rules = [rule for rule in pinned.policy.notices if rule.survey is None]
    checked = 0
    for rule, language in ((rule, language.code) for rule in rules for language in LANGUAGES):
        for one in said(ground, pinned, rule, language):
            words = re.sub(r"https?://\S+|<[^>]*>", " ", one.text)
            low = words.casefold()
            assert not [mark for mark in OF_THE_RECORD if mark.casefold() in low], one
            assert not called.search(low), one
            assert not _stems(language).search(words), one
            if rule.on.about == "call":
                assert not ARRIVALS.search(words), one
            checked += 1
    assert checked >= 2 * len(rules) * len(LANGUAGES)


def _stems(language: str) -> re.Pattern[str]:
    spoken = [word for code in ("en", language) for word in OFFENSES[code].split()]
    return re.compile(
        "|".join(rf"\b{one}\b" if one in WHOLE else rf"\b{one}" for one in spoken), re.IGNORECASE
    )


def test_the_words_that_are_looked_for_would_be_found() -> None:
    assert _stems("en").search("your Fraud report")
    assert _stems("fr").search("un vol à main armée")
    for told in ("ETA 5", "will arrive soon", "in 10 minutes", "está en camino", "خلال 5 دقائق"):
        assert ARRIVALS.search(told)
