"""Alerts on an arrest, or updates on a case; and whether a text is a command through and through."""

import pytest

from conversations.understanding import Intent, understand


@pytest.mark.parametrize(
    "text",
    [
        "UPDATES",
        "CAMBIOS",
        "CHANGEMENTS",
        "«تغييرات»",
        "MABADILIKO",
        "«تغییرات»",
        "updates!",
        "Updates please",
    ],
)
def test_the_word_for_updates_asks_for_updates(text: str) -> None:
    meant = understand(text)
    assert (meant.intent, meant.also, meant.topic, meant.whole) == (Intent.ENROLL, (), "updates", True)


@pytest.mark.parametrize(
    "text",
    [
        "UPDATES OFF",
        "CAMBIOS NO",
        "CHANGEMENTS NON",
        "«بلا تغييرات»",
        "MABADILIKO HAPANA",
        "«بدون تغییرات»",
        "updates off please",
    ],
)
def test_the_words_against_updates_end_only_these(text: str) -> None:
    meant = understand(text)
    assert (meant.intent, meant.also, meant.topic, meant.whole) == (Intent.UNENROLL, (), "updates", True)


@pytest.mark.parametrize(
    "text",
    ["send me updates on my case", "avísenme de cambios en mi caso",
     "prévenez-moi des changements dans mon dossier",
     "أبلغوني بأي تغيير في قضيتي", "nijulishe kesi yangu ikibadilika", "اگر تغییری شد به من خبر بدهید"],
)  # fmt: skip
def test_updates_can_be_asked_for_in_plain_words(text: str) -> None:
    meant = understand(text)
    assert (meant.intent, meant.topic) == (Intent.ENROLL, "updates")


@pytest.mark.parametrize(
    "text",
    [
        "ALERTS",
        "ALERTAS",
        "tell me when he is arrested",
        "ALERTS OFF",
        "keep me posted",
        "STATUS",
        "STOP",
        "yes",
    ],
)
def test_what_is_not_about_updates_has_no_topic(text: str) -> None:
    assert understand(text).topic is None


@pytest.mark.parametrize(
    "text",
    ["stop the updates", "no more updates", "stop updates", "please stop sending me updates about the case",
     "turn off the updates",
     "no más actualizaciones", "plus de mises à jour", "بلا تحديثات", "don't send me updates on my case"],
)  # fmt: skip
def test_to_stop_the_updates_is_still_to_stop_everything(text: str) -> None:
    meant = understand(text)
    assert meant.intent is Intent.OPT_OUT
    assert meant.topic is None


@pytest.mark.parametrize(
    "text",
    ["any update?", "any updates on my case", "case updates", "update", "can you send me an update",
     "novedades", "hay novedades?",
     "hay cambios en mi caso", "avez-vous des nouvelles", "هل هناك تحديثات", "kuna habari mpya?", "خبری شد؟"],
)  # fmt: skip
def test_a_question_for_news_is_still_a_question_for_the_status(text: str) -> None:
    meant = understand(text)
    assert (meant.intent, meant.topic) == (Intent.STATUS, None)


@pytest.mark.parametrize(
    "text",
    [
        "STOP",
        "hello, STOP please. Thank you",
        "STATUS",
        "ALERTS OFF",
        "hi",
        "gracias",
        "en español por favor",
    ],
)
def test_a_command_with_courtesies_is_a_whole(text: str) -> None:
    assert understand(text).whole


@pytest.mark.parametrize(
    "text",
    [
        "",
        "yes",
        "please",
        "STOP he is here",
        "stop texting me about my stupid case",
        "what is happening with my case",
        "qwerty",
    ],
)
def test_what_says_more_than_a_command_or_has_none_is_no_whole(text: str) -> None:
    assert not understand(text).whole
