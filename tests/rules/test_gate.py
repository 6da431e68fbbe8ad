from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rules.gate import SEND, Ruling, Verdict, quiet_until, rule_on
from rules.policy_keys import NoticeClass, NoticeRule, Policy, QuietHours
from rules.suppression import Reason, Subject
from rules.values import EventType
from rules.zones import zone_of
from tests.rules.given import DEMO, NOON, TODAY, call, case


def quiet(
    zone: str = "America/Phoenix", begin: str = "21:00", end: str = "08:00", statutory: bool = False
) -> Policy:
    hours = QuietHours(begin=begin, end=end, statutory=statutory)  # type: ignore[arg-type]
    agency = DEMO.agency.model_copy(update={"time_zone": zone})
    return DEMO.model_copy(update={"quiet_hours": hours, "agency": agency})


def rule(notice_class: NoticeClass = NoticeClass.FOLLOW_UP, policy: Policy = DEMO, **facts: object) -> Ruling:
    known: dict[str, object] = {"now": NOON, "expires": NOON + timedelta(days=3), "opted_out": False}
    return rule_on(policy, notice_class, **(known | facts))  # type: ignore[arg-type]


def until_day(policy: Policy, now: datetime) -> datetime | None:
    return quiet_until(policy.quiet_hours, now, policy.agency.zone)


def about(kind: str) -> NoticeRule:
    return NoticeRule.model_validate(
        {
            "id": "x",
            "on": kind,
            "to": ["caller"],
            "message": ["help"],
            "class": "confirmation",
            "expires": "1h",
        }
    )


NIGHT = datetime(2026, 3, 5, 5, 0, tzinfo=UTC)  # 22:00 in Phoenix
MORNING = datetime(2026, 3, 5, 15, 0, tzinfo=UTC)  # 08:00


@pytest.mark.parametrize("notice_class", NoticeClass)
def test_by_day_everything_that_nothing_speaks_against_is_sent(notice_class: NoticeClass) -> None:
    subject = Subject(DEMO, call(), call().parties[0], TODAY)
    assert rule(notice_class, quiet(), subject=subject) == SEND


@pytest.mark.parametrize("notice_class", NoticeClass)
def test_nothing_is_sent_at_or_after_its_expiry(notice_class: NoticeClass) -> None:
    assert rule(notice_class, expires=NOON) == Ruling(Verdict.DROP, Reason.STALE)
    assert rule(notice_class, expires=NOON + timedelta(microseconds=1)) == SEND
    assert rule(notice_class, expires=None) == SEND


@pytest.mark.parametrize("notice_class", NoticeClass)
def test_after_stop_only_safety_and_answers_are_sent(notice_class: NoticeClass) -> None:
    ruling = rule(notice_class, opted_out=True)
    if notice_class in {NoticeClass.SAFETY, NoticeClass.ANSWER}:
        assert ruling == SEND
    else:
        assert ruling == Ruling(Verdict.DROP, Reason.OPTED_OUT)


def test_a_call_reclassified_to_domestic_violence_drops_what_waits() -> None:
    record = call(type_codes=("BATTERY DV", "THEFT"))
    ruling = rule(NoticeClass.CONFIRMATION, subject=Subject(DEMO, record, record.parties[0], TODAY))
    assert (ruling.verdict, ruling.reason) == (Verdict.DROP, Reason.DOMESTIC_VIOLENCE)
    assert ruling.detail == "BATTERY DV: domestic_violence"


def test_a_statutory_notice_too_is_dropped_when_the_case_has_become_sensitive() -> None:
    record = case(offenses=("11A",))
    ruling = rule(NoticeClass.STATUTORY, subject=Subject(DEMO, record, record.parties[0], TODAY))
    assert ruling.reason is Reason.SENSITIVE_OFFENSE


