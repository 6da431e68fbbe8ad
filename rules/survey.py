"""A survey: one YAML file with a question a text, read and checked at start, and known ever after by its hash.

The questions are asked by text; a page in the browser can be made from the same file. A mistake in it is
told with file, line, field and what was expected; nothing half-read is ever used.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum
from functools import cached_property
from pathlib import Path
from types import MappingProxyType
from typing import Annotated, Any
from zoneinfo import ZoneInfo

from pydantic import BeforeValidator, Field, ValidationError

from locales import LANGUAGES, Catalogs, bill, cheapest, language, render
from locales.bidi import without_controls
from locales.po import placeholders
from rules.yamlfile import BadFile, Duration, Language, Part, Where, YamlFile, expected
from rules.yamlfile import parse as parse_yaml
from rules.yamlfile import read as read_text

SURVEYS = Path(__file__).parent / "surveys"

FACTS = frozenset({"agency"})
"""What a sentence of a survey may hold. Nothing about the case: a survey may be read by whoever holds the phone."""

LIMITS: Mapping[bool, int] = MappingProxyType({False: 2, True: 4})
"""The most segments a text of a survey may cost, by whether its language is written right to left."""

_LONGEST_NAME = "M" * 24
"""As long as an agency's name may be: what fits with it fits for everyone."""

_RESERVED = frozenset({"intro", "thanks"})
"""Names in a survey's own sentences, so no question's."""

_NO_CATALOGS = Catalogs(MappingProxyType({}), ())
_NO_TIMES = ZoneInfo("UTC")
_CODES = ", ".join(code.code for code in LANGUAGES)


class BadSurvey(BadFile):
    """A survey file can't be used."""


class QuestionType(StrEnum):
    """How a question is answered."""

    SCALE = "scale"
    """A number from 1 to 5."""
    YES_NO = "yes_no"
    CHOICE = "choice"
    """The number of one of 2 to 9 choices."""
    TEXT = "text"
    """In the person's own words."""


def _sentence(text: Any) -> str:
    if text is None or (isinstance(text, str) and not text.strip()):
        raise ValueError("is missing; expected a sentence in this language")
    if not isinstance(text, str):
        raise ValueError("expected a sentence, in quotes where it could be read as something else")
    if strangers := sorted(placeholders(text) - FACTS):
        raise ValueError(f"{{{strangers[0]}}} is no fact of a survey; expected only {{agency}}")
    if re.search("[{}]", re.sub(r"\{[a-z][a-z0-9_]*\}", "", text)):
        raise ValueError("has a brace that belongs to no fact; expected only {agency}")
    if without_controls(text) != text:
        raise ValueError("has direction marks of its own; expected none, they are put in when it is sent")
    return text.strip()


def _in_six(sentences: Any) -> Any:
    """Names the missing languages, so that each is told by itself."""
    if not isinstance(sentences, dict):
        raise ValueError(f"expected a sentence in each of {_CODES}")
    return {**dict.fromkeys(known.code for known in LANGUAGES), **sentences}


Sentence = Annotated[str, BeforeValidator(_sentence)]
Sentences = Annotated[dict[Language, Sentence], BeforeValidator(_in_six)]
"""Language -> what is said, in all six."""


class Choice(Part):
    """One of several answers. Its number is its place in the list, from 1."""

    id: str = Field(pattern=r"^[a-z][a-z0-9_]*$")
    label: Sentences


class Question(Part):
    """One question, asked in one text."""

    id: str = Field(pattern=r"^[a-z][a-z0-9_]*$")
    type: QuestionType
    ask: Sentences
    choices: tuple[Choice, ...] = ()
    explain: Sentences | None = None
    """Said once when the answer can't be read; None for the sentence that the catalogs have for the type."""

    def message_id(self, survey_id: str) -> str:
        """The name of the question as `locales` looks it up in the survey's wording."""
        return f"survey.{survey_id}.{self.id}"

    def explain_id(self, survey_id: str) -> str:
        """The name of what is said to an answer that can't be read: this question's own, or its type's."""
        return f"{self.message_id(survey_id)}.explain" if self.explain else f"survey.explain.{self.type}"

    def asked(self, code: Language) -> str:
        """The question in that language as it is texted, each choice with its number on a line of its own."""
        numbered = (f"{number} {choice.label[code]}" for number, choice in enumerate(self.choices, 1))
        return "\n".join((self.ask[code], *numbered))


