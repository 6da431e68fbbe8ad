"""What Phoenix does, clause by clause: the caller's side of a call, and a portal for victims."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from locales import LANGUAGES, bill, cheapest
from rules.engine import Context
from rules.gate import Verdict, rule_on
from rules.suppression import Reason
from rules.survey import load_all
from rules.values import Event
from tests.rules.department import (
    CALLER,
    ENROLLED,
    VICTIM,
    asked,
    catalogs,
    happens,
    policy_of,
    sent,
    why,
    with_,
    words,
)

PHOENIX = policy_of("phoenix")
HOUR, DAY = 60, 24 * 60
CALL = {"type_code": "THEFT", "priority": "3", "how_received": "911"}


def received(**facts: Any) -> Event:
    return with_("call.received", 0, CALLER, **(CALL | facts))


# Anyone who calls 911 or the non-emergency number from a cell phone gets a text that confirms the call


@pytest.mark.parametrize("line", ["911", "non_emergency"])
@pytest.mark.parametrize("service", ["WRLS", "WPH1", "WPH2", "wph2"])
def test_phoenix_confirms_a_call_from_a_cell_phone_to_911_or_the_non_emergency_number(
    line: str, service: str
) -> None:
    call = received(how_received=line, **{"party.caller.class_of_service": service})
    (notice,) = asked(PHOENIX, call).notices
    assert words(PHOENIX, notice) == (
        "Phoenix Police: We received your call, number P260304-0001. In an emergency call 911."
        " Reply HELP for help, STOP to end texts."
    )


@pytest.mark.parametrize("service", [None, "RESD", "BUSN", "VOIP", "COIN"])
def test_phoenix_confirms_no_call_of_which_the_feed_does_not_say_that_it_is_a_cell_phone(
    service: str | None,
) -> None:
    outcome = asked(PHOENIX, received(**{"party.caller.class_of_service": service}))
    assert outcome.notices == ()
    assert why(outcome, "call.received") <= {Reason.CONDITION, Reason.NOT_WIRELESS}


@pytest.mark.parametrize("line", [None, "alarm", "kiosk", "other_agency"])
def test_phoenix_confirms_no_call_that_came_another_way(line: str | None) -> None:
    assert why(asked(PHOENIX, received(how_received=line)), "call.received") == {Reason.CONDITION}


@pytest.mark.parametrize("code", sorted(PHOENIX.allowed.call_types))
def test_phoenix_confirms_each_type_of_call_that_it_allows(code: str) -> None:
    assert sent(asked(PHOENIX, received(type_code=code))) == [("call.received", "caller", "text")]


@pytest.mark.parametrize(
    ("facts", "reason"),
    [
        ({"type_code": "DOMESTIC VIOLENCE"}, Reason.DOMESTIC_VIOLENCE),
        ({"type_code": "SHOOTING"}, Reason.NEVER_AUTOMATED),
        ({"type_code": "WELFARE CHECK"}, Reason.NEVER_AUTOMATED),
        ({"type_code": "BURGLARY IN PROGRESS"}, Reason.IN_PROGRESS),
        ({"priority": "1"}, Reason.HIGHEST_PRIORITY),
        ({"in_progress": True}, Reason.IN_PROGRESS),
        ({"type_code": "DISTURBANCE"}, Reason.NOT_ALLOWED),
        ({"type_code": "GAS LEAK"}, Reason.UNKNOWN_CODE),
    ],
)
def test_phoenix_texts_nothing_where_somebody_may_be_in_danger(facts: dict[str, Any], reason: Reason) -> None:
    outcome = asked(PHOENIX, received(**facts))
    assert outcome.notices == ()
    assert reason in why(outcome, "call.received")


# A delay notice (diverted officers, high volume)


@pytest.mark.parametrize(
    ("events", "minute"),
    [
        ([("call.delayed", 12)], 12),
        ([("call.dispatched", 5), ("call.diverted", 12)], 12),
        ([], 30),
        ([("call.dispatched", 5)], 30),
    ],
    ids=["high volume", "diverted", "nobody dispatched in 30 minutes", "nobody there 25 minutes later"],
)
def test_phoenix_tells_of_a_delay_once(events: list[tuple[str, int]], minute: int) -> None:
    outcome = asked(PHOENIX, received(), *(happens(*one) for one in events), minute=minute)
    (notice,) = [one for one in outcome.notices if one.tells == "call.delayed"]
    assert "Officers are delayed for your call P260304-0001." in words(PHOENIX, notice)


def test_phoenix_tells_of_no_delay_once_the_officer_is_there_or_the_feed_is_silent() -> None:
    there = asked(PHOENIX, received(), happens("call.dispatched", 5), happens("call.arrived", 20), minute=30)
    assert not [one for one in there.notices if one.tells == "call.delayed"]
    silent = asked(
        PHOENIX, received(), happens("call.dispatched", 5), minute=30, context=Context(feed_silent=True)
    )
    assert why(silent, "call.delayed.not_arrived") == {Reason.FEED_SILENT}


# Afterwards a survey


def test_phoenix_asks_a_survey_a_day_after_the_call() -> None:
    closed = happens("call.closed", 50)
    assert asked(PHOENIX, received(), closed, minute=DAY).notices == ()
    (notice,) = asked(PHOENIX, received(), closed, minute=50 + DAY).notices
    assert (notice.rule, notice.survey) == ("survey.after_call", "after_call")


def test_phoenix_asks_the_survey_in_six_languages_and_not_in_the_night() -> None:
    survey = load_all()["after_call"].survey
    assert {code for _, code in survey.wording} == {language.code for language in LANGUAGES}
    (rule,) = [rule for rule in PHOENIX.notices if rule.survey]
    night = datetime(2026, 3, 10, 10, 0, tzinfo=UTC)
    ruling = rule_on(
        PHOENIX, rule.notice_class, now=night, expires=night + timedelta(days=2), opted_out=False
    )
    assert ruling.verdict is Verdict.WAIT


# A Victim Portal

FILED = with_("report.filed", 0, VICTIM, offenses=["240"])


def test_phoenix_invites_victims_to_the_portal_and_tells_them_of_the_status_around_the_clock() -> None:
    (notice,) = asked(PHOENIX, FILED, minute=2 * HOUR).notices
    assert words(PHOENIX, notice) == (
        "Phoenix Police: Reply STATUS to learn where your case stands. To follow it online and be told of changes:"
        " https://victims.phoenix-police.example/portal/ Reply STOP to end texts."
    )


def test_phoenix_invites_by_email_whoever_has_no_phone() -> None:
    by_mail = with_("report.filed", 0, VICTIM, offenses=["240"], party__victim__phone=None)
    assert sent(asked(PHOENIX, by_mail, minute=2 * HOUR)) == [("portal.invited", "victim", "email")]


# Automatic updates of status and arrests by text or email, for those who sign up

TAKEN = happens("case.assigned", 60, assigned_to="Det. Ortiz", assigned_contact="+16025550188")
MOVED = happens("case.status_changed", 90, status="inactive")
CLOSED = happens("case.closed", 95)
ARREST = happens("arrest.made", 100, arrest_id="A1", appearance="March 5, 9 AM", custody_phone="+16025550142")


@pytest.mark.parametrize(
    ("event", "rule"), [(TAKEN, "case.assigned"), (MOVED, "case.updated"), (CLOSED, "case.closed")]
)
def test_phoenix_tells_each_change_to_those_who_signed_up_and_nobody_else(event: Event, rule: str) -> None:
    assert sent(asked(PHOENIX, FILED, event, context=ENROLLED)) == [(rule, "victim", "text")]
    assert sent(asked(PHOENIX, FILED, event)) == []


def test_phoenix_tells_those_who_signed_up_of_an_arrest_and_the_victims_to_whom_the_law_owes_it() -> None:
    neighbor = CALLER | {"party.caller.phone": "+15205550159"}
    filed = with_("report.filed", 0, VICTIM, neighbor, offenses=["240"])
    signed_up = Context(enrolled={"arrests": frozenset({"+15205550159"})})
    assert sent(asked(PHOENIX, filed, ARREST, context=signed_up)) == [
        ("arrest.made", "victim", "text"),
        ("arrest.made", "caller", "text"),
    ]
    assert sent(asked(PHOENIX, filed, ARREST)) == [("arrest.made", "victim", "text")]


def test_phoenix_tells_changes_and_arrests_by_text_or_by_email_not_both() -> None:
    for rule in PHOENIX.notices:
        if rule.on.about == "case":
            assert [way.value for way in rule.by] == ["text", "email"]
            assert not rule.together


# Updates by phone call stay available: one can ask to be called


def test_phoenix_promises_a_call_to_who_asks_for_one_in_six_languages() -> None:
    for language in LANGUAGES:
        assert catalogs().find("callback.confirmed", language.code).language == language.code


# Six languages: English, Spanish, French, Arabic, Swahili, Farsi


@pytest.mark.parametrize("language", ["en", "es", "fr", "ar", "sw", "fa"])
def test_phoenix_says_each_of_its_notices_in_each_of_six_languages_in_four_segments_at_most(
    language: str,
) -> None:
    told = asked(PHOENIX, received(), happens("call.delayed", 2)).notices
    for events in ((FILED, TAKEN, MOVED), (FILED, ARREST)):
        told += asked(PHOENIX, *events, minute=2 * HOUR, context=ENROLLED).notices
    assert {one.rule for one in told} >= {
        "call.delayed",
        "portal.invited",
        "case.assigned",
        "case.updated",
        "arrest.made",
    }
    for notice in told:
        assert bill(cheapest(words(PHOENIX, notice, language))).segments <= 4, notice.rule


def test_phoenix_writes_in_the_language_that_the_feed_gives() -> None:
    (notice,) = asked(PHOENIX, received(**{"party.caller.language": "sw"})).notices
    assert notice.party.language == "sw"
