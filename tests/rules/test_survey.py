from __future__ import annotations

import re
from datetime import timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from locales import LANGUAGES, Catalogs, bill, cheapest, language, render
from rules.survey import (
    LIMITS,
    SURVEYS,
    BadSurvey,
    PinnedSurvey,
    QuestionType,
    Survey,
    load,
    load_all,
    parse,
    repeated_ids,
)

CODES = [known.code for known in LANGUAGES]
SKIP = {"en": "SKIP", "es": "OMITIR", "fr": "PASSER", "ar": "تخطي", "sw": "RUKA", "fa": "بعدی"}
"""The word that each language has for passing a question over."""
SHIPPED = ["after_call", "after_report"]
NOTHING_ELSE = Catalogs({}, ())

GIVEN = """\
id: ours
title: Our survey
intro: {en: "{agency}: Hello.", es: "{agency}: Hola.", fr: Bonjour., ar: مرحبا., sw: Habari., fa: سلام.}
questions:
  - id: satisfaction
    type: scale
    ask: {en: Satisfied?, es: Bien?, fr: Bien ?, ar: راض؟, sw: Vizuri?, fa: راضی؟}
  - id: contact
    type: choice
    ask: {en: How?, es: De qué modo?, fr: Comment ?, ar: كيف؟, sw: Vipi?, fa: چگونه؟}
    choices:
      - id: text
        label: {en: text, es: mensaje, fr: SMS, ar: رسالة, sw: ujumbe, fa: پیام}
      - id: letter
        label: {en: letter, es: carta, fr: lettre, ar: بريد, sw: barua, fa: نامه}
  - id: comment
    type: text
    ask: {en: Else?, es: Algo?, fr: Autre ?, ar: شيء؟, sw: Jambo?, fa: چیزی؟}
thanks: {en: Thank you., es: Gracias., fr: Merci., ar: شكرا., sw: Asante., fa: سپاس.}
open_for: 7d
"""
ASK = "ask: {en: Satisfied?, es: Bien?, fr: Bien ?, ar: راض؟, sw: Vizuri?, fa: راضی؟}"
LABELS = "label: {en: letter, es: carta, fr: lettre, ar: بريد, sw: barua, fa: نامه}"
CONTACT = GIVEN[GIVEN.index("  - id: contact") : GIVEN.index("  - id: comment")]


def same_in_all(key: str, said: str) -> str:
    return f"{key}: {{" + ", ".join(f"{code}: {said}" for code in CODES) + "}"