class Survey(Part):
    """Everything that is asked, in the order in which it is asked."""

    id: str = Field(pattern=r"^[a-z][a-z0-9_]*$")
    title: str = Field(min_length=1)
    """For staff; never texted."""
    intro: Sentences | None = None
    """Stands before the first question, in the same text."""
    questions: tuple[Question, ...]
    """1 to 12. The first is never of type text."""
    thanks: Sentences
    open_for: Duration = timedelta(days=14)
    """How long an unanswered question waits."""
    late_for: Duration = timedelta(days=30)
    """How long after that a late answer is still filed."""

    @property
    def intro_id(self) -> str | None:
        """The name of the intro in the wording; None where there is none."""
        return f"survey.{self.id}.intro" if self.intro else None

    @property
    def thanks_id(self) -> str:
        return f"survey.{self.id}.thanks"

    def parts(self, index: int) -> tuple[str, ...]:
        """The message ids of the text that asks question `index` (from 0); the first begins with the intro."""
        question = self.questions[index].message_id(self.id)
        return (self.intro_id, question) if index == 0 and self.intro_id else (question,)

    @cached_property
    def wording(self) -> Mapping[tuple[str, str], str]:
        """(message id, language) -> sentence, to be given to `locales.render` as overrides."""
        return MappingProxyType(
            {(name, code): said for name, sentences in self._named() for code, said in sentences.items()}
        )

    def _named(self) -> Iterator[tuple[str, Mapping[Language, str]]]:
        if self.intro and self.intro_id:
            yield self.intro_id, self.intro
        for question in self.questions:
            yield question.message_id(self.id), {code: question.asked(code) for code in question.ask}
            if question.explain:
                yield question.explain_id(self.id), question.explain
        yield self.thanks_id, self.thanks


@dataclass(frozen=True)
class PinnedSurvey:
    """A survey with the hash by which every answer names what was asked."""

    survey: Survey
    hash: str
    source: str


def load_all(folder: Path = SURVEYS) -> Mapping[str, PinnedSurvey]:
    """Every survey of a folder by its id, in the order of the ids.

    Raises BadSurvey with every mistake of every file; the same id in two files is one of them.
    """
    found: dict[Path, PinnedSurvey] = {}
    mistakes: list[str] = []
    for path in sorted(folder.glob("*.yaml")):
        try:
            found[path] = load(path)
        except BadSurvey as error:
            mistakes += str(error).splitlines()
    if mistakes := mistakes + repeated_ids(found):
        raise BadSurvey("\n".join(mistakes))
    by_id = {pinned.survey.id: pinned for pinned in found.values()}
    return MappingProxyType({name: by_id[name] for name in sorted(by_id)})


def repeated_ids(surveys: Mapping[Path, PinnedSurvey]) -> list[str]:
    """One line for each file whose survey has the id of a survey that stands before it."""
    first: dict[str, Path] = {}
    mistakes = []
    for path, pinned in surveys.items():
        name = pinned.survey.id
        if (other := first.setdefault(name, path)) != path:
            what = f"{name} is the survey of {other} too; expected another id"
            mistakes.append(_file(pinned.source, str(path)).told([(("id",), what)]))
    return mistakes


def load(path: Path) -> PinnedSurvey:
    """Read and check a survey file. Raises BadSurvey with every mistake found, each with its line."""
    return parse(read_text(path, BadSurvey), str(path))


