"""One spelling for the many that phones produce."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from conversations.understanding import normalise
from conversations.understanding.normalise import skeleton


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        ("  STOP!!! ", "stop"),
        ("Stóp", "stop"),
        ("ＳＴＯＰ", "stop"),
        ("STOOOOP", "stop"),
        ("s.t.o.p", "stop"),
        ("don't don’t dont", "dont dont dont"),
        ("opt-out", "opt out"),
        ("¿Qué pasó?", "que paso"),
        ("إيقاف", "ايقاف"),
        ("مُسَاعَدَة", "مساعده"),
        ("تـــوقف", "توقف"),
        ("كمك", "كمك"),
        ("کمک", "كمك"),
        ("می‌خواهم", "ميخواهم"),
        ("می خواهم", "ميخواهم"),
        ("پیام ها", "پيامها"),
        ("١٢٣ ۴۵۶", "123 456"),
        ("1️⃣", "1"),
        ("\u202bstop\u202c", "stop"),
        ("st\u200bop", "stop"),
        ("🛑", "stop"),
        ("", ""),
        ("?!", ""),
    ],
)
def test_a_text_is_written_one_way(written: str, expected: str) -> None:
    assert normalise(written) == expected


def test_doubled_letters_are_one_letter_in_a_skeleton() -> None:
    assert skeleton("Helllo") == skeleton("hello") == skeleton("helo")


@given(st.text())
def test_normalising_twice_changes_nothing(text: str) -> None:
    once = normalise(text)
    assert normalise(once) == once


@given(st.text(alphabet="sS tToO.pP\u0301'`ميهاي یـ\u200c0٣۴️⃣aß İıﬁ"))
def test_normalising_twice_changes_nothing_where_rules_meet(text: str) -> None:
    once = normalise(text)
    assert normalise(once) == once


@given(st.text(alphabet=st.characters(exclude_categories=[])))
def test_no_text_makes_it_fail(text: str) -> None:
    assert "  " not in normalise(text)
    skeleton(text).encode()


def test_lone_surrogates_nuls_and_very_long_texts_are_texts_too() -> None:
    assert normalise("stop\ud800\x00") == "stop"
    assert normalise("a b " * 25_000)
