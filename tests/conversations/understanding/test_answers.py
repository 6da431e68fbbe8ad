"""What answers an open question, in six languages."""

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from conversations.understanding import Intent, understand
from conversations.understanding.answers import everything, is_answer, number, same_name, skip, yes_or_no
from conversations.understanding.vocabulary import LANGUAGES, WORDS, vocabulary
from conversations.understanding.wordfile import COUNTED, read_word_file

DIGITS = {"western": "0123456789", "arabic": "٠١٢٣٤٥٦٧٨٩", "persian": "۰۱۲۳۴۵۶۷۸۹"}


@pytest.mark.parametrize(
    "text",
    [
        "YES!", "yes please", "yeah", "y", "yes i do", "ok thanks", "👍", "👍🏽", "👌", "✅",
        "sí", "si", "claro que sí", "por supuesto", "sí, gracias",
        "oui", "ouais", "oui merci", "bien sûr", "d'accord",
        "نعم", "اي", "ايوه", "أيوة", "نعم من فضلك",
        "ndiyo", "ndio", "NDIYO tafadhali", "naam",
        "بله", "آره", "بلی", "بله لطفا",
    ],
)  # fmt: skip
def test_a_yes_is_a_yes_in_any_language(text: str) -> None:
    assert yes_or_no(text) is True


@pytest.mark.parametrize(
    "text",
    [
        "no", "No.", "nope", "n", "no thanks", "ok no", "👎", "❌", "no gracias", "nel", "claro que no",
        "non", "non merci", "pas du tout", "لا", "لا شكرا", "كلا", "hapana", "hapana asante", "siyo",
        "نه", "نخیر", "نه ممنون", "خیر",
    ],
)  # fmt: skip
def test_a_no_is_a_no_in_any_language(text: str) -> None:
    assert yes_or_no(text) is False


@pytest.mark.parametrize(
    "text",
    [
        "no he is still here", "yes but when", "yes no", "no sé", "maybe", "", "?", "thanks", "hello",
        "yesterday", "si viene otra vez",
        "oui mais quand", "نعم لكن متى", "ndiyo lakini lini", "بله ولی کی", "no 3", "STOP", "👍👎",
    ],
)  # fmt: skip
def test_what_says_neither_or_anything_else_as_well_is_no_answer(text: str) -> None:
    assert yes_or_no(text) is None


@pytest.mark.parametrize(
    "text", ["yes", "YES", "sí", "oui", "نعم", "ndiyo", "بله", "👍", "ok", "sure", "yes please"]
)
def test_a_bare_yes_never_opts_in(text: str) -> None:
    meant = understand(text)
    assert Intent.OPT_IN not in (meant.intent, *meant.also)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("5", 5), ("5!", 5), ("five", 5), ("٥", 5), ("۵", 5), ("5️⃣", 5), ("🔟", 10), ("05", 5), ("0", 0),
        ("42", 42), ("99", 99),
        ("a 4", 4), ("number two", 2), ("4 out of 5", 4), ("4/5", 4), ("4 / 5", 4), ("5 stars", 5),
        ("5stars", 5), ("#3", 3),
        ("the second one", 2), ("2nd", 2), ("first", 1), ("No. 3", 3), ("option 2 please", 2),
        ("I'd say 4", 4),
        ("cinco", 5), ("el segundo", 2), ("la primera", 1), ("4 de 5", 4), ("2do", 2), ("número tres", 3),
        ("cinq", 5), ("la deuxième", 2), ("1er", 1), ("4 sur 5", 4), ("le numéro 3", 3),
        ("خمسة", 5), ("الثاني", 2), ("رقم ٣", 3), ("٤ من ٥", 4), ("٤/٥", 4), ("5 نجوم", 5),
        ("tano", 5), ("ya pili", 2), ("namba tatu", 3), ("4 kati ya 5", 4), ("nyota 5", 5),
        ("پنج", 5), ("دومی", 2), ("شماره ۳", 3), ("۴ از ۵", 4), ("شش", 6), ("۵ ستاره", 5),
    ],
)  # fmt: skip
def test_a_number_is_read_from_figures_words_and_places(text: str, expected: int) -> None:
    assert number(text) == expected


@pytest.mark.parametrize(
    "text",
    [
        "4 or 5", "he broke 2 windows", "4.5", "100", "5/14", "", "yes", "4 o 5", "4 ou 5", "٤ او ٥",
        "4 au 5", "۴ یا ۵",
        "one second", "5 4 3", "6 out of 5", "26-000123", "3 men are here", "number",
    ],
)  # fmt: skip
def test_what_gives_no_number_or_several_gives_none(text: str) -> None:
    assert number(text) is None


@pytest.mark.parametrize(
    "text",
    ["skip", "SKIP please", "pass", "prefer not to say", "I don't know", "paso", "prefiero no decir",
     "no sé", "passer",
     "je ne sais pas", "je préfère ne pas répondre", "تخطي", "لا اعرف", "ruka", "sijui", "رد کن", "نمی‌دانم",
     "بعدی"],
)  # fmt: skip
def test_a_question_can_be_passed_over_in_any_language(text: str) -> None:
    assert skip(text)
    assert not everything(text)


@pytest.mark.parametrize(
    "text", ["", "yes", "skip to the end", "he skipped town", "5", "que paso", "je passe demain"]
)
def test_other_texts_pass_nothing_over(text: str) -> None:
    assert not skip(text)


