"""What Tampa's pilot does, clause by clause: news of fourteen types of call, and of cases that a detective takes."""

from __future__ import annotations

import re
from typing import Any

import pytest

from locales import LANGUAGES
from rules.engine import Context
from rules.suppression import Reason
from rules.topics import topic_of
from rules.values import Event
from tests.rules.department import (
    CALLER,
    ENROLLED,
    VICTIM,
    asked,
    happens,
    policy_of,
    sent,
    why,
    with_,
    words,
)

TAMPA = policy_of("tampa")

FOURTEEN = {
    "stolen vehicle": ["STOLEN VEHICLE"],
    "abandoned vehicle": ["ABANDONED VEHICLE"],
    "street obstruction": ["STREET OBSTRUCTION"],
    "auto burglary": ["AUTO BURGLARY"],
    "business or residential burglary": ["BURGLARY BUSINESS", "BURGLARY RESIDENCE"],
    "grand or petty theft": ["GRAND THEFT", "PETTY THEFT"],
    "forgery": ["FORGERY"],
    "disabled vehicle": ["DISABLED VEHICLE"],
    "parking violation": ["PARKING VIOLATION"],
    "lost or stolen property": ["LOST/STOLEN PROPERTY"],
    "animal nuisance": ["ANIMAL NUISANCE"],
    "wires or poles down": ["WIRES/POLES DOWN"],
    "criminal mischief": ["CRIMINAL MISCHIEF"],
    "holding a subject for police": ["HOLDING SUBJECT"],
}
CODES = [code for codes in FOURTEEN.values() for code in codes]

RECEIVED = {"type_code": "GRAND THEFT", "priority": "4", "how_received": "non_emergency"}


def received(**facts: Any) -> Event:
    return with_("call.received", 0, CALLER, **(RECEIVED | facts))


# For 14 types of call, by allow-list


def test_tampa_texts_about_fourteen_types_of_call_and_no_other() -> None:
    assert len(FOURTEEN) == 14
    assert TAMPA.allowed.call_types == set(CODES)


@pytest.mark.parametrize("code", CODES)
def test_tampa_texts_about_each_of_them_and_knows_what_it_is_about(code: str) -> None:
    outcome = asked(TAMPA, received(type_code=code), happens("call.dispatched", 5))
    assert sent(outcome) == [("call.dispatched", "caller", "text")]
    assert topic_of(code, TAMPA.allowed.topics) is not None


@pytest.mark.parametrize(
    ("code", "reason"),
    [
        ("ACCIDENT W/INJURIES", Reason.NOT_ALLOWED),
        ("FRAUD", Reason.NOT_ALLOWED),
        ("GAS LEAK", Reason.UNKNOWN_CODE),
        ("BATTERY DV", Reason.DOMESTIC_VIOLENCE),
        ("ARMED PERSON", Reason.NEVER_AUTOMATED),
        ("SUICIDE ATTEMPT", Reason.NEVER_AUTOMATED),
        ("911 HANGUP", Reason.HANG_UP),
        ("TRAFFIC STOP", Reason.OFFICER_INITIATED),
        ("BURGLARY IN PROGRESS", Reason.IN_PROGRESS),
    ],
)
def test_tampa_texts_about_no_other_type_and_says_why(code: str, reason: Reason) -> None:
    outcome = asked(TAMPA, received(type_code=code), happens("call.dispatched", 5))
    assert outcome.notices == ()
    assert why(outcome, "call.dispatched") == {reason}


def test_tampa_asks_a_person_about_a_type_it_does_not_know_and_about_no_other() -> None:
    (task,) = asked(TAMPA, received(type_code="GAS LEAK"), happens("call.dispatched", 5)).tasks
    assert (task.kind, task.detail["code"]) == ("unknown_code", "GAS LEAK")
    assert asked(TAMPA, received(type_code="FRAUD"), happens("call.dispatched", 5)).tasks == ()


# Never when safety is in imminent danger


