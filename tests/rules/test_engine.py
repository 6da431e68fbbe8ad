from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from locales import Link, Phone, Say
from rules.conditions import SAMPLE
from rules.engine import Context, Outcome, TimerWanted, decide
from rules.facts import condition_values, facts_of
from rules.policy import NoticeClass, Policy
from rules.records import occasion_of
from rules.suppression import Reason, Suppressed
from rules.values import FACTS, Call, Case, Event, EventType, Party, Record, Role
from tests.rules.given import (
    CALLER_PHONE,
    DEMO,
    NOON,
    OTHER_PHONE,
    VICTIM_PHONE,
    call,
    caller,
    case,
    demo,
    event,
    happened,
    victim,
)

NOBODY_ELSE = Context()
ARREST = event("arrest.made", {"arrest_id": "A1"})
CHILD = victim(id="child", birth_date=date(2015, 1, 1), phone=OTHER_PHONE)
PARENT = Party("parent", Role.REPRESENTATIVE, phone=VICTIM_PHONE, represents="child")


def decided(
    told: Event, record: Record, policy: Policy = DEMO, context: Context = NOBODY_ELSE, now: datetime = NOON
) -> Outcome:
    return decide(policy, replace(record, happened=happened(told)), now, context)


def reasons(outcome: Outcome) -> list[Reason | None]:
    return [d.suppressed.reason if d.suppressed else None for d in outcome.decisions]


# What goes out


def test_a_caller_on_a_mobile_phone_gets_a_confirmation_that_lives_half_an_hour() -> None:
    outcome = decided(event("call.received"), call(stage=EventType.CALL_RECEIVED))
    (notice,) = outcome.notices
    assert (notice.rule, notice.party.id, notice.occasion, notice.page) == (
        "call.received",
        "caller",
        "",
        False,
    )
    assert notice.parts == ("call.received", "footer.help_stop")
    assert notice.notice_class is NoticeClass.CONFIRMATION
    assert (notice.due, notice.expires) == (NOON, NOON + timedelta(minutes=30))
    assert reasons(outcome) == [None]
    assert outcome.tasks == ()


def test_a_report_is_told_after_the_delay_with_a_page() -> None:
    policy = demo(("    delay: 0m\n", "    delay: 2h\n"))
    assert decided(event("report.filed"), case(), policy) == Outcome(
        timers=(TimerWanted("report.filed", "", NOON + timedelta(hours=2)),)
    )
    later = NOON + timedelta(hours=2)
    (notice,) = decided(event("report.filed"), case(), policy, now=later).notices
    assert notice.page
    assert notice.due == later
    assert notice.expires == NOON + timedelta(days=3)


def test_the_life_of_a_notice_begins_when_it_happened_not_when_it_was_told() -> None:
    (notice,) = decided(event("report.filed", time=NOON - timedelta(hours=5)), case()).notices
    assert notice.expires == NOON + timedelta(days=3) - timedelta(hours=5)


def test_a_feed_whose_clock_is_ahead_does_not_delay_its_notices() -> None:
    (notice,) = decided(event("report.filed", time=NOON + timedelta(hours=7)), case()).notices
    assert (notice.due, notice.expires) == (NOON, NOON + timedelta(days=3))


def test_an_event_that_no_notice_is_about_calls_for_nothing() -> None:
    for kind in ("call.arrived", "case.closed", "report.updated"):
        assert decided(event(kind), case() if kind != "call.arrived" else call()) == Outcome()


def test_every_notice_about_an_event_is_decided() -> None:
    second = (
        "{id: again, on: call.received, to: [caller], message: [call.closed], class: survey, expires: 1h}"
    )
    policy = demo(("\nnotices:\n", f"\nnotices:\n  - {second}\n"))
    outcome = decided(event("call.received"), call(), policy)
    assert [notice.rule for notice in outcome.notices] == ["again", "call.received"]


def test_the_same_question_always_has_the_same_answer() -> None:
    told = event("report.filed")
    assert decided(told, case()) == decided(told, case())


# To whom


def test_victim_and_caller_are_told_each_for_themselves() -> None:
    outcome = decided(event("report.filed"), case(parties=(caller(), victim())))
    assert [notice.party.id for notice in outcome.notices] == ["victim", "caller"]


