from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import Any

import pytest

from rules.offenses import domestic_relationships, relationships
from rules.suppression import Reason, Subject, may_automate, overtaken, why_not
from rules.values import Call, Case, EventType, Party, Record, Role
from tests.rules.given import (
    CALLER_PHONE,
    DEMO,
    NOON,
    OTHER_PHONE,
    TODAY,
    VICTIM_PHONE,
    call,
    call_told,
    caller,
    case,
    case_told,
    demo,
    event,
    victim,
)

ASSAULTS = demo(
    ('    - "220"  # burglary\n', '    - "220"\n    - "13A"\n    - "13B"\n    - "13C"\n    - "120"\n')
)
SUSPECT = Party("suspect", Role.SUSPECT, phone=OTHER_PHONE)


def reason(record: Record, party: Party | None = None, policy: Any = DEMO, **linked: Any) -> Reason | None:
    found = why_not(Subject(policy, record, party or record.parties[0], TODAY, **linked))
    return found.reason if found else None


def test_a_harmless_call_and_a_harmless_case_are_texted() -> None:
    assert reason(call()) is None
    assert reason(case()) is None


# The call stage


@pytest.mark.parametrize(
    ("facts", "expected"),
    [
        ({"type_code": None, "type_codes": ()}, Reason.UNKNOWN_CODE),
        ({"type_code": "FLOODING", "type_codes": ("FLOODING",)}, Reason.UNKNOWN_CODE),
        ({"type_code": "THEFTS", "type_codes": ()}, Reason.UNKNOWN_CODE),
        ({"priority": None}, Reason.PRIORITY_UNKNOWN),
        ({"priority": "0"}, Reason.HIGHEST_PRIORITY),
        ({"priority": " 1 "}, Reason.HIGHEST_PRIORITY),
        ({"in_progress": True}, Reason.IN_PROGRESS),
        ({"how_received": "officer"}, Reason.OFFICER_INITIATED),
        ({"how_received": "self_initiated"}, Reason.OFFICER_INITIATED),
        ({"how_received": "On-View"}, Reason.OFFICER_INITIATED),
        ({"how_received": "radio"}, Reason.OFFICER_INITIATED),
        ({"how_received": "Self"}, Reason.OFFICER_INITIATED),
        ({"how_received": "O/V"}, Reason.OFFICER_INITIATED),
        ({"how_received": "911 hang-up"}, Reason.HANG_UP),
        ({"type_code": "BATTERY DV", "type_codes": ()}, Reason.DOMESTIC_VIOLENCE),
        ({"type_code": "911 HANGUP", "type_codes": ()}, Reason.HANG_UP),
        ({"type_code": "TRAFFIC STOP", "type_codes": ()}, Reason.OFFICER_INITIATED),
        ({"type_code": "THEFT IN PROG", "type_codes": ()}, Reason.IN_PROGRESS),
        ({"type_code": "SUICIDAL", "type_codes": ()}, Reason.NEVER_AUTOMATED),
    ],
)
def test_a_call_is_not_texted_when(facts: dict[str, Any], expected: Reason) -> None:
    assert reason(call(**facts)) is expected


@pytest.mark.parametrize(
    "facts",
    [
        {"type_code": "theft", "type_codes": ()},
        {"type_code": " Entry  autos", "type_codes": ()},
        {"how_received": None},
        {"how_received": "non_emergency"},
        {"in_progress": None},
    ],
)
def test_a_call_is_texted_when(facts: dict[str, Any]) -> None:
    assert reason(call(**facts)) is None


def test_an_empty_record_is_not_texted() -> None:
    assert reason(Call("1"), caller()) is Reason.UNKNOWN_CODE
    assert reason(Case("1"), victim()) is Reason.OFFENSE_UNKNOWN
    assert reason(Case("1", offenses=()), victim()) is Reason.OFFENSE_UNKNOWN


def test_a_call_that_was_domestic_violence_for_a_minute_stays_suspect() -> None:
    record = call_told(
        event(
            "call.received",
            {
                "type_code": "trbl w/subj-dv",
                "priority": "3",
                "party.c.role": "caller",
                "party.c.phone": CALLER_PHONE,
            },
        ),
        event("call.reclassified", {"type_code": "THEFT"}, id="z"),
    )
    assert reason(record) is Reason.DOMESTIC_VIOLENCE


