from textwrap import dedent

import pytest

from locales import FOLDER, LANGUAGES, Catalogs, SamplesError, load_samples, problems
from tests.locales.catalogs import catalogs, message

SAMPLES = load_samples()
CALL = message("call", "{agency}: We got your call.", "Limit: 1/2")


def found(tmp_path, english, language="es", translated=None):
    """What is wrong with one language; the others are wholly missing."""
    languages = {"en": english} | ({} if translated is None else {language: translated})
    return [
        f"{problem.message_id} {problem.what}"
        for problem in problems(catalogs(tmp_path, **languages), SAMPLES)
        if problem.language == language
    ]


def test_the_shipped_sentences_are_whole_in_every_language():
    wrong = problems(Catalogs.load(FOLDER), SAMPLES)
    assert not wrong, "\n" + "\n".join(
        f"{problem.file.relative_to(FOLDER)}:{problem.line} {problem.message_id} {problem.what}"
        for problem in wrong
    )


def test_whole_sentences_have_no_problems(tmp_path):
    assert found(tmp_path, CALL, "es", message("call", "{agency}: Recibimos su llamada.")) == []


def test_a_missing_message_is_a_problem_in_each_language_that_lacks_it(tmp_path):
    wrong = problems(catalogs(tmp_path, en=CALL), SAMPLES)
    assert {problem.language for problem in wrong} == {language.code for language in LANGUAGES} - {"en"}
    assert {problem.what for problem in wrong} == {"is missing"}


def test_a_problem_names_the_file_and_the_line(tmp_path):
    problem, *_ = problems(catalogs(tmp_path, en=HELLO_TWICE), SAMPLES)
    assert problem.file == tmp_path / "en" / "LC_MESSAGES" / "texts.po"
    assert problem.file.read_text().splitlines()[problem.line - 1] == 'msgid "b"'


HELLO_TWICE = message("a", "Hello") + message("b", "Hello  you")


@pytest.mark.parametrize(
    ("spanish", "what"),
    [
        (
            "\n#, fuzzy" + message("call", "{agency}: Recibimos su llamada."),
            "call is fuzzy: not approved, never sent",
        ),
        (message("call", ""), "call is empty"),
        (message("call", "Recibimos su llamada."), "call lacks {agency}, which the English has"),
        (
            message("call", "{agency}: su llamada {call_number}."),
            "call has {call_number}, which the English has not",
        ),
        (message("call", "{agency}: Hola {Name}"), "call has a brace that belongs to no placeholder"),
        (message("call", " {agency}: Recibimos"), "call has a stray, doubled or special space"),
        (message("call", "{agency} :\u00a0Recibimos"), "call has a stray, doubled or special space"),
        (message("call", "{agency}: Recibimos ."), "call has a stray, doubled or special space"),
        (
            message("call", "\u2066{agency}\u2069: Recibimos"),
            "call has direction marks of its own: they are put in when it is sent",
        ),
        (
            message("call", "{agency}: We got your call."),
            'call is the same as the English; if that is meant, say "#. Same as English."',
        ),
        (
            message("call", "{agency}: Recibimos su llamada." + " Llame." * 20),
            "call takes 2 segments (179 units, GSM-7), 1 allowed",
        ),
    ],
)
def test_each_fault_of_a_translation_is_told(tmp_path, spanish, what):
    assert found(tmp_path, CALL, "es", spanish) == [what]


def test_arabic_script_has_a_limit_of_its_own(tmp_path):
    arabic = message("call", "{agency}: " + "كلمة " * 20 + "تم")
    assert found(tmp_path, CALL, "ar", arabic) == []


def test_the_sentence_is_measured_with_the_longest_values(tmp_path):
    english = message("call", "{officer} " + "a" * 135, "Limit: 1/2")
    assert found(tmp_path, english, "en") == ["call takes 2 segments (166 units, GSM-7), 1 allowed"]


@pytest.mark.parametrize("word", ["STOP", "START", "HELP", "911", "988"])
def test_words_that_always_work_stay_as_they_are(tmp_path, word):
    wrong = found(tmp_path, message("a", f"Use {word}."), "es", message("a", "Use otra palabra."))
    assert wrong == [f"a lacks {word}, which stays as it is in every language"]


def test_a_fact_that_has_no_sample_is_told(tmp_path):
    assert found(tmp_path, message("a", "Hello {whoever}"), "en") == [
        "a asks for {whoever}, which samples.yaml does not know"
    ]


def test_a_link_with_a_full_stop_after_it_is_told(tmp_path):
    wrong = found(tmp_path, message("a", "See {link}."), "en")
    assert wrong == ["a has no space after {link}: phones take what follows for a part of the address"]


def test_a_translation_may_be_the_same_as_the_english_if_it_says_so(tmp_path):
    same = message("a", "Contact", "Same as English.")
    assert found(tmp_path, message("a", "Contact"), "fr", same) == []


def test_a_sentence_of_facts_alone_may_be_the_same(tmp_path):
    assert found(tmp_path, message("a", "{agency}: 911"), "fr", message("a", "{agency}: 911")) == []


def test_a_message_that_english_has_not_is_told(tmp_path):
    wrong = found(tmp_path, CALL, "es", message("call", "{agency}: Recibimos.") + message("cal", "Recibimos"))
    assert wrong == ["cal is not in the English catalog"]


def test_a_sample_that_is_no_kind_of_value_names_the_fact(tmp_path):
    file = tmp_path / "samples.yaml"
    file.write_text(
        dedent("""\
        agency: Tampa Police
        link: {url: "https://t.gov"}
        """)
    )
    with pytest.raises(SamplesError, match=r"samples\.yaml: link: expected"):
        load_samples(file)


def test_an_arabic_sentence_without_an_arabic_word_is_told(tmp_path):
    wrong = found(tmp_path, message("a", "Call 520-555-0100"), "ar", message("a", "Call: 520-555-0100"))
    assert wrong == ["a has no word of its own language: phones would show it from left to right"]