def test_a_caller_who_is_the_victim_is_told_once_as_the_victim() -> None:
    outcome = decided(event("report.filed"), case(parties=(caller(phone=VICTIM_PHONE), victim())))
    assert [notice.party.id for notice in outcome.notices] == ["victim"]
    assert reasons(outcome) == [None, Reason.SAME_NUMBER]
    assert outcome.tasks == ()


def test_only_the_roles_a_rule_names_are_told() -> None:
    assert decided(ARREST, case(parties=(caller(),))).notices == ()
    witness = Party("w", Role.WITNESS, phone=OTHER_PHONE)
    (notice,) = decided(ARREST, case(parties=(victim(), witness))).notices
    assert notice.party.id == "victim"


def test_one_who_enrolled_is_told_of_an_arrest_though_no_victim() -> None:
    record = case(parties=(victim(), caller()))
    outcome = decided(
        ARREST, record, context=Context(enrolled={"arrests": frozenset({CALLER_PHONE, VICTIM_PHONE})})
    )
    assert [notice.party.id for notice in outcome.notices] == ["victim", "caller"]


BY_OTHER = {topic: frozenset({OTHER_PHONE}) for topic in ("updates", "arrests")}
CHANGED = event("case.status_changed", {"status": "prosecutor"})
BY_BOTH = Context(
    enrolled={topic: frozenset({CALLER_PHONE, VICTIM_PHONE}) for topic in ("updates", "arrests")}
)


def test_whoever_enrolled_for_them_is_told_of_changes_and_nobody_else() -> None:
    record = case(status="prosecutor", parties=(victim(), caller()))
    (notice,) = decided(
        CHANGED, record, context=Context(enrolled={"updates": frozenset({CALLER_PHONE})})
    ).notices
    assert (notice.rule, notice.party.id, notice.occasion) == ("case.updated", "caller", "prosecutor")
    assert notice.facts["status"] == Say("case_status.prosecutor")
    assert decided(CHANGED, record) == Outcome()


def test_a_victim_who_also_enrolled_gets_one_text() -> None:
    for told, status in ((CHANGED, "prosecutor"), (ARREST, "arrest")):
        outcome = decided(told, case(status=status), context=BY_BOTH)
        assert [notice.party.id for notice in outcome.notices] == ["victim"]
        assert reasons(outcome) == [None]


def test_a_victim_hears_of_an_arrest_by_its_own_notice_and_not_by_the_status_too() -> None:
    record = case(status="arrest", parties=(victim(), caller()))
    outcome = decided(event("case.status_changed", {"status": "arrest"}), record, context=BY_BOTH)
    assert [notice.party.id for notice in outcome.notices] == ["caller"]
    assert reasons(outcome) == [Reason.CONDITION, None]


def test_a_new_number_of_a_victims_is_told_of_what_it_enrolled_for() -> None:
    contact = Party("contact:1", Role.REPRESENTATIVE, phone=OTHER_PHONE)
    silent = Party("contact:2", Role.REPRESENTATIVE, phone="+15205550154")
    context = Context(enrolled=BY_OTHER, contacts=(contact, silent))
    outcome = decided(CHANGED, case(status="prosecutor"), context=context)
    assert [notice.party for notice in outcome.notices] == [contact]
    outcome = decided(ARREST, case(), context=context)
    assert [notice.party.id for notice in outcome.notices] == ["victim", "contact:1"]
    outcome = decided(event("report.filed"), case(), context=context)
    assert [notice.party.id for notice in outcome.notices] == ["victim"]


def test_a_new_number_that_has_come_onto_the_report_since_gets_one_text() -> None:
    contact = Party("contact:1", Role.REPRESENTATIVE, phone=VICTIM_PHONE)
    context = Context(enrolled={"updates": frozenset({VICTIM_PHONE})}, contacts=(contact,))
    outcome = decided(CHANGED, case(status="prosecutor"), context=context)
    assert [notice.party.id for notice in outcome.notices] == ["victim"]
    assert reasons(outcome) == [None, Reason.SAME_NUMBER]


def test_a_new_number_that_is_also_a_suspects_is_told_nothing() -> None:
    contact = Party("contact:1", Role.REPRESENTATIVE, phone=OTHER_PHONE)
    context = Context(enrolled=BY_OTHER, contacts=(contact,))
    record = case(status="prosecutor", parties=(victim(), Party("s", Role.SUSPECT, phone=OTHER_PHONE)))
    outcome = decided(CHANGED, record, context=context)
    assert reasons(outcome) == [Reason.ACCUSED_NUMBER]


