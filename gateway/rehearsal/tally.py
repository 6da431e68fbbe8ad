"""The lines of a rehearsal, counted: what a report tells."""

from __future__ import annotations

import hashlib
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any
from zoneinfo import ZoneInfo

from gateway.rehearsal.line import Line
from rules.suppression import Reason

EXAMPLES = 2
NO_TYPE = "(none)"


@dataclass
class Told:
    """What went out of one notice."""

    recipients: int = 0
    segments: int = 0
    by_call_type: Counter[str] = field(default_factory=Counter)
    by_channel: Counter[str] = field(default_factory=Counter)
    by_language: Counter[str] = field(default_factory=Counter)


@dataclass
class Kept:
    """What one reason kept from going out."""

    count: int = 0
    by_call_type: Counter[str] = field(default_factory=Counter)
    by_notice: Counter[str] = field(default_factory=Counter)
    examples: list[tuple[str, str, str]] = field(default_factory=list)
    """(call or report number, call type, detail), of different types"""


@dataclass
class Sample:
    """The words of a notice in one language, as they were sent first."""

    notice: str
    language: str
    segments: int
    text: str


@dataclass
class Tally:
    """Everything that is counted, by the agency's days and hours. `price` is that of a segment, in dollars."""

    zone: ZoneInfo
    price: float
    notices: dict[str, Told] = field(default_factory=dict)
    suppressed: dict[str, Kept] = field(default_factory=dict)
    unknown: Counter[str] = field(default_factory=Counter)
    """Call types and offenses that the policy does not know -> how many calls or cases have them."""
    tasks: dict[str, Kept] = field(default_factory=dict)
    by_day: dict[str, Counter[str]] = field(default_factory=dict)
    """Day -> notice -> how many."""
    by_hour: dict[int, Counter[str]] = field(default_factory=lambda: {hour: Counter() for hour in range(24)})
    samples: dict[tuple[str, str], Sample] = field(default_factory=dict)
    _last_unknown: tuple[tuple[str, str], str] | None = None

    @property
    def recipients(self) -> int:
        return sum(told.recipients for told in self.notices.values())

    @property
    def segments(self) -> int:
        return sum(told.segments for told in self.notices.values())

    @property
    def not_told(self) -> int:
        return sum(kept.count for kept in self.suppressed.values())

    def cost(self, segments: int) -> float:
        return round(segments * self.price, 4)

    def add(self, line: Line) -> None:
        call_type = line.call_type or NO_TYPE
        if line.outcome == "sent":
            self._sent(line, call_type)
            return
        table = self.suppressed if line.outcome == "suppressed" else self.tasks
        _keep(table.setdefault(line.reason or "", Kept()), line, call_type)
        if line.outcome == "suppressed" and line.reason == Reason.UNKNOWN_CODE:
            # All that was not sent of a record comes together: so a code counts once for each.
            if self._last_unknown != (line.record, line.detail):
                self.unknown[line.detail] += 1
            self._last_unknown = (line.record, line.detail)

    def _sent(self, line: Line, call_type: str) -> None:
        told = self.notices.setdefault(line.rule, Told())
        told.recipients += 1
        told.segments += line.segments
        told.by_call_type[call_type] += 1
        told.by_channel[line.channel or ""] += 1
        told.by_language[line.language] += 1
        local = line.at.astimezone(self.zone)
        self.by_day.setdefault(local.date().isoformat(), Counter())[line.rule] += 1
        self.by_hour[local.hour][line.rule] += 1
        self.samples.setdefault(
            (line.rule, line.language), Sample(line.rule, line.language, line.segments, line.text)
        )

    def plain(self) -> dict[str, Any]:
        """For JSON."""
        return {
            "notices": [
                {
                    "id": rule,
                    "recipients": told.recipients,
                    "segments": told.segments,
                    "cost": self.cost(told.segments),
                    "by_call_type": _ranked(told.by_call_type),
                    "by_channel": _ranked(told.by_channel),
                    "by_language": _ranked(told.by_language),
                }
                for rule, told in self.notices.items()
            ],
            "suppressed": [{"reason": reason, **_plain(kept)} for reason, kept in ranked(self.suppressed)],
            "unknown": [{"code": code, "count": many} for code, many in self.unknown.most_common()],
            "tasks": [{"kind": kind, **_plain(kept)} for kind, kept in ranked(self.tasks)],
            "by_day": {day: _ranked(self.by_day[day]) for day in sorted(self.by_day)},
            "by_hour": {str(hour): _ranked(told) for hour, told in self.by_hour.items()},
            "examples": [
                {"id": one.notice, "language": one.language, "segments": one.segments, "text": one.text}
                for one in self.samples.values()
            ],
        }


