"""Playing through events of the past: who is told what and when, by the events' own clock."""

from __future__ import annotations

import random
from collections.abc import Iterable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from gateway.rehearsal.line import ALREADY_TOLD, NOT_YET
from gateway.rehearsal.play import Line, _Play, play
from gateway.rehearsal.wording import Wording
from locales import FOLDER, Catalogs, bill
from rules.policy import PinnedPolicy, parse
from rules.survey import load_all
from rules.values import Event, EventType

CATALOGS = Catalogs.load(FOLDER)
SURVEYS = load_all()
NOON = datetime(2026, 6, 1, 19, tzinfo=UTC)  # in Phoenix
POLICY = """\
agency: {id: test, name: Test Police, long_name: Test Police, time_zone: America/Phoenix,
  phone: "+15205550100", records_phone: "+15205550101"}
allowed: {call_types: [THEFT], offenses: [23H], not_texted: [PATROLS], priority_required: no}
conversation: {offer_languages: [es]}
notices:
  - {id: call.received, on: call.received, to: [caller], message: [call.received], class: confirmation, expires: 30m}
  - {id: call.closed, on: call.closed, to: [caller], message: [call.closed], class: follow_up, expires: 12h}
  - {id: survey.after_call, on: call.closed, to: [caller], survey: after_call, class: survey, delay: 1d, expires: 3d}
  - {id: call.late, on: call.received, to: [caller], message: [call.delayed], class: confirmation, delay: 20m,
     expires: 1h, until: [call.dispatched, call.arrived, call.closed, call.canceled]}
  - {id: arrest.made, on: arrest.made, to: [victim], message: [arrest.made], class: statutory, expires: 7d, owed: yes}
"""


def policy(source: str = POLICY) -> PinnedPolicy:
    return parse(source, "test.yaml", frozenset(m for m, _ in CATALOGS.sentences), frozenset(SURVEYS))


def event(kind: str, number: str, at: datetime, **data: Any) -> Event:
    flat = {name.replace("__", "."): value for name, value in data.items()}
    return Event("cad", f"{number}:{kind}:{at.isoformat()}", EventType(kind), number, at, flat)


def caller(phone: str = "+15205550142", **told: str) -> dict[str, str]:
    return {"party__caller__role": "caller", "party__caller__phone": phone} | {
        f"party__caller__{name}": value for name, value in told.items()
    }


def received(number: str, at: datetime, type_code: str = "THEFT", **data: Any) -> Event:
    return event("call.received", number, at, type_code=type_code, **(data or caller()))


def run(
    events: Iterable[Event], until: datetime | None = None, pinned: PinnedPolicy | None = None
) -> list[Line]:
    return list(play(pinned or policy(), events, catalogs=CATALOGS, surveys=SURVEYS, until=until))


def ends(lines: Iterable[Line]) -> list[tuple[str, str, str | None]]:
    return sorted((line.rule, line.outcome, line.reason) for line in lines)


def minutes(many: float) -> timedelta:
    return timedelta(minutes=many)


def test_a_call_is_confirmed_told_late_closed_and_surveyed_each_at_its_time() -> None:
    heartbeat = event("feed.heartbeat", "", NOON + minutes(19))
    feed = [received("1", NOON), heartbeat, event("call.closed", "1", NOON + minutes(40))]
    lines = run(feed)
    assert [(line.rule, line.outcome, line.at - NOON) for line in lines] == [
        ("call.received", "sent", minutes(0)),
        ("call.late", "sent", minutes(20)),
        ("call.closed", "sent", minutes(40)),
        ("survey.after_call", "sent", timedelta(days=1, minutes=40)),
    ]
    assert lines[0].text.startswith("Test Police: We received your call, number 1.")
    assert {(line.call_type, line.language, line.role, line.channel) for line in lines} == {
        ("THEFT", "en", "caller", "text")
    }


def test_only_the_first_text_offers_another_language() -> None:
    first, second = run([received("1", NOON), event("call.closed", "1", NOON + minutes(5))])[:2]
    assert [bill(line.text).segments for line in (first, second)] == [first.segments, second.segments]
    assert "español" in first.text.lower()
    assert "español" not in second.text.lower()


def test_who_speaks_another_language_reads_it() -> None:
    line = run([received("1", NOON, **caller(language="es"))])[0]
    assert (line.language, line.outcome) == ("es", "sent")
    assert line.text.startswith("Test Police: Recibimos")


def test_what_comes_at_night_waits_for_the_morning() -> None:
    night = datetime(2026, 6, 2, 5, tzinfo=UTC)  # 22:00 in Phoenix
    feed = [received("1", night - minutes(5)), event("call.closed", "1", night)]
    closed = next(line for line in run(feed) if line.rule == "call.closed")
    assert (closed.outcome, closed.at) == ("sent", datetime(2026, 6, 2, 15, tzinfo=UTC))


