"""The dates that a text can be read as.

Nobody's way of writing a date is known beforehand, so each is read in every order that people use: the caller asks
whether the right one is among them.
"""

import re
from collections.abc import Iterator
from datetime import date

from conversations.understanding import solar_hijri
from conversations.understanding.normalise import skeleton
from conversations.understanding.vocabulary import Vocabulary, vocabulary

ORDERS = ("mdy", "dmy", "ymd")
# A text that holds more dates than one answer can is a list of guesses, and none of them counts. Some are needed:
# in "26-000123, Garcia, 5/14/90" the report number can be read as a date too.
MOST_PLACES = 4
_EARLIEST_YEAR = 1900
_CENTURIES = (1900, 2000)
_SOLAR_CENTURIES = (1300, 1400)
_RUN = re.compile(r"\d+|[^\W\d]+")

# A month by its name: whether it is a solar one, and which. A number is kept as written: "05" is no year.
_Month = tuple[bool, int]
_Item = str | _Month


def birth_dates(text: str, today: date) -> frozenset[date]:
    """Return every date from 1900 to `today` that the text can be read as, in whatever words around it.

    Month first, day first and year first; years of two digits in both centuries; months as numbers or by name in
    any language; solar years and months (Iran, Afghanistan) too. Empty where there are more than MOST_PLACES.
    """
    places = [dates for dates in _places(_items(skeleton(text))) if dates]
    if len(places) > MOST_PLACES:
        return frozenset()
    return frozenset(day for dates in places for day in dates if day <= today)


def is_a_date(words: str) -> bool:
    """Whether the words (a skeleton) say one date and nothing else."""
    items = _items(words)
    alone = None not in items and (len(items) == 3 or len(items) == 1)
    return alone and any(_places(items))


def _items(words: str) -> list[_Item | None]:
    """Return the numbers and months; None for each word that has no business in a date."""
    vocabulary_ = vocabulary()
    tokens = _RUN.findall(words)
    items: list[_Item | None] = []
    at = 0
    while at < len(tokens):
        month = _month(" ".join(tokens[at : at + 2]), vocabulary_)
        if month and at + 1 < len(tokens):
            items.append(month)
            at += 2
            continue
        token = tokens[at]
        at += 1
        if token[0].isdigit():
            items.append(token)
        elif month := _month(token, vocabulary_):
            items.append(month)
        elif token in vocabulary_.answers.numbers:
            items.append(str(vocabulary_.answers.numbers[token]))
        elif token not in vocabulary_.answers.in_dates and token not in vocabulary_.fillers:
            items.append(None)
    return items


def _month(text: str, vocabulary_: Vocabulary) -> _Month | None:
    if text in vocabulary_.answers.months:
        return False, vocabulary_.answers.months[text]
    if text in vocabulary_.answers.solar_months:
        return True, vocabulary_.answers.solar_months[text]
    return None


def _places(items: list[_Item | None]) -> Iterator[frozenset[date]]:
    """Yield what each place that has the shape of a date can be read as."""
    for item in items:
        if isinstance(item, str) and len(item) in (6, 8):
            yield _run_together(item)
    for three in zip(items, items[1:], items[2:], strict=False):
        yield frozenset(day for order in ORDERS for day in _read(order, three))


def _run_together(digits: str) -> frozenset[date]:
    year = len(digits) - 4
    year_last = (digits[:2], digits[2:4], digits[4:])
    year_first = (digits[:year], digits[year : year + 2], digits[year + 2 :])
    return frozenset({*_read("mdy", year_last), *_read("dmy", year_last), *_read("ymd", year_first)})


def _read(order: str, items: tuple[_Item | None, ...]) -> Iterator[date]:
    parts = dict(zip(order, items, strict=True))
    year, month, day = parts["y"], parts["m"], parts["d"]
    if not isinstance(day, str) or not isinstance(year, str) or month is None or len(day) > 2:
        return
    if isinstance(month, str):
        if len(month) > 2:
            return
        solar = len(year) == 4 and int(year) in solar_hijri.YEARS
        month = solar, int(month)
    for full in _years(year, month[0]):
        try:
            if month[0]:
                yield solar_hijri.to_gregorian(full, month[1], int(day))
            elif full >= _EARLIEST_YEAR:
                yield date(full, month[1], int(day))
        except ValueError:
            continue


def _years(digits: str, solar: bool) -> list[int]:
    if len(digits) == 2:
        return [century + int(digits) for century in (_SOLAR_CENTURIES if solar else _CENTURIES)]
    return [int(digits)] if len(digits) == 4 else []