# Every mistake: what to put in the place of what, where it is told (a part of the file, or the new part if
# None), and the field and the expectation that are told.
MISTAKES: dict[str, tuple[str, str, str | int | None, str, str]] = {
    "a missing title": ("title: Our survey\n", "", 1, "title", "is missing; expected a value"),
    "an empty title": ("title: Our survey", 'title: ""', None, "title", "at least 1 character"),
    "no thanks": (
        "thanks: {en: Thank you., es: Gracias., fr: Merci., ar: شكرا., sw: Asante., fa: سپاس.}\n",
        "",
        1,
        "thanks",
        "expected a value",
    ),
    "no questions": (
        GIVEN[GIVEN.index("questions:") : GIVEN.index("thanks:")],
        "questions: []\n",
        None,
        "questions",
        "expected 1 to 12 questions (found 0)",
    ),
    "thirteen questions": (
        "  - id: comment",
        "".join(f"  - {{id: q{n}, type: scale, {ASK}}}\n" for n in range(10)) + "  - id: comment",
        "questions:",
        "questions",
        "expected 1 to 12 questions (found 13)",
    ),
    "questions that are no list": (
        GIVEN[GIVEN.index("questions:") : GIVEN.index("thanks:")],
        "questions: satisfaction\n",
        None,
        "questions",
        "expected a list",
    ),
    "a key nobody knows": (
        "open_for: 7d",
        "opens_for: 7d",
        None,
        "opens_for",
        "is not a key of a survey; see docs/surveys.md",
    ),
    "a key nobody knows in a question": (
        "    type: scale\n",
        "    type: scale\n    scale: 7\n",
        "    scale: 7",
        "questions.0.scale",
        "is not a key of a survey",
    ),
    "an id with capitals": ("id: ours", "id: Ours", None, "id", "should match pattern"),
    "an id with a dot": ("id: ours", "id: our.survey", None, "id", "should match pattern"),
    "an id that the catalogs have taken": ("id: ours", "id: explain", None, "id", "expected another id"),
    "a question's id with a space": (
        "- id: comment",
        "- id: free text",
        None,
        "questions.2.id",
        "should match pattern",
    ),
    "a question named as the survey's own sentence": (
        "- id: comment",
        "- id: thanks",
        "- id: thanks",
        "questions.2.id",
        "thanks is the survey's own sentence; expected another id",
    ),
    "the same question twice": (
        "- id: comment",
        "- id: contact",
        "- id: contact\n    type: text",
        "questions.2.id",
        "contact is there twice; expected each question once",
    ),
    "a type that does not exist": (
        "type: scale",
        "type: stars",
        None,
        "questions.0.type",
        "'scale', 'yes_no', 'choice' or 'text'",
    ),
    "a first question in one's own words": (
        "type: scale",
        "type: text",
        None,
        "questions.0.type",
        "the first question is never text",
    ),
    "a question that is not asked": (
        f"    {ASK}\n",
        "",
        "- id: satisfaction",
        "questions.0.ask",
        "is missing; expected a value",
    ),
    "a question in one language": (
        ASK,
        "ask: Satisfied?",
        None,
        "questions.0.ask",
        "expected a sentence in each of en, es, fr, ar, sw, fa",
    ),
    "a language that is missing": (
        ", fa: راضی؟",
        "",
        "ask: {en: Sat",
        "questions.0.ask.fa",
        "is missing; expected a sentence",
    ),
    "a language that is empty": (
        "fr: Bien ?",
        "fr: ",
        "ask: {en: Sat",
        "questions.0.ask.fr",
        "is missing; expected",
    ),
    "a language of blanks": (
        "fr: Bien ?",
        'fr: "  "',
        "ask: {en: Sat",
        "questions.0.ask.fr",
        "is missing; expected",
    ),
    "a language we do not speak": (
        "fr: Bien ?",
        "fr: Bien ?, de: Gut?",
        "ask: {en: Sat",
        "questions.0.ask.de",
        "is none of the languages en, es, fr, ar, sw, fa",
    ),
    "a comma without quotes, which YAML takes for the next language": (
        "fr: Bien ?",
        "fr: Bien, ou mal ?",
        "ask: {en: Sat",
        "questions.0.ask.ou mal ?",
        "put a sentence that has a comma in quotes",
    ),
    "a language missing in the intro": (
        ", sw: Habari.",
        "",
        "intro:",
        "intro.sw",
        "is missing; expected a sentence",
    ),
    "a language missing in the thanks": (
        ", sw: Asante.",
        "",
        "thanks:",
        "thanks.sw",
        "is missing; expected a sentence",
    ),
    "a language missing in a choice": (
        ", fr: lettre",
        "",
        "label: {en: letter",
        "questions.1.choices.1.label.fr",
        "is missing; expected a sentence",
    ),
    "a sentence that is a number": (
        "fr: Bien ?",
        "fr: 5",
        "ask: {en: Sat",
        "questions.0.ask.fr",
        "expected a sentence, in quotes",
    ),
    "a fact that surveys have not": (
        "en: Satisfied?",
        'en: "Satisfied with {officer}?"',
        "ask: {en: ",
        "questions.0.ask.en",
        "{officer} is no fact of a survey; expected only {agency}",
    ),
    "a fact misspelled in the intro": (
        "{agency}: Hola.",
        "{agencia}: Hola.",
        "intro:",
        "intro.es",
        "{agencia} is no fact",
    ),
    "a fact in the label of a choice": (
        "es: carta",
        'es: "{link}"',
        "label: {en: letter",
        "questions.1.choices.1.label.es",
        "{link} is no fact",
    ),
    "a brace without its fellow": (
        "en: Satisfied?",
        'en: "Satisfied {agency?"',
        "ask: {en: ",
        "questions.0.ask.en",
        "has a brace that belongs to no fact",
    ),
    "a fact in capitals": (
        "en: Satisfied?",
        'en: "Satisfied {Agency}?"',
        "ask: {en: ",
        "questions.0.ask.en",
        "has a brace that belongs to no fact",
    ),
    "direction marks": (
        "ar: راض؟",
        'ar: "\\u2067راض؟\\u2069"',
        "ask: {en: Sat",
        "questions.0.ask.ar",
        "has direction marks of its own",
    ),
    "an explanation in one language": (
        "    type: scale\n",
        "    type: scale\n    explain: Reply 1 to 5.\n",
        "    explain",
        "questions.0.explain",
        "expected a sentence in each of",
    ),
    "choices of a scale": (
        "    type: choice",
        "    type: scale",
        "    choices:",
        "questions.1.choices",
        "expected none for scale; only type choice has choices",
    ),
    "a choice without choices": (
        "    type: scale",
        "    type: choice",
        "- id: satisfaction",
        "questions.0.choices",
        "expected 2 to 9 choices, since each has one digit (found 0)",
    ),
    "one choice": (
        f"      - id: letter\n        {LABELS}\n",
        "",
        "    choices:",
        "questions.1.choices",
        "(found 1)",
    ),
    "ten choices": (
        CONTACT,
        CONTACT + "".join(f"      - {{id: c{n}, {same_in_all('label', f'way {n}')}}}\n" for n in range(8)),
        "    choices:",
        "questions.1.choices",
        "(found 10)",
    ),
    "the same choice twice": (
        "- id: letter",
        "- id: text",
        "- id: text\n        label: {en: letter",
        "questions.1.choices.1.id",
        "text is there twice; expected each choice once",
    ),
    "two choices that read alike": (
        "en: letter",
        "en: Text",
        "label: {en: Text",
        "questions.1.choices.1.label.en",
        "'Text' is there twice; expected each choice to differ",
    ),
    "a choice without a label": (
        f"        {LABELS}\n",
        "",
        "- id: letter",
        "questions.1.choices.1.label",
        "expected a value",
    ),
    "a choice's id that is a number": (
        "- id: letter",
        "- id: 2",
        None,
        "questions.1.choices.1.id",
        "expected text",
    ),
    "a duration without a unit": (
        "open_for: 7d",
        "open_for: 7",
        None,
        "open_for",
        "expected a duration such as 30s, 20m, 2h or 3d",
    ),
    "a duration in words": (
        "open_for: 7d",
        "late_for: a month",
        None,
        "late_for",
        "expected a duration",
    ),
    "no time to answer": ("open_for: 7d", "open_for: 0d", None, "open_for", "in which people can answer"),
    "a first text that is too long only with its intro": (
        '"{agency}: Hello."',
        '"{agency}: ' + "Hello. " * 40 + '"',
        "ask: {en: Sat",
        "questions.0.ask.en",
        "takes 3 segments with the intro (316 units, GSM-7); expected 2 at most",
    ),
    "a text that is too long for its accents": (
        "es: Algo?",
        "es: " + "Más " * 34,
        "ask: {en: Else",
        "questions.2.ask.es",
        "takes 3 segments (135 units, UCS-2); expected 2 at most",
    ),
    "a text that is too long in Arabic": (
        "ar: شيء؟",
        "ar: " + "شيء " * 68,
        "ask: {en: Else",
        "questions.2.ask.ar",
        "takes 5 segments (271 units, UCS-2); expected 4 at most",
    ),
    "a text that is too long with its choices": (
        "en: letter",
        "en: " + "letter " * 50,
        "ask: {en: How",
        "questions.1.ask.en",
        "takes 3 segments",
    ),
    "an explanation that is too long": (
        f"    {ASK}\n",
        f"    {ASK}\n    {ASK.replace('ask', 'explain').replace('Satisfied?', 'Reply 1 to 5. ' * 30)}\n",
        "    explain",
        "questions.0.explain.en",
        "takes 3 segments",
    ),
    "thanks that are too long": (
        "Thank you.",
        "Thank you. " * 40,
        "thanks:",
        "thanks.en",
        "takes 3 segments",
    ),
    "an empty file": (GIVEN, "", 1, "expected a mapping", "with id, title, questions and thanks"),
    "a survey that is a list": (GIVEN, "- id: ours", 1, "expected a mapping", "with id, title"),
    "no YAML": ("fa: سپاس.}", "fa: سپاس.", "open_for", "not YAML", "expected"),
    "a key twice": (
        "title: Our survey\n",
        "title: Our survey\ntitle: Ours\n",
        3,
        "not YAML",
        "duplicate key",
    ),
}


