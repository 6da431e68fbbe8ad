"""The words that our own texts tell people to send must be understood, and as what the text says."""

from __future__ import annotations

import pytest

from conversations.understanding import Intent, understand
from locales import FOLDER, Catalogs

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