def test_what_would_be_stale_in_the_morning_is_dropped_with_its_reason() -> None:
    pinned = policy(POLICY.replace("class: follow_up, expires: 12h", "class: follow_up, expires: 2h"))
    night = datetime(2026, 6, 2, 5, tzinfo=UTC)
    feed = [received("1", night - minutes(5)), event("call.closed", "1", night)]
    closed = next(line for line in run(feed, pinned=pinned) if line.rule == "call.closed")
    assert (closed.outcome, closed.reason, closed.detail) == ("suppressed", "stale", "quiet_hours")


def test_a_call_that_becomes_domestic_violence_overnight_is_not_told_in_the_morning() -> None:
    night = datetime(2026, 6, 2, 5, tzinfo=UTC)
    feed = [
        received("1", night - minutes(5)),
        event("call.closed", "1", night),
        event("call.reclassified", "1", night + minutes(30), type_code="BATTERY DV"),
    ]
    closed = next(line for line in run(feed) if line.rule == "call.closed")
    assert (closed.outcome, closed.reason, closed.call_type) == (
        "suppressed",
        "domestic_violence",
        "BATTERY DV",
    )


def test_a_delay_is_not_told_of_a_call_that_was_reached() -> None:
    feed = [received("1", NOON), event("call.arrived", "1", NOON + minutes(20))]
    assert ("call.late", "suppressed", "overtaken") in ends(run(feed))


def test_nobody_is_told_of_a_delay_while_the_feed_is_silent() -> None:
    assert ("call.late", "suppressed", "feed_silent") in ends(run([received("1", NOON)]))
    beside = [received("1", NOON), received("2", NOON + minutes(19), "PATROLS")]
    assert ("call.late", "sent", None) in ends(run(beside))


def test_nobody_is_surveyed_twice_in_a_month() -> None:
    def one(number: str, at: datetime) -> list[Event]:
        return [received(number, at), event("call.closed", number, at + minutes(5))]

    days = [0, 10, 31]
    feed = [each for day in days for each in one(str(day), NOON + timedelta(days=day))]
    told = {line.record[1]: line.reason for line in run(feed) if line.rule == "survey.after_call"}
    assert told == {"0": None, "10": "survey_cap", "31": None}


def test_every_notice_of_a_call_ends_once_whatever_it_is() -> None:
    types = ["THEFT", "BATTERY DV", "PATROLS", "WHAT IS THIS", "SHOOTING"]
    feed = [received(code, NOON, code, **caller(f"+1520555{at:04}")) for at, code in enumerate(types)]
    feed += [event("call.closed", code, NOON + minutes(5)) for code in types]
    lines = [line for line in run(feed) if line.outcome != "task"]
    assert sorted((line.record[1], line.rule) for line in lines) == sorted(
        (code, rule.id) for code in types for rule in policy().policy.notices if rule.id != "arrest.made"
    )
    assert {line.record[1] for line in lines if line.outcome == "sent"} == {"THEFT"}


def test_an_unknown_code_is_one_task_a_day() -> None:
    feed = [received(str(hour), NOON + timedelta(hours=hour), "WHAT") for hour in range(20)]
    tasks = [line for line in run(feed) if line.outcome == "task"]
    assert [(line.reason, line.detail) for line in tasks] == [
        ("unknown_code", "WHAT, 2026-06-01"),
        ("unknown_code", "WHAT, 2026-06-02"),
    ]


def test_a_call_without_a_caller_says_so() -> None:
    feed = [event("call.received", "1", NOON, type_code="THEFT")]
    told = [(line.rule, line.reason, line.detail) for line in run(feed)]
    assert told == [("call.received", "no_party", "no caller"), ("call.late", "no_party", "no caller")]


def test_what_is_owed_and_may_not_be_sent_is_a_task_until_it_may() -> None:
    victim = {
        "party__v__role": "victim",
        "party__v__birth_date": "1980-01-01",
        "party__v__phone": "+15205550143",
    }
    filed = event("report.filed", "26-1", NOON, offenses=["23H"], **victim)
    arrest = event("arrest.made", "26-1", NOON + timedelta(days=20), arrest_id="A1")
    no_phone = replace(filed, data={name: told for name, told in filed.data.items() if "phone" not in name})
    phone_later = event("report.updated", "26-1", NOON + timedelta(days=21), party__v__phone="+15205550143")
    assert ends(run([filed, arrest])) == [("arrest.made", "sent", None)]
    assert ends(run([no_phone, arrest])) == [
        ("arrest.made", "suppressed", "no_phone"),
        ("arrest.made", "task", "owed_notice"),
    ]
    assert ends(run([no_phone, arrest, phone_later])) == [("arrest.made", "sent", None)]