@pytest.mark.parametrize(
    ("facts", "reason"),
    [
        ({"priority": "1"}, Reason.HIGHEST_PRIORITY),
        ({"priority": "2"}, Reason.HIGHEST_PRIORITY),
        ({"priority": None}, Reason.PRIORITY_UNKNOWN),
        ({"in_progress": True}, Reason.IN_PROGRESS),
    ],
)
def test_tampa_texts_nothing_while_anybodys_safety_is_in_danger(
    facts: dict[str, Any], reason: Reason
) -> None:
    outcome = asked(TAMPA, received(**facts), happens("call.dispatched", 5))
    assert outcome.notices == ()
    assert why(outcome, "call.dispatched") == {reason}


def test_tampa_texts_nothing_more_once_a_call_turns_out_to_be_dangerous() -> None:
    worse = happens("call.reclassified", 6, type_code="SHOTS FIRED", priority="1")
    outcome = asked(
        TAMPA, received(), happens("call.dispatched", 5), worse, happens("call.closed", 40), minute=55
    )
    assert outcome.notices == ()
    assert why(outcome, "call.closed") == {Reason.NEVER_AUTOMATED}


# A text when an officer is dispatched


def test_tampa_texts_when_an_officer_is_dispatched_and_not_before() -> None:
    assert asked(TAMPA, received()).notices == ()
    (notice,) = asked(TAMPA, received(), happens("call.dispatched", 5)).notices
    assert words(TAMPA, notice).startswith(
        "Tampa Police: An officer has been assigned to your call P260304-0001."
    )


# A text when the officer is delayed


@pytest.mark.parametrize(
    ("events", "minute"),
    [
        ([("call.dispatched", 5), ("call.delayed", 12)], 12),
        ([("call.dispatched", 5), ("call.diverted", 12)], 12),
        ([], 30),
        ([("call.dispatched", 5)], 30),
    ],
    ids=[
        "the dispatcher says so",
        "diverted",
        "nobody dispatched in 30 minutes",
        "nobody there 25 minutes later",
    ],
)
def test_tampa_texts_when_the_officer_is_delayed(events: list[tuple[str, int]], minute: int) -> None:
    outcome = asked(TAMPA, received(), *(happens(*one) for one in events), minute=minute)
    (notice,) = [one for one in outcome.notices if one.tells == "call.delayed"]
    assert words(TAMPA, notice).startswith("Tampa Police: Officers are delayed for your call P260304-0001.")


@pytest.mark.parametrize("stage", ["call.arrived", "call.closed", "call.canceled"])
def test_tampa_texts_of_no_delay_where_the_officer_has_come_or_need_not(stage: str) -> None:
    events = [received(), happens("call.dispatched", 5), happens(stage, 29)]
    outcome = asked(TAMPA, *events, minute=31)
    assert not [one for one in outcome.notices if one.tells == "call.delayed"]


def test_tampa_texts_of_a_delay_once_whoever_tells_it() -> None:
    events = [
        received(),
        happens("call.dispatched", 1),
        happens("call.diverted", 20),
        happens("call.delayed", 22),
    ]
    outcome = asked(TAMPA, *events, minute=32)
    assert len([one for one in outcome.notices if one.tells == "call.delayed"]) == 1


def test_tampa_guesses_no_delay_from_a_feed_that_is_silent_itself() -> None:
    silent = Context(feed_silent=True)
    outcome = asked(TAMPA, received(), happens("call.dispatched", 5), minute=30, context=silent)
    assert why(outcome, "call.delayed.not_arrived") == {Reason.FEED_SILENT}


# After the call a text with the officer's name, contact and the case number

CLOSED = happens(
    "call.closed", 50, officer__name="Officer Lee", officer__contact="+18135550160", report_number="26-000123"
)


def test_tampa_texts_after_the_call_the_officers_name_and_contact_and_the_case_number() -> None:
    (notice,) = asked(TAMPA, received(), CLOSED, minute=60).notices
    assert words(TAMPA, notice) == (
        "Tampa Police: We have finished with your call P260304-0001. Officer: Officer Lee. Contact: 813-555-0160."
        " Case number: 26-000123. Reply STOP to end texts."
    )


