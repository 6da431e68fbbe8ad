"""What a text means: precedence, opting out, and nothing lost between two meanings."""

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from conversations.understanding import PRECEDENCE, Intent, understand
from conversations.understanding.intents import by_precedence

ALWAYS_OPT_OUT = [
    "stop", "stopall", "quit", "end", "revoke", "opt out", "optout", "cancel", "unsubscribe",
    "alto", "parar", "basta", "cancelar", "no más", "no me manden mensajes",
    "arrêt", "arrêter", "désabonner", "توقف", "إيقاف", "قف", "إلغاء",
    "acha", "simama", "sitisha", "komesha", "jitoe", "لغو", "بس", "قطع", "نفرست",
]  # fmt: skip


@pytest.mark.parametrize("word", ALWAYS_OPT_OUT)
@pytest.mark.parametrize("dressed", ["{}", "{}.", "  {} !! ", "{}. Thank you", "please {}", "Hello, {}"])
def test_the_words_of_the_rule_always_opt_out(word: str, dressed: str) -> None:
    for text in (dressed.format(word), dressed.format(word).upper()):
        assert understand(text).intent is Intent.OPT_OUT, text


@pytest.mark.parametrize(
    "text",
    [
        "that's enough texts, thanks",
        "ya estuvo con los mensajes",
        "laissez-moi tranquille avec vos textos",
        "يكفي رسائل",
        "msinitumie tena",
        "لطفا دیگر ننویسید",
    ],
)
def test_wordy_opt_outs_are_certain(text: str) -> None:
    assert understand(text).intent is Intent.OPT_OUT


@pytest.mark.parametrize(
    "text",
    [
        "has anyone stopped him yet",
        "¿detuvieron al ladrón?",
        "le bus ne s'arrête plus ici",
        "متى يتوقف هذا الرجل",
        "mwizi hajaacha",
        "کی جلوی او را می‌گیرید",
        "quite scared right now",
        "please make him stop",
        "stop sign",
        "it will not end",
    ],
)
def test_someone_elses_stopping_opts_nobody_out(text: str) -> None:
    meant = understand(text)
    assert not {Intent.OPT_OUT, Intent.UNCLEAR_OPT_OUT} & {meant.intent, *meant.also}, meant


@pytest.mark.parametrize("text", ["yes", "YES", "yesterday he came back", "start the investigation", "sí"])
def test_nothing_milder_than_start_opts_in(text: str) -> None:
    meant = understand(text)
    assert Intent.OPT_IN not in (meant.intent, *meant.also)


@pytest.mark.parametrize(
    ("text", "also"),
    [
        ("HELP he's here", Intent.HELP),
        ("stop texting me he is here", Intent.OPT_OUT),
        ("STOP he is here", Intent.OPT_OUT),
        ("AYUDA está aquí", Intent.HELP),
        ("arrêtez de m'écrire il est là", Intent.OPT_OUT),
        ("مساعدة هو هنا", Intent.HELP),
        ("msinitumie ujumbe yuko hapa", Intent.OPT_OUT),
        ("کمک اینجاست", Intent.HELP),
    ],
)
def test_a_cry_is_heard_first_and_the_command_in_it_is_not_lost(text: str, also: Intent) -> None:
    meant = understand(text)
    assert meant.intent is Intent.DISTRESS
    assert also in meant.also


