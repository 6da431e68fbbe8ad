"""Every texted offense can be explained, in every language, and what comes next is said.

The content is in two places: rules/offenses.yaml names what to say, locales/*/LC_MESSAGES/content.po says it.
"""

from __future__ import annotations

from pathlib import Path

import pytest
from babel.messages.pofile import read_po
from ruamel.yaml import YAML

from locales.languages import LANGUAGES, SOURCE
from locales.po import placeholders

ROOT = Path(__file__).parents[2]
CODES = [language.code for language in LANGUAGES]

# Facts that the message page may have. A step that asks for anything else would never be shown.
FACTS = {"unit_phone", "substation_phone", "records_phone", "advocate_phone", "vine"}


def codes(text: str) -> set[str]:
    return set(text.split())


SENSITIVE = codes("11A 11B 11C 11D 36A 36B 64A 64B 09A 09B 09C 100")
TEXTED = codes("""
    120 13A 13B 13C 200 210 220 23A 23B 23C 23D 23E 23F 23G 23H 240 250
    26A 26B 26C 26D 26E 26F 26G 270 280 290 720 90A 90J
""")
DOMESTIC = codes("SE CS XS BG XR CH PA CF SB IL SP SC SS GP GC OF BE")

# What people dial, look up or ask for by name.
KEPT = ("911", "988", "877-438-4338", "ic3.gov", "Equifax", "Experian", "TransUnion", "VINE", "EBT", "FTC")


def table(name: str) -> dict[str, dict]:
    return YAML(typ="safe").load(ROOT / "rules" / name)


def content(language: str) -> dict[str, str]:
    path = ROOT / "locales" / language / "LC_MESSAGES" / "content.po"
    with path.open("rb") as file:
        entries = read_po(file, locale=language, abort_invalid=True)
    return {entry.id: entry.string for entry in entries if entry.id}


OFFENSES = table("offenses.yaml")
ENGLISH = content(SOURCE)


def with_stance(stance: str) -> set[str]:
    return {code for code, offense in OFFENSES.items() if offense["stance"] == stance}


def named() -> set[str]:
    """Every sentence that the offense table asks for."""
    texted = [OFFENSES[code] for code in with_stance("texted")]
    return {name for offense in texted for name in (offense["explanation"], *offense["next_steps"])}


def test_the_table_holds_the_84_nibrs_codes_and_nothing_unknown():
    assert len(OFFENSES) == 84
    assert with_stance("texted") | with_stance("sensitive") | with_stance("not_texted") == set(OFFENSES)
    assert {offense["crime_against"] for offense in OFFENSES.values()} == {"person", "property", "society"}


def test_codes_are_text_even_where_they_look_like_numbers():
    assert all(isinstance(code, str) and len(code) == 3 for code in OFFENSES)


def test_exactly_the_sensitive_offenses_are_sensitive_and_exactly_the_agreed_ones_may_be_texted():
    assert with_stance("sensitive") == SENSITIVE
    assert with_stance("texted") == TEXTED


def test_only_a_texted_offense_has_an_explanation_and_next_steps():
    for code, offense in OFFENSES.items():
        says = {"explanation", "next_steps"} & offense.keys()
        assert says == ({"explanation", "next_steps"} if code in TEXTED else set()), code


def test_no_offense_lists_a_step_twice_and_each_says_what_to_do_in_an_emergency():
    for code in TEXTED:
        steps = OFFENSES[code]["next_steps"]
        assert len(steps) == len(set(steps)), code
        assert "next.emergency" in steps, code


def test_a_domestic_relationship_is_one_of_family_household_or_partner():
    relationships = table("relationships.yaml")
    assert len(relationships) == 26
    assert {code for code, entry in relationships.items() if entry["domestic"]} == DOMESTIC


@pytest.mark.parametrize("language", CODES)
def test_every_explanation_and_step_that_the_table_names_is_said(language: str):
    said = content(language)
    assert not {message_id for message_id in named() if not said.get(message_id)}


@pytest.mark.parametrize("language", CODES)
def test_nothing_is_said_that_the_table_never_asks_for(language: str):
    assert set(content(language)) == named()


@pytest.mark.parametrize("language", CODES)
def test_every_language_asks_for_the_same_facts(language: str):
    said = content(language)
    assert {i: placeholders(said[i]) for i in ENGLISH} == {i: placeholders(ENGLISH[i]) for i in ENGLISH}


def test_a_step_asks_only_for_facts_that_the_page_may_have():
    assert {name for sentence in ENGLISH.values() for name in placeholders(sentence)} <= FACTS


def test_what_a_code_means_depends_on_no_fact():
    assert not any(placeholders(text) for name, text in ENGLISH.items() if name.startswith("offense."))


@pytest.mark.parametrize("language", CODES)
def test_numbers_to_call_and_sites_are_the_same_in_every_language(language: str):
    said = content(language)
    for word in KEPT:
        assert [i for i in ENGLISH if word in ENGLISH[i]] == [i for i in ENGLISH if word in said[i]], word


@pytest.mark.parametrize("language", CODES)
def test_the_usual_time_to_assign_a_case_is_one_to_three_working_days(language: str):
    words = content(language)["next.assignment"].split()
    assert [word for word in words if word.isdigit()] == ["1", "3"]


@pytest.mark.parametrize("language", [code for code in CODES if code != SOURCE])
def test_a_translation_is_not_the_english_sentence(language: str):
    said = content(language)
    assert not [i for i in ENGLISH if said[i] == ENGLISH[i]]