def parse(source: str, name: str) -> PinnedSurvey:
    """Like `load`, for a text that was read elsewhere; `name` stands in the error messages."""
    file = _file(source, name)
    try:
        survey = Survey.model_validate(file.plain)
    except ValidationError as error:
        found: dict[Where, str] = {}
        for each in error.errors(include_url=False):
            # A wrong language is told as "[key]" below the key, and so may be its sentence: one mistake.
            found.setdefault(tuple(step for step in each["loc"] if step != "[key]"), _told(each))
        raise BadSurvey(file.told(found.items())) from error
    if mistakes := [*_inconsistencies(survey), *_too_long(survey)]:
        raise BadSurvey(file.told(mistakes))
    return PinnedSurvey(survey, file.hash, source)


def _file(source: str, name: str) -> YamlFile:
    return parse_yaml(source, name, BadSurvey, "id, title, questions and thanks")


def _told(error: Any) -> str:
    if error["loc"][-1] == "[key]":
        return f"is none of the languages {_CODES}; put a sentence that has a comma in quotes"
    return expected(error, "a survey; see docs/surveys.md", Survey).removesuffix(" (found None)")


def _inconsistencies(survey: Survey) -> Iterator[tuple[Where, str]]:
    """What is right line by line and yet wrong together."""
    if survey.id == "explain":
        yield ("id",), "is taken by the sentences survey.explain.*; expected another id"
    if not survey.open_for:
        yield ("open_for",), "expected a time in which people can answer, such as 14d"
    if not 1 <= len(survey.questions) <= 12:
        yield ("questions",), f"expected 1 to 12 questions (found {len(survey.questions)})"
    elif survey.questions[0].type is QuestionType.TEXT:
        # Else whatever is texted next, "who is this?" among it, would be an answer.
        yield ("questions", 0, "type"), "expected scale, yes_no or choice: the first question is never text"
    seen: set[str] = set()
    for index, question in enumerate(survey.questions):
        at: Where = ("questions", index)
        if question.id in _RESERVED:
            yield (*at, "id"), f"{question.id} is the survey's own sentence; expected another id"
        if question.id in seen:
            yield (*at, "id"), f"{question.id} is there twice; expected each question once"
        seen.add(question.id)
        yield from _wrong_choices(question, at)


def _wrong_choices(question: Question, at: Where) -> Iterator[tuple[Where, str]]:
    count = len(question.choices)
    if question.type is not QuestionType.CHOICE:
        if count:
            yield (*at, "choices"), f"expected none for {question.type}; only type choice has choices"
        return
    if not 2 <= count <= 9:
        yield (*at, "choices"), f"expected 2 to 9 choices, since each has one digit (found {count})"
    ids: set[str] = set()
    labels: set[tuple[str, str]] = set()
    for index, choice in enumerate(question.choices):
        where: Where = (*at, "choices", index)
        if choice.id in ids:
            yield (*where, "id"), f"{choice.id} is there twice; expected each choice once"
        ids.add(choice.id)
        for code, label in choice.label.items():
            if (code, label.casefold()) in labels:
                yield (*where, "label", code), f"{label!r} is there twice; expected each choice to differ"
            labels.add((code, label.casefold()))


def _too_long(survey: Survey) -> Iterator[tuple[Where, str]]:
    """Texts that cost more segments than they may, each as it is sent, with the longest agency name."""
    for index, question in enumerate(survey.questions):
        parts = survey.parts(index)
        with_intro = " with the intro" if len(parts) > 1 else ""
        yield from _over_limit(survey, parts, ("questions", index, "ask"), with_intro)
        if question.explain:
            yield from _over_limit(survey, (question.explain_id(survey.id),), ("questions", index, "explain"))
    yield from _over_limit(survey, (survey.thanks_id,), ("thanks",))


def _over_limit(
    survey: Survey, parts: tuple[str, ...], at: Where, with_what: str = ""
) -> Iterator[tuple[Where, str]]:
    facts = {"agency": _LONGEST_NAME}
    for code in (known.code for known in LANGUAGES):
        text = render(_NO_CATALOGS, parts, code, facts, _NO_TIMES, survey.wording).text
        billing = bill(cheapest(text))
        allowed = LIMITS[language(code).right_to_left]
        if billing.segments > allowed:
            what = f"takes {billing.segments} segments{with_what} ({billing.units} units, {billing.encoding})"
            yield (*at, code), f"{what}; expected {allowed} at most"