def test_a_call_that_had_a_type_nobody_knows_is_not_texted_though_its_type_now_is_allowed() -> None:
    assert reason(call(type_codes=("10-61", "THEFT"))) is Reason.UNKNOWN_CODE


def test_a_type_that_the_agency_knows_and_does_not_text_is_not_unknown() -> None:
    policy = demo(
        ('  highest_priority: ["0", "1"]', '  highest_priority: ["0", "1"]\n  not_texted: [accident]')
    )
    assert reason(call(type_code="ACCIDENT", type_codes=()), policy=policy) is Reason.NOT_ALLOWED
    assert reason(call(type_codes=("10-61", "ACCIDENT")), policy=policy) is Reason.UNKNOWN_CODE


def test_a_feed_without_priorities_can_be_texted_only_if_the_policy_says_so() -> None:
    policy = demo(('  highest_priority: ["0", "1"]', "  priority_required: no"))
    assert reason(call(priority=None), policy=policy) is None


def test_a_call_is_as_silent_as_the_case_that_came_of_it() -> None:
    assert reason(call(), linked_cases=(case(offenses=("11A",)),)) is Reason.SENSITIVE_OFFENSE
    assert reason(call(), linked_cases=(case(offenses=("13B",)),)) is Reason.DOMESTIC_VIOLENCE
    assert (
        reason(call(), linked_cases=(case(parties=(victim(relationships=("XS",)),)),))
        is Reason.DOMESTIC_VIOLENCE
    )
    assert reason(call(), linked_cases=(case(),)) is None


def test_a_domestic_relationship_told_at_the_call_stage_counts_whatever_the_type_says() -> None:
    assert reason(call(parties=(caller(relationships=("SE",)),))) is Reason.DOMESTIC_VIOLENCE


# The report stage

DOMESTIC = [
    "SE",
    "CS",
    "XS",
    "BG",
    "XR",
    "CH",
    "PA",
    "CF",
    "SB",
    "IL",
    "SP",
    "SC",
    "SS",
    "GP",
    "GC",
    "OF",
    "BE",
]
NOT_DOMESTIC = ["AQ", "FR", "NE", "EE", "ER", "OK", "ST"]


def test_every_relationship_is_in_one_of_the_lists_below() -> None:
    assert set(relationships()) == {*DOMESTIC, *NOT_DOMESTIC, "RU", "VO"}
    assert domestic_relationships() == set(DOMESTIC)


@pytest.mark.parametrize("code", DOMESTIC)
@pytest.mark.parametrize("offense", ["13A", "13B", "13C", "120", "23H", "290", "220"])
def test_a_domestic_relationship_silences_every_case(code: str, offense: str) -> None:
    for told in ((code,), ("ST", code), (code.lower(),)):
        record = case(offenses=(offense,), parties=(victim(relationships=told),))
        assert reason(record, policy=ASSAULTS) is Reason.DOMESTIC_VIOLENCE


@pytest.mark.parametrize("code", NOT_DOMESTIC)
@pytest.mark.parametrize("offense", ["13A", "13B", "13C", "120", "23H"])
def test_another_relationship_does_not(code: str, offense: str) -> None:
    assert (
        reason(case(offenses=(offense,), parties=(victim(relationships=(code,)),)), policy=ASSAULTS) is None
    )


@pytest.mark.parametrize("told", [None, (), ("RU",), ("ST", "RU"), ("ZZ",), ("ST", "ZZ")])
@pytest.mark.parametrize("offense", ["13A", "13B", "13C"])
def test_an_assault_or_threat_without_a_known_relationship_counts_as_domestic(
    offense: str, told: Any
) -> None:
    record = case(offenses=("23H", offense), parties=(victim(relationships=told),))
    assert reason(record, policy=ASSAULTS) is Reason.DOMESTIC_VIOLENCE


@pytest.mark.parametrize("told", [None, (), ("RU",), ("ZZ",)])
def test_a_theft_without_a_known_relationship_does_not(told: Any) -> None:
    assert reason(case(parties=(victim(relationships=told),))) is None