@pytest.mark.parametrize("name", MISTAKES)
def test_a_mistake_is_told_with_file_line_field_and_what_was_expected(name: str) -> None:
    old, new, where, field, expected = MISTAKES[name]
    assert old in GIVEN
    source = GIVEN.replace(old, new, 1)
    with pytest.raises(BadSurvey) as caught:
        parse(source, "ours.yaml")
    line = where if isinstance(where, int) else source[: source.index(where or new)].count("\n") + 1
    (told,) = str(caught.value).splitlines()
    assert told.startswith(f"ours.yaml:{line}: {field}")
    assert expected in told


def test_every_mistake_is_told_not_only_the_first() -> None:
    source = GIVEN.replace("id: ours", "id: Ours").replace("fr: Merci., ", "").replace("7d", "7")
    with pytest.raises(BadSurvey) as caught:
        parse(source, "ours.yaml")
    assert [line.split(": ")[1] for line in str(caught.value).splitlines()] == ["id", "thanks.fr", "open_for"]


def test_a_file_that_cannot_be_read_is_told_by_its_path(tmp_path: Path) -> None:
    with pytest.raises(BadSurvey, match=r"none\.yaml: can't be read: No such file"):
        load(tmp_path / "none.yaml")
    latin = tmp_path / "latin.yaml"
    latin.write_bytes(b"title: Caf\xe9")
    with pytest.raises(BadSurvey, match="expected UTF-8 text, found byte 0xe9"):
        load(latin)


