import pytest
from hypothesis import given
from hypothesis import strategies as st

from locales import bill, cheapest, fold, fold_accents

ARABIC = "قال: “أرسل” – STOP… á\u00a0ç"


@pytest.mark.parametrize(
    ("typographic", "plain"),
    [
        ("“Hello” ‘you’", "\"Hello\" 'you'"),
        ("can’t", "can't"),
        ("8 – 5 — daily", "8 - 5 - daily"),
        ("wait…", "wait..."),
        ("4:05\u202fPM, 5\u00a0pm, 6\u2009pm", "4:05 PM, 5 pm, 6 pm"),
        ("« Bonjour »", '" Bonjour "'),
        ("no\u00adthing\u200b\ufeff", "nothing"),
        ("e\u0301", "é"),
    ],
)
def test_typographic_characters_become_those_of_a_typewriter(typographic, plain):
    assert fold(typographic) == plain
    assert bill(plain).encoding == "GSM-7"


def test_folding_typography_keeps_accents():
    assert fold("¿Está allí?") == "¿Está allí?"


def test_only_accents_that_gsm7_lacks_are_taken_away():
    assert (
        fold_accents("¿Está el niño ahí, José? Ça, façade, œuvre")
        == "¿Esta el niño ahi, José? Ça, facade, oeuvre"
    )


@pytest.mark.parametrize("folded", [fold, fold_accents, cheapest])
def test_arabic_script_is_never_folded(folded):
    assert folded(ARABIC) == ARABIC


def test_accents_go_only_where_that_costs_less():
    short, long = "Su caso está abierto.", "Su caso está abierto. " * 4
    assert cheapest(short, accents=True) == short
    assert cheapest(long, accents=True) == long.replace("á", "a")
    assert cheapest(long) == long


def test_typography_stays_where_it_costs_nothing():
    assert cheapest("We’ll call.") == "We’ll call."
    assert cheapest("We’ll call. " * 6) == "We'll call. " * 6


@given(st.text(), st.booleans(), st.booleans())
def test_the_cheapest_wording_never_costs_more(text, accents, toll_free):
    assert bill(cheapest(text, accents, toll_free), toll_free).segments <= bill(text, toll_free).segments


@given(st.text())
def test_folding_twice_changes_nothing_more(text):
    assert fold(fold(text)) == fold(text)
    assert fold_accents(fold_accents(text)) == fold_accents(text)
