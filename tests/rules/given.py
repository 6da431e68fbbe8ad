"""The records, events and policies that the tests of `rules` begin with."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, date, datetime
from typing import Any

from rules.policy import POLICIES, Policy, load, parse
from rules.records import Facts, as_call, as_case, merge, occasion_of
from rules.values import Call, Case, Event, EventType, Happened, Party, Role

DEMO_SOURCE = (POLICIES / "demo.yaml").read_text(encoding="utf-8")
DEMO = load(POLICIES / "demo.yaml").policy
NOON = datetime(2026, 3, 4, 19, 0, tzinfo=UTC)
"""Noon in Phoenix, on a Wednesday."""
TODAY = date(2026, 3, 4)
CALLER_PHONE = "+15205550151"
VICTIM_PHONE = "+15205550152"
OTHER_PHONE = "+15205550153"


def demo(*changes: tuple[str, str]) -> Policy:
    """The demo's policy with lines of it replaced."""
    source = DEMO_SOURCE
    for old, new in changes:
        assert source.count(old) >= 1, f"{old!r} is not in demo.yaml"
        source = source.replace(old, new)
    return parse(source, "demo.yaml").policy


def caller(**facts: Any) -> Party:
    known: dict[str, Any] = {"phone": CALLER_PHONE, "class_of_service": "WPH2"}
    return Party("caller", Role.CALLER, **(known | facts))


def victim(**facts: Any) -> Party:
    known: dict[str, Any] = {"phone": VICTIM_PHONE, "birth_date": date(1990, 1, 1), "victim_type": "I"}
    return Party(facts.pop("id", "victim"), Role.VICTIM, **(known | facts))


def call(**facts: Any) -> Call:
    known: dict[str, Any] = {
        "type_code": "THEFT",
        "type_codes": ("THEFT",),
        "priority": "3",
        "how_received": "911",
        "in_progress": False,
        "parties": (caller(),),
    }
    return Call("P260304-0001", **(known | facts))


def case(**facts: Any) -> Case:
    known: dict[str, Any] = {"offenses": ("23H",), "status": "open", "parties": (victim(),)}
    return Case("26-000123", **(known | facts))


_ids = iter(range(10**9))


def event(kind: EventType | str, data: Mapping[str, Any] | None = None, **facts: Any) -> Event:
    known: dict[str, Any] = {"source": "cad", "id": str(next(_ids)), "subject": "1", "time": NOON}
    return Event(type=EventType(kind), data=data or {}, **(known | facts))


def happened(*events: Event) -> tuple[Happened, ...]:
    return tuple(Happened(one.type, one.time, occasion_of(one)) for one in events if not one.history)


def told(*events: Event) -> Facts:
    facts: Facts = {}
    for one in events:
        facts = merge(facts, one)
    return facts


def call_told(*events: Event) -> Call:
    return as_call("1", told(*events))


def case_told(*events: Event) -> Case:
    return as_case("1", told(*events))
