"""What may be put into a sentence, and how each kind is shown."""

import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from zoneinfo import ZoneInfo

import phonenumbers
from babel import Locale
from babel.dates import format_skeleton, format_time, get_datetime_format

from locales.bidi import LRI, PDI, RLI, isolate
from locales.languages import Language

_JOINERS = "\u200c\u200d"  # these shape Persian words
_UNSHOWN = frozenset({"Cc", "Cf", "Cs", "Co", "Cn"})
_NORTH_AMERICAN_DIGITS = 10


@dataclass(frozen=True)
class Phone:
    """A telephone number in E.164, shown so that phones make it tappable; raises ValueError if it is none."""

    e164: str

    def __post_init__(self) -> None:
        if not _is_phone(self.e164):
            # The number itself stays out of the error: errors are logged.
            raise ValueError("a phone number is given in E.164, as in +15205550100")


@lru_cache(4096)
def _is_phone(text: str) -> bool:
    try:
        phonenumbers.parse(text)
    except phonenumbers.NumberParseException:
        return False
    return True


@dataclass(frozen=True)
class Link:
    """An address to open."""

    url: str


@dataclass(frozen=True)
class Say:
    """Another message of the catalogs, in the same language and with the same facts."""

    message_id: str


Fact = str | int | datetime | Phone | Link | Say
Facts = Mapping[str, Fact | None]


def show(fact: str | int | datetime | Phone | Link, language: Language, zone: ZoneInfo) -> str:
    """A fact as it goes into a sentence of that language; raises ValueError for a time without zone."""
    inside_rtl = language.right_to_left
    match fact:
        case datetime():
            when = _when(fact, language, zone)
            return RLI + when + PDI if inside_rtl else when
        case Link(url) if inside_rtl:
            # Some phones take the closing isolate for a part of the address: a space keeps it out.
            return LRI + cleaned(url) + " " + PDI
        case Link(url):
            return cleaned(url)
        case Phone(e164):
            return isolate(_national(e164), inside_rtl=inside_rtl)
        case str() | int():
            return isolate(cleaned(str(fact)), inside_rtl=inside_rtl)


def cleaned(value: str) -> str:
    """A value from outside on one line, without control, direction and other unseen characters."""
    on_one_line = " ".join(value.split())
    return "".join(
        character
        for character in on_one_line
        if character in _JOINERS or unicodedata.category(character) not in _UNSHOWN
    )


def _when(moment: datetime, language: Language, zone: ZoneInfo) -> str:
    """Day and time, short. The month is a word: 10/8 is October to one reader and August to another.

    The thin and non-breaking spaces of some languages' forms become plain ones, which cost less.
    """
    if moment.tzinfo is None:
        raise ValueError(f"{moment.isoformat()} has no time zone")
    locale = Locale.parse(language.babel_locale)
    day = format_skeleton("yMMMd", moment, tzinfo=zone, locale=locale)
    time = format_time(moment, "short", tzinfo=zone, locale=locale)
    form = str(get_datetime_format("medium", locale=locale))
    return re.sub(r"\s", " ", form.replace("'", "").format(time, day))


def _national(e164: str) -> str:
    number = phonenumbers.parse(e164)
    digits = phonenumbers.national_significant_number(number)
    if number.country_code == 1 and len(digits) == _NORTH_AMERICAN_DIGITS:
        return f"{digits[:3]}-{digits[3:6]}-{digits[6:]}"
    return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.INTERNATIONAL)