def test_a_status_that_the_case_has_left_again_is_not_told() -> None:
    outcome = decided(CHANGED, case(status="closed"), context=BY_BOTH)
    assert outcome.notices == ()
    assert [decision.suppressed for decision in outcome.decisions] == [Suppressed(Reason.OVERTAKEN, "closed")]


CLOSED = """
  - {id: case.closed, on: case.closed, to: [enrolled], message: [case.updated], class: follow_up, expires: 3d,
     same_as: case.updated}
"""


def test_a_case_that_closed_is_told_once_whether_the_feed_calls_it_closed_or_its_status_so() -> None:
    policy = demo(("\nnotices:\n", f"\nnotices:\n{CLOSED}"))
    twice = happened(event("case.closed"), event("case.status_changed", {"status": "closed"}))
    outcome = decide(policy, replace(case(status="closed"), happened=twice), NOON, BY_BOTH)
    assert [notice.tells for notice in outcome.notices] == ["case.updated"]


ASSIGNED = """
  - {id: case.assigned, on: case.assigned, to: [victim], message: [case.assigned], class: follow_up, expires: 3d}
"""


def test_only_the_detective_who_has_the_case_now_is_named_and_only_once() -> None:
    policy = demo(("\nnotices:\n", f"\nnotices:\n{ASSIGNED}"))
    two = happened(*(event("case.assigned", {"assigned_to": name}) for name in ("Det. Ortiz", "Det. Lee")))
    outcome = decide(policy, replace(case(assigned_to="Det. Lee"), happened=two), NOON, NOBODY_ELSE)
    assert [notice.occasion for notice in outcome.notices] == ["Det. Lee"]
    assert set(reasons(outcome)) == {None, Reason.OVERTAKEN}


THANKS = """
  - {id: thanks, on: report.filed, to: [caller], message: [rights.notice], class: follow_up, expires: 3d,
     same_as: report.filed}

  - id: arrest.made
"""


def test_one_number_is_told_once_by_two_rules_that_tell_the_same() -> None:
    policy = demo(("    to: [victim, caller]\n", "    to: [victim]\n"), ("\n  - id: arrest.made\n", THANKS))
    parties = (caller(phone=VICTIM_PHONE), victim())
    outcome = decided(event("report.filed"), case(parties=parties), policy)
    assert [notice.rule for notice in outcome.notices] == ["report.filed"]
    assert reasons(outcome) == [None, Reason.SAME_NUMBER]
    outcome = decided(event("report.filed"), case(parties=(caller(), victim())), policy)
    assert [notice.rule for notice in outcome.notices] == ["report.filed", "thanks"]


def test_changes_of_a_case_that_may_not_be_texted_about_are_told_to_nobody() -> None:
    outcome = decided(CHANGED, case(status="prosecutor", offenses=("11A",)), context=BY_BOTH)
    assert reasons(outcome) == [Reason.SENSITIVE_OFFENSE]


def test_a_survey_is_asked_after_its_delay_and_has_no_sentences_of_the_catalogs() -> None:
    assert decided(event("call.closed"), call()).timers == (
        TimerWanted("survey.after_call", "", NOON + timedelta(seconds=3)),
    )
    outcome = decided(event("call.closed"), call(), now=NOON + timedelta(seconds=3))
    _, survey = outcome.notices
    assert (survey.rule, survey.survey, survey.parts) == ("survey.after_call", "after_call", ())
    assert survey.notice_class is NoticeClass.SURVEY
    assert survey.due == NOON + timedelta(seconds=3)


def test_one_notice_can_be_held_back_with_a_reason_and_the_others_stay() -> None:
    outcome = decided(event("call.closed"), call(), now=NOON + timedelta(minutes=1))
    closed, survey = outcome.notices
    held = outcome.without(survey, Suppressed(Reason.SURVEY_CAP))
    assert held.notices == (closed,)
    assert reasons(held) == [None, Reason.SURVEY_CAP]
    assert reasons(outcome) == [None, None]


def test_a_suspect_can_not_enroll() -> None:
    record = case(parties=(victim(), Party("s", Role.SUSPECT, phone=OTHER_PHONE)))
    outcome = decided(ARREST, record, context=Context(enrolled=BY_OTHER))
    assert [notice.party.id for notice in outcome.notices] == ["victim"]


def test_a_minor_is_stood_for_by_the_representative() -> None:
    outcome = decided(ARREST, case(parties=(CHILD, PARENT)))
    assert [notice.party.id for notice in outcome.notices] == ["parent"]


