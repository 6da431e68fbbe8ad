"""Every texted offense and every topic of calls can be explained in every language, with what comes next and who helps.

The content is in two places: rules/offenses.yaml and rules/topics.yaml name what to say, and
locales/*/LC_MESSAGES/content.po says it.
"""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from babel.messages.pofile import read_po
from ruamel.yaml import YAML

from locales.languages import LANGUAGES, SOURCE
from locales.po import placeholders
from rules.content import Content, content_of
from rules.offenses import offenses
from rules.topics import topics
from rules.values import FACTS

ROOT = Path(__file__).parents[2]
CODES = [language.code for language in LANGUAGES]

# Facts that the message page may have. A sentence that asks for anything else would never be shown.
PAGE_FACTS = {"phone", "unit_phone", "substation_phone", "records_phone", "advocate_phone", "vine"}

# The only one that every agency has: a list all of whose sentences ask for others may be empty.
ALWAYS = {"phone"}

SAYS = {"explanation", "next_steps", "prevention", "resources"}

# What begins the names of the sentences of each list.
LISTS = {"next_steps": "next.", "prevention": "prevention.", "resources": "resource."}


def codes(text: str) -> set[str]:
    return set(text.split())


SENSITIVE = codes("11A 11B 11C 11D 36A 36B 64A 64B 09A 09B 09C 100")
TEXTED = codes("""
    120 13A 13B 13C 200 210 220 23A 23B 23C 23D 23E 23F 23G 23H 240 250
    26A 26B 26C 26D 26E 26F 26G 270 280 290 720 90A 90J
""")
DOMESTIC = codes("SE CS XS BG XR CH PA CF SB IL SP SC SS GP GC OF BE")

# What people dial, look up or ask for by name.
KEPT = (
    "911",
    "988",
    "211",
    "877-438-4338",
    "ic3.gov",
    "Equifax",
    "Experian",
    "TransUnion",
    "VINE",
    "EBT",
    "FTC",
    "VIN",
)


def table(name: str) -> dict[str, dict]:
    return YAML(typ="safe").load(ROOT / "rules" / name)


def content(language: str) -> dict[str, str]:
    path = ROOT / "locales" / language / "LC_MESSAGES" / "content.po"
    with path.open("rb") as file:
        entries = read_po(file, locale=language, abort_invalid=True)
    return {entry.id: entry.string for entry in entries if entry.id and not entry.fuzzy}


OFFENSES = table("offenses.yaml")
ENGLISH = content(SOURCE)


def with_stance(stance: str) -> set[str]:
    return {code for code, offense in OFFENSES.items() if offense["stance"] == stance}


def contents() -> dict[str, Content]:
    """What is said of each texted offense and of each topic, by its name in its table."""
    of_offenses = {code: offense.content for code, offense in offenses().items() if offense.content}
    return of_offenses | {id: topic.content for id, topic in topics().items()}


def named() -> set[str]:
    """Every sentence that the tables ask for."""
    return {message_id for said in contents().values() for message_id in said.named}


def test_the_table_holds_the_84_nibrs_codes_and_nothing_unknown():
    assert len(OFFENSES) == 84
    assert with_stance("texted") | with_stance("sensitive") | with_stance("not_texted") == set(OFFENSES)
    assert {offense["crime_against"] for offense in OFFENSES.values()} == {"person", "property", "society"}


def test_codes_are_text_even_where_they_look_like_numbers():
    assert all(isinstance(code, str) and len(code) == 3 for code in OFFENSES)


def test_exactly_the_sensitive_offenses_are_sensitive_and_exactly_the_agreed_ones_may_be_texted():
    assert with_stance("sensitive") == SENSITIVE
    assert with_stance("texted") == TEXTED


def test_a_texted_offense_says_all_four_things_and_no_other_says_any():
    for code, offense in OFFENSES.items():
        assert SAYS & offense.keys() == (SAYS if offense["stance"] == "texted" else set()), code


def test_what_has_nothing_to_say_is_told_by_its_name_and_by_what_it_lacks():
    entry = {"explanation": "offense.220.explanation", "next_steps": ["next.theft"], "prevention": []}
    with pytest.raises(ValueError, match=r"^rules/offenses.yaml: 220: lacks prevention, resources; expected"):
        content_of(entry, "rules/offenses.yaml: 220")


def test_each_list_holds_its_own_kind_of_sentence_and_none_twice():
    for name, said in contents().items():
        assert said.explanation.endswith(".explanation"), name
        assert len(said.named) == len(set(said.named)), name
        for part, begins in LISTS.items():
            assert not [i for i in getattr(said, part) if not i.startswith(begins)], (name, part)


def test_whatever_an_agency_lacks_something_is_left_in_every_list():
    for name, said in contents().items():
        for part in LISTS:
            asked = [placeholders(ENGLISH[message_id]) for message_id in getattr(said, part)]
            assert any(facts <= ALWAYS for facts in asked), (name, part)


def test_each_says_what_to_do_in_an_emergency():
    for name, said in contents().items():
        assert any("911" in ENGLISH[step] for step in said.next_steps), name
    assert not [code for code in TEXTED if "next.emergency" not in offenses()[code].next_steps]


def test_a_domestic_relationship_is_one_of_family_household_or_partner():
    relationships = table("relationships.yaml")
    assert len(relationships) == 26
    assert {code for code, entry in relationships.items() if entry["domestic"]} == DOMESTIC


@pytest.mark.parametrize("language", CODES)
def test_every_sentence_that_a_table_names_is_said(language: str):
    said = content(language)
    assert not {message_id for message_id in named() if not said.get(message_id)}


@pytest.mark.parametrize("language", CODES)
def test_nothing_is_said_that_no_table_asks_for(language: str):
    assert set(content(language)) == named()


@pytest.mark.parametrize("language", CODES)
def test_every_language_asks_for_the_same_facts(language: str):
    said = content(language)
    assert {i: placeholders(said[i]) for i in ENGLISH} == {i: placeholders(ENGLISH[i]) for i in ENGLISH}


def test_a_sentence_asks_only_for_facts_that_the_page_may_have():
    assert {name for sentence in ENGLISH.values() for name in placeholders(sentence)} <= PAGE_FACTS
    assert PAGE_FACTS <= FACTS


def test_what_a_code_means_depends_on_no_fact():
    assert not [name for name in ENGLISH if name.endswith(".explanation") and placeholders(ENGLISH[name])]


def test_nobody_is_promised_to_come_and_nobody_is_blamed():
    """A net for careless wording in the source; a reader is the judge of the rest."""
    careless = re.compile(
        r"on (the|their) way|will (come|arrive)|arriv|you should have|your fault|careless", re.I
    )
    found = {name for name, text in ENGLISH.items() if careless.search(text)}
    assert found == {"resource.support"}
    assert "is not your fault" in ENGLISH["resource.support"]


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
