import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from locales import bill
from locales.graphemes import graphemes
from locales.gsm7 import ALPHABET, EXTENSION

FACE = "😀"


def billed(text, toll_free=False):
    billing = bill(text, toll_free)
    return billing.encoding, billing.segments


def reference(text, alone, together, size):
    """The rule as it is told: fill a segment after the other, and never cut a character in two."""
    if sum(map(size, text)) <= alone:
        return 1
    segments = [0]
    for character in text:
        if segments[-1] + size(character) > together:
            segments.append(0)
        segments[-1] += size(character)
    return len(segments)


def septets(character):
    return 2 if character in EXTENSION else 1


def utf16_units(character):
    return len(character.encode("utf-16-le")) // 2


def test_the_alphabet_has_its_127_characters_and_9_escaped_ones_with_the_form_feed_a_tenth():
    assert (len(ALPHABET - EXTENSION), len(EXTENSION)) == (127, 10)


@pytest.mark.parametrize("toll_free", [False, True])
@pytest.mark.parametrize("length", [1, 152, 153, 154, 159, 160, 161, 304, 305, 306, 307, 456, 457, 459, 460])
def test_plain_letters_are_cut_at_160_and_then_at_153(length, toll_free):
    expected = 1 if length <= 160 else -(-length // (152 if toll_free else 153))
    assert billed("a" * length, toll_free) == ("GSM-7", expected)


@pytest.mark.parametrize("toll_free", [False, True])
@pytest.mark.parametrize("length", [1, 66, 67, 68, 69, 70, 71, 132, 133, 134, 135, 198, 199, 201, 202])
def test_other_letters_are_cut_at_70_and_then_at_67(length, toll_free):
    expected = 1 if length <= 70 else -(-length // (66 if toll_free else 67))
    assert billed("á" * length, toll_free) == ("UCS-2", expected)


@pytest.mark.parametrize(
    ("text", "segments"),
    [
        ("a" * 158 + "€", 1),
        ("a" * 159 + "€", 2),
        ("a" * 151 + "€" + "a" * 153, 2),
        ("a" * 152 + "€" + "a" * 151, 2),
        ("a" * 152 + "€" + "a" * 152, 3),
        ("€" * 80, 1),
        ("€" * 81, 2),
        ("€" * 152, 2),
        ("€" * 153, 3),
        ("{" * 76 + "ab" + "}" * 76, 2),
    ],
)
def test_an_escape_and_its_character_stay_in_one_segment(text, segments):
    assert billed(text) == ("GSM-7", segments)


@pytest.mark.parametrize(
    ("text", "segments"),
    [
        (FACE * 35, 1),
        (FACE * 35 + "a", 2),
        ("a" * 65 + FACE + "a" * 67, 2),
        ("a" * 66 + FACE + "a" * 65, 2),
        ("a" * 66 + FACE + "a" * 66, 3),
        (FACE * 66, 2),
        (FACE * 67, 3),
    ],
)
def test_the_two_halves_of_an_emoji_stay_in_one_segment(text, segments):
    assert billed(text) == ("UCS-2", segments)


@pytest.mark.parametrize("joined", ["🇺🇸", "👍🏽", "👨‍👩‍👧", "a\u0301", "ی\u200c"])
def test_what_a_reader_takes_for_one_character_stays_in_one_segment(joined):
    units = sum(map(utf16_units, joined))
    room_left = units - 1
    assert billed("ك" * (67 - room_left) + joined + "ك" * (67 - units)) == ("UCS-2", 2)
    assert billed("ك" * (67 - room_left) + joined + "ك" * (68 - units)) == ("UCS-2", 3)


def test_marks_without_end_are_cut_nevertheless():
    assert billed("a" + "\u0301" * 200) == ("UCS-2", 3)


@pytest.mark.parametrize("letter", "ÁÍÓÚáíóúç“”’–…\u00a0\t`")
def test_a_character_outside_the_alphabet_makes_the_whole_text_ucs2(letter):
    assert billed("a" * 69 + letter) == ("UCS-2", 1)
    assert billed("a" * 70 + letter) == ("UCS-2", 2)


@pytest.mark.parametrize("letter", "éàñüèìòùÑÉÇ¿¡ßΩ@_\n\r")
def test_the_alphabet_has_some_accents_of_its_own(letter):
    assert billed("a" * 159 + letter) == ("GSM-7", 1)


def test_units_and_characters_are_counted_apart():
    assert (bill("a€").characters, bill("a€").units) == (2, 3)
    assert (bill(FACE).characters, bill(FACE).units) == (1, 2)


def test_an_empty_text_counts_as_one_segment():
    assert billed("") == ("GSM-7", 1)


@given(st.text(st.sampled_from("ab €{}é"), max_size=700), st.booleans())
@example("a" * 152 + "€", False)
def test_gsm7_is_billed_as_the_rule_says(text, toll_free):
    assert billed(text, toll_free) == ("GSM-7", reference(text, 160, 152 if toll_free else 153, septets))


@given(st.text(st.sampled_from("aáك€😀"), min_size=1, max_size=400), st.booleans())
def test_ucs2_is_billed_as_the_rule_says(text, toll_free):
    text = "á" + text
    assert billed(text, toll_free) == ("UCS-2", reference(text, 70, 66 if toll_free else 67, utf16_units))


@given(st.text(alphabet="abé یسلامs\u0301\u064b\u0308\u200c\u2066\u2067\u2069\n", min_size=60, max_size=400))
def test_a_text_is_cut_as_if_it_were_walked_through_letter_by_letter(text: str) -> None:
    """The quick way against the plain one: both give each segment as many whole letters as fit."""
    room, segments, free = 67, 1, 67
    for cluster in graphemes(text):
        for size in [len(cluster)] if len(cluster) <= room else [1] * len(cluster):
            if size > free:
                segments, free = segments + 1, room
            free -= size
    if bill(text).encoding == "UCS-2" and len(text) > 70:
        assert bill(text).segments == segments
