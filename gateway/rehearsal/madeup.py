"""What a feed does not tell and a rehearsal needs: made up, realistic, the same each time, and always said.

Phones are fictitious (555-01xx), in area codes that the agency's own lines do not have.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable, Iterator, Mapping
from collections.abc import Mapping as Table
from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import Any

from gateway.feeds.mapping import Mapping as FeedMapping
from rules.policy import Policy
from rules.values import TEXTED_ROLES, Event, EventType

_STAGES = (EventType.CALL_DISPATCHED, EventType.CALL_ARRIVED, EventType.CALL_CLOSED)
_STAGE_TYPES = frozenset({*_STAGES, EventType.CALL_CANCELED, EventType.CALL_DIVERTED, EventType.CALL_DELAYED})
_TEXTED = frozenset(role.value for role in TEXTED_ROLES)
_OFFICERS = ("Officer Rivera", "Officer Chen", "Officer Novak", "Officer Okafor", "Officer Lindqvist")
_PARTS = 10_000


@dataclass(frozen=True, slots=True)
class Gaps:
    """What the mapping of a feed leaves out."""

    people: bool
    phones: bool
    stages: bool
    priority: bool
    how_received: bool
    officers: bool
    report_numbers: bool

    @property
    def no_phones(self) -> bool:
        """True where every number is made up."""
        return self.people or self.phones

    @classmethod
    def of(cls, mapping: FeedMapping, *, priority_wanted: bool) -> Gaps:
        told = [(event.type, mapping.data_of(event)) for event in mapping.events]
        kinds = {kind for kind, _ in told}
        people = [party for _, data in told for party in _parties(data)]
        of_calls = {name for kind, data in told if kind.about == "call" for name in data}
        has_calls = any(kind.about == "call" for kind in kinds)
        return cls(
            people=not people,
            phones=bool(people) and not any("phone" in party for party in people),
            stages=has_calls and not _STAGE_TYPES & kinds,
            priority=has_calls and priority_wanted and "priority" not in of_calls,
            how_received=has_calls and "how_received" not in of_calls,
            officers=not any("officer" in data for _, data in told),
            report_numbers=has_calls and "report_number" not in of_calls,
        )


def _parties(data: Table[str, Any]) -> Iterator[Table[str, Any]]:
    told = data.get("parties") or ()
    yield from (
        party for party in (told if isinstance(told, list | tuple) else ()) if isinstance(party, dict)
    )


@dataclass
class MadeUp:
    """Completes events, and counts what it made up. Knows nothing of a row but its events."""

    gaps: Gaps
    languages: Mapping[str, float]
    """Language -> the share of people who read it; the others' is not known."""
    priority: str = ""
    taken: frozenset[str] = frozenset()
    """Area codes that no made-up phone has."""
    counts: dict[str, int] = field(default_factory=dict)
    _numbers: dict[str, int] = field(default_factory=dict)
    _next: int = 0

    def __post_init__(self) -> None:
        self._areas = [
            str(area) for area in range(200, 1000) if str(area) not in self.taken and area % 100 != 11
        ]

    def complete(self, told: Iterable[Event]) -> Iterator[Event]:
        """The events of one row, and those that must have followed them."""
        self._numbers.clear()
        for event in told:
            if event.type.about is None:
                yield event
                continue
            event = replace(event, data={**event.data, **self._facts(event)})
            yield event
            if self.gaps.stages and event.type is EventType.CALL_RECEIVED:
                yield from self._stages(event)

    def _facts(self, event: Event) -> dict[str, Any]:
        """What this event should have said beside what it says."""
        facts: dict[str, Any] = {}
        if self.gaps.people and event.type in _NAMES_PEOPLE:
            role = "caller" if event.type.about == "call" else "victim"
            facts |= {f"party.{role}.role": role, **self._phone(f"party.{role}", event)}
            self._count(f"{role}s, each with a mobile phone")
            if role == "victim":
                facts |= {"party.victim.victim_type": "I", "party.victim.birth_date": "1985-06-15"}
                self._count("birth dates")
        texted = _texted({**event.data, **facts})
        if self.gaps.phones:
            for party in texted:
                facts |= self._phone(party, event)
                self._count("mobile phones")
        for party in texted:
            if f"{party}.language" not in event.data and (code := self._language(event.subject + party)):
                facts[f"{party}.language"] = code
                self._count(f"readers of {code}")
        if self.gaps.priority and event.type is EventType.CALL_RECEIVED:
            facts["priority"] = self.priority
            self._count(f"priorities ({self.priority})")
        if self.gaps.how_received and event.type is EventType.CALL_RECEIVED:
            facts["how_received"] = "911" if _drawn(event.subject + "how") < _PARTS // 2 else "non_emergency"
            self._count(f"how it was received ({facts['how_received']})")
        return facts

    def _phone(self, party: str, event: Event) -> dict[str, str]:
        """One for each record and party of a row: its second event must not name another."""
        name = f"{event.type.about}:{event.subject}:{party}"
        if name not in self._numbers:
            self._numbers[name] = self._next
            self._next += 1
        return {f"{party}.phone": self._number(self._numbers[name]), f"{party}.class_of_service": "WPH2"}

    def _number(self, place: int) -> str:
        """555-01xx in each area code, and after some 80,000 people other numbers of that exchange."""
        block, line = divmod(place, 100)
        round, area = divmod(block, len(self._areas))
        return f"+1{self._areas[area]}555{(100 * (round + 1)) % _PARTS + line:04}"

    def _language(self, name: str) -> str | None:
        drawn, reached = _drawn(name) / _PARTS, 0.0
        for code, share in self.languages.items():
            reached += share
            if drawn < reached:
                return code
        return None

    def _stages(self, received: Event) -> Iterator[Event]:
        """Dispatched after 4 to 29 minutes, there 3 to 17 minutes later, closed 15 to 74 minutes after that.

        One call in eight waits 45 minutes more for an officer, so that delays are rehearsed as well.
        """
        drawn = _drawn(received.subject + "stages")
        gaps = (4 + drawn % 26 + 45 * (drawn % 8 == 0), 3 + drawn // 26 % 15, 15 + drawn // 390 % 60)
        at = received.time
        for kind, minutes in zip(_STAGES, gaps, strict=True):
            at += timedelta(minutes=minutes)
            data = {}
            if self.gaps.officers:
                data["officer.name"] = _OFFICERS[drawn % len(_OFFICERS)]
                data["officer.contact"] = f"+1{self._areas[-1]}5550199"
                if kind is _STAGES[0]:
                    self._count("officers' names and phones")
            if kind is EventType.CALL_CLOSED and self.gaps.report_numbers and _ends_in_a_report(received):
                data["report_number"] = f"{received.time:%y}-{_PARTS * 10 + self._next:06}"
                self._count("report numbers, of calls whose outcome speaks of a report")
            self._count(f"{kind.value} (times)")
            yield replace(received, type=kind, id=f"{received.id}:{kind.value}", time=at, data=data)

    def _count(self, what: str) -> None:
        self.counts[what] = self.counts.get(what, 0) + 1


_NAMES_PEOPLE = frozenset({EventType.CALL_RECEIVED, EventType.REPORT_FILED})


def _texted(data: Table[str, Any]) -> list[str]:
    """`party.<id>` of everybody in the event who could be texted."""
    return [
        name.removesuffix(".role")
        for name, said in data.items()
        if name.startswith("party.") and name.endswith(".role") and said in _TEXTED
    ]


def _ends_in_a_report(received: Event) -> bool:
    told = str(received.data.get("disposition", "")).lower()
    return "filed" in told or "report" in told


def _drawn(name: str) -> int:
    """From 0 to 9,999, always the same for one name."""
    return int.from_bytes(hashlib.sha256(name.encode()).digest()[:8]) % _PARTS


def area_codes(policies: Iterable[Policy]) -> frozenset[str]:
    """Of every line that the policies name: a made-up caller must not seem to be one of them."""
    return frozenset(
        area
        for policy in policies
        for area in re.findall(r"\+1(\d{3})\d{7}", policy.agency.model_dump_json())
    )


def middle_priority(policies: Iterable[Policy]) -> str:
    """One that none of the policies calls the highest."""
    highest = frozenset[str]().union(*(policy.allowed.highest_priority for policy in policies))
    return next(code for code in ("3", "4", "5", "P3", "ROUTINE") if code not in highest)