def _keep(kept: Kept, line: Line, call_type: str) -> None:
    kept.count += 1
    kept.by_call_type[call_type] += 1
    kept.by_notice[line.rule] += 1
    if len(kept.examples) < EXAMPLES and call_type not in {known for _, known, _ in kept.examples}:
        kept.examples.append((line.record[1], call_type, line.detail))


def ranked(table: Mapping[str, Kept]) -> list[tuple[str, Kept]]:
    """The most frequent first."""
    return sorted(table.items(), key=lambda one: (-one[1].count, one[0]))


def _ranked(counts: Counter[str]) -> dict[str, int]:
    return dict(sorted(counts.items(), key=lambda one: (-one[1], one[0])))


def _plain(kept: Kept) -> dict[str, Any]:
    return {
        "count": kept.count,
        "by_call_type": _ranked(kept.by_call_type),
        "by_notice": _ranked(kept.by_notice),
        "examples": [
            {"number": number, "call_type": call_type, "detail": detail}
            for number, call_type, detail in kept.examples
        ],
    }


SENT = "sent"


@dataclass
class Endings:
    """How each notice ended under one policy, to be compared with another's. Eight bytes name it."""

    ended: dict[int, tuple[str, str, str]] = field(default_factory=dict)
    """Name -> (notice, call type, how it ended: `sent` or the reason why not)"""

    def add(self, line: Line) -> None:
        if line.outcome == "task":
            return
        name = (line.record, line.rule, line.party_id, line.occasion)
        key = int.from_bytes(hashlib.blake2b(repr(name).encode(), digest_size=8).digest())
        how = SENT if line.outcome == "sent" else line.reason or ""
        if self.ended.get(key, ("", "", ""))[2] != SENT:
            self.ended[key] = (line.rule, line.call_type or NO_TYPE, how)


@dataclass(frozen=True)
class Difference:
    """What two policies would do differently with one notice and call type."""

    notice: str
    call_type: str
    only_here: int
    only_there: int
    reasons: Mapping[str, int]
    """Why the one did not send what the other sent; `no_rule` where it has no such notice, or nobody for it."""


NO_RULE = "no_rule"


def differences(here: Endings, there: Endings) -> list[Difference]:
    """What only the one or the other would send, the most first. Both lived through the same events."""
    found: defaultdict[tuple[str, str], tuple[list[int], Counter[str]]] = defaultdict(
        lambda: ([0, 0], Counter())
    )
    for side, one, other in ((0, here.ended, there.ended), (1, there.ended, here.ended)):
        for key, (notice, call_type, how) in one.items():
            elsewhere = other.get(key, (notice, call_type, NO_RULE))[2]
            if how == SENT != elsewhere:
                counts, reasons = found[notice, call_type]
                counts[side] += 1
                reasons[elsewhere] += 1
    told = [
        Difference(notice, call_type, here_only, there_only, _ranked(reasons))
        for (notice, call_type), ((here_only, there_only), reasons) in found.items()
    ]
    return sorted(told, key=lambda one: (-one.only_here - one.only_there, one.notice, one.call_type))


def tally(lines: Iterable[Line], into: Tally, endings: Endings | None = None) -> None:
    """Count them all."""
    for line in lines:
        into.add(line)
        if endings is not None:
            endings.add(line)
