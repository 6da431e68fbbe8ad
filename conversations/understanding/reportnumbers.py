"""What in a text can be a report number. Agencies shape theirs as they like, so this says only what can't be one."""

import hmac
import re
import unicodedata

from conversations.understanding.normalise import skeleton
from conversations.understanding.vocabulary import vocabulary
from conversations.understanding.wholetext import covered

FEWEST_DIGITS = 5
_LONGEST = 24
_LONGEST_COURTESY = 6
# More letters in a row than this are a word that a hyphen has tied to the number: "26-000123-Garcia".
_LONGEST_LETTERS = 4

_GROUP = re.compile(r"[0-9A-Z]+(?:-[0-9A-Z]+)*")
_SPACED_HYPHEN = re.compile(r"(?<=\d) ?- ?(?=\d)")
_BETWEEN_HALVES = re.compile(r"[ /._]{1,2}")
_YEAR = re.compile(r"(?:19|20)\d\d")
# Ten digits as North America numbers phones, with or without signs between; or anything behind a plus.
_PHONE = re.compile(
    r"(?<![0-9A-Z-])(?:\+[0-9][0-9 ().-]{6,}[0-9]"
    r"|(?:1[ .-]?)?(?:\([2-9]\d\d\) ?|[2-9]\d\d[ .-])[2-9]\d\d[ .-]?\d{4}"
    # Without signs, what begins with a year of this century is more likely a report.
    r"|1?(?!20[0-9])[2-9]\d\d[2-9]\d{6})(?![0-9A-Z-])"
)
_DATE = re.compile(r"(?<![0-9A-Z-])(\d{1,4})([ ./-])(\d{1,2})\2(\d{1,4})(?![0-9A-Z-])")
# Run together: 05141990, 14051990, 19900514. Not 20240514, since report numbers begin with their year.
_RUN_TOGETHER = re.compile(r"(?<![0-9A-Z-])(?:(\d\d)(\d\d)(?:19|20)\d\d|19\d\d(\d\d)(\d\d))(?![0-9A-Z-])")
_WORD_BEFORE = re.compile(r"[A-Z]+(?=\d)")
_LETTERS = re.compile(r"[A-Z]+")
# Stands where something was taken out: no group, and nothing that ties two groups together.
_OUT = ";"


def report_numbers(text: str) -> tuple[str, ...]:
    """Return what can be a report number, in the order of the text: capitals, digits 0-9, hyphens as written.

    At least five digits, and neither a phone number nor a date. Where a number comes in two groups ("26 000123",
    "26/000123") they are given with a space, and the second also alone if it has the digits.
    """
    folded = _DATE.sub(_unless_a_date, _PHONE.sub(_OUT, _SPACED_HYPHEN.sub("-", _fold(text))))
    folded = _RUN_TOGETHER.sub(_unless_run_together, folded)
    groups = list(_GROUP.finditer(folded))
    found: list[str] = []
    for index, group in enumerate(groups):
        if index and _BETWEEN_HALVES.fullmatch(folded, groups[index - 1].end(), group.start()):
            found += _halves(groups[index - 1][0], group[0])
        number = _without_words(group[0])
        if _can_be(number):
            found.append(number)
    return tuple(dict.fromkeys(found))


def same_report(one: str, other: str) -> bool:
    """Whether two spellings are one report number: its letters and digits in their order, in any case."""
    letters, others = _bare(one), _bare(other)
    return bool(letters) and hmac.compare_digest(letters, others)


def is_a_report_number(text: str) -> bool:
    """Whether the text holds one report number and, courtesies and "report number" apart, nothing else."""
    vocabulary_ = vocabulary()
    numbers = report_numbers(text)
    if not numbers:
        return False
    rest = _fold(text).replace("-", " ")
    for part in re.split(r"[- ]", numbers[0]):
        rest = rest.replace(part, " ", 1)
    known = vocabulary_.answers.beside_numbers | vocabulary_.fillers.keys()
    rest = skeleton(rest)
    return not rest or covered(rest, lambda words: words in known or None, _LONGEST_COURTESY) is not None


def _fold(text: str) -> str:
    if text.isascii():
        return text.upper()
    folded = []
    for character in unicodedata.normalize("NFKC", text):
        category = unicodedata.category(character)
        if category == "Nd":
            folded.append(str(unicodedata.decimal(character)))
        elif category == "Pd" or character == "−":
            folded.append("-")
        elif category == "Zs":
            folded.append(" ")
        elif category != "Cf" and category[0] != "M":
            folded.append(character)
    return "".join(folded).upper()


def _unless_a_date(match: re.Match[str]) -> str:
    first, middle, last = match[1], int(match[3]), match[4]
    year_first = len(first) in (2, 4) and len(last) <= 2 and _day_and_month(int(last), middle)
    year_last = len(first) <= 2 and len(last) in (2, 4) and _either_way(int(first), middle)
    return _OUT if year_first or year_last else match[0]


def _unless_run_together(match: re.Match[str]) -> str:
    day_and_month = match[1] and _either_way(int(match[1]), int(match[2]))
    is_date = day_and_month or (match[3] and _day_and_month(int(match[4]), int(match[3])))
    return _OUT if is_date else match[0]


def _either_way(one: int, other: int) -> bool:
    return _day_and_month(one, other) or _day_and_month(other, one)


def _day_and_month(day: int, month: int) -> bool:
    return 1 <= day <= 31 and 1 <= month <= 12


def _halves(first: str, second: str) -> list[str]:
    whole = f"{first} {second}"
    apart = "-" not in whole and _digits(first) in range(1, FEWEST_DIGITS) and _digits(second) > 0
    return [whole] if apart and not _YEAR.fullmatch(second) and _can_be(whole) else []


def _without_words(group: str) -> str:
    parts = group.split("-")
    while parts and parts[-1].isalpha() and len(parts[-1]) > _LONGEST_LETTERS:
        parts.pop()
    while parts and parts[0].isalpha() and len(parts[0]) > _LONGEST_LETTERS:
        parts.pop(0)
    number = "-".join(parts)
    tied = _WORD_BEFORE.match(number)
    return (
        number[tied.end() :] if tied and skeleton(tied[0]) in vocabulary().answers.beside_numbers else number
    )


def _can_be(group: str) -> bool:
    return _digits(group) >= FEWEST_DIGITS and len(group) <= _LONGEST and not _names_a_month(group)


def _names_a_month(group: str) -> bool:
    months = vocabulary().answers.months
    return any(skeleton(letters) in months for letters in _LETTERS.findall(group) if len(letters) > 2)


def _digits(group: str) -> int:
    return sum(map(str.isdigit, group))


def _bare(number: str) -> bytes:
    return "".join(character for character in _fold(number) if character.isalnum()).encode(errors="replace")
