"""Who of an EIDO's people becomes which party: roles, phones, ages, and references both ways."""

from __future__ import annotations

import copy
from itertools import permutations
from typing import Any

import pytest

from gateway.feeds.eido.people import MOST_PARTIES
from gateway.feeds.eido.words import MOST_RESTRICTIVE, ROLES, SAYS_NOTHING
from rules.values import ACCUSED_ROLES, TEXTED_ROLES, Role
from tests.gateway.feeds.test_eido import Change, Json, changed, pointers, read, sample, told

PHONE = "+15205550131"


def people(*changes: Change, name: str = "dispatched") -> dict[str, Json]:
    """The parties by their id."""
    return {party["id"]: party for party in told(changed(*changes, name=name)).get("parties", ())}


def person(number: int = 0, **facts: Any) -> Change:
    return lambda eido: eido["personComponent"][number].update(facts)


def roles(*words: Any) -> Change:
    return person(personIncidentRoleRegistryText=list(words))


def about(**facts: Any) -> Change:
    return person(ncPersonComponent=facts)


def call(**facts: Any) -> Change:
    return lambda eido: eido["callComponent"][0].update(facts)


def test_a_caller_who_is_the_victim_too_is_a_victim_with_the_callers_phone() -> None:
    assert people()["person-caller"] == {
        "id": "person-caller",
        "role": "victim",
        "name": "Jamie Doe",
        "phone": PHONE,
        "language": "es",
        "class_of_service": "WRLS",
        "birth_date": "1990-02-28",
    }


def test_a_victim_who_called_is_the_caller_besides() -> None:
    twin = people()["person-caller-caller"]
    assert twin == people()["person-caller"] | {"id": "person-caller-caller", "role": "caller"}
    assert "person-caller-caller" not in people(roles("Caller", "Victim", "Suspect"))


def test_whoever_must_not_be_texted_comes_first() -> None:
    assert list(people()) == ["person-suspect", "person-caller", "person-caller-caller"]
    assert people()["person-suspect"]["role"] == "suspect"


@pytest.mark.parametrize(("word", "role"), ROLES.items())
def test_each_known_role_is_ours(word: str, role: Role) -> None:
    found = changed(roles(f"{word.capitalize()} "))
    assert found.problems == ()
    assert people(roles(word))["person-caller"]["role"] == role.value


@pytest.mark.parametrize("pair", list(permutations(MOST_RESTRICTIVE, 2)))
def test_of_several_roles_the_most_restrictive_counts(pair: tuple[Role, Role]) -> None:
    word = {role: word for word, role in ROLES.items()}
    expected = min(pair, key=MOST_RESTRICTIVE.index)
    assert people(roles(*(word[role] for role in pair)))["person-caller"]["role"] == expected.value


def test_the_order_of_restriction_ends_with_those_who_are_texted() -> None:
    assert set(MOST_RESTRICTIVE[:2]) == ACCUSED_ROLES
    assert set(MOST_RESTRICTIVE[-2:]) < TEXTED_ROLES
    assert not set(MOST_RESTRICTIVE[:-2]) & TEXTED_ROLES


@pytest.mark.parametrize(
    "words", [[], [None], ["Zorro"], ["Victim", "Zorro"], ["Victim", 7], [["Victim"]], [{}]]
)
def test_a_role_that_is_not_known_is_nobodys_and_is_told(words: list[Any]) -> None:
    found = changed(roles(*words))
    assert people(roles(*words))["person-caller"]["role"] == "other"
    assert set(pointers(found)) == {"/personComponent/0/personIncidentRoleRegistryText"}


@pytest.mark.parametrize("word", sorted(SAYS_NOTHING))
def test_a_victim_may_be_a_patient_besides(word: str) -> None:
    assert people(roles("Victim", word))["person-caller"]["role"] == "victim"
    assert people(roles(word))["person-caller"]["role"] == "other"


def test_a_suspect_who_called_has_the_phone_so_that_it_blocks() -> None:
    party = people(roles("Caller", "Suspect"))["person-caller"]
    assert (party["role"], party["phone"]) == ("suspect", PHONE)
    assert people(roles("Suspect"))["person-caller"]["phone"] == PHONE, "the only one on the call"


def test_the_number_of_a_call_about_a_victim_need_not_be_the_victims() -> None:
    assert "phone" not in people(roles("Victim"))["person-caller"]