def test_one_victims_relationship_silences_the_others_and_the_caller() -> None:
    other = victim(id="other", phone=OTHER_PHONE, relationships=("SE",))
    record = case(parties=(victim(relationships=("ST",)), other, caller()))
    assert {reason(record, party) for party in record.parties} == {Reason.DOMESTIC_VIOLENCE}


def test_an_assault_with_no_victim_on_the_record_counts_as_domestic() -> None:
    assert reason(case(offenses=("13B",), parties=(caller(),)), policy=ASSAULTS) is Reason.DOMESTIC_VIOLENCE


def test_a_business_has_no_relationship_and_no_age_to_be_missed() -> None:
    shop = victim(id="shop", phone=OTHER_PHONE, victim_type="B", birth_date=None)
    record = case(offenses=("13A",), parties=(victim(relationships=("ST",)), shop))
    assert reason(record, shop, policy=ASSAULTS) is None
    assert reason(case(offenses=("13A",), parties=(shop,)), policy=ASSAULTS) is Reason.DOMESTIC_VIOLENCE


def test_the_victims_of_the_call_need_not_tell_their_relationship_again() -> None:
    before = call(type_code="REPORTS", parties=(victim(),))
    record = case(offenses=("13A",), parties=(victim(relationships=("ST",)),))
    assert reason(record, policy=ASSAULTS, linked_calls=(before,)) is None


def test_a_relationship_told_as_one_text_is_not_read_letter_by_letter() -> None:
    facts = {
        "offenses": "290",
        "party.v.role": "victim",
        "party.v.phone": VICTIM_PHONE,
        "party.v.relationships": "SE",
    }
    assert reason(case_told(event("report.filed", facts))) is Reason.DOMESTIC_VIOLENCE


@pytest.mark.parametrize(
    "code", ["11A", "11B", "11C", "11D", "36A", "36B", "64A", "64B", "09A", "09B", "09C", "100"]
)
def test_a_sensitive_offense_is_never_texted_even_beside_a_harmless_one(code: str) -> None:
    assert reason(case(offenses=(code,))) is Reason.SENSITIVE_OFFENSE
    assert reason(case(offenses=("23H", code.lower()))) is Reason.SENSITIVE_OFFENSE


def test_an_offense_that_the_policy_left_out_is_not_texted_and_one_that_nibrs_has_not_is_unknown() -> None:
    assert reason(case(offenses=("200",))) is Reason.NOT_ALLOWED
    assert reason(case(offenses=("23H", "35A"))) is Reason.NOT_ALLOWED
    assert reason(case(offenses=("23H", "999"))) is Reason.UNKNOWN_CODE


@pytest.mark.parametrize(
    "code", ["BATTERY DV", "SEX ASSAULT", "STALKING", "CHILD ABUSE", "SHOOTING", "ELDER ABUSE"]
)
def test_the_call_that_led_to_a_case_silences_it_when_it_was_about_a_subject_never_automated(
    code: str,
) -> None:
    for before in (call(type_code=code), call(type_codes=(code, "THEFT"))):
        assert reason(case(), linked_calls=(before,)) in {Reason.DOMESTIC_VIOLENCE, Reason.NEVER_AUTOMATED}


@pytest.mark.parametrize("code", ["ROBBERY ARMED", "BURGLARY IN PROGRESS", "FLOODING", "THREAT"])
def test_a_robbery_is_not_texted_while_it_is_a_call_but_its_victim_may_be_hours_later(code: str) -> None:
    before = call(type_code=code, priority="1", in_progress=True)
    assert reason(before) is not None
    assert reason(case(), linked_calls=(before,)) is None


# Every stage


@pytest.mark.parametrize(
    "role", [r for r in Role if r not in {Role.CALLER, Role.VICTIM, Role.REPRESENTATIVE}]
)
def test_nobody_but_callers_victims_and_representatives_is_texted(role: Role) -> None:
    party = Party("x", role, phone=OTHER_PHONE)
    assert reason(call(parties=(party,))) is Reason.ROLE
    assert reason(case(parties=(party,))) is Reason.ROLE


