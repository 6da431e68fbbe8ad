"""Sentences of the catalogs as they stand on a page: in its language, escaped, with numbers to tap."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, datetime, tzinfo

from markupsafe import Markup, escape

from gateway.ground import Ground
from locales import LANGUAGES, Fact, Language, Phone, render
from locales import language as language_of
from locales.bidi import without_controls
from locales.facts import cleaned, show
from rules.policy import Policy

_TAPPED = re.compile(
    r"(?<![0-9-])(?P<phone>911|988|211|[0-9]{3}-[0-9]{3}-[0-9]{4})(?![0-9-])"
    r"|(?P<url>https?://[^\s\u2066-\u2069]*[^\s\u2066-\u2069.,;:!?)\u060c\u061b\u061f])"
    r"|(?<![\w.@/-])(?P<site>(?:[A-Za-z0-9-]+\.)+(?:gov|com|org))(?![\w-])"
)

_SHORT = len("911")


@dataclass(frozen=True, slots=True)
class Speech:
    """What one page says. `policy` is None where the page is no agency's."""

    ground: Ground
    language: Language
    policy: Policy | None = None

    @property
    def zone(self) -> tzinfo:
        return self.policy.agency.zone if self.policy else UTC

    def say(self, message_id: str, **facts: Fact | None) -> Markup:
        """One sentence. Raises locales.MissingFact; says it in English, marked as such, where it is not translated."""
        wording = self.policy.wording if self.policy else None
        told = render(self.ground.catalogs, [message_id], self.language.code, facts, self.zone, wording)
        text = _linked(told.text)
        if told.language == self.language.code:
            return text
        direction = "rtl" if language_of(told.language).right_to_left else "ltr"
        return Markup('<span lang="{}" dir="{}">{}</span>').format(told.language, direction, text)

    def plain(self, message_id: str) -> str:
        """The same for a title or a label that a screen reader speaks: no links in it."""
        return str(self.say(message_id).striptags())

    def phone(self, e164: str) -> Markup:
        """A number to tap."""
        return self.value(Phone(e164))

    def value(self, fact: Fact) -> Markup:
        """A fact that stands alone. Isolated by an element, so that a copied report number holds no unseen marks."""
        match fact:
            case Phone(e164):
                shown = without_controls(show(fact, self.language, self.zone))
                return Markup('<a href="tel:{}"><bdi dir="ltr">{}</bdi></a>').format(e164, shown)
            case datetime():
                shown = without_controls(show(fact, self.language, self.zone))
                return Markup('<time datetime="{}"><bdi>{}</bdi></time>').format(fact.isoformat(), shown)
            case _:
                return Markup("<bdi>{}</bdi>").format(cleaned(str(fact)))


def _linked(text: str) -> Markup:
    """Escaped, with phone numbers and sites made links; the sentence's isolates stay around them."""
    pieces: list[Markup] = []
    end = 0
    for found in _TAPPED.finditer(text):
        pieces += [escape(text[end : found.start()]), _link(found)]
        end = found.end()
    return Markup("").join([*pieces, escape(text[end:])])


def _link(found: re.Match[str]) -> Markup:
    if url := found["url"]:
        return Markup('<a href="{0}" rel="noreferrer noopener">{0}</a>').format(url)
    if site := found["site"]:
        return Markup('<a href="https://{0}" rel="noreferrer noopener">{0}</a>').format(site)
    phone = found["phone"]
    dialed = phone if len(phone) == _SHORT else "+1" + phone.replace("-", "")
    return Markup('<a href="tel:{}">{}</a>').format(dialed, phone)


def chosen(code: str | None, otherwise: str) -> Language:
    """The language asked for in the address, if we speak it."""
    known = {language.code: language for language in LANGUAGES}
    return known.get(code or "") or language_of(otherwise)