def test_of_several_people_on_a_call_the_caller_has_its_number() -> None:
    both = call(personReference=[{"$ref": "person-caller"}, {"$ref": "person-suspect"}])
    assert people(both)["person-caller"]["phone"] == PHONE
    assert "phone" not in people(both)["person-suspect"]


@pytest.mark.parametrize("way", ["call names person", "person names call"])
def test_either_way_of_reference_leads_to_the_phone(way: str) -> None:
    cut = call(personReference=[]) if way == "person names call" else person(callIdentifier=None)
    assert people(cut)["person-caller"]["phone"] == PHONE


def test_a_number_that_was_corrected_comes_before_the_one_called_from() -> None:
    def corrected(eido: Json) -> None:
        eido["callbackComponent"][0]["updatedCbn"] = {
            "$id": "u",
            "updatedCbnIdentifierUri": "tel:+1-520-555-0139",
            "updatedCbnCallerDescription": "work",
        }

    assert people(corrected)["person-caller"]["phone"] == "+15205550139"


def test_a_persons_own_callback_comes_before_the_calls() -> None:
    def own(eido: Json) -> None:
        eido["callbackComponent"].append(
            {"$id": "mine", "callBackInformationUri": ["sip:5205550138@x.example"]}
        )
        eido["personComponent"][0]["callBackReference"] = {"$ref": "mine"}

    assert people(own)["person-caller"]["phone"] == "+15205550138"


@pytest.mark.parametrize(
    "uri", ["sip:anonymous@anonymous.invalid", "tel:911", "", "tel:", "x" * 500, "tel:555-0131"]
)
def test_what_is_no_number_is_left_out(uri: str) -> None:
    def unusable(eido: Json) -> None:
        eido["callbackComponent"][0]["callBackInformationUri"] = [uri]

    assert "phone" not in people(unusable)["person-caller"]
    assert pointers(changed(unusable)) == (["/callbackComponent/0/callBackInformationUri"] if uri else [])


@pytest.mark.parametrize(
    ("kind", "place", "service"),
    [
        ("wireless", "Unknown", "WRLS"),
        ("POTS", "Residence", "RESD"),
        ("POTS", "Business", "BUSN"),
        ("VOIP", "Unknown", "VOIP"),
        ("coin", "Unknown", "COIN"),
        ("MLTS-hosted", "Business", "PBX"),
        ("telematics", "Unknown", None),
    ],
)
def test_the_service_of_the_call_is_its_class(kind: str, place: str, service: str | None) -> None:
    def served(eido: Json) -> None:
        xml = f"<a:ServiceEnvironment>{place}</a:ServiceEnvironment><a:ServiceType> {kind} </a:ServiceType>"
        eido["additionalDataComponent"][0]["additionalDataByValue"] = xml

    assert people(served)["person-caller"].get("class_of_service") == service


def test_a_legacy_wireless_call_is_from_a_mobile_phone() -> None:
    legacy = call(standardPrimaryCallType="legacyWireless", additionalDataReference=None)
    assert people(legacy)["person-caller"]["class_of_service"] == "WRLS"


@pytest.mark.parametrize(
    ("facts", "expected"),
    [
        ({"birthDate": "2015-03-04"}, "2015-03-04"),
        ({"birthDate": {"date": "1990-02-28"}}, "1990-02-28"),
        ({"birthDate": "28.02.1990"}, "9999-12-31"),
        ({"birthDate": 1990}, "9999-12-31"),
        ({"ageMeasure": {"measureIntegerValue": 15}}, "9999-12-31"),
        ({"ageDescription": "about 12 years"}, "9999-12-31"),
        ({"ageMeasure": {"measureIntegerValue": 40}}, None),
        ({}, None),
    ],
)
def test_who_may_be_a_child_counts_as_one(facts: Json, expected: str | None) -> None:
    assert people(about(**facts))["person-caller"].get("birth_date") == expected


@pytest.mark.parametrize(
    ("told_name", "expected"),
    [
        ({"personFullName": "Jamie Doe"}, "Jamie Doe"),
        ([{"personGivenName": {"value": "Jamie"}, "personSurName": ["Doe"]}], "Jamie Doe"),
        ("Jamie", "Jamie"),
        ({"personFullName": "x" * 300}, None),
        ({"personFullName": 7}, None),
        (7, None),
    ],
)
def test_a_name_is_read_as_niem_writes_it(told_name: Any, expected: str | None) -> None:
    assert people(about(name=told_name))["person-caller"].get("name") == expected