@pytest.mark.parametrize(
    ("text", "intent"),
    [
        ("STATUS", Intent.STATUS), ("ESTADO", Intent.STATUS), ("STATUT", Intent.STATUS),
        ("حالة", Intent.STATUS), ("HALI", Intent.STATUS), ("وضعیت", Intent.STATUS),
        ("ALERTS", Intent.ENROLL), ("ALERTAS", Intent.ENROLL), ("ALERTES", Intent.ENROLL),
        ("تنبيهات", Intent.ENROLL), ("TAARIFA", Intent.ENROLL), ("هشدار", Intent.ENROLL),
        ("ALERTS OFF", Intent.UNENROLL), ("ALERTAS NO", Intent.UNENROLL), ("ALERTES NON", Intent.UNENROLL),
        ("تنبيهات لا", Intent.UNENROLL), ("TAARIFA BASI", Intent.UNENROLL),
        ("TAARIFA HAPANA", Intent.UNENROLL), ("هشدار نه", Intent.UNENROLL), ("alert off", Intent.UNENROLL),
        ("START", Intent.OPT_IN), ("UNSTOP", Intent.OPT_IN), ("HELP", Intent.HELP), ("INFO", Intent.HELP),
    ],
)  # fmt: skip
def test_the_commands_our_texts_print_work_alone_in_any_case(text: str, intent: Intent) -> None:
    for spelling in (text, text.lower(), text.title(), f" {text}. "):
        assert understand(spelling).intent is intent
        assert understand(spelling).also == ()


@given(
    st.sampled_from(["", " ", "  ", ".", "!", "\n", "'", '"', "-", "…", "\u200f"]),
    st.lists(st.booleans(), min_size=4, max_size=4),
    st.text(alphabet=" .!?,;:-\n\t\u200b", max_size=8),
)
def test_stop_opts_out_in_any_case_punctuation_and_padding(
    before: str, upper: list[bool], after: str
) -> None:
    word = "".join(c.upper() if up else c for c, up in zip("stop", upper, strict=True))
    assert understand(before + word + after).intent is Intent.OPT_OUT


@pytest.mark.parametrize(
    ("carrier", "intent"),
    [("STOP", Intent.OPT_OUT), ("start", Intent.OPT_IN), ("HELP", Intent.HELP)],
)
def test_the_carriers_own_decision_stands_whatever_the_words(carrier: str, intent: Intent) -> None:
    assert understand("yes", carrier).intent is intent
    assert understand("help", carrier).intent is intent
    cry = understand("he is here", carrier)
    assert (cry.intent, cry.also) == (Intent.DISTRESS, (intent,))


def test_an_unknown_carrier_type_decides_nothing() -> None:
    assert understand("status", "").intent is Intent.STATUS
    assert understand("status", "OTHER").intent is Intent.STATUS


@pytest.mark.parametrize(
    ("text", "chosen"),
    [
        ("Español", "es"),
        ("en español por favor", "es"),
        ("speak arabic", "ar"),
        ("FARSI", "fa"),
        ("sw", "sw"),
        ("no hablo inglés", "es"),
        ("I don't speak English", None),
        ("language", None),
    ],
)
def test_the_language_asked_for_is_named(text: str, chosen: str | None) -> None:
    meant = understand(text)
    assert (meant.intent, meant.chosen_language) == (Intent.LANGUAGE, chosen)


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("STOP", None),
        ("please stop", "en"),
        ("STOP gracias", "es"),
        ("paren los mensajes", "es"),
        ("هشدار", "fa"),
    ],
)
def test_the_language_of_the_words_is_told_where_they_tell_it(text: str, language: str | None) -> None:
    assert understand(text).language == language


@given(st.text())
def test_no_text_makes_it_fail(text: str) -> None:
    assert understand(text).intent in PRECEDENCE


@pytest.mark.parametrize("text", ["", " ", "?", "\ud800", "\x00" * 200, "🤷", "qwerty uiop"])
def test_what_says_nothing_is_unknown(text: str) -> None:
    meant = understand(text)
    assert (meant.intent, meant.also, meant.language) == (Intent.UNKNOWN, (), None)


def test_a_huge_text_is_read_in_linear_time() -> None:
    began = time.monotonic()
    understand("he is please stop not the man " * 3_400)
    assert time.monotonic() - began < 5


@given(st.sets(st.sampled_from(PRECEDENCE)))
def test_what_is_found_is_told_strongest_first(found: set[Intent]) -> None:
    ranked = by_precedence(found)
    assert list(ranked) == sorted(ranked, key=PRECEDENCE.index)
    assert set(ranked) <= found
    assert bool(ranked) == bool(found)
