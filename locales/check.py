"""Finding what is wrong with the sentences before a victim does."""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from zoneinfo import ZoneInfo

from locales.bidi import has_rtl, outside_isolates
from locales.catalog import Catalogs
from locales.facts import Facts
from locales.languages import LANGUAGES, SOURCE
from locales.languages import language as language_of
from locales.po import Entry, placeholders
from locales.render import render
from locales.samples import Samples, sample_facts
from locales.segments import bill, cheapest

_KEPT = re.compile(r"\b(?:STOP|START|HELP|911|988)\b")
_STRAY_SPACE = re.compile(r"^\s|\s$|\s\s|[^\S ]| [.,،)]")
_AFTER_LINK = re.compile(r"\{link\}\S")
_NO_WORDS = re.compile(r"\{\w+\}|[\W\d_]")
_SAME = "Same as English"
_ZONE = ZoneInfo("America/New_York")


@dataclass(frozen=True)
class Problem:
    """Something to mend in a PO file. `what` is a sentence for the translator."""

    language: str
    message_id: str
    what: str
    file: Path
    line: int


@dataclass(frozen=True)
class _Case:
    """One entry with what it is held against."""

    catalogs: Catalogs
    facts: Facts
    english: Entry
    entry: Entry

    @property
    def text(self) -> str:
        return " ".join(self.entry.written)

    @property
    def translated(self) -> bool:
        return self.entry.sentence.language != SOURCE


def problems(catalogs: Catalogs, samples: Samples) -> list[Problem]:
    """Everything wrong in any language, by language and in the order of the files; `samples` are the facts."""
    english = {
        entry.sentence.message_id: entry for entry in catalogs.entries if entry.sentence.language == SOURCE
    }
    return [problem for language in LANGUAGES for problem in _in(language.code, catalogs, english, samples)]


def _in(language: str, catalogs: Catalogs, english: dict[str, Entry], samples: Samples) -> Iterator[Problem]:
    entries = [entry for entry in catalogs.entries if entry.sentence.language == language]
    facts = sample_facts(samples, (entry.sentence for entry in entries))
    seen: set[str] = set()
    for entry in entries:
        message_id = entry.sentence.message_id
        if message_id in seen:
            yield _problem(entry, "is defined twice")
        seen.add(message_id)
        if source := english.get(message_id):
            case = _Case(catalogs, facts, source, entry)
            yield from (_problem(entry, what) for check in _CHECKS for what in check(case))
        else:
            yield _problem(entry, "is not in the English catalog")
    for message_id, source in english.items():
        if message_id not in seen:
            yield Problem(language, message_id, "is missing", source.file, source.line)


def _problem(entry: Entry, what: str) -> Problem:
    return Problem(entry.sentence.language, entry.sentence.message_id, what, entry.file, entry.line)


def _not_approved(case: _Case) -> Iterator[str]:
    if not all(case.entry.written):
        yield "is empty"
    elif not case.entry.approved:
        yield "is fuzzy: not approved, never sent"


def _other_placeholders(case: _Case) -> Iterator[str]:
    if not all(case.entry.written):
        return
    wanted, has = placeholders(" ".join(case.english.written)), placeholders(case.text)
    for name in sorted(wanted - has):
        yield f"lacks {{{name}}}, which the English has"
    for name in sorted(has - wanted):
        yield f"has {{{name}}}, which the English has not"


def _unknown_placeholders(case: _Case) -> Iterator[str]:
    for name in sorted(placeholders(case.text) - case.facts.keys()):
        yield f"asks for {{{name}}}, which samples.yaml does not know"
    if re.search(r"[{}]", re.sub(r"\{[a-z][a-z0-9_]*\}", "", case.text)):
        yield "has a brace that belongs to no placeholder"


def _over_limit(case: _Case) -> Iterator[str]:
    sentence, limit = case.entry.sentence, case.english.limit
    if not limit or not case.entry.approved or placeholders(case.text) - case.facts.keys():
        return
    allowed = limit[language_of(sentence.language).right_to_left]
    text = render(case.catalogs, [sentence.message_id], sentence.language, case.facts, _ZONE).text
    billing = bill(cheapest(text))
    if billing.segments > allowed:
        yield f"takes {billing.segments} segments ({billing.units} units, {billing.encoding}), {allowed} allowed"


def _lost_words(case: _Case) -> Iterator[str]:
    if case.entry.approved:
        kept = set(_KEPT.findall(case.text))
        for word in sorted(set(_KEPT.findall(" ".join(case.english.written))) - kept):
            yield f"lacks {word}, which stays as it is in every language"


def _own_marks(case: _Case) -> Iterator[str]:
    if case.entry.written != case.entry.sentence.forms:
        yield "has direction marks of its own: they are put in when it is sent"


def _unisolated(case: _Case) -> Iterator[str]:
    """A number, a link or a name that would pull its surroundings out of order, as the sentence is really sent."""
    sentence = case.entry.sentence
    if not case.entry.approved or placeholders(case.text) - case.facts.keys():
        return
    text = render(case.catalogs, [sentence.message_id], sentence.language, case.facts, _ZONE).text
    outside = outside_isolates(text)
    if language_of(sentence.language).right_to_left:
        if not has_rtl(outside):
            yield "has no word of its own language: phones would show it from left to right"
        elif (run := re.search(r"\d[-./:]\d", outside)) or (
            run := re.search(r"[A-Za-z]{2,} *[,،] *[A-Za-z]{2,}", outside)
        ):
            yield f"lacks isolation around {run[0]!r}, which phones would turn around"
    elif has_rtl(outside):
        yield "has a right-to-left word that is not isolated: the numbers beside it would change places"


def _stray_spaces(case: _Case) -> Iterator[str]:
    if any(_STRAY_SPACE.search(text) for text in case.entry.written):
        yield "has a stray, doubled or special space"


def _glued_link(case: _Case) -> Iterator[str]:
    if _AFTER_LINK.search(case.text):
        yield "has no space after {link}: phones take what follows for a part of the address"


def _untranslated(case: _Case) -> Iterator[str]:
    same = case.translated and case.entry.written == case.english.written
    if same and _NO_WORDS.sub("", case.text) and _SAME not in case.entry.comment:
        yield f'is the same as the English; if that is meant, say "#. {_SAME}."'


_CHECKS: tuple[Callable[[_Case], Iterator[str]], ...] = (
    _not_approved,
    _other_placeholders,
    _unknown_placeholders,
    _over_limit,
    _lost_words,
    _own_marks,
    _unisolated,
    _stray_spaces,
    _glued_link,
    _untranslated,
)
