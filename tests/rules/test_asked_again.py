"""The whole record is asked each time it changes, so that the order of events does not matter (docs/adr/0007)."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rules.engine import Context, Outcome, Telling, decide
from rules.policy import Policy
from rules.records import Facts, as_call, as_case, merge, occasion_of
from rules.suppression import Reason
from rules.values import Event, EventType
from tests.rules.given import CALLER_PHONE, NOON, OTHER_PHONE, VICTIM_PHONE, demo, event

EVERY_KIND = demo(
    ("    delay: 0m\n", "    delay: 2h\n"),
    (
        "\nnotices:\n",
        "\nnotices:\n  - {id: late, on: call.received, to: [caller], message: [call.received], class: confirmation, "
        "delay: 20m, expires: 50m, until: [call.arrived, call.closed, call.canceled], same_as: call.delayed}\n"
        "  - {id: delayed, on: call.delayed, to: [caller], message: [call.received], class: confirmation, "
        "expires: 30m, until: [call.arrived, call.closed, call.canceled], same_as: call.delayed}\n",
    ),
)


@dataclass
class Desk:
    """What the gateway does with outcomes, without its tables: intents, what was decided, tasks, timers."""

    policy: Policy = EVERY_KIND
    facts: Facts = field(default_factory=dict)
    decided: dict[Telling, Reason | None] = field(default_factory=dict)
    waiting: dict[tuple[str, str, str], str] = field(default_factory=dict)
    """(what it tells, party, occasion) -> phone, of what was written and not taken back."""
    tasks: set[str] = field(default_factory=set)
    feed_silent: bool = False
    enrolled: dict[str, frozenset[str]] = field(default_factory=dict)

    def hear(self, told: Event, now: datetime) -> Outcome:
        self.facts = merge(self.facts, told)
        news = frozenset() if told.history else frozenset({(told.type, occasion_of(told))})
        return self.ask(told.type.about or "", now, news)

    def ask(self, about: str, now: datetime, news: frozenset[tuple[EventType, str]] | None = None) -> Outcome:
        record = as_call("1", self.facts) if about == "call" else as_case("1", self.facts)
        context = Context(
            decided=dict(self.decided), news=news, feed_silent=self.feed_silent, enrolled=self.enrolled
        )
        outcome = decide(self.policy, record, now, context)
        for notice in outcome.notices:
            key = (notice.tells, notice.party.id, notice.occasion)
            assert key not in self.waiting
            self.waiting[key] = notice.party.phone or ""
        for decision in outcome.decisions:
            if decision.suppressed is None:
                self.decided[decision.telling] = None
            elif self.decided.get(decision.telling, Reason.ROLE) is not None:
                self.decided[decision.telling] = decision.suppressed.reason
        for decision in outcome.canceled:
            rule = self.policy.rule(decision.rule)
            assert rule
            self.waiting.pop((rule.tells, decision.party_id, decision.occasion), None)
        self.tasks |= {task.key for task in outcome.tasks}
        self.tasks -= set(outcome.settled)
        return outcome


def filed(**data: object) -> Event:
    whole = {
        "offenses": ["23H"],
        "party.victim.role": "victim",
        "party.victim.phone": VICTIM_PHONE,
        "party.victim.birth_date": "1990-01-01",
        "party.victim.victim_type": "I",
    }
    return event("report.filed", {k: v for k, v in (whole | data).items() if v is not None})


ARREST = event("arrest.made", {"arrest_id": "A1"}, time=NOON + timedelta(minutes=1))
LATER = NOON + timedelta(hours=3)


# What comes later counts


def test_a_phone_that_comes_after_the_report_is_told_and_the_task_for_it_is_closed() -> None:
    desk = Desk()
    desk.hear(filed(**{"party.victim.phone": None}), NOON)
    desk.hear(ARREST, NOON)
    assert desk.tasks == {"owed:arrest.made:1:victim:A1"}
    assert desk.waiting == {}
    desk.hear(event("report.updated", {"party.victim.phone": VICTIM_PHONE}, time=LATER), LATER)
    assert set(desk.waiting.values()) == {VICTIM_PHONE}
    assert desk.tasks == set()


def test_a_victim_who_is_named_after_the_arrest_is_told_of_it() -> None:
    desk = Desk()
    desk.hear(event("report.filed", {"offenses": ["23H"]}), NOON)
    desk.hear(ARREST, NOON)
    assert desk.tasks == {"owed:arrest.made:1::A1"}
    named = {"party.victim.role": "victim", "party.victim.phone": VICTIM_PHONE}
    desk.hear(event("report.updated", named, time=LATER), LATER)
    assert ("arrest.made", "victim", "A1") in desk.waiting
    assert desk.tasks == set()


def test_what_was_told_is_not_told_again_whatever_happens_to_the_record() -> None:
    desk = Desk()
    desk.hear(filed(), NOON)
    desk.hear(ARREST, NOON)
    again = desk.hear(event("report.updated", {"division": "east"}, time=LATER), LATER)
    assert not [n for n in again.notices if n.rule == "arrest.made"]
    assert Desk.ask(desk, "case", LATER + timedelta(days=30), frozenset()) == Outcome()


def test_a_reason_is_kept_once_and_a_new_one_beside_it() -> None:
    desk = Desk()
    first = desk.hear(filed(**{"party.victim.phone": None}), NOON)
    assert first.decisions == ()
    after_delay = desk.ask("case", LATER)
    assert [d.suppressed and d.suppressed.reason for d in after_delay.decisions] == [Reason.NO_PHONE]
    assert desk.ask("case", LATER + timedelta(minutes=1)).decisions == ()
    told = event("report.updated", {"offenses": ["11A"]}, time=LATER)
    worse = desk.hear(told, LATER + timedelta(minutes=2))
    assert [d.suppressed and d.suppressed.reason for d in worse.decisions] == [Reason.SENSITIVE_OFFENSE]


def test_what_was_refused_and_is_too_late_now_keeps_its_reason() -> None:
    desk = Desk()
    desk.hear(filed(**{"party.victim.phone": None}), NOON)
    desk.ask("case", LATER)
    assert desk.ask("case", LATER + timedelta(days=9)).decisions == ()


def test_what_happened_before_a_rule_was_written_is_not_called_too_late() -> None:
    """A policy that gets a new rule must not open a task for each arrest of the last ten years."""
    desk = Desk()
    for told in (filed(), ARREST):
        desk.facts = merge(desk.facts, told)
    years_later = NOON + timedelta(days=3000)
    outcome = desk.hear(event("case.closed", time=years_later), years_later)
    assert [(d.rule, d.suppressed) for d in outcome.decisions if d.rule == "arrest.made"] == []
    assert outcome.tasks == ()


def test_who_enrolls_hears_what_comes_and_not_what_was_before() -> None:
    caller = {"party.caller.role": "caller", "party.caller.phone": CALLER_PHONE}
    desk = Desk()
    desk.hear(filed(**caller), NOON)
    desk.hear(ARREST, NOON)
    desk.enrolled = {"arrests": frozenset({CALLER_PHONE})}
    desk.hear(event("case.assigned", {"assigned_to": "Det. Ortiz"}, time=LATER), LATER)
    assert ("arrest.made", "caller", "A1") not in desk.waiting
    desk.hear(event("arrest.made", {"arrest_id": "A2"}, time=LATER), LATER)
    assert ("arrest.made", "caller", "A2") in desk.waiting


def test_who_enrolled_is_told_when_what_spoke_against_it_is_gone() -> None:
    caller = {"party.caller.role": "caller", "party.caller.phone": CALLER_PHONE}
    desk = Desk(enrolled={"arrests": frozenset({CALLER_PHONE})})
    desk.hear(event("report.updated", caller), NOON)
    desk.hear(ARREST, NOON)
    assert desk.waiting == {}
    desk.hear(filed(), NOON)
    assert ("arrest.made", "caller", "A1") in desk.waiting


# Taken back


@pytest.mark.parametrize("worse", ["BATTERY DV", "ROBBERY ARMED", "UNHEARD OF"])
def test_a_call_that_was_reclassified_takes_back_what_waits(worse: str) -> None:
    desk = Desk()
    desk.hear(call_received(), NOON)
    assert ("call.received", "caller", "") in desk.waiting
    told = event("call.reclassified", {"type_code": worse}, time=NOON + timedelta(minutes=1))
    outcome = desk.hear(told, NOON + timedelta(minutes=1))
    assert {d.rule for d in outcome.canceled} >= {"call.received"}
    assert desk.waiting == {}


def test_a_case_that_became_sensitive_takes_back_what_waits_and_the_law_is_kept_by_a_person() -> None:
    desk = Desk()
    desk.hear(filed(), NOON)
    desk.hear(ARREST, NOON)
    desk.hear(event("report.updated", {"offenses": ["23H", "11A"]}, time=LATER), LATER)
    assert desk.waiting == {}


# Delays


def call_received(**data: object) -> Event:
    whole = {
        "type_code": "THEFT",
        "priority": "3",
        "party.caller.role": "caller",
        "party.caller.phone": CALLER_PHONE,
        "party.caller.class_of_service": "WPH2",
    }
    return event("call.received", whole | data)


def test_a_delay_is_told_when_nobody_has_come_in_time() -> None:
    desk = Desk()
    timers = desk.hear(call_received(), NOON).timers
    assert [(t.rule, t.due) for t in timers] == [("late", NOON + timedelta(minutes=20))]
    (notice,) = desk.ask("call", NOON + timedelta(minutes=20)).notices
    assert notice.rule == "late"


@pytest.mark.parametrize(
    ("stage", "told"),
    [("call.dispatched", 1), ("call.arrived", 0), ("call.closed", 0), ("call.canceled", 0)],
)
def test_a_delay_is_not_told_once_somebody_has_come(stage: str, told: int) -> None:
    desk = Desk()
    desk.hear(call_received(), NOON)
    desk.hear(event(stage, time=NOON + timedelta(minutes=5)), NOON + timedelta(minutes=5))
    outcome = desk.ask("call", NOON + timedelta(minutes=20))
    assert len([n for n in outcome.notices if n.rule == "late"]) == told


def test_a_delay_is_told_once_whoever_tells_of_it_first() -> None:
    desk = Desk()
    desk.hear(call_received(), NOON)
    minute = timedelta(minutes=1)
    assert len(desk.hear(event("call.delayed", time=NOON + 19 * minute), NOON + 19 * minute).notices) == 1
    assert desk.ask("call", NOON + 20 * minute).notices == ()


def test_a_silent_feed_tells_nobody_of_a_delay() -> None:
    desk = Desk()
    desk.hear(call_received(), NOON)
    desk.feed_silent = True
    outcome = desk.ask("call", NOON + timedelta(minutes=20))
    assert outcome.notices == ()
    assert [d.suppressed and d.suppressed.reason for d in outcome.decisions] == [Reason.FEED_SILENT]


def test_a_timer_that_comes_twice_or_late_finds_nothing_to_write() -> None:
    desk = Desk()
    desk.hear(call_received(), NOON)
    desk.ask("call", NOON + timedelta(minutes=20))
    assert desk.ask("call", NOON + timedelta(minutes=21)).notices == ()
    late = Desk()
    late.hear(call_received(), NOON)
    outcome = late.ask("call", NOON + timedelta(minutes=51))
    assert outcome.notices == ()
    assert Reason.STALE in {d.suppressed and d.suppressed.reason for d in outcome.decisions}


# Any order


def _of_a_case() -> list[Event]:
    minute = timedelta(minutes=1)
    return [
        filed(**{"party.victim.phone": None}),
        event("report.updated", {"party.victim.phone": VICTIM_PHONE}, time=NOON + minute),
        event(
            "report.updated",
            {"party.other.role": "victim", "party.other.phone": OTHER_PHONE, "party.other.victim_type": "I"},
            time=NOON + 2 * minute,
        ),
        event("case.assigned", {"assigned_to": "Det. Ortiz"}, time=NOON + 3 * minute),
        event("arrest.made", {"arrest_id": "A1"}, time=NOON + 4 * minute),
        event("case.status_changed", {"status": "prosecutor"}, time=NOON + 5 * minute),
        event("arrest.made", {"arrest_id": "A2"}, time=NOON + 6 * minute),
        event("case.closed", time=NOON + 7 * minute),
        event("case.status_changed", {"status": "open"}, time=NOON + 8 * minute),
    ]


def _of_a_call() -> list[Event]:
    minute = timedelta(minutes=1)
    return [
        call_received(),
        event("call.dispatched", time=NOON + minute),
        event("call.diverted", time=NOON + 2 * minute),
        event("call.delayed", time=NOON + 3 * minute),
        event("call.reclassified", {"type_code": "THEFT VEHICLE"}, time=NOON + 4 * minute),
        event("call.arrived", time=NOON + 5 * minute),
        event("call.closed", {"report_number": "26-1"}, time=NOON + 6 * minute),
    ]


CASE, CALL = _of_a_case(), _of_a_call()
DOMESTIC = event("call.reclassified", {"type_code": "FAMILY TROUBL-DV"}, time=NOON + timedelta(minutes=9))
SENSITIVE = event("report.updated", {"offenses": ["11A"]}, time=NOON + timedelta(minutes=9))
ENROLLED = NOON + timedelta(hours=2, minutes=30)


def end_of(events: list[Event], about: str) -> tuple[object, object]:
    """All arrive within a moment, before anything leaves; then what was delayed is asked about."""
    desk = Desk()
    for one in events:
        desk.hear(one, NOON + timedelta(minutes=10))
    desk.ask(about, ENROLLED)
    return desk.waiting, desk.tasks


@given(st.permutations(CASE), st.lists(st.sampled_from(CASE)))
def test_any_order_of_a_cases_events_ends_in_the_same_messages_and_tasks(
    events: list[Event], twice: list[Event]
) -> None:
    assert end_of([*events, *twice], "case") == end_of(CASE, "case")
    assert len(end_of(CASE, "case")[0]) == 6  # type: ignore[arg-type]


@given(st.permutations(CALL), st.lists(st.sampled_from(CALL)))
def test_any_order_of_a_calls_events_ends_in_the_same_messages(
    events: list[Event], twice: list[Event]
) -> None:
    assert end_of([*events, *twice], "call") == end_of(CALL, "call")


@given(st.permutations([*CALL, DOMESTIC]))
def test_a_call_that_was_domestic_for_a_minute_tells_nobody_in_whatever_order_that_is_heard(
    events: list[Event],
) -> None:
    assert end_of(events, "call")[0] == {}


@given(st.permutations([*CASE, SENSITIVE]))
def test_a_case_that_is_sensitive_leaves_every_owed_notice_to_a_person(events: list[Event]) -> None:
    waiting, tasks = end_of(events, "case")
    assert waiting == {}
    owed = {
        f"owed:arrest.made:1:{party}:{arrest}" for party in ("victim", "other") for arrest in ("A1", "A2")
    }
    assert owed <= tasks | _canceled_tasks(events)  # type: ignore[operator]


def _canceled_tasks(events: list[Event]) -> set[str]:
    """What was written first and taken back: the gateway opens the task from the message."""
    desk = Desk()
    taken = set()
    for one in events:
        outcome = desk.hear(one, NOON + timedelta(minutes=10))
        taken |= {f"owed:{d.rule}:1:{d.party_id}:{d.occasion}" for d in outcome.canceled}
    return taken


def test_a_replaced_record_is_only_asked_about_what_happened_to_it() -> None:
    record = replace(as_case("1", merge({}, filed())), happened=())
    assert decide(EVERY_KIND, record, NOON, Context()) == Outcome()
