import pytest
from babel import Locale

from locales import LANGUAGES, UnknownLanguage, language


def test_six_languages_are_spoken():
    assert [known.code for known in LANGUAGES] == ["en", "es", "fr", "ar", "sw", "fa"]


@pytest.mark.parametrize("known", LANGUAGES, ids=lambda known: known.code)
def test_a_language_is_what_babel_takes_it_for(known):
    locale = Locale.parse(known.babel_locale)
    assert locale.english_name.split(" (")[0] == known.english_name
    assert (locale.text_direction == "rtl") == known.right_to_left


def test_an_unknown_language_is_named():
    with pytest.raises(UnknownLanguage, match="'de'"):
        language("de")