def test_a_case_is_judged_by_the_call_that_led_to_it() -> None:
    feed = [
        received("1", NOON, "BATTERY DV"),
        event(
            "report.filed", "26-1", NOON + minutes(60), offenses=["23H"], call_number="1", party__v__role="victim",
            party__v__phone="+15205550143",
        ),
        event("arrest.made", "26-1", NOON + timedelta(days=30), arrest_id="A1"),
    ]  # fmt: skip
    arrest = next(line for line in run(feed) if line.rule == "arrest.made" and line.outcome != "task")
    assert (arrest.reason, arrest.call_type) == ("domestic_violence", "BATTERY DV")


def test_until_ends_the_clock_and_names_what_was_still_due() -> None:
    feed = [received("1", NOON), event("call.closed", "1", NOON + minutes(10))]
    told = ends(run(feed, until=NOON + minutes(5)))
    assert told == [("call.late", "suppressed", NOT_YET), ("call.received", "sent", None)]


def test_what_another_notice_told_is_not_told_again_and_says_so() -> None:
    more = POLICY + (
        "  - {id: call.delayed, on: call.delayed, to: [caller], message: [call.delayed], class: confirmation, "
        "expires: 30m, same_as: call.late}\n"
    )
    feed = [received("1", NOON), received("2", NOON + minutes(15), "PATROLS")]
    feed += [event("call.delayed", "1", NOON + minutes(25))]
    told = ends(line for line in run(feed, pinned=policy(more)) if line.record[1] == "1")
    assert told == [
        ("call.delayed", "suppressed", ALREADY_TOLD),
        ("call.late", "sent", None),
        ("call.received", "sent", None),
    ]


def test_history_calls_for_nothing() -> None:
    assert run([replace(received("1", NOON), history=True)]) == []


@pytest.mark.parametrize("many", [49, 120])
def test_abnormally_many_in_an_hour_would_be_held(many: int) -> None:
    feed = [
        received(str(at), NOON + timedelta(seconds=at), **caller(f"+1520555{at:04}")) for at in range(many)
    ]
    held = [line for line in run(feed) if line.reason == "surge"]
    assert [(line.rule, line.detail) for line in held] == (
        [("call.received", "51 in an hour, 50 expected at most")] if many > 50 else []
    )


@pytest.mark.parametrize("seed", range(30))
def test_a_call_that_is_ruled_out_ends_as_if_every_stage_were_asked_about_anew(seed: int) -> None:
    draw = random.Random(seed)
    types = ["THEFT", "BATTERY DV", "PATROLS", "SHOOTING", "WHAT", "TRAFFIC STOP", "FIGHT"]
    kinds = [
        "call.received",
        "call.received",
        "call.dispatched",
        "call.arrived",
        "call.closed",
        "call.reclassified",
    ]
    feed = []
    for turn in range(300):
        kind, number = draw.choice(kinds), str(draw.randrange(40))
        told: dict[str, Any] = dict(caller(f"+1520555{int(number):04}")) if draw.random() < 0.4 else {}
        if kind in {"call.received", "call.reclassified"}:
            told["type_code"] = draw.choice(types)
        if draw.random() < 0.1:
            told["report_number"] = f"26-{number}"
        at = NOON + minutes(3 * turn - draw.choice([0, 0, 0, 0, 50, 2000]))
        feed.append(event(kind, number, at, **told))
        if draw.random() < 0.05:
            feed.append(event("report.filed", f"26-{number}", at, offenses=["23H"], call_number=number))
    feed.sort(key=lambda one: one.time + timedelta(minutes=draw.choice([0, 0, 90])))

    def lived(asks_always: bool) -> list[str]:
        pinned = policy()
        playing = _Play(pinned, Wording(pinned, CATALOGS, SURVEYS))
        playing.asks_always = asks_always
        return sorted(map(repr, playing.run(feed, datetime(2100, 1, 1, tzinfo=UTC))))

    assert lived(asks_always=False) == lived(asks_always=True)


def test_records_are_forgotten_when_nothing_of_them_can_be_due() -> None:
    pinned = policy()
    playing = _Play(pinned, Wording(pinned, CATALOGS, SURVEYS))
    most = 0
    feed = (received(str(hour), NOON + timedelta(hours=hour), "PATROLS") for hour in range(2000))
    for _ in playing.run(feed, datetime(2100, 1, 1, tzinfo=UTC)):
        most = max(most, len(playing.memory.known))
    assert playing.memory.known == {}
    assert playing.agenda == []
    assert most <= playing.lives / timedelta(hours=1) + 2
