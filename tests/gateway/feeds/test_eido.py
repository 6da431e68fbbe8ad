"""What an EIDO tells: of the incident, of its stages, and what of it was not understood."""

from __future__ import annotations

import copy
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from gateway.feeds import schema
from gateway.feeds.eido import EidoRead, events_of
from gateway.feeds.eido.words import STATUSES

Json = dict[str, Any]
Change = Callable[[Json], object]

NOT_TOLD = ("Cellular", "10:12", "2A12", "location", "Dana", "5205550140")
"""Of dispatched.json: where, when an officer arrives, which unit, who dispatched, how to reach the officer."""


def sample(name: str = "dispatched") -> Json:
    """One of the EIDOs beside this file."""
    text = (Path(__file__).parent / "eido" / f"{name}.json").read_text(encoding="utf-8")
    eido: Json = json.loads(text)
    return eido


def read(eido: Json) -> EidoRead:
    """Read, with each event as the door would check it."""
    found = events_of(eido, "eido")
    for event in found.events:
        schema.read(event)
    return found


def changed(*changes: Change, name: str = "dispatched") -> EidoRead:
    eido = copy.deepcopy(sample(name))
    for change in changes:
        change(eido)
    return read(eido)


def incident(**told: Any) -> Change:
    return lambda eido: eido["incidentComponent"].update(told)


def without(*names: str) -> Change:
    return lambda eido: [eido.pop(name, None) for name in names]


def types(found: EidoRead) -> list[str]:
    return [event["type"] for event in found.events]


def told(found: EidoRead) -> Json:
    data: Json = found.events[-1]["data"]
    return data


def ids(found: EidoRead) -> list[str]:
    return [event["id"] for event in found.events]


def pointers(found: EidoRead) -> list[str]:
    return [pointer for pointer, _ in found.problems]


def test_a_dispatched_call_tells_each_stage_at_its_own_time_and_what_is_known_now() -> None:
    found = read(sample())
    assert [(event["type"], event["time"], event["subject"]) for event in found.events] == [
        ("call.received", "2026-05-01T17:00:00.250000+00:00", "P260501001"),
        ("call.dispatched", "2026-05-01T17:04:00+00:00", "P260501001"),
        ("call.reclassified", "2026-05-01T17:05:00+00:00", "P260501001"),
    ]
    assert found.problems == ()


def test_the_facts_are_the_agencys_own_words() -> None:
    assert {name: value for name, value in told(read(sample())).items() if name != "parties"} == {
        "type_code": "THEFT",
        "priority": "3",
        "how_received": "911",
        "district": "west",
        "report_number": "R26-0501",
        "officer": {"name": "Officer Ruiz"},
    }


def test_no_place_no_time_of_arrival_and_no_contact_of_an_officer_is_ever_told() -> None:
    text = json.dumps(read(sample()).events)
    assert [word for word in NOT_TOLD if word in text] == []


def test_the_same_eido_gives_the_same_events() -> None:
    assert read(sample()) == read(sample())


def test_a_later_eido_gives_only_what_is_new_by_its_id() -> None:
    first = read(sample())
    later = incident(
        lastUpdateTimeStamp="2026-05-01T10:20:00-07:00", incidentStatusCommonRegistryText=["On Scene"]
    )
    second = changed(later)
    assert types(second) == ["call.dispatched", "call.arrived", "call.reclassified"]
    assert [event["type"] for event in second.events if event["id"] not in ids(first)] == [
        "call.arrived",
        "call.reclassified",
    ]


def test_a_note_or_a_place_that_changes_is_no_event() -> None:
    def moved(eido: Json) -> None:
        eido["lastUpdateTimeStamp"] = "2026-05-01T10:30:00-07:00"
        eido["notesComponent"] = [{"$id": "n", "lastUpdateTimeStamp": "2026-05-01T10:30:00-07:00"}]
        eido["locationComponent"][0]["lastUpdateTimeStamp"] = "2026-05-01T10:30:00-07:00"

    assert ids(changed(moved)) == ids(read(sample()))


@pytest.mark.parametrize(
    "change", [{"incidentTypeInternalCode": "BURGLARY"}, {"incidentPriorityInternalText": "1"}]
)
def test_another_type_or_priority_is_a_reclassification(change: Json) -> None:
    second = changed(incident(**change))
    assert [event["type"] for event in second.events if event["id"] not in ids(read(sample()))] == [
        "call.reclassified"
    ]


def test_a_person_who_is_added_reaches_the_call() -> None:
    def added(eido: Json) -> None:
        eido["personComponent"].append({"$id": "w", "personIncidentRoleRegistryText": ["Witness"]})

    second = changed(added)
    new = [event for event in second.events if event["id"] not in ids(read(sample()))]
    assert [event["type"] for event in new] == ["call.reclassified"]
    assert {"id": "w", "role": "witness"} in new[0]["data"]["parties"]


def test_a_second_dispatch_is_another_event() -> None:
    def again(eido: Json) -> None:
        eido["dispatchComponent"].append(
            {"$id": "dispatch-2", "lastUpdateTimeStamp": "2026-05-01T10:15:00-07:00"}
        )

    assert types(changed(again)).count("call.dispatched") == 2


def test_an_engine_or_an_ambulance_is_no_officer() -> None:
    def fire(eido: Json) -> None:
        eido["agencyComponent"][1]["agencyType"] = ["fire"]

    found = changed(fire, incident(incidentStatusCommonRegistryText=["Active"]))
    assert types(found) == ["call.received", "call.reclassified"]
    assert "officer" not in told(found)


