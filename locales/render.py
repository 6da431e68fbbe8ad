"""Putting a text together: parts, facts, and the direction of what is written."""

from collections.abc import Sequence
from dataclasses import dataclass
from zoneinfo import ZoneInfo

from locales.bidi import PDI, isolate, isolate_rtl_names, isolate_runs
from locales.catalog import Catalogs, Overrides
from locales.facts import Facts, Say, show
from locales.languages import language as language_of
from locales.po import Sentence, fill


class MissingFact(LookupError):
    """A sentence asks for a fact that is not known."""

    def __init__(self, message_id: str, fact: str) -> None:
        super().__init__(f"{message_id} asks for the fact {fact!r}, which is missing")
        self.message_id = message_id
        self.fact = fact


@dataclass(frozen=True)
class Rendered:
    """A text as it is sent, the language of its first part, and the parts left out for want of a fact."""

    text: str
    language: str
    left_out: tuple[str, ...]


@dataclass(frozen=True)
class _Wording:
    """Where the words of one text come from."""

    catalogs: Catalogs
    overrides: Overrides | None
    language: str
    zone: ZoneInfo


def render(
    catalogs: Catalogs,
    parts: Sequence[str],
    language: str,
    facts: Facts,
    zone: ZoneInfo,
    overrides: Overrides | None = None,
) -> Rendered:
    """The parts, joined by a space, in that language; times are told in `zone`.

    A part without its facts is left out and named, save the first: raises MissingFact for that one, and
    UnknownMessage for a part no catalog has. A part that is not translated is in English.
    """
    if not parts:
        raise ValueError("a text has at least one part")
    wording = _Wording(catalogs, overrides, language, zone)
    first, text = _part(wording, parts[0], facts)
    texts, left_out = [text], []
    for message_id in parts[1:]:
        try:
            sentence, text = _part(wording, message_id, facts)
        except MissingFact:
            left_out.append(message_id)
        else:
            texts.append(_beside(text, sentence.language, first.language))
    return Rendered(" ".join(texts), first.language, tuple(left_out))


def _part(wording: _Wording, message_id: str, facts: Facts) -> tuple[Sentence, str]:
    """One message with its facts in it, in the direction of its own language."""
    sentence = wording.catalogs.find(message_id, wording.language, wording.overrides)
    language = language_of(sentence.language)

    def value(name: str) -> str:
        fact = facts.get(name)
        if fact is None:
            raise MissingFact(message_id, name)
        if isinstance(fact, Say):
            # Without the fact itself, so that no two messages say each other for ever.
            others = {other: known for other, known in facts.items() if other != name}
            said, text = _part(wording, fact.message_id, others)
            return _beside(text, said.language, sentence.language)
        return show(fact, language, wording.zone)

    if not language.right_to_left:
        return sentence, fill(isolate_rtl_names(_form(sentence, facts)), value)
    text = fill(_form(sentence, facts), value)
    return sentence, isolate_runs(text).replace(f" {PDI} ", f" {PDI}")


def _form(sentence: Sentence, facts: Facts) -> str:
    if not sentence.counts:
        return sentence.forms[0]
    count = facts.get("count")
    if not isinstance(count, int):
        raise MissingFact(sentence.message_id, "count")
    return sentence.form(count)


def _beside(text: str, language: str, surrounding: str) -> str:
    """A text among words of another language: isolated if that one is written the other way."""
    surrounding_rtl = language_of(surrounding).right_to_left
    if language_of(language).right_to_left == surrounding_rtl:
        return text
    return isolate(text, inside_rtl=surrounding_rtl)
