"""The six languages Tidings speaks."""

from dataclasses import dataclass

SOURCE = "en"
"""The language every sentence is written in first; what a translation lacks is said in it."""


class UnknownLanguage(LookupError):
    """A language code that is not in the table."""


@dataclass(frozen=True)
class Language:
    """One language, as staff choose it and as Babel knows it."""

    code: str
    endonym: str
    english_name: str
    babel_locale: str
    right_to_left: bool = False


LANGUAGES: tuple[Language, ...] = (
    Language("en", "English", "English", "en_US"),
    Language("es", "Español", "Spanish", "es_US"),
    Language("fr", "Français", "French", "fr"),
    Language("ar", "العربية", "Arabic", "ar", right_to_left=True),
    Language("sw", "Kiswahili", "Swahili", "sw"),
    Language("fa", "فارسی", "Persian", "fa", right_to_left=True),
)

_BY_CODE = {language.code: language for language in LANGUAGES}


def language(code: str) -> Language:
    """The language of that code; raises UnknownLanguage."""
    try:
        return _BY_CODE[code]
    except KeyError:
        raise UnknownLanguage(f"{code!r} is not one of {', '.join(_BY_CODE)}") from None
