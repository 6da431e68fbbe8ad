"""A notice said at length, for an email or a letter: without what only makes sense in a text."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from gateway.ground import Ground
from locales import Fact, MissingFact, Phone, Rendered, render
from rules.engine import Notice
from rules.policy import Policy

_ONLY_IN_TEXTS = "footer."
"""Sentences that tell what to reply."""


@dataclass(frozen=True, slots=True)
class Voice:
    """One policy's sentences in one language, with the facts of one notice."""

    ground: Ground
    policy: Policy
    language: str
    facts: Mapping[str, Fact] = field(default_factory=dict)

    def say(self, message_id: str, **more: Fact) -> str:
        """One sentence; in English where it is not translated. Raises locales.MissingFact."""
        return self._render((message_id,), more).text

    def perhaps(self, message_id: str, **more: Fact) -> str | None:
        """The same, or None for want of a fact."""
        try:
            return self.say(message_id, **more)
        except MissingFact:
            return None

    def notice(self, notice: Notice) -> Rendered:
        """The notice's own sentences. Raises locales.MissingFact if not even the first can be said."""
        parts = [part for part in notice.parts if not part.startswith(_ONLY_IN_TEXTS)]
        return self._render(parts or notice.parts, {})

    def _render(self, parts: list[str] | tuple[str, ...], more: Mapping[str, Fact]) -> Rendered:
        agency = self.policy.agency
        facts = {"agency": agency.name, "phone": Phone(agency.phone), **self.facts, **more}
        return render(self.ground.catalogs, parts, self.language, facts, agency.zone, self.policy.wording)