def test_a_notice_about_a_stage_that_the_call_has_left_since_is_dropped() -> None:
    record = call(stage=EventType.CALL_ARRIVED)
    subject = Subject(DEMO, record, record.parties[0], TODAY)
    assert rule(subject=subject, rule=about("call.delayed")).reason is Reason.OVERTAKEN
    assert rule(subject=subject, rule=about("call.closed")) == SEND
    assert rule(subject=subject) == SEND


# Held, because somebody may have meant "stop"


def test_a_held_number_waits_and_what_would_be_stale_by_then_is_dropped() -> None:
    until = NOON + timedelta(hours=24)
    assert rule(held_until=until) == Ruling(Verdict.WAIT, Reason.UNCLEAR_OPT_OUT, until=until)
    assert rule(held_until=until, expires=until) == Ruling(Verdict.DROP, Reason.STALE, "unclear_opt_out")
    assert rule(held_until=NOON) == SEND


def test_what_the_law_owes_does_not_wait_for_it_but_goes_to_a_person() -> None:
    until = NOON + timedelta(hours=24)
    assert rule(NoticeClass.STATUTORY, held_until=until) == Ruling(Verdict.DROP, Reason.UNCLEAR_OPT_OUT)


@pytest.mark.parametrize("notice_class", [NoticeClass.SAFETY, NoticeClass.ANSWER])
def test_answers_are_never_held(notice_class: NoticeClass) -> None:
    assert rule(notice_class, held_until=NOON + timedelta(hours=1)) == SEND


# Quiet hours


@pytest.mark.parametrize("notice_class", [NoticeClass.FOLLOW_UP, NoticeClass.SURVEY])
def test_follow_ups_and_surveys_wait_for_the_morning(notice_class: NoticeClass) -> None:
    assert rule(notice_class, quiet(), now=NIGHT) == Ruling(Verdict.WAIT, Reason.QUIET_HOURS, until=MORNING)


@pytest.mark.parametrize(
    "notice_class", [NoticeClass.SAFETY, NoticeClass.ANSWER, NoticeClass.STATUTORY, NoticeClass.CONFIRMATION]
)
def test_safety_answers_confirmations_and_what_the_law_wants_go_at_any_hour(
    notice_class: NoticeClass,
) -> None:
    assert rule(notice_class, quiet(), now=NIGHT) == SEND


def test_an_agency_may_let_statutory_notices_wait_too() -> None:
    policy = quiet(statutory=True)
    assert rule(NoticeClass.STATUTORY, policy, now=NIGHT).until == MORNING
    assert rule(NoticeClass.SAFETY, policy, now=NIGHT) == SEND


def test_what_would_be_stale_by_the_morning_is_dropped_at_once() -> None:
    ruling = rule(NoticeClass.FOLLOW_UP, quiet(), now=NIGHT, expires=MORNING)
    assert ruling == Ruling(Verdict.DROP, Reason.STALE, "quiet_hours")


@pytest.mark.parametrize("hour", range(24))
def test_quiet_hours_with_the_same_begin_and_end_are_none(hour: int) -> None:
    now = NOON.replace(hour=hour)
    assert until_day(DEMO, now) is None
    assert until_day(quiet(begin="09:00", end="09:00"), now) is None


def at(local: str, zone: str, fold: int = 0) -> datetime:
    return datetime.fromisoformat(local).replace(tzinfo=ZoneInfo(zone), fold=fold).astimezone(UTC)


@pytest.mark.parametrize(
    ("local", "until"),
    [
        ("2026-03-04T20:59:59", None),
        ("2026-03-04T21:00", "2026-03-05T08:00"),
        ("2026-03-04T23:59:59.999999", "2026-03-05T08:00"),
        ("2026-03-05T00:00", "2026-03-05T08:00"),
        ("2026-03-05T07:59:59", "2026-03-05T08:00"),
        ("2026-03-05T08:00", None),
        ("2026-12-31T22:00", "2027-01-01T08:00"),
    ],
)
def test_quiet_hours_over_midnight(local: str, until: str | None) -> None:
    zone = "America/Phoenix"
    assert until_day(quiet(zone), at(local, zone)) == (at(until, zone) if until else None)