@pytest.mark.parametrize("role", [Role.SUSPECT, Role.ARRESTEE])
@pytest.mark.parametrize("spelled", ["+15205550152", "520-555-0152", "(520) 555 0152", "1 520 555 0152"])
def test_a_number_that_is_victim_and_suspect_silences_everybody_on_the_record(
    role: Role, spelled: str
) -> None:
    accused = Party("a", role, phone=spelled)
    record = case(parties=(victim(), accused, caller()))
    assert reason(record, record.parties[0]) is Reason.ACCUSED_NUMBER
    assert reason(record, caller()) is Reason.ACCUSED_NUMBER
    assert reason(case(), linked_calls=(call(parties=(accused,)),)) is Reason.ACCUSED_NUMBER


def test_a_suspect_with_another_number_or_none_silences_nobody() -> None:
    assert reason(case(parties=(victim(), SUSPECT))) is None
    assert reason(case(parties=(victim(), replace(SUSPECT, phone=None)))) is None


def test_a_victim_who_was_also_an_offender_is_not_texted() -> None:
    assert reason(case(parties=(victim(relationships=("VO",)),))) is Reason.ACCUSED_NUMBER


@pytest.mark.parametrize("last", ["00", "01", "02", "03", "10", "11", "23", "91"])
def test_no_line_of_the_agency_is_texted(last: str) -> None:
    assert reason(call(parties=(caller(phone=f"+152055501{last}"),))) is Reason.AGENCY_NUMBER


def test_an_officers_number_is_not_texted_whatever_role_it_stands_in() -> None:
    officer = Party("o", Role.OFFICER, phone=CALLER_PHONE)
    assert reason(call(parties=(caller(), officer))) is Reason.AGENCY_NUMBER
    hurt = victim(id="o", phone=CALLER_PHONE, victim_type="L")
    assert reason(case(parties=(caller(), hurt))) is Reason.AGENCY_NUMBER


def test_an_officer_who_is_a_victim_is_never_texted() -> None:
    assert reason(case(parties=(victim(victim_type="L"),))) is Reason.OFFICER_VICTIM


BIRTHDAY = date(TODAY.year - 18, TODAY.month, TODAY.day)


@pytest.mark.parametrize(
    ("born", "minor"),
    [
        (BIRTHDAY, False),
        (date(BIRTHDAY.year, BIRTHDAY.month, BIRTHDAY.day + 1), True),
        (date(BIRTHDAY.year, BIRTHDAY.month, BIRTHDAY.day - 1), False),
        (date(2015, 1, 1), True),
        (date(2008, 2, 29), False),
        (date.max, True),
    ],
)
def test_a_minor_is_not_texted_by_age_on_that_day(born: date, minor: bool) -> None:
    assert (reason(case(parties=(victim(birth_date=born),))) is Reason.MINOR) is minor


def test_one_born_on_a_leap_day_comes_of_age_on_the_first_of_march() -> None:
    party = victim(birth_date=date(2008, 2, 29))
    young = Subject(DEMO, case(parties=(party,)), party, date(2026, 2, 28))
    assert (found := why_not(young))
    assert found.reason is Reason.MINOR
    assert why_not(replace(young, today=date(2026, 3, 1))) is None


def test_a_minors_representative_is_texted_even_on_the_phone_that_stands_at_the_minor() -> None:
    parent = Party("parent", Role.REPRESENTATIVE, phone=VICTIM_PHONE, represents="victim")
    record = case(parties=(victim(birth_date=date(2015, 1, 1)), parent, caller(phone=VICTIM_PHONE)))
    assert reason(record, parent) is None
    assert reason(record, record.parties[2]) is Reason.MINOR


def test_a_representative_who_is_a_minor_is_not_texted() -> None:
    sister = Party(
        "s", Role.REPRESENTATIVE, phone=OTHER_PHONE, birth_date=date(2010, 1, 1), represents="victim"
    )
    assert reason(case(parties=(sister,))) is Reason.MINOR