def test_a_folder_tells_the_mistakes_of_all_its_files_and_the_ids_that_are_there_twice(
    tmp_path: Path,
) -> None:
    (tmp_path / "a.yaml").write_text(GIVEN, encoding="utf-8")
    (tmp_path / "b.yaml").write_text("# A copy.\n" + GIVEN, encoding="utf-8")
    (tmp_path / "c.yaml").write_text("id: C", encoding="utf-8")
    (tmp_path / "d.yaml").write_text(GIVEN.replace("7d", "7"), encoding="utf-8")
    with pytest.raises(BadSurvey) as caught:
        load_all(tmp_path)
    told = str(caught.value).splitlines()
    assert any(line.startswith(f"{tmp_path}/c.yaml:1: id: ") for line in told)
    assert any(line.startswith(f"{tmp_path}/d.yaml:20: open_for: ") for line in told)
    assert (
        told[-1]
        == f"{tmp_path}/b.yaml:2: id: ours is the survey of {tmp_path}/a.yaml too; expected another id"
    )


def test_a_folder_is_read_by_the_ids_of_its_surveys(tmp_path: Path) -> None:
    (tmp_path / "a.yaml").write_text(GIVEN, encoding="utf-8")
    (tmp_path / "b.yaml").write_text(GIVEN.replace("id: ours", "id: another"), encoding="utf-8")
    (tmp_path / "notes.txt").write_text("not a survey")
    surveys = load_all(tmp_path)
    assert list(surveys) == ["another", "ours"]
    assert all(pinned.survey.id == name for name, pinned in surveys.items())
    assert repeated_ids({Path(name): pinned for name, pinned in surveys.items()}) == []


def test_what_is_left_out_has_its_default() -> None:
    survey = parse(GIVEN.replace("open_for: 7d\n", ""), "ours.yaml").survey
    assert (survey.open_for, survey.late_for) == (timedelta(days=14), timedelta(days=30))
    assert [question.explain for question in survey.questions] == [None] * 3
    assert parse(GIVEN, "ours.yaml").survey.open_for == timedelta(days=7)


def test_a_survey_is_known_by_the_hash_of_its_text() -> None:
    one, same = parse(GIVEN, "a"), parse(GIVEN, "b")
    other = parse(GIVEN + "# a remark\n", "a")
    assert one.hash == same.hash != other.hash
    assert re.fullmatch("[0-9a-f]{16}", one.hash)
    assert one.source == GIVEN


def test_a_survey_can_not_be_changed_once_read() -> None:
    survey = parse(GIVEN, "ours.yaml").survey
    with pytest.raises(ValueError, match="frozen"):
        survey.title = "Other"
    with pytest.raises(TypeError):
        survey.wording["survey.ours.thanks", "en"] = "Other"  # type: ignore[index]


def test_the_wording_has_each_sentence_under_its_name_with_the_choices_numbered() -> None:
    wording = parse(GIVEN, "ours.yaml").survey.wording
    assert {name for name, _ in wording} == {
        "survey.ours.intro",
        "survey.ours.satisfaction",
        "survey.ours.contact",
        "survey.ours.comment",
        "survey.ours.thanks",
    }
    assert wording["survey.ours.contact", "en"] == "How?\n1 text\n2 letter"
    assert wording["survey.ours.contact", "fa"] == "چگونه؟\n1 پیام\n2 نامه"
    assert wording["survey.ours.thanks", "sw"] == "Asante."


def test_the_first_text_has_the_intro_in_front_and_the_others_stand_alone() -> None:
    survey = parse(GIVEN, "ours.yaml").survey
    assert survey.parts(0) == ("survey.ours.intro", "survey.ours.satisfaction")
    assert survey.parts(1) == ("survey.ours.contact",)
    bare = parse(re.sub("(?m)^intro: .*\n", "", GIVEN), "ours.yaml").survey
    assert bare.parts(0) == ("survey.ours.satisfaction",)
    assert "survey.ours.intro" not in {name for name, _ in bare.wording}