@pytest.mark.parametrize(
    ("local", "inside"), [("T12:59", False), ("T13:00", True), ("T14:59", True), ("T15:00", False)]
)
def test_quiet_hours_within_a_day(local: str, inside: bool) -> None:
    zone = "America/Phoenix"
    found = until_day(quiet(zone, "13:00", "15:00"), at(f"2026-03-04{local}", zone))
    assert found == (at("2026-03-04T15:00", zone) if inside else None)


@pytest.mark.parametrize(
    ("zone", "evening", "hours"),
    [
        ("America/New_York", "2026-03-06T22:00", 10),
        ("America/New_York", "2026-03-07T22:00", 9),  # clocks go forward on the eighth
        ("America/New_York", "2026-10-31T22:00", 11),  # and back on the first
        ("America/Phoenix", "2026-03-07T22:00", 10),
        ("America/Phoenix", "2026-10-31T22:00", 10),
    ],
)
def test_eight_o_clock_is_eight_o_clock_on_the_wall_when_the_clocks_change(
    zone: str, evening: str, hours: int
) -> None:
    now = at(evening, zone)
    assert until_day(quiet(zone), now) == now + timedelta(hours=hours)


def test_an_end_that_the_clocks_skip_comes_an_hour_later_on_the_wall() -> None:
    zone = "America/New_York"
    found = until_day(quiet(zone, "21:00", "02:30"), at("2026-03-08T01:59", zone))
    assert found == at("2026-03-08T03:30", zone)


def test_an_end_that_comes_twice_is_never_behind_us() -> None:
    zone = "America/New_York"
    policy = quiet(zone, "21:00", "01:45")
    assert until_day(policy, at("2026-11-01T01:30", zone)) == at("2026-11-01T01:45", zone)
    again = at("2026-11-01T01:30", zone, fold=1)
    assert until_day(policy, again) == at("2026-11-01T01:45", zone, fold=1)


def test_it_is_not_enough_that_it_is_day_where_the_agency_is() -> None:
    now = at("2026-03-04T21:30", "America/New_York")  # half past seven in Phoenix
    found = rule(NoticeClass.SURVEY, quiet(), now=now, zone=ZoneInfo("America/New_York"))
    assert found.until == at("2026-03-05T08:00", "America/Phoenix"), "for then it is ten in New York"


@given(
    st.datetimes(datetime(2026, 1, 1), datetime(2027, 1, 1), timezones=st.just(UTC)),  # noqa: DTZ001
    st.sampled_from(["America/New_York", "America/Phoenix", "America/Chicago"]),
    st.times().map(lambda t: t.strftime("%H:%M")),
    st.times().map(lambda t: t.strftime("%H:%M")),
)
def test_what_waits_waits_into_the_future_a_day_at_most_and_then_goes(
    now: datetime, zone: str, begin: str, end: str
) -> None:
    policy = quiet(zone, begin, end)
    until = until_day(policy, now)
    if until is not None:
        assert now < until <= now + timedelta(hours=25)


# Where the number is at home


@pytest.mark.parametrize(
    ("phone", "zone"),
    [
        ("+15205550131", "America/Phoenix"),
        ("+18135550131", "America/New_York"),
        ("+12135550131", "America/Los_Angeles"),
        ("+18005550131", None),
        ("+447700900123", None),
        ("+1", None),
        (None, None),
    ],
)
def test_a_number_tells_its_zone_by_its_area(phone: str | None, zone: str | None) -> None:
    assert zone_of(phone) == (ZoneInfo(zone) if zone else None)