@pytest.mark.parametrize(("word", "stage"), STATUSES.items())
def test_each_known_status_is_a_stage(word: str, stage: str) -> None:
    found = changed(
        without("dispatchComponent"), incident(incidentStatusCommonRegistryText=[f" {word.lower()}"])
    )
    assert types(found) == [stage, "call.reclassified"]
    assert found.problems == ()


def test_an_unknown_status_is_no_event_and_is_told() -> None:
    found = changed(
        without("dispatchComponent"), incident(incidentStatusCommonRegistryText=["Closed", "Zapped", 7])
    )
    assert types(found) == ["call.closed", "call.reclassified"]
    assert pointers(found) == [
        "/incidentComponent/incidentStatusCommonRegistryText/1",
        "/incidentComponent/incidentStatusCommonRegistryText/2",
    ]
    assert "'Zapped' is not known; expected Active" in found.problems[0][1]


def test_the_agencys_own_status_counts_where_the_registrys_is_missing() -> None:
    own = incident(incidentStatusCommonRegistryText=[], incidentStatusInternalText=["ENROUTE"])
    assert types(changed(without("dispatchComponent"), own)) == ["call.dispatched", "call.reclassified"]


def test_an_incident_without_a_status_was_received_if_a_call_came_in() -> None:
    found = read(sample("call_only"))
    assert [(event["type"], event["time"]) for event in found.events] == [
        ("call.received", "2026-05-01T18:40:00+00:00"),
        ("call.reclassified", "2026-05-01T18:43:00+00:00"),
    ]
    assert types(changed(without("callComponent"), name="call_only")) == ["call.reclassified"]


def test_of_a_call_that_names_nobody_the_number_is_the_callers() -> None:
    (party,) = told(read(sample("call_only")))["parties"]
    assert (party["role"], party["phone"]) == ("caller", "+15205550131")
    assert told(read(sample("call_only")))["how_received"] == "non_emergency"


def test_the_names_of_earlier_drafts_are_understood() -> None:
    found = read(sample("draft"))
    assert types(found) == ["call.closed", "call.reclassified"]
    assert told(found) == {
        "type_code": "Vandalism",
        "disposition": "Report",
        "parties": [{"id": "v", "role": "victim", "phone": "+15205550133"}],
    }
    assert found.problems == ()


@pytest.mark.parametrize(
    "words",
    [
        {"incidentTypeInternalText": "Theft, domestic violence"},
        {"incidentTypeCommonRegistryText": "Domestic Disturbance"},
        {"incidentTypeInternalCode": "TRBL W/SUBJ-DV"},
    ],
)
def test_a_type_that_is_never_texted_counts_wherever_it_stands(words: Json) -> None:
    assert told(changed(incident(**words)))["type_code"] == next(iter(words.values()))


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        ({"incidentPriorityInternalText": None}, "4"),
        ({"incidentPriorityInternalText": "", "incidentCommonPriorityNumber": 10}, "10"),
        ({"incidentPriorityInternalText": None, "incidentCommonPriorityNumber": True}, None),
        ({"incidentPriorityInternalText": None, "incidentCommonPriorityNumber": 11}, None),
        ({"incidentPriorityInternalText": None, "incidentCommonPriorityNumber": "4"}, None),
    ],
)
def test_the_agencys_priority_comes_before_the_common_one(change: Json, expected: str | None) -> None:
    assert told(changed(incident(**change))).get("priority") == expected


def test_a_call_that_nobody_answered_was_hung_up() -> None:
    def hung_up(eido: Json) -> None:
        eido["callComponent"][0]["callStateRegistryText"] = "callCancel"
        del eido["callComponent"][0]["answerDate"]

    assert told(changed(hung_up))["how_received"] == "911 hang-up"


def test_of_several_reports_none_is_taken() -> None:
    found = changed(incident(documentIdentification=["R1", "R2"]))
    assert "report_number" not in told(found)
    assert pointers(found) == ["/incidentComponent/documentIdentification"]


def test_without_a_number_nothing_is_told() -> None:
    found = changed(without("$id"), incident(internalIncidentId=None))
    assert found.events == ()
    assert pointers(found) == ["/incidentComponent/internalIncidentId"]


def test_without_a_type_there_is_no_reception_and_no_reclassification() -> None:
    nothing = dict.fromkeys(
        ("incidentTypeInternalCode", "incidentTypeInternalText", "incidentTypeCommonRegistryText")
    )
    found = changed(incident(**nothing))
    assert types(found) == ["call.dispatched"]
    assert pointers(found) == ["/incidentComponent/incidentTypeCommonRegistryText"]


def test_a_time_without_an_offset_is_left_out_and_told() -> None:
    found = changed(incident(lastUpdateTimeStamp="2026-05-01T10:05:00"))
    assert pointers(found) == ["/incidentComponent/lastUpdateTimeStamp"]
    assert "call.received" in types(found)


def test_without_any_time_only_what_has_one_is_told() -> None:
    def timeless(eido: Json) -> None:
        for told in (eido, eido["incidentComponent"], *eido["dispatchComponent"]):
            told["lastUpdateTimeStamp"] = 5

    found = changed(timeless, incident(incidentStatusCommonRegistryText=["On Scene"]))
    assert types(found) == ["call.reclassified"]
    assert "/incidentComponent/lastUpdateTimeStamp" in pointers(found)


def test_a_long_name_of_an_incident_still_names_its_events() -> None:
    found = changed(lambda eido: eido.update({"$id": "urn:emergency:uid:incidentid:" + "x" * 500}))
    assert len(found.events) == 3
    assert ids(found) != ids(read(sample()))


def test_a_second_incident_is_left_out_and_told() -> None:
    found = changed(lambda eido: eido["incidentComponent"].append({}), name="draft")
    assert pointers(found) == ["/incidentComponent/1"]