def test_a_minor_of_whom_nobody_is_the_representative_is_a_persons_task() -> None:
    outcome = decided(ARREST, case(parties=(CHILD, replace(PARENT, represents="somebody else"))))
    assert outcome.notices == ()
    assert reasons(outcome) == [Reason.MINOR]
    assert [task.detail["party"] for task in outcome.tasks] == ["child"]


def test_a_minor_who_comes_of_age_is_told_from_that_day() -> None:
    born = date(NOON.year - 18, NOON.month, NOON.day)
    record = case(parties=(replace(CHILD, birth_date=born), PARENT))
    told = replace(ARREST, time=NOON - timedelta(days=1))
    the_day_before = decided(told, record, now=NOON - timedelta(days=1))
    assert [notice.party.id for notice in the_day_before.notices] == ["parent"]
    assert [notice.party.id for notice in decided(told, record).notices] == ["child"]


def test_age_is_counted_by_the_date_where_the_agency_is() -> None:
    born = date(NOON.year - 18, 3, 5)
    still_the_fourth_in_phoenix = datetime(2026, 3, 5, 6, 59, tzinfo=UTC)
    record = case(parties=(replace(CHILD, birth_date=born), PARENT))
    outcome = decided(ARREST, record, now=still_the_fourth_in_phoenix)
    assert [notice.party.id for notice in outcome.notices] == ["parent"]


def test_two_victims_are_two_decisions() -> None:
    other = victim(id="other", phone=None)
    outcome = decided(ARREST, case(parties=(other, victim())))
    assert [(d.party_id, bool(d.suppressed)) for d in outcome.decisions] == [
        ("other", True),
        ("victim", False),
    ]


# Why not


def test_history_is_silent_and_opens_no_task() -> None:
    assert decided(replace(ARREST, history=True), case()) == Outcome()
    assert decided(replace(ARREST, history=True), case(parties=())) == Outcome()


@pytest.mark.parametrize(("age", "stale"), [(timedelta(minutes=29), False), (timedelta(minutes=30), True)])
def test_an_event_as_old_as_the_life_of_its_notice_is_stale(age: timedelta, stale: bool) -> None:
    outcome = decided(event("call.received", time=NOON - age), call())
    assert reasons(outcome) == [Reason.STALE if stale else None]


def test_a_notice_about_a_stage_that_the_call_has_left_is_not_sent() -> None:
    arrived = call(stage=EventType.CALL_ARRIVED)
    for kind in ("call.received", "call.dispatched"):
        assert reasons(decided(event(kind), arrived)) == [Reason.OVERTAKEN]


def test_a_condition_that_does_not_hold_is_told_as_the_reason() -> None:
    for service in (None, "VOIP"):
        outcome = decided(event("call.received"), call(parties=(caller(class_of_service=service),)))
        assert reasons(outcome) == [Reason.CONDITION]
        (decision,) = outcome.decisions
        assert decision.suppressed
        assert decision.suppressed.detail == "party.wireless"


def test_what_led_to_the_case_is_looked_at() -> None:
    context = Context(linked_calls=(call(type_code="FAMILY TROUBL-DV"),))
    assert reasons(decided(event("report.filed"), case(), context=context)) == [Reason.DOMESTIC_VIOLENCE]


def test_what_came_of_the_call_is_looked_at() -> None:
    context = Context(linked_cases=(case(offenses=("11A",)),))
    assert set(
        reasons(decided(event("call.closed"), call(), context=context, now=NOON + timedelta(minutes=1)))
    ) == {Reason.SENSITIVE_OFFENSE}


# Tasks


def test_an_unknown_code_is_one_task_a_day_where_the_agency_is() -> None:
    evening = datetime(2026, 3, 5, 6, 59, tzinfo=UTC)  # 23:59 on the fourth in Phoenix
    keys = set()
    for now in (NOON, evening, evening + timedelta(minutes=1)):
        for number in ("1", "2"):
            record = replace(call(type_code="flooding ", type_codes=("FLOODING",)), number=number)
            (task,) = decided(event("call.received", time=now), record, now=now).tasks
            assert task.kind == "unknown_code"
            assert task.detail["code"] == "FLOODING"
            keys.add(task.key)
    assert keys == {"unknown:FLOODING:2026-03-04", "unknown:FLOODING:2026-03-05"}