@pytest.mark.parametrize(
    "text",
    ["all", "ALL!", "both", "both of them please", "everything", "todos", "ambos", "los dos", "tous",
     "les deux", "toutes",
     "الكل", "كلاهما", "zote", "zote mbili", "همه", "هر دو"],
)  # fmt: skip
def test_all_and_both_mean_everything(text: str) -> None:
    assert everything(text)
    assert not skip(text)


@pytest.mark.parametrize("text", ["", "all of my things are gone", "no", "1", "both of my cars were stolen"])
def test_other_texts_do_not_mean_everything(text: str) -> None:
    assert not everything(text)


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("Garcia Lopez", "García-López"),
        ("my last name is garcia lopez", "García-López"),
        ("GARCÍA-LÓPEZ", "Garcia Lopez"),
        ("garcialopez", "García-López"),
        ("its O Brien", "O'Brien"),
        ("obrien", "O’Brien"),
        ("Maria de la Cruz, 26-000123", "De La Cruz"),
        ("اسمي علي الحسيني", "الحسینی"),
        ("نام من کریمی است", "كريمي"),
        ("jina langu ni Mwangi", "Mwangi"),
        ("Lee", "LEE"),
        ("Müller", "muller"),
        ("Nguyễn", "Nguyen"),
        ("ｇａｒｃｉａ", "Garcia"),
    ],
)
def test_a_last_name_is_found_however_it_is_written(text: str, name: str) -> None:
    assert same_name(text, name)


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("Garcia", "García-López"),
        ("Lopez Garcia", "García-López"),
        ("Garciaz", "Garcia"),
        ("le 5 mai", "Lee"),
        ("", "Garcia"),
        ("Garcia", ""),
        ("Garcia", "-"),
        ("5", "5"),
        ("12345", "12345"),
        ("", ""),
        ("👍", "👍"),
    ],
)
def test_part_of_a_name_or_no_name_at_all_is_not_the_name(text: str, name: str) -> None:
    assert not same_name(text, name)


@pytest.mark.parametrize(
    "text",
    ["yes", "no", "5", "4/5", "skip", "all", "5/14/1990", "May 14 1990", "26-000123",
     "my report number is 2411-00372",
     "sí", "oui", "نعم", "ndiyo", "بله", "👍", "14 de mayo de 1990", "born on 14 may 1990", "#26 000123"],
)  # fmt: skip
def test_a_text_that_is_only_an_answer_is_understood_as_one(text: str) -> None:
    assert is_answer(text)
    meant = understand(text)
    assert (meant.intent, meant.also, meant.whole, meant.topic) == (Intent.ANSWER, (), False, None)


@pytest.mark.parametrize(
    "text",
    ["", "?", "qwerty", "he broke 2 windows", "yes but when", "520-555-0131", "my dog is 5",
     "thanks 5 times over nothing",
     "26-000123 was a burglary", "I was there on 5/14/1990 at night", "yes " * 60],
)  # fmt: skip
def test_a_text_that_says_more_or_nothing_is_no_answer(text: str) -> None:
    assert not is_answer(text)


@pytest.mark.parametrize(
    ("text", "intent"),
    [("STOP", Intent.OPT_OUT), ("START", Intent.OPT_IN), ("thanks", Intent.THANKS), ("hello", Intent.MENU),
     ("911", Intent.DISTRESS)],
)  # fmt: skip
def test_a_text_that_means_something_is_never_a_mere_answer(text: str, intent: Intent) -> None:
    assert understand(text).intent is intent


@given(st.integers(min_value=0, max_value=99))
def test_digits_of_three_kinds_are_one_number(value: int) -> None:
    for digits in DIGITS.values():
        written = str(value).translate(str.maketrans(DIGITS["western"], digits))
        assert number(written) == number(f" {written}. ") == value


@given(st.text())
def test_no_text_makes_an_answer_fail(text: str) -> None:
    assert yes_or_no(text) in (True, False, None)
    assert number(text) is None or 0 <= number(text) <= 99
    assert skip(text) in (True, False)
    assert everything(text) in (True, False)
    assert is_answer(text) in (True, False)
    assert same_name(text, text) in (True, False)


@given(st.text(alphabet="0123456789٣۴/-.# yesno👍5️⃣ áٱ\u200c\ud800", max_size=30))
def test_no_text_makes_an_answer_fail_where_rules_meet(text: str) -> None:
    is_answer(text)
    understand(text)


@given(
    st.sampled_from(sorted(vocabulary().answers.yes_or_no)),
    st.sampled_from(["", "please ", "gracias ", "merci "]),
)
def test_every_yes_and_no_of_the_word_files_answers_with_courtesies_too(word: str, courtesy: str) -> None:
    assert yes_or_no(word) is vocabulary().answers.yes_or_no[word]
    assert yes_or_no(courtesy + word) is vocabulary().answers.yes_or_no[word]


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_language_has_words_for_every_answer_and_names_for_every_month(language: str) -> None:
    file = read_word_file(WORDS / f"{language}.yaml")
    for kind in ("yes", "no", "skip", "all", "beside_numbers", "out_of", "in_dates"):
        assert file.answers[kind], kind
    for kind in ("numbers", "months"):
        assert {value for value, _ in file.counted[kind]} == set(COUNTED[kind]), kind


def test_a_long_text_that_means_nothing_is_read_quickly() -> None:
    text = "the brown fox jumped over 14 may 1990 lazy dogs 26-000123 and two cats " * 2
    understand(text)
    began = time.perf_counter()
    for _ in range(200):
        understand(text[:160])
    assert (time.perf_counter() - began) / 200 < 0.002  # ten times what it takes, for slow machines
