"""What a call is about is found by its type, however the dispatch system spells it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from ruamel.yaml import YAML

from rules.never import never_texted
from rules.offenses import offenses
from rules.topics import topic_of, topics
from rules.values import code_of

POLICIES = sorted((Path(__file__).parents[2] / "rules" / "policies").glob("*.yaml"))

# The fourteen that Tampa texts about, and what the policies here need beside them.
TAMPA = {
    "STOLEN VEHICLE": "stolen_vehicle",
    "ABANDONED VEHICLE": "abandoned_vehicle",
    "STREET OBSTRUCTION": "street_obstruction",
    "AUTO BURGLARY": "auto_burglary",
    "BUSINESS BURGLARY": "burglary",
    "RESIDENTIAL BURGLARY": "burglary",
    "GRAND THEFT": "theft",
    "PETTY THEFT": "theft",
    "FORGERY": "forgery",
    "DISABLED VEHICLE": "disabled_vehicle",
    "PARKING VIOLATION": "parking_violation",
    "LOST OR STOLEN PROPERTY": "lost_property",
    "ANIMAL NUISANCE": "animal_nuisance",
    "WIRES OR POLES DOWN": "wires_down",
    "CRIMINAL MISCHIEF": "criminal_mischief",
    "HOLDING A SUBJECT FOR POLICE": "holding_subject",
}


def allowed(policy: Path) -> dict[str, Any]:
    part: dict[str, Any] = YAML(typ="safe").load(policy)["allowed"]
    return part


def topic_id(code: str, named: dict[str, str] | None = None) -> str | None:
    topic = topic_of(code, named or {})
    return topic.id if topic else None


@pytest.mark.parametrize("code", TAMPA)
def test_the_types_that_tampa_texts_about_are_known(code: str) -> None:
    assert topic_id(code) == TAMPA[code]


@pytest.mark.parametrize("policy", POLICIES, ids=lambda path: path.stem)
def test_there_is_something_to_say_of_every_call_type_and_offense_that_a_policy_allows(policy: Path) -> None:
    lists = allowed(policy)
    named = lists.get("topics") or {}
    assert not [code for code in lists["call_types"] if topic_of(str(code), named) is None]
    assert not [code for code in lists["offenses"] if offenses()[code_of(code)].content is None]
    assert not set(named.values()) - topics().keys()


def test_capitals_and_spaces_do_not_matter() -> None:
    assert topic_id(" theft   vehicle ") == "stolen_vehicle"


def test_a_type_that_nobody_knows_is_about_nothing() -> None:
    assert topic_of("ZZ 99") is None
    assert topic_of("") is None


def test_an_agency_names_its_own_types_and_that_wins() -> None:
    assert topic_id("10-37", {"10-37": "wires_down"}) == "wires_down"
    assert topic_id("theft", {"Theft": "lost_property"}) == "lost_property"


def test_a_name_that_is_no_topic_leaves_what_is_usual() -> None:
    assert topic_id("THEFT", {"THEFT": "thefts"}) == "theft"
    assert topic_id("10-37", {"10-37": "thefts"}) is None


def test_no_spelling_belongs_to_two_topics() -> None:
    spellings = [code for topic in topics().values() for code in topic.known_as]
    assert sorted(spellings) == sorted(set(spellings))


def test_no_type_that_is_never_texted_is_known_as_a_topic() -> None:
    assert not [code for topic in topics().values() for code in topic.known_as if never_texted(code)]


def test_where_a_call_and_an_offense_are_the_same_thing_they_are_explained_alike() -> None:
    assert topics()["stolen_vehicle"].content.explanation == offenses()["240"].explanation
    assert topics()["burglary"].content.explanation == offenses()["220"].explanation