def test_one_event_asks_for_one_task_however_many_parties_and_notices_it_has() -> None:
    outcome = decided(event("report.filed"), case(offenses=("999",), parties=(victim(), caller())))
    assert len(outcome.decisions) == 2
    assert [task.key for task in outcome.tasks] == ["unknown:999:2026-03-04"]


@pytest.mark.parametrize("facts", [{"type_code": "BATTERY DV"}, {"priority": "1"}, {"in_progress": True}])
def test_what_is_suppressed_and_owed_to_nobody_opens_no_task(facts: dict[str, Any]) -> None:
    assert decided(event("call.received"), call(**facts)).tasks == ()


@pytest.mark.parametrize(
    ("record", "reason"),
    [
        (case(offenses=("11A",)), Reason.SENSITIVE_OFFENSE),
        (case(offenses=("13B",)), Reason.DOMESTIC_VIOLENCE),
        (case(offenses=None), Reason.OFFENSE_UNKNOWN),
        (case(offenses=("999",)), Reason.UNKNOWN_CODE),
        (case(offenses=("200",)), Reason.NOT_ALLOWED),
        (case(parties=(victim(phone=None),)), Reason.NO_PHONE),
        (case(parties=(victim(), Party("s", Role.SUSPECT, phone=VICTIM_PHONE))), Reason.ACCUSED_NUMBER),
        (case(parties=(victim(victim_type="L"),)), Reason.OFFICER_VICTIM),
    ],
)
def test_what_is_owed_and_suppressed_is_a_persons_task_with_a_time(record: Case, reason: Reason) -> None:
    outcome = decided(ARREST, record)
    assert outcome.notices == ()
    (task,) = outcome.tasks
    assert task.kind == "owed_notice"
    assert task.due == NOON + timedelta(hours=24)
    assert task.detail == {
        "notice": "arrest.made",
        "number": "26-000123",
        "party": "victim",
        "reason": reason.value,
    }


def test_what_is_owed_and_came_too_late_to_text_is_a_task_too() -> None:
    (task,) = decided(replace(ARREST, time=NOON - timedelta(days=8)), case()).tasks
    assert task.detail["reason"] == Reason.STALE


def test_what_is_owed_is_a_task_of_its_own_for_each_victim_and_each_arrest() -> None:
    record = case(offenses=("11A",), parties=(victim(), victim(id="other")))
    first = decided(ARREST, record).tasks
    again = decided(replace(ARREST, id="told twice"), record).tasks
    second = decided(event("arrest.made", {"arrest_id": "A2"}), record).tasks
    assert [task.key for task in first] == [task.key for task in again]
    assert len({task.key for task in (*first, *second)}) == 4


def test_an_owed_notice_with_nobody_to_tell_is_a_task_where_there_should_be_a_victim() -> None:
    outcome = decided(ARREST, case(parties=(caller(),)))
    assert [(d.party_id, d.suppressed and d.suppressed.reason) for d in outcome.decisions] == [
        ("", Reason.NO_PARTY)
    ]
    assert [task.detail["party"] for task in outcome.tasks] == [""]
    assert len(decided(ARREST, case(offenses=None, parties=())).tasks) == 1


def test_society_as_the_victim_is_nobody_to_tell() -> None:
    society = victim(victim_type="S", phone=None, birth_date=None)
    assert decided(ARREST, case(offenses=("35A",), parties=(society,))) == Outcome()


def test_no_task_holds_a_name_or_a_number() -> None:
    record = case(offenses=("11A",), parties=(victim(name="Jamie"),))
    for task in decided(ARREST, record).tasks:
        assert "Jamie" not in str(task)
        assert "555" not in str(task)


# Occasions


def test_a_second_arrest_is_news_and_the_first_told_again_is_not() -> None:
    again = replace(ARREST, id="again", time=NOON + timedelta(hours=1))
    assert occasion_of(ARREST) == occasion_of(again) == "A1"
    assert occasion_of(event("arrest.made", {"arrest_id": "A2"})) == "A2"


def test_arrests_that_the_feed_does_not_name_are_told_apart_by_their_time() -> None:
    unnamed = event("arrest.made", {"arrest_id": None})
    assert occasion_of(unnamed) == occasion_of(replace(unnamed, id="again"))
    assert occasion_of(unnamed) != occasion_of(replace(unnamed, time=NOON + timedelta(days=1)))