def test_a_question_explains_itself_in_its_own_words_or_in_those_of_its_type() -> None:
    own = ASK.replace("ask", "explain").replace("Satisfied?", "A number please.")
    survey = parse(GIVEN.replace(ASK, f"{ASK}\n    {own}"), "ours.yaml").survey
    first, second, third = survey.questions
    assert first.explain_id("ours") == "survey.ours.satisfaction.explain"
    assert survey.wording["survey.ours.satisfaction.explain", "en"] == "A number please."
    assert (second.explain_id("ours"), third.explain_id("ours")) == (
        "survey.explain.choice",
        "survey.explain.text",
    )


def test_the_wording_is_rendered_with_the_agency_in_it_and_the_lines_kept() -> None:
    survey = parse(GIVEN, "ours.yaml").survey
    assert texts(survey, "en")[:2] == ["Oak Police: Hello. Satisfied?", "How?\n1 text\n2 letter"]


def test_words_that_yaml_could_take_for_yes_and_no_are_ids_like_others() -> None:
    source = GIVEN.replace("- id: text\n", "- id: yes\n").replace("- id: letter\n", "- id: no\n")
    choices = parse(source, "ours.yaml").survey.questions[1].choices
    assert [choice.id for choice in choices] == ["yes", "no"]


@given(st.text(max_size=300))
def test_any_text_is_a_survey_or_a_mistake_and_nothing_else(source: str) -> None:
    with pytest.raises(BadSurvey, match=r"any\.yaml:"):
        parse(source, "any.yaml")


def texts(survey: Survey, code: str, agency: str = "Oak Police") -> list[str]:
    """Every text of the survey, as it is sent."""
    parts = [survey.parts(index) for index in range(len(survey.questions))]
    zone = ZoneInfo("UTC")
    return [
        cheapest(render(NOTHING_ELSE, each, code, {"agency": agency}, zone, survey.wording).text)
        for each in [*parts, (survey.thanks_id,)]
    ]


def shipped(name: str) -> PinnedSurvey:
    return load(SURVEYS / f"{name}.yaml")


def test_our_surveys_are_these() -> None:
    assert list(load_all()) == SHIPPED


@pytest.mark.parametrize("code", CODES)
@pytest.mark.parametrize("name", SHIPPED)
def test_our_surveys_are_texted_whole_in_every_language_within_their_limit(name: str, code: str) -> None:
    survey = shipped(name).survey
    for text in texts(survey, code, agency="M" * 24):
        assert "{" not in text
        assert not re.search(r"  |\s$", text)
        assert bill(text).segments <= LIMITS[language(code).right_to_left]


@pytest.mark.parametrize("code", CODES)
@pytest.mark.parametrize("name", SHIPPED)
def test_our_surveys_begin_with_who_asks_and_how_to_skip_and_to_stop(name: str, code: str) -> None:
    first = texts(shipped(name).survey, code)[0]
    assert re.match("\u2066?Oak Police\u2069? ?:", first)
    assert re.search(rf"\b{SKIP[code]}\b", first)
    assert re.search(r"\bSTOP\b", first)


@pytest.mark.parametrize("code", CODES)
@pytest.mark.parametrize("name", SHIPPED)
def test_our_questions_say_how_they_are_answered(name: str, code: str) -> None:
    yes_and_no = {
        "en": "YES NO",
        "es": "SÍ NO",
        "fr": "OUI NON",
        "ar": "نعم لا",
        "sw": "NDIYO HAPANA",
        "fa": "بله نه",
    }
    told = {
        QuestionType.SCALE: ["1", "5"],
        QuestionType.YES_NO: yes_and_no[code].split(),
        QuestionType.CHOICE: ["1", "2", "3", "4"],
        QuestionType.TEXT: [SKIP[code], "911"],
    }
    for question in shipped(name).survey.questions:
        assert all(re.search(rf"\b{word}\b", question.ask[code]) for word in told[question.type]), question.id


def test_satisfaction_is_asked_in_the_same_words_after_a_call_and_after_a_report() -> None:
    first, second = (shipped(name).survey.questions[0] for name in SHIPPED)
    assert first == second


def test_the_study_asks_what_it_always_asked() -> None:
    asked = [(question.id, question.type.value) for question in shipped("after_report").survey.questions]
    assert asked == [
        ("satisfaction", "scale"),
        ("trust", "scale"),
        ("call_again", "scale"),
        ("contact", "choice"),
        ("comment", "text"),
    ]
    contact = shipped("after_report").survey.questions[3]
    assert [choice.id for choice in contact.choices] == ["text", "email", "phone_call", "letter"]
