from datetime import UTC, date, datetime, timedelta, timezone
from itertools import permutations
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rules.records import as_call, as_case, merge
from rules.values import Event, EventType, Role
from tests.rules.given import NOON, call_told, case_told, event, told

VALUES = st.one_of(st.none(), st.booleans(), st.text(max_size=3), st.lists(st.text(max_size=2), max_size=2))
KEYS = st.sampled_from(
    [
        "type_code",
        "priority",
        "status",
        "stage",
        "offenses",
        "party.a.b.phone",
        "party.a.role",
        "type.X",
        "party.",
        "x",
    ]
)
TIMES = st.datetimes(datetime(2026, 1, 1), datetime(2026, 1, 2), timezones=st.just(UTC)) | st.just(NOON)  # noqa: DTZ001


@st.composite
def histories(draw: st.DrawFn) -> list[Event]:
    """Events as feeds send them: each with a name of its own, many at the same time."""
    names = draw(st.lists(st.text(min_size=1, max_size=3), unique=True, max_size=6))
    return [
        Event(
            source=draw(st.sampled_from(["cad", "rms"])),
            id=name,
            type=draw(st.sampled_from(EventType)),
            subject="1",
            time=draw(TIMES),
            data=draw(st.dictionaries(KEYS, VALUES, max_size=4)),
        )
        for name in names
    ]


@given(histories(), st.data())
def test_any_order_and_any_repetition_of_the_events_gives_the_same_record(
    events: list[Event], data: st.DataObject
) -> None:
    repeated = data.draw(
        st.permutations(events + data.draw(st.lists(st.sampled_from(events or [event("feed.heartbeat")]))))
    )
    assert told(*(e for e in repeated if events)) == told(*events)


@given(histories())
def test_an_event_told_again_changes_nothing(events: list[Event]) -> None:
    once = told(*events)
    for one in events:
        assert merge(once, one) == once


@given(histories())
def test_reading_a_record_never_fails_whatever_a_feed_has_told(events: list[Event]) -> None:
    as_call("1", told(*events))
    as_case("1", told(*events))


def test_merging_leaves_the_old_record_as_it_was() -> None:
    before = told(event("call.received", {"type_code": "THEFT"}))
    kept = dict(before)
    merge(before, event("call.closed", {"type_code": "FRAUD"}, time=NOON + timedelta(hours=1)))
    assert before == kept


def test_the_later_event_wins_each_fact_on_its_own() -> None:
    first = event("call.received", {"type_code": "THEFT", "district": "west"})
    second = event("call.dispatched", {"type_code": "FRAUD"}, time=NOON + timedelta(seconds=1))
    for order in permutations([first, second]):
        known = call_told(*order)
        assert (known.type_code, known.district) == ("FRAUD", "west")


def test_a_time_without_fractions_of_a_second_is_earlier_than_one_with_them() -> None:
    later = event("call.closed", {"disposition": "late"}, time=NOON + timedelta(microseconds=1))
    assert call_told(later, event("call.closed", {"disposition": "early"})).disposition == "late"


def test_times_are_compared_as_moments_whatever_their_offset() -> None:
    arizona = timezone(timedelta(hours=-7))
    early = event("call.received", {"district": "a"}, time=NOON.astimezone(arizona))
    late = event("call.received", {"district": "b"}, time=NOON + timedelta(minutes=1))
    assert call_told(late, early).district == "b"


def test_of_two_stages_in_the_same_minute_the_later_stage_wins() -> None:
    stages = [event("call.received", id="9"), event("call.dispatched", id="5"), event("call.closed", id="1")]
    for order in permutations(stages):
        assert call_told(*order).stage is EventType.CALL_CLOSED


def test_a_reclassification_is_no_stage() -> None:
    later = event("call.reclassified", {"type_code": "FRAUD"}, time=NOON + timedelta(minutes=1))
    assert call_told(event("call.dispatched"), later).stage is EventType.CALL_DISPATCHED


def test_a_call_remembers_every_type_it_had_each_once() -> None:
    known = call_told(
        event("call.received", {"type_code": "Battery  dv"}),
        event("call.reclassified", {"type_code": "BATTERY DV"}, time=NOON + timedelta(minutes=1)),
        event("call.reclassified", {"type_code": "THEFT"}, time=NOON + timedelta(minutes=2)),
    )
    assert known.type_code == "THEFT"
    assert known.type_codes == ("BATTERY DV", "THEFT")


def test_a_type_and_a_party_id_may_hold_dots() -> None:
    known = call_told(
        event("call.received", {"type_code": "459.5 P.C.", "party.a.b.c.phone": "+15205550151"})
    )
    assert known.type_codes == ("459.5 P.C.",)
    assert [(p.id, p.phone) for p in known.parties] == [("a.b.c", "+15205550151")]


def test_a_key_that_names_no_party_is_nobody() -> None:
    assert call_told(event("call.received", {"party.phone": "+15205550151", "party.": "x"})).parties == ()


