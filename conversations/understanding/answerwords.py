"""What answers an open question, in the words of all languages."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import TypeVar

from conversations.understanding.wordfile import Entry, WordFile

_Value = TypeVar("_Value")


@dataclass(frozen=True, slots=True)
class AnswerWords:
    """The `answers` of all word files as one. Every text is a skeleton."""

    yes_or_no: Mapping[str, bool]
    plain_yes: frozenset[str]
    """The first `yes` of each language: the word itself, where "ok" would be too little."""
    skip: frozenset[str]
    all: frozenset[str]
    numbers: Mapping[str, int]
    beside_numbers: frozenset[str]
    out_of: frozenset[str]
    months: Mapping[str, int]
    """January is 1, under its Gregorian names."""
    solar_months: Mapping[str, int]
    """Farvardin (Hamal) is 1: the months of the solar years that Iran and Afghanistan count."""
    in_dates: frozenset[str]
    """Single words that may stand in a date, or before and after it."""


def answer_words(files: Iterable[WordFile]) -> AnswerWords:
    """Return the answers of all files. Raises VocabularyError, also where one text would be two answers."""
    files = tuple(files)
    return AnswerWords(
        yes_or_no=_by_text(_yes_or_no(files)),
        plain_yes=frozenset(_by_text((True, *first) for first in _first(files, "yes"))),
        skip=_texts(files, "skip"),
        all=_texts(files, "all"),
        numbers=_by_text(_counted(files, "numbers")),
        beside_numbers=_texts(files, "beside_numbers"),
        out_of=_texts(files, "out_of"),
        months=_by_text(_counted(files, "months")),
        solar_months=_by_text(_counted(files, "solar_months")),
        in_dates=frozenset(word for text in _texts(files, "in_dates") for word in text.split()),
    )


_Valued = Iterator[tuple[_Value, Entry, WordFile]]


def _yes_or_no(files: Iterable[WordFile]) -> _Valued[bool]:
    for file in files:
        for kind in ("yes", "no"):
            for entry in file.answers.get(kind, ()):
                yield kind == "yes", entry, file


def _counted(files: Iterable[WordFile], kind: str) -> _Valued[int]:
    for file in files:
        for number, entry in file.counted.get(kind, ()):
            yield number, entry, file


def _by_text(valued: _Valued[_Value]) -> dict[str, _Value]:
    result: dict[str, _Value] = {}
    for value, entry, file in valued:
        for text in entry.texts(file.spelt_lists()):
            if not text:
                raise entry.error("nothing is left of it once it is normalised")
            if result.setdefault(text, value) != value:
                raise entry.error(f"{text!r} stands for another answer elsewhere")
    return result


def _first(files: Iterable[WordFile], kind: str) -> Iterator[tuple[Entry, WordFile]]:
    for file in files:
        yield from ((entry, file) for entry in file.answers.get(kind, ())[:1])


def _texts(files: Iterable[WordFile], kind: str) -> frozenset[str]:
    return frozenset(_by_text((True, entry, file) for file in files for entry in file.answers.get(kind, ())))
