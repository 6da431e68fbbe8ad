import time
from dataclasses import FrozenInstanceError

import pytest

from locales import FOLDER, Catalogs, UnknownMessage
from tests.locales.catalogs import catalogs, message

HELLO = message("hello", "Hello")


def test_a_sentence_is_found_in_the_language_asked_for(tmp_path):
    known = catalogs(tmp_path, en=HELLO, es=message("hello", "Hola"))
    assert known.find("hello", "es").forms == ("Hola",)


@pytest.mark.parametrize(
    "spanish",
    ["", message("hello", ""), "\n#, fuzzy" + message("hello", "Hola")],
    ids=["absent", "empty", "fuzzy"],
)
def test_what_is_not_translated_and_approved_is_said_in_english(tmp_path, spanish):
    found = catalogs(tmp_path, en=HELLO, es=spanish).find("hello", "es")
    assert (found.forms, found.language) == (("Hello",), "en")


def test_a_fuzzy_english_sentence_is_never_said(tmp_path):
    known = catalogs(tmp_path, en="\n#, fuzzy" + HELLO)
    with pytest.raises(UnknownMessage, match="hello"):
        known.find("hello", "en")


def test_an_agencys_own_wording_comes_before_ours(tmp_path):
    known = catalogs(tmp_path, en=HELLO, es=message("hello", "Hola"))
    assert known.find("hello", "es", {("hello", "es"): "Buenas"}).forms == ("Buenas",)


def test_an_agencys_english_wording_does_not_hide_a_translation(tmp_path):
    known = catalogs(tmp_path, en=HELLO, es=message("hello", "Hola"))
    own = {("hello", "en"): "Hi"}
    assert known.find("hello", "es", own).forms == ("Hola",)
    assert known.find("hello", "fr", own).forms == ("Hi",)


def test_an_agency_may_have_messages_of_its_own(tmp_path):
    known = catalogs(tmp_path, en=HELLO)
    assert known.find("parade", "en", {("parade", "en"): "Streets are closed."}).language == "en"


def test_a_number_takes_the_plural_form_of_the_language(tmp_path):
    arabic = (
        '"Plural-Forms: nplurals=6; plural=(n==0 ? 0 : n==1 ? 1 : n==2 ? 2 : n%100>=3 && n%100<=10 ? 3 : '
        'n%100>=11 ? 4 : 5);\\n"\n\nmsgid "days"\nmsgid_plural "days"\n'
        + "".join(f'msgstr[{form}] "form {form}"\n' for form in range(6))
    )
    found = catalogs(tmp_path, ar=arabic).find("days", "ar")
    assert [found.form(count) for count in (0, 1, 2, 3, 11, 100)] == [f"form {form}" for form in range(6)]


def test_direction_marks_that_a_translator_typed_are_taken_out(tmp_path):
    assert catalogs(tmp_path, ar=message("stop", "\u2066STOP\u2069 أرسل\u200f")).find("stop", "ar").forms == (
        "STOP أرسل",
    )


def test_catalogs_cannot_be_changed_once_read(tmp_path):
    known = catalogs(tmp_path, en=HELLO)
    with pytest.raises(TypeError):
        known.sentences["hello", "en"] = known.find("hello", "en")
    with pytest.raises(FrozenInstanceError):
        known.find("hello", "en").forms = ()


def test_the_shipped_catalogs_are_read_in_a_moment():
    started = time.process_time()
    Catalogs.load(FOLDER)
    assert time.process_time() - started < 0.3