def test_the_age_of_a_victim_must_be_known_only_for_a_crime_against_a_person() -> None:
    unknown = victim(birth_date=None, relationships=("ST",))
    assert reason(case(offenses=("13A",), parties=(unknown,)), policy=ASSAULTS) is Reason.AGE_UNKNOWN
    assert reason(case(parties=(unknown,))) is None
    assert reason(call(parties=(unknown,))) is None


@pytest.mark.parametrize("service", [None, "WRLS", "WPH1", "wph2", "RESD", "BUSN", "VOIP", "MOBL", "?"])
def test_a_phone_that_may_be_mobile_is_texted(service: str | None) -> None:
    assert reason(call(parties=(caller(class_of_service=service),))) is None


@pytest.mark.parametrize("service", ["COIN", "PAY$", "pbx", "CNTX", " RPBX"])
def test_a_pay_phone_or_a_switchboard_is_not(service: str) -> None:
    assert reason(call(parties=(caller(class_of_service=service),))) is Reason.NOT_WIRELESS


@pytest.mark.parametrize("phone", [None, ""])
def test_nobody_is_texted_without_a_phone(phone: str | None) -> None:
    assert reason(call(parties=(caller(phone=phone),))) is Reason.NO_PHONE


def test_a_reason_never_holds_a_name_or_a_number() -> None:
    parties = (
        victim(name="Jamie"),
        Party("s", Role.SUSPECT, phone=VICTIM_PHONE),
        caller(phone="+15205550100"),
    )
    for party in parties:
        found = why_not(Subject(DEMO, case(parties=parties), party, TODAY))
        assert found is not None
        assert "Jamie" not in found.detail
        assert "555" not in found.detail


# Alerts that somebody asks for


def test_alerts_on_a_harmless_case_may_be_automatic() -> None:
    assert may_automate(DEMO, case(), NOON)


@pytest.mark.parametrize(
    ("record", "linked"),
    [
        (case(offenses=None), ()),
        (case(offenses=("11A",)), ()),
        (case(offenses=("13B",)), ()),
        (case(offenses=("200",)), ()),
        (case(parties=(victim(relationships=("SE",)),)), ()),
        (case(parties=(victim(), replace(SUSPECT, phone=VICTIM_PHONE))), ()),
        (case(), (call(type_code="BATTERY DV"),)),
    ],
)
def test_alerts_on_a_case_that_is_not_texted_may_not_be(record: Case, linked: tuple[Call, ...]) -> None:
    assert not may_automate(DEMO, record, NOON, linked)


def test_alerts_to_a_minor_may_not_be_automatic_but_to_the_representative_they_may() -> None:
    child = victim(birth_date=date(2015, 1, 1))
    parent = Party("parent", Role.REPRESENTATIVE, phone=OTHER_PHONE, represents="victim")
    record = case(parties=(child, parent))
    assert not may_automate(DEMO, record, NOON, asking=child)
    assert may_automate(DEMO, record, NOON, asking=parent)


# Overtaken


@pytest.mark.parametrize(
    ("told_by", "now"),
    [
        ("call.received", "call.dispatched"),
        ("call.received", "call.canceled"),
        ("call.dispatched", "call.arrived"),
        ("call.dispatched", "call.diverted"),
        ("call.diverted", "call.dispatched"),
        ("call.delayed", "call.arrived"),
        ("call.delayed", "call.closed"),
    ],
)
def test_a_notice_about_a_stage_left_behind_is_overtaken(told_by: str, now: str) -> None:
    found = overtaken(call(stage=EventType(now)), EventType(told_by))
    assert found is not None
    assert (found.reason, found.detail) == (Reason.OVERTAKEN, now)


@pytest.mark.parametrize(
    ("told_by", "now"),
    [
        ("call.received", "call.received"),
        ("call.closed", "call.closed"),
        ("call.closed", "call.canceled"),
        ("call.delayed", "call.delayed"),
        ("call.received", None),
    ],
)
def test_a_notice_about_where_the_call_stands_is_not(told_by: str, now: str | None) -> None:
    assert overtaken(call(stage=EventType(now) if now else None), EventType(told_by)) is None


def test_a_case_is_never_overtaken() -> None:
    assert overtaken(case(), EventType.CALL_RECEIVED) is None