@pytest.mark.parametrize(
    ("kind", "data", "occasion"),
    [
        ("case.assigned", {"assigned_to": "Det. Ortiz"}, "Det. Ortiz"),
        ("case.assigned", {}, ""),
        ("case.closed", {}, "closed"),
        ("case.status_changed", {"status": "prosecutor"}, "prosecutor"),
        ("call.closed", {"status": "x", "arrest_id": "A1"}, ""),
        ("report.filed", {}, ""),
    ],
)
def test_an_occasion_is_what_makes_the_event_news(kind: str, data: dict[str, str], occasion: str) -> None:
    assert occasion_of(event(kind, data)) == occasion


# Facts


def test_the_facts_of_a_call_are_its_numbers_and_its_officer() -> None:
    record = call(officer="Officer Lee", officer_contact="+15205550160", report_number="26-000123")
    assert facts_of(DEMO, record) == {
        "agency": "Saguaro Police",
        "phone": Phone("+15205550100"),
        "records_phone": Phone("+15205550101"),
        "advocate_phone": Phone("+15205550102"),
        "vine": "www.vinelink.com",
        "officer": "Officer Lee",
        "officer_contact": Phone("+15205550160"),
        "call_number": "P260304-0001",
        "report_number": "26-000123",
    }


def test_the_facts_of_a_case_say_its_status_in_our_words() -> None:
    record = case(
        status="arrest", appearance="March 5, 9 AM", custody_phone="+15205550170", assigned_to="Det. Ortiz"
    )
    facts = facts_of(DEMO, record)
    assert facts["status"] == Say("case_status.arrest")
    assert facts["custody_phone"] == Phone("+15205550170")
    assert (facts["assigned_to"], facts["appearance"]) == ("Det. Ortiz", "March 5, 9 AM")


def test_the_facts_of_a_case_say_whom_to_call_its_detective_its_station_and_its_investigators() -> None:
    known = facts_of(DEMO, case(division="WEST", unit="Fraud", assigned_contact="+15205550171"))
    assert known["detective_contact"] == Phone("+15205550171")
    assert known["substation_phone"] == Phone("+15205550110")
    assert known["unit_phone"] == Phone("+15205550113")
    assert "substation_phone" not in facts_of(DEMO, case(division="north"))
    assert "unit_phone" not in facts_of(DEMO, case(division="west", unit="arson"))


def test_the_address_of_the_portal_is_a_fact_where_the_agency_has_one() -> None:
    policy = demo(("  vine: ", "  portal: https://cases.saguaro.example/portal/\n  vine: "))
    assert facts_of(policy, case())["portal"] == Link("https://cases.saguaro.example/portal/")
    assert "portal" not in facts_of(DEMO, case())


@pytest.mark.parametrize("contact", ["lee@saguaro.example", "+", "+lee", "ext. 12"])
def test_a_contact_that_is_no_phone_stands_as_it_is(contact: str) -> None:
    assert facts_of(DEMO, call(officer_contact=contact))["officer_contact"] == contact


def test_no_fact_tells_of_a_place_an_offense_a_name_or_how_a_case_was_cleared() -> None:
    secret = "exceptional clearance D: victim refused to cooperate"
    person = victim(name=secret)
    records: tuple[Record, ...] = (
        call(type_code=secret, type_codes=(secret,), disposition=secret, district=secret, parties=(person,)),
        case(offenses=(secret,), division=secret, unit=secret, parties=(person,)),
    )
    for record in records:
        facts = facts_of(DEMO, record)
        assert secret not in str(facts)
        assert set(facts) <= FACTS


# Conditions

HAPPENED = happened(ARREST)[0]


def test_a_condition_may_ask_about_just_what_the_engine_tells() -> None:
    full_party = caller(language="en", victim_type="I")
    full_call = call(how_received="911", district="west", disposition="x", report_number="1")
    full_case = case(division="west", unit="property", assigned_to="x")
    told = condition_values(HAPPENED, full_call, full_party) | condition_values(
        HAPPENED, full_case, full_party
    )
    assert {name: set(facts) for name, facts in told.items()} == {
        name: set(facts) for name, facts in SAMPLE.items()
    }


def test_what_is_not_known_is_absent_so_that_asking_closes_the_gate() -> None:
    values = condition_values(HAPPENED, Call("1"), Party("x", Role.CALLER))
    assert values == {
        "event": {"type": "arrest.made"},
        "party": {"role": "caller", "wireless": False},
        "call": {},
    }