@pytest.mark.parametrize(
    ("reference", "reason"),
    [
        ({"$ref": "nobody"}, "no personComponent with the $id 'nobody'"),
        ({"$ref": "callback-1"}, "no personComponent with the $id 'callback-1'"),
        ({"$id": "person-caller"}, "expected a reference"),
        ({"$ref": {"$ref": "person-caller"}}, "expected a reference"),
        (7, "expected a reference"),
        (None, "expected a reference"),
    ],
)
def test_a_loose_reference_is_told_and_makes_nobody_the_caller(reference: Any, reason: str) -> None:
    loose = (call(personReference=[reference]), person(callIdentifier=[]))
    found = changed(*loose)
    assert pointers(found) == ["/callComponent/0/personReference/0"]
    assert reason in found.problems[0][1]
    assert [party for party in people(*loose).values() if "phone" in party] == []


def test_a_reference_that_goes_in_a_circle_is_told() -> None:
    def circle(eido: Json) -> None:
        eido["callbackComponent"] = [{"$id": "callback-1", "$ref": "b"}, {"$id": "b", "$ref": "callback-1"}]

    found = changed(circle)
    assert pointers(found) == ["/callComponent/0/callBackReference"]
    assert "goes in a circle" in found.problems[0][1]
    assert "phone" not in people(circle)["person-caller"]


def test_a_component_may_stand_for_another() -> None:
    def detour(eido: Json) -> None:
        eido["callbackComponent"][0]["$id"] = "b"
        eido["callbackComponent"].append({"$id": "callback-1", "$ref": "#b"})

    assert people(detour)["person-caller"]["phone"] == PHONE


def test_two_components_of_one_name_lead_nowhere() -> None:
    def twice(eido: Json) -> None:
        eido["callbackComponent"] *= 2

    assert "several callbackComponent" in changed(twice).problems[0][1]
    assert "phone" not in people(twice)["person-caller"]


def test_two_people_of_one_name_are_one_with_the_roles_of_both() -> None:
    found = changed(person(1, **{"$id": "person-caller"}))
    assert people(person(1, **{"$id": "person-caller"}))["person-caller"]["role"] == "suspect"
    assert "/personComponent/1" in pointers(found)


def test_people_without_a_name_of_their_own_are_told_apart_by_what_is_said() -> None:
    def nameless(eido: Json) -> None:
        for one in eido["personComponent"]:
            del one["$id"]

    found = changed(nameless)
    assert [party["role"] for party in people(nameless).values()] == ["suspect", "victim", "caller"]
    assert people(nameless) == people(nameless)
    assert {"/personComponent/0", "/personComponent/1"} <= set(pointers(found))


def test_a_name_that_is_no_slug_is_hashed_and_stays_the_same() -> None:
    urn = person(1, **{"$id": "urn:person:ü\ud800"})
    assert set(people(urn)) == set(people(urn))
    assert len(people(urn)) == 3


def test_of_too_many_people_those_who_must_not_be_texted_are_kept() -> None:
    def crowd(eido: Json) -> None:
        witness = eido["personComponent"][1]
        eido["personComponent"] += [copy.deepcopy(witness) | {"$id": f"p{n}"} for n in range(MOST_PARTIES)]

    assert len(people(crowd)) == MOST_PARTIES
    assert {party["role"] for party in people(crowd).values()} == {"suspect"}
    assert "/personComponent" in pointers(changed(crowd))


def test_an_outgoing_call_makes_nobody_a_caller() -> None:
    assert len(told(read(sample("call_only")))["parties"]) == 1


@pytest.mark.parametrize(
    "jcard",
    [
        None,
        7,
        "",
        "{",
        "[" * 100_000,
        '["vcard"]',
        '["vcard",[["fn",{},"text"]]]',
        '["vcard",[["fn",{},"text",5]]]',
    ],
)
def test_a_card_that_cannot_be_read_names_no_officer(jcard: Any) -> None:
    def card(eido: Json) -> None:
        eido["agentComponent"][1]["agentJcard"] = jcard

    assert "officer" not in told(changed(card))