def test_tampa_waits_ten_minutes_so_that_the_case_number_is_there() -> None:
    without = happens("call.closed", 50, officer__name="Officer Lee")
    assert asked(TAMPA, received(), without, minute=59).notices == ()
    (notice,) = asked(
        TAMPA, received(), without, happens("call.closed", 55, report_number="26-000123"), minute=60
    ).notices
    assert "Case number: 26-000123." in words(TAMPA, notice)


# If a detective takes the case: updates on its status

FILED = with_("report.filed", 0, VICTIM, offenses=["220"])
TAKEN = happens("case.assigned", 120, assigned_to="Det. Ortiz", assigned_contact="+18135550188")
MOVED = happens("case.status_changed", 200, status="prosecutor")


def test_tampa_tells_who_took_the_case_and_how_to_reach_them() -> None:
    (notice,) = [one for one in asked(TAMPA, FILED, TAKEN).notices if one.rule == "case.assigned"]
    assert words(TAMPA, notice) == (
        "Tampa Police: Det. Ortiz has been assigned to your report 26-000123. Contact: 813-555-0188."
        " Reply STOP to end texts."
    )


def test_tampa_tells_each_status_of_a_case_once_a_detective_has_it() -> None:
    outcome = asked(TAMPA, FILED, TAKEN, MOVED)
    (notice,) = [one for one in outcome.notices if one.tells == "case.updated"]
    assert words(TAMPA, notice).startswith(
        "Tampa Police: News on your report 26-000123: It is with the prosecutor."
    )
    closed = asked(TAMPA, FILED, TAKEN, happens("case.closed", 300))
    assert "case.closed.detective" in {one.rule for one in closed.notices}


def test_tampa_tells_no_status_of_a_case_that_nobody_took() -> None:
    outcome = asked(TAMPA, FILED, MOVED)
    assert why(outcome, "case.updated.detective") == {Reason.CONDITION}
    assert not [one for one in outcome.notices if one.tells == "case.updated"]


def test_tampa_tells_a_status_once_to_a_victim_who_also_enrolled() -> None:
    outcome = asked(TAMPA, FILED, TAKEN, MOVED, context=ENROLLED)
    assert len([one for one in outcome.notices if one.tells == "case.updated"]) == 1


# No location of the officer, no time of arrival

PLACE_OR_TIME = re.compile(
    r"\b(minutes?|hours?|soon|arriv\w*|on the way|en route|nearby|street|avenue|miles?|eta|shortly)\b",
    re.IGNORECASE,
)


def test_tampa_tells_nothing_of_where_the_officer_is_or_when_the_officer_comes() -> None:
    told = [
        received(district="district 1"),
        happens("call.dispatched", 5),
        happens("call.diverted", 12),
        CLOSED,
    ]
    for events, minute in ((told[:2], 5), (told[:3], 12), (told, 60)):
        for notice in asked(TAMPA, *events, minute=minute).notices:
            assert not PLACE_OR_TIME.search(words(TAMPA, notice)), notice.rule
            assert "district" not in words(TAMPA, notice).lower()


def test_tampa_tells_nothing_of_what_the_call_is_about() -> None:
    for code in CODES:
        for notice in asked(TAMPA, received(type_code=code), happens("call.dispatched", 5)).notices:
            for language in LANGUAGES:
                assert code.lower() not in words(TAMPA, notice, language.code).lower()


# Florida


def test_tampa_tells_each_victim_that_florida_may_help_with_costs_and_has_deadlines() -> None:
    (notice,) = asked(TAMPA, FILED, minute=120).notices
    assert notice.rule == "compensation.notice"
    assert "Florida may help with the costs of a crime. There are deadlines:" in words(TAMPA, notice)
    assert {language for (name, language) in TAMPA.wording if name == "compensation.notice"} == {
        language.code for language in LANGUAGES
    }


def test_tampa_leaves_to_a_person_what_it_owes_and_may_not_text() -> None:
    outcome = asked(TAMPA, with_("report.filed", 0, VICTIM, offenses=["11A"]), minute=120)
    assert outcome.notices == ()
    assert [task.detail["reason"] for task in outcome.tasks] == [Reason.SENSITIVE_OFFENSE]
