"""Texts that answer an open question. Pure functions: what was asked, and what the answer is for, the caller knows.

An answer is all there is in a text, courtesies apart: "yes please" answers, "yes but when" asks, and "he broke 2
windows" is no 2. Only birth dates, report numbers and names are looked for among other words.
"""

import hmac
import re
from collections.abc import Callable
from functools import cache
from typing import TypeVar

from conversations.understanding.birthdates import birth_dates, is_a_date
from conversations.understanding.normalise import normalise, skeleton
from conversations.understanding.reportnumbers import is_a_report_number, report_numbers, same_report
from conversations.understanding.vocabulary import Vocabulary, vocabulary
from conversations.understanding.wholetext import covered

__all__ = [
    "birth_dates",
    "everything",
    "is_answer",
    "number",
    "plainly_yes",
    "report_numbers",
    "same_name",
    "same_report",
    "skip",
    "yes_or_no",
]

# Pictures that answer, as English words; a skeleton has none.
_PICTURES = {
    "👍": "yes",
    "👌": "yes",
    "✅": "yes",
    "✔": "yes",
    "👎": "no",
    "❌": "no",
    "🚫": "no",
    "🔟": "10",
}
_AS_WORDS = str.maketrans({picture: f" {word} " for picture, word in _PICTURES.items()})
_SCALE = re.compile(r"(?<=\d)\s*/\s*(?=\d)")
_LARGEST_SCALE = 10
_RUN = re.compile(r"\d+|[^\W\d]+")
# Longer texts say more than an answer; this spares them the reading.
_LONGEST_ANSWER = 80

_Value = TypeVar("_Value")
_OutOf = tuple[()]
_OUT_OF: _OutOf = ()


def yes_or_no(text: str) -> bool | None:
    """Return True for yes, False for no, None where the text says neither, both, or anything else as well."""
    return _yes_or_no(_words(text))


def plainly_yes(text: str) -> bool:
    """Whether the text says yes with the word itself: where much hangs on it, "ok" and a thumb say too little."""
    words = skeleton(text)
    plain = vocabulary().answers.plain_yes
    return _yes_or_no(words) is True and any(word in plain for word in words.split())


def number(text: str) -> int | None:
    """Return the one number (0 to 99) that the text gives; of "4 out of 5" and "4/5" the 4; else None."""
    return _number(_words(_SCALE.sub(" out of ", text)))


def skip(text: str) -> bool:
    """Whether the text passes the question over, and nothing else."""
    return _only(_words(text), vocabulary().answers.skip)


def everything(text: str) -> bool:
    """Whether the text says "all" or "both", and nothing else."""
    return _only(_words(text), vocabulary().answers.all)


def same_name(text: str, name: str) -> bool:
    """Whether the text contains the whole last name, as whole words.

    Capitals, accents, hyphens, apostrophes, spaces within the name and the variants of Arabic and Persian letters
    don't matter; unlike elsewhere, a doubled letter does, since "le" is not Lee.
    """
    wanted = normalise(name).split()
    if not any(character.isalpha() for word in wanted for character in word):
        return False
    secret = "".join(wanted).encode()
    words = normalise(text).split()
    found = False
    # Every stretch is compared, also once the name is found: the time taken tells nothing about where it stands.
    for length in range(1, len(wanted) + 2):
        for start in range(len(words) - length + 1):
            found |= hmac.compare_digest("".join(words[start : start + length]).encode(), secret)
    return found


def is_answer(text: str) -> bool:
    """Whether the text is nothing but an answer: yes, no, a number, skip, all, a date or a report number."""
    if len(text) > _LONGEST_ANSWER:
        return False
    words = _words(text)
    answers = vocabulary().answers
    return (
        _yes_or_no(words) is not None
        or _number(words) is not None
        or ("/" in text and number(text) is not None)
        or _only(words, answers.skip)
        or _only(words, answers.all)
        or (
            any(character.isdigit() for character in words) and (is_a_date(words) or is_a_report_number(text))
        )
    )


def _words(text: str) -> str:
    return skeleton(text if text.isascii() else text.translate(_AS_WORDS))


@cache
def _longest() -> int:
    """The number of words in the longest courtesy or answer."""
    read = vocabulary()
    answers = read.answers
    texts = (*read.fillers, *answers.yes_or_no, *answers.skip, *answers.all, *answers.numbers)
    return max(text.count(" ") + 1 for text in (*texts, *answers.beside_numbers, *answers.out_of))


def _said(words: str, value: Callable[[str, Vocabulary], _Value | None]) -> list[_Value] | None:
    """Return the values of the words that have one, courtesies left out; None where other words are left over.

    "OK" and its like are courtesies and answers: they answer where nothing else does.
    """
    read = vocabulary()

    def part(text: str) -> tuple[_Value | None, bool] | None:
        found, courtesy = value(text, read), text in read.fillers
        return (found, courtesy) if found is not None or courtesy else None

    parts = covered(words, part, _longest())
    if parts is None:
        return None
    values = [(found, courtesy) for found, courtesy in parts if found is not None]
    firm = [found for found, courtesy in values if not courtesy]
    return firm or [found for found, _ in values]


def _yes_or_no(words: str) -> bool | None:
    said = set(_said(words, lambda text, read: read.answers.yes_or_no.get(text)) or ())
    return said.pop() if len(said) == 1 else None


def _only(words: str, answers: frozenset[str]) -> bool:
    return bool(_said(words, lambda text, _: text in answers or None))


def _number(words: str) -> int | None:
    # "2nd" and "5stars" are a number with a word behind it.
    said = _said(" ".join(_RUN.findall(words)), _numeral)
    match [part for part in said or () if part != ""]:
        case [int(single)]:
            return single
        case [int(given), tuple(), int(scale)] if given <= scale <= _LARGEST_SCALE:
            return given
    return None


def _numeral(text: str, read: Vocabulary) -> int | _OutOf | str | None:
    """Return the number, the mark of a scale, "" for words that stand beside numbers, None for others."""
    if text in read.answers.numbers:
        return read.answers.numbers[text]
    if text.isdigit():
        return int(text) if len(text) <= 2 else None
    if text in read.answers.out_of:
        return _OUT_OF
    return "" if text in read.answers.beside_numbers else None
