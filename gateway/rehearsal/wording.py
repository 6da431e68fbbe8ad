"""A notice of a rehearsal in the words in which its person would read it. Pure but for what it remembers of numbers."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from gateway.outbox.writing import Words, in_words
from locales import LANGUAGES, Catalogs, Link
from rules.engine import Notice
from rules.policy import PinnedPolicy, Policy
from rules.survey import PinnedSurvey

LINK = Link("https://tidings.example.gov/m/Wm3fQx0Zr8TnLb5KcYp2Ag")
"""As long as a page's real address: the host and a token of 22 characters."""

_REMEMBERED = timedelta(days=30)
_SPOKEN = frozenset(language.code for language in LANGUAGES)


@dataclass(frozen=True, slots=True)
class _Known:
    """What the line knows of a number since it last wrote to it."""

    language: str | None
    at: datetime


@dataclass
class Wording:
    """The words of one policy. A number is told once that there are other languages, as in life."""

    pinned: PinnedPolicy
    catalogs: Catalogs
    surveys: Mapping[str, PinnedSurvey]
    _known: dict[str, _Known] = field(default_factory=dict)
    """Phone -> what is known of it, the longest silent first."""

    def of(self, notice: Notice, now: datetime) -> Words:
        """Raises locales.MissingFact if not even its first part can be said."""
        policy, facts = self.pinned.policy, dict(notice.facts)
        language, offers = self._language(policy, notice, now)
        if notice.survey:
            survey = self.surveys[notice.survey].survey
            parts = survey.parts(0)
            return in_words(
                self.catalogs, policy, parts, language, facts, wording=survey.wording, offers=offers
            )
        if notice.page:
            facts["link"] = LINK
        return in_words(self.catalogs, policy, notice.parts, language, facts, offers=offers)

    def _language(self, policy: Policy, notice: Notice, now: datetime) -> tuple[str, tuple[str, ...]]:
        """What the feed says, else what it said before, else the agency's, with an offer of others the first time."""
        own = policy.agency.language
        phone = notice.party.phone or ""
        told = notice.party.language if notice.party.language in _SPOKEN else None
        before = self._known.pop(phone, None)
        language = (before and before.language) or told
        if phone:
            self._known[phone] = _Known(language, now)
        self._forget(now)
        if language or before:
            return language or own, ()
        return own, tuple(code for code in policy.conversation.offer_languages if code != own)

    def _forget(self, now: datetime) -> None:
        while self._known:
            phone = next(iter(self._known))
            if now - self._known[phone].at <= _REMEMBERED:
                return
            del self._known[phone]