@pytest.mark.parametrize(
    ("local", "until"),
    [
        ("2026-03-04T12:00", None),
        ("2026-03-04T18:30", None),  # half past eight in New York
        ("2026-03-04T19:30", "2026-03-05T08:00"),  # half past nine there
        ("2026-03-05T06:30", "2026-03-05T08:00"),
    ],
)
def test_it_must_be_day_where_the_agency_is_and_where_the_number_is(local: str, until: str | None) -> None:
    """Winter: New York is two hours ahead of Phoenix."""
    phoenix, new_york = "America/Phoenix", ZoneInfo("America/New_York")
    found = rule(policy=quiet(phoenix), now=at(local, phoenix), expires=None, zone=new_york)
    assert found.until == (at(until, phoenix) if until else None)


def test_a_coast_further_west_wakes_up_later() -> None:
    found = rule(
        policy=quiet("America/New_York"),
        now=at("2026-03-04T08:30", "America/New_York"),
        expires=None,
        zone=ZoneInfo("America/Los_Angeles"),
    )
    assert found.until == at("2026-03-04T11:00", "America/New_York")


def test_on_the_days_the_clocks_change_tampa_moves_and_phoenix_does_not() -> None:
    for zone, hours in (("America/New_York", 9), ("America/Phoenix", 10)):
        late = at("2026-03-07T22:00", zone)
        found = rule(policy=quiet(zone), now=late, expires=None)
        assert found.until == late + timedelta(hours=hours)
    for zone, hours in (("America/New_York", 11), ("America/Phoenix", 10)):
        late = at("2026-10-31T22:00", zone)
        assert rule(policy=quiet(zone), now=late, expires=None).until == late + timedelta(hours=hours)


def test_quiet_hours_that_leave_no_common_day_end_in_a_wait_and_not_in_a_hang() -> None:
    policy = quiet("America/Phoenix", "09:00", "08:30")
    found = rule(policy=policy, now=NOON, expires=None, zone=ZoneInfo("Asia/Tokyo"))
    assert found.verdict is Verdict.WAIT


# Hours of its own for a class


def with_hours_for(**classes: dict[str, str]) -> Policy:
    hours = QuietHours.model_validate({"begin": "21:00", "end": "08:00", "classes": classes})
    return DEMO.model_copy(update={"quiet_hours": hours})


@pytest.mark.parametrize(
    ("notice_class", "local", "until"),
    [
        (NoticeClass.SURVEY, "2026-03-04T19:30", "2026-03-05T10:00"),
        (NoticeClass.SURVEY, "2026-03-05T08:30", "2026-03-05T10:00"),
        (NoticeClass.FOLLOW_UP, "2026-03-04T19:30", None),
        (NoticeClass.FOLLOW_UP, "2026-03-04T23:30", "2026-03-05T08:00"),
        (NoticeClass.STATUTORY, "2026-03-05T02:00", "2026-03-05T05:00"),
        (NoticeClass.STATUTORY, "2026-03-04T23:30", None),
        (NoticeClass.CONFIRMATION, "2026-03-04T23:30", None),
        (NoticeClass.ANSWER, "2026-03-05T02:00", None),
        (NoticeClass.SAFETY, "2026-03-05T02:00", None),
    ],
)
def test_a_class_may_have_quiet_hours_of_its_own(
    notice_class: NoticeClass, local: str, until: str | None
) -> None:
    policy = with_hours_for(
        survey={"begin": "19:00", "end": "10:00"}, statutory={"begin": "01:00", "end": "05:00"}
    )
    found = rule(notice_class, policy, now=at(local, "America/Phoenix"), expires=None)
    assert found.until == (at(until, "America/Phoenix") if until else None)


@pytest.mark.parametrize("notice_class", ["answer", "safety"])
def test_what_answers_a_person_never_waits_whatever_a_policy_says(notice_class: str) -> None:
    with pytest.raises(ValueError, match="never waits"):
        with_hours_for(**{notice_class: {"begin": "21:00", "end": "08:00"}})