def test_numbers_are_read_as_codes() -> None:
    known = call_told(event("call.received", {"type_code": 415, "priority": 1}))
    assert (known.type_code, known.type_codes, known.priority) == ("415", ("415",), "1")


@pytest.mark.parametrize(
    ("kind", "status"),
    [
        ("report.filed", "open"),
        ("case.assigned", "assigned"),
        ("case.closed", "closed"),
        ("arrest.made", "arrest"),
        ("report.updated", None),
    ],
)
def test_an_event_tells_the_status_that_it_is_by_being_what_it_is(kind: str, status: str | None) -> None:
    assert case_told(event(kind, {"status": None})).status == status


def test_a_status_that_is_told_wins_over_the_one_an_event_is() -> None:
    assert case_told(event("case.closed", {"status": "inactive"})).status == "inactive"


def test_a_status_that_we_have_no_sentence_for_is_not_known() -> None:
    assert case_told(event("case.status_changed", {"status": "Exceptional clearance D"})).status is None


def test_none_is_not_told_and_does_not_undo_what_was() -> None:
    later = event("report.updated", {"offenses": None}, time=NOON + timedelta(days=1))
    assert case_told(event("report.filed", {"offenses": ["220"]}), later).offenses == ("220",)


@pytest.mark.parametrize("told_as", ["SE", "se", ["SE"], ("se",), " SE ", "AQ,SE", "AQ;SE", "AQ SE"])
def test_a_relationship_is_read_whole_however_it_is_written(told_as: Any) -> None:
    (party,) = case_told(event("report.filed", {"party.v.relationships": told_as})).parties
    assert party.relationships is not None
    assert "SE" in party.relationships


def test_a_role_that_we_do_not_know_is_other_and_a_missing_one_too() -> None:
    parties = case_told(event("report.filed", {"party.a.role": "Complainant", "party.b.phone": "1"})).parties
    assert {p.role for p in parties} == {Role.OTHER}
    (party,) = case_told(event("report.filed", {"party.a.role": " Victim"})).parties
    assert party.role is Role.VICTIM


@pytest.mark.parametrize(
    ("told_as", "read"),
    [
        ("2012-05-06", date(2012, 5, 6)),
        ("2012-05-06T00:00:00Z", date(2012, 5, 6)),
        (date(2012, 5, 6), date(2012, 5, 6)),
        ("", None),
        ("05/06/2012", date.max),
        ("unknown", date.max),
    ],
)
def test_a_birth_date_that_cannot_be_read_counts_as_a_childs(told_as: Any, read: date | None) -> None:
    (party,) = case_told(event("report.filed", {"party.v.birth_date": told_as})).parties
    assert party.birth_date == read


@pytest.mark.parametrize(
    ("told_as", "read"),
    [
        (True, True),
        (False, False),
        ("no", False),
        ("false", False),
        (0, False),
        ("yes", True),
        ("perhaps", True),
    ],
)
def test_what_is_not_clearly_no_is_in_progress(told_as: Any, read: bool) -> None:
    assert call_told(event("call.received", {"in_progress": told_as})).in_progress is read


def test_whether_it_is_in_progress_is_not_known_unless_told() -> None:
    assert call_told(event("call.received")).in_progress is None


@pytest.mark.parametrize("told_as", ["yesterday", "2026-03-04T10:00:00", 7])
def test_a_report_time_without_offset_is_not_known(told_as: Any) -> None:
    assert case_told(event("report.filed", {"reported_at": told_as})).reported_at is None


def test_a_record_reads_back_all_its_facts() -> None:
    known = case_told(
        event(
            "report.filed",
            {
                "offenses": ["220", "290"],
                "officer.name": "Officer Lee",
                "officer.contact": "+15205550160",
                "division": "west",
                "unit": "property",
                "assigned_to": "Det. Ortiz",
                "reported_at": "2026-03-04T10:00:00-07:00",
                "call_number": "P1",
                "party.v.role": "victim",
                "party.v.language": "es",
                "party.v.class_of_service": "wph2",
                "party.v.victim_type": "i",
                "party.r.role": "representative",
                "party.r.represents": "v",
            },
        ),
        event("arrest.made", {"appearance": "March 5, 9 AM", "custody_phone": "+15205550170"}),
    )
    assert known.reported_at == datetime(2026, 3, 4, 17, tzinfo=UTC)
    assert (known.officer, known.officer_contact, known.assigned_to) == (
        "Officer Lee",
        "+15205550160",
        "Det. Ortiz",
    )
    assert (known.appearance, known.custody_phone, known.call_number) == (
        "March 5, 9 AM",
        "+15205550170",
        "P1",
    )
    representative, person = known.parties
    assert representative.represents == person.id
    assert (person.language, person.class_of_service, person.victim_type) == ("es", "WPH2", "I")
