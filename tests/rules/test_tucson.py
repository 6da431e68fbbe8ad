"""What Tucson does, clause by clause: victim notifications since 2017, the portal and arrest notices since 2020."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from itertools import count
from typing import Any

import pytest

from locales import LANGUAGES, Phone
from rules.engine import Context, decide
from rules.gate import Verdict, rule_on
from rules.offenses import offenses
from rules.policy import NoticeClass
from rules.study import group_of
from rules.suppression import Reason
from rules.values import Case, Event, EventType
from tests.rules.department import (
    CALLER,
    ENROLLED,
    VICTIM,
    asked,
    happens,
    policy_of,
    record_of,
    sent,
    why,
    with_,
    words,
)
from tests.rules.given import NOON

TUCSON = policy_of("tucson")
HOUR = 60
FACTS = {
    "offenses": ["220"],
    "division": "east",
    "unit": "property",
    "officer.name": "Officer Lee",
    "reported_at": NOON.isoformat(),
}
ADDRESS = {"party.victim.address": ["1 Saguaro Way", "Tucson, AZ 85701"]}
"""Division `east` takes part in no study."""


def filed(*people: Mapping[str, Any], **facts: Any) -> Event:
    return with_("report.filed", 0, *(people or (VICTIM,)), **(FACTS | facts))


def rules_told(outcome_of: Event, minute: float) -> list[str]:
    return [rule for rule, _, _ in sent(asked(TUCSON, outcome_of, minute=minute))]


# Within hours of the report, a text and/or an email with a link


def test_tucson_tells_victims_within_hours_of_the_report_by_text_and_email() -> None:
    assert "report.filed" not in rules_told(filed(), HOUR + 59)
    outcome = asked(TUCSON, filed(), minute=2 * HOUR)
    assert [way for way in sent(outcome) if way[0] == "report.filed"] == [
        ("report.filed", "victim", "text"),
        ("report.filed", "victim", "email"),
    ]


@pytest.mark.parametrize(
    ("lacking", "left"),
    [("phone", ["email"]), ("email", ["text"])],
)
def test_tucson_tells_by_the_one_way_there_is_where_there_is_one(lacking: str, left: list[str]) -> None:
    victim = VICTIM | {f"party.victim.{lacking}": None}
    ways = [
        way for rule, _, way in sent(asked(TUCSON, filed(victim), minute=2 * HOUR)) if rule == "report.filed"
    ]
    assert ways == left


def test_tucson_names_no_offense_and_links_to_a_page() -> None:
    (notice, *_) = [n for n in asked(TUCSON, filed(), minute=2 * HOUR).notices if n.rule == "report.filed"]
    assert notice.page
    assert words(TUCSON, notice) == (
        "Tucson Police: There is an update on your report 26-000123: https://tidings.example/m/x"
        " Reply STOP to end texts."
    )


def test_tucson_has_the_eight_facts_of_the_page_for_each_offense_it_texts_about() -> None:
    record = record_of(filed())
    assert isinstance(record, Case)
    (notice, *_) = asked(TUCSON, filed(), minute=2 * HOUR).notices
    for code in TUCSON.allowed.offenses:
        assert offenses()[code].explanation
        assert offenses()[code].next_steps
    assert record.number == notice.facts["report_number"] == "26-000123"
    assert record.offenses == ("220",)
    assert record.officer == notice.facts["officer"] == "Officer Lee"
    assert record.reported_at == NOON
    assert notice.facts["substation_phone"] == Phone("+15205550140")
    assert notice.facts["unit_phone"] == Phone("+15205550141")


# Reporting parties get theirs as well as victims


def test_tucson_has_another_notice_for_who_reported_it() -> None:
    outcome = asked(TUCSON, filed(VICTIM, CALLER), minute=2 * HOUR)
    assert ("report.filed.caller", "caller", "text") in sent(outcome)
    (thanks,) = [one for one in outcome.notices if one.party.id == "caller"]
    assert words(TUCSON, thanks).startswith("Tucson Police: Thank you for your report 26-000123.")


def test_tucson_tells_a_victim_who_reported_it_once_and_as_the_victim() -> None:
    same = CALLER | {"party.caller.phone": VICTIM["party.victim.phone"]}
    outcome = asked(TUCSON, filed(VICTIM, same), minute=2 * HOUR)
    assert "caller" not in {party for _, party, _ in sent(outcome)}
    assert why(outcome, "report.filed.caller") == {Reason.SAME_NUMBER}


# Groups A and B

BEGIN, END = TUCSON.studies[0].begin, TUCSON.studies[0].end
IN_STUDY = {"division": "west"}


def number_in(group: str) -> str:
    numbers = (f"26-{n:06}" for n in count())
    return next(n for n in numbers if group_of(TUCSON, numbered(n), BEGIN) == group)


def numbered(number: str, division: str = "west") -> Case:
    return Case(number, division=division)


def told_in(
    group: str, *events: Event, minute: float, context: Context | None = None
) -> tuple[set[str], set[Reason | None]]:
    """What the victim of a report in that group is told, and why the first notice is not."""
    record = replace(record_of(*events), number=number_in(group))
    outcome = decide(TUCSON, record, NOON + timedelta(minutes=minute), context or Context())
    return {one.rule for one in outcome.notices}, why(outcome, "report.filed")


def test_tucson_sends_group_a_its_messages_and_group_b_none() -> None:
    report = filed(VICTIM, CALLER, **IN_STUDY)
    told, _ = told_in("A", report, minute=2 * HOUR)
    assert {"report.filed", "report.filed.caller"} <= told
    told, reason = told_in("B", report, minute=2 * HOUR)
    assert told == {"rights.notice"}
    assert reason == {Reason.STUDY}


def test_tucson_draws_groups_by_a_stable_hash_half_and_half() -> None:
    drawn = [group_of(TUCSON, numbered(f"26-{n:06}"), BEGIN) for n in range(2000)]
    assert drawn == [group_of(TUCSON, numbered(f"26-{n:06}"), END) for n in range(2000)]
    assert 900 < drawn.count("B") < 1100


def test_tucson_switches_the_study_by_division_and_by_date() -> None:
    number = number_in("B")
    assert group_of(TUCSON, numbered(number, "SOUTH"), BEGIN) == "B"
    assert group_of(TUCSON, numbered(number, "east"), BEGIN) is None
    assert group_of(TUCSON, numbered(number), BEGIN - timedelta(days=1)) is None
    assert group_of(TUCSON, numbered(number), END + timedelta(days=1)) is None
    assert BEGIN < date(2026, 3, 4) < END


def test_tucson_gives_both_groups_their_rights_and_news_of_an_arrest() -> None:
    arrest = happens("arrest.made", 3 * HOUR, arrest_id="A1")
    for group in ("A", "B"):
        told, _ = told_in(group, filed(**IN_STUDY), arrest, minute=3 * HOUR)
        assert {"rights.notice", "arrest.made"} <= told


def test_tucson_asks_both_groups_the_same_questions() -> None:
    for group in ("A", "B"):
        told, _ = told_in(group, filed(**IN_STUDY), minute=5 * 24 * HOUR)
        assert "survey.after_report" in told


def test_tucson_surveys_by_text_and_never_in_the_night() -> None:
    (rule,) = [rule for rule in TUCSON.notices if rule.survey]
    assert [way.value for way in rule.by] == ["text"]
    evening = datetime(2026, 3, 10, 5, 0, tzinfo=UTC)  # ten in the evening in Tucson
    ruling = rule_on(
        TUCSON, rule.notice_class, now=evening, expires=evening + timedelta(days=3), opted_out=False
    )
    assert ruling.verdict is Verdict.WAIT


# Rights


def test_tucson_tells_victims_their_rights_in_the_words_of_arizona() -> None:
    (notice,) = [n for n in asked(TUCSON, filed(), minute=HOUR).notices if n.channel.value == "text"]
    assert notice.rule == "rights.notice"
    assert words(TUCSON, notice).endswith(
        "If within thirty days you are not notified of an arrest in your case, you may call 520-555-0100"
        " for the status of the case."
    )
    assert "waive" in words(TUCSON, notice)


def test_tucson_keeps_the_sentences_of_arizona_in_six_languages() -> None:
    assert {code for name, code in TUCSON.wording if name == "rights.thirty_days"} == {
        language.code for language in LANGUAGES
    }
    assert TUCSON.agency.rights[-1] == "rights.thirty_days"


def test_tucson_owes_the_rights_and_leaves_them_to_a_person_where_no_text_may_go() -> None:
    outcome = asked(TUCSON, filed(offenses=["11A"]), minute=HOUR)
    assert outcome.notices == ()
    assert [(task.kind, task.detail["notice"]) for task in outcome.tasks] == [
        ("owed_notice", "rights.notice")
    ]


# The portal: status, who is assigned, and arrests

TAKEN = happens("case.assigned", HOUR, assigned_to="Det. Ortiz", assigned_contact="+15205550188")
MOVED = happens("case.status_changed", 2 * HOUR, status="prosecutor")


def test_tucson_tells_those_who_enrolled_who_is_assigned_and_each_status() -> None:
    enrolled = asked(TUCSON, filed(), TAKEN, MOVED, context=ENROLLED)
    assert {"case.assigned", "case.updated"} <= {one.rule for one in enrolled.notices}
    nobody = asked(TUCSON, filed(), TAKEN, MOVED)
    assert not {"case.assigned", "case.updated"} & {one.rule for one in nobody.notices}


ARREST = happens(
    "arrest.made",
    90,
    arrest_id="A1",
    appearance="March 5, 9 AM, Pima County Superior Court",
    custody_phone="+15205550142",
)


@pytest.mark.parametrize("context", [Context(), ENROLLED], ids=["not enrolled", "enrolled"])
def test_tucson_tells_every_victim_of_an_arrest_enrolled_or_not_and_once(context: Context) -> None:
    outcome = asked(TUCSON, filed(), ARREST, context=context)
    assert [way for way in sent(outcome) if way[0] == "arrest.made"] == [
        ("arrest.made", "victim", "text"),
        ("arrest.made", "victim", "email"),
    ]


def test_tucson_tells_of_an_arrest_all_that_arizona_wants_told() -> None:
    outcome = asked(TUCSON, filed(), ARREST)
    (notice, _) = [one for one in outcome.notices if one.rule == "arrest.made"]
    assert words(TUCSON, notice) == (
        "Tucson Police: An arrest was made in your case 26-000123. The person arrested may be released at any time."
        " First court appearance: March 5, 9 AM, Pima County Superior Court. Jail information: 520-555-0142."
        " Release alerts (VINE): www.vinelink.com."
    )


def test_tucson_tells_of_an_arrest_at_once_at_any_hour() -> None:
    (rule,) = [rule for rule in TUCSON.notices if rule.on is EventType.ARREST_MADE]
    assert (rule.delay, rule.notice_class) == (timedelta(0), NoticeClass.STATUTORY)
    night = datetime(2026, 3, 10, 10, 0, tzinfo=UTC)  # three in the morning in Tucson
    ruling = rule_on(TUCSON, rule.notice_class, now=night, expires=night + rule.expires, opted_out=False)
    assert ruling.verdict is Verdict.SEND


# Letters only to those who can't be reached otherwise


def test_tucson_writes_letters_only_to_those_without_phone_and_email() -> None:
    unreachable = VICTIM | {"party.victim.phone": None, "party.victim.email": None} | ADDRESS
    events = (filed(unreachable), ARREST)
    assert set(sent(asked(TUCSON, *events, minute=2 * HOUR))) == {
        (rule, "victim", "letter") for rule in ("report.filed", "rights.notice", "arrest.made")
    }
    reachable = asked(TUCSON, filed(VICTIM, ADDRESS), ARREST, minute=2 * HOUR)
    assert "letter" not in {way for _, _, way in sent(reachable)}


def test_tucson_leaves_to_a_person_only_what_it_owes_to_who_cannot_be_reached_at_all() -> None:
    nowhere = VICTIM | {"party.victim.phone": None, "party.victim.email": None}
    outcome = asked(TUCSON, filed(nowhere), ARREST, minute=2 * HOUR)
    assert outcome.notices == ()
    assert {task.detail["notice"] for task in outcome.tasks} == {"rights.notice", "arrest.made"}


# Whom it never tells anything by itself


@pytest.mark.parametrize(
    ("facts", "reason"),
    [
        ({"offenses": ["11A"]}, Reason.SENSITIVE_OFFENSE),
        ({"offenses": ["13B"]}, Reason.DOMESTIC_VIOLENCE),
        ({"offenses": ["13B"], "party.victim.relationships": ["SE"]}, Reason.DOMESTIC_VIOLENCE),
        ({"party.victim.relationships": ["BG"]}, Reason.DOMESTIC_VIOLENCE),
        ({"party.victim.birth_date": "2015-01-01"}, Reason.MINOR),
        ({"party.victim.victim_type": "L"}, Reason.OFFICER_VICTIM),
        ({"offenses": ["35A"]}, Reason.NOT_ALLOWED),
    ],
)
def test_tucson_tells_nobody_by_itself_whom_that_could_harm(facts: dict[str, Any], reason: Reason) -> None:
    outcome = asked(TUCSON, filed(VICTIM, **facts), minute=2 * HOUR)
    assert outcome.notices == ()
    assert why(outcome, "report.filed") == {reason}


def test_tucson_tells_the_victim_of_an_assault_by_a_stranger() -> None:
    report = filed(VICTIM, **{"offenses": ["13B"], "party.victim.relationships": ["ST"]})
    assert "report.filed" in rules_told(report, 2 * HOUR)


def test_tucson_texts_about_no_call() -> None:
    assert not [rule for rule in TUCSON.notices if rule.on.about == "call"]
