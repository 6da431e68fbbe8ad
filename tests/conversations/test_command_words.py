"""The words that our own texts tell people to send must be understood, and as what the text says."""

from __future__ import annotations

import re

import pytest

from conversations.understanding import Intent, understand
from conversations.understanding.answers import everything, plainly_yes, skip, yes_or_no
from locales import FOLDER, Catalogs
from rules.survey import load_all

WORDS = {
    "en": ("STATUS", "ALERTS", "ALERTS OFF"),
    "es": ("ESTADO", "ALERTAS", "ALERTAS NO"),
    "fr": ("STATUT", "ALERTES", "ALERTES NON"),
    "ar": ("«حالة»", "«تنبيهات»", "«بلا تنبيهات»"),
    "sw": ("HALI", "ARIFA", "ARIFA HAPANA"),
    "fa": ("«وضعیت»", "«هشدار»", "«بدون هشدار»"),
}
CATALOGS = Catalogs.load(FOLDER)


@pytest.mark.parametrize("language", WORDS)
def test_the_command_words_of_our_texts_are_understood(language: str) -> None:
    status, alerts, off = WORDS[language]
    help_text = CATALOGS.find("help", language).forms[0]
    assert status in help_text
    assert alerts in help_text
    assert off in CATALOGS.find("enroll.confirmed", language).forms[0]
    assert understand(status).intent is Intent.STATUS
    assert understand(alerts).intent is Intent.ENROLL
    assert understand(off).intent is Intent.UNENROLL
    assert understand(off.lower() + "!").intent is Intent.UNENROLL


@pytest.mark.parametrize(
    ("word", "intent"), [("STOP", Intent.OPT_OUT), ("START", Intent.OPT_IN), ("HELP", Intent.HELP)]
)
def test_the_words_that_stay_english_always_count(word: str, intent: Intent) -> None:
    for language in WORDS:
        assert (
            word
            in CATALOGS.find("opt_in.confirmed" if word != "START" else "opt_out.confirmed", language).forms[
                0
            ]
        )
    assert understand(word).intent is intent


UPDATES = {
    "en": ("UPDATES", "UPDATES OFF"),
    "es": ("CAMBIOS", "CAMBIOS NO"),
    "fr": ("CHANGEMENTS", "CHANGEMENTS NON"),
    "ar": ("«تغييرات»", "«بلا تغييرات»"),
    "sw": ("MABADILIKO", "MABADILIKO HAPANA"),
    "fa": ("«تغییرات»", "«بدون تغییرات»"),
}
ANSWERS = {
    "en": ("SKIP", "ALL"),
    "es": ("OMITIR", "TODOS"),
    "fr": ("PASSER", "TOUS"),
    "ar": ("«تخطي»", "«الكل»"),
    "sw": ("RUKA", "ZOTE"),
    "fa": ("«بعدی»", "«همه»"),
}


@pytest.mark.parametrize("language", UPDATES)
def test_the_words_for_being_told_of_changes_are_understood(language: str) -> None:
    on, off = UPDATES[language]
    assert on in CATALOGS.find("status.one.updates", language).forms[0]
    assert off in CATALOGS.find("enroll.updates.confirmed", language).forms[0]
    assert (understand(on).intent, understand(on).topic) == (Intent.ENROLL, "updates")
    assert (understand(off).intent, understand(off).topic) == (Intent.UNENROLL, "updates")


@pytest.mark.parametrize("language", ANSWERS)
def test_the_words_that_answer_our_questions_are_understood(language: str) -> None:
    to_skip, all_of_them = ANSWERS[language]
    assert to_skip in CATALOGS.find("survey.explain.scale", language).forms[0]
    for survey in load_all().values():
        assert to_skip in survey.survey.wording[str(survey.survey.intro_id), language]
    assert all_of_them in CATALOGS.find("which_report.all", language).forms[0]
    assert skip(to_skip)
    assert everything(all_of_them)


@pytest.mark.parametrize("language", UPDATES)
def test_the_yes_and_the_no_that_we_ask_for_are_understood(language: str) -> None:
    asked = CATALOGS.find("contact.asked", language).forms[0]
    words = re.findall(r"«[^»]+»|\b[A-Z]{2,}\b", asked)
    assert [yes_or_no(word) for word in words] == [True, False], words
    assert plainly_yes(words[0])


@pytest.mark.parametrize("language", UPDATES)
def test_the_offer_of_a_language_says_how_to_get_it(language: str) -> None:
    offer = CATALOGS.find("language.offer", language).forms[0]
    word = re.findall(r"«[^»]+»|\b[A-ZÑÇÉ]{4,}\b", offer)[-1]
    assert understand(word).chosen_language == language
