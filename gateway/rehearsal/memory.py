"""The calls and cases that a rehearsal still knows, each with how far the policy got with it."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field
from datetime import UTC, datetime

from gateway.outbox.writing import Words
from gateway.rehearsal.line import Line
from rules.engine import Notice, Telling
from rules.policy import Channel
from rules.records import Facts, as_call, as_case, merge
from rules.suppression import Reason, Suppressed
from rules.values import Call, Case, Event, Record

Key = tuple[str, str]
"""(`call` or `case`, number)"""
Intent = tuple[str, str, str, Channel]
"""What is told, the party, the occasion, the channel: one message at most, ever."""

_OTHER = {"call": "case", "case": "call"}
_LONG_AGO = datetime.min.replace(tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Message:
    """A notice in words, on its way to the gate."""

    notice: Notice
    words: Words

    @property
    def intent(self) -> Intent:
        notice = self.notice
        return notice.tells, notice.party.id, notice.occasion, notice.channel


@dataclass(slots=True)
class Known:
    """One call or case."""

    key: Key
    facts: Facts = field(default_factory=dict)
    changed_at: datetime = _LONG_AGO
    decided: dict[Telling, Reason | None] = field(default_factory=dict)
    """As `rules.engine.Context` wants it: None where it was told, whatever became of it since."""
    written: set[Intent] = field(default_factory=set)
    waiting: dict[Intent, Message] = field(default_factory=dict)
    """What the gate holds back for now."""
    ends: dict[Telling, Line | None] = field(default_factory=dict)
    """How each telling ended so far: a line that may still be overturned, None where it was sent."""
    tasks: dict[str, Line] = field(default_factory=dict)
    timers: set[tuple[str, str, datetime]] = field(default_factory=set)
    """(rule, occasion, due)"""
    ruled_out: Suppressed | None = None
    """Why nothing of this call is told to anybody, until it says more than a new stage."""
    named: str | None = None
    """The number on the other side that it names."""

    _read: tuple[Facts, Record] | None = None

    @property
    def record(self) -> Record:
        """As the rules read it; read anew when its facts have changed."""
        if self._read is None or self._read[0] is not self.facts:
            kind, number = self.key
            read = as_call(number, self.facts) if kind == "call" else as_case(number, self.facts)
            self._read = self.facts, read
        return self._read[1]


@dataclass
class Memory:
    """All of them, and which names which."""

    known: dict[Key, Known] = field(default_factory=dict)
    _named_by: defaultdict[Key, set[Key]] = field(default_factory=lambda: defaultdict(set))

    def hear(self, event: Event, now: datetime) -> Known:
        """Merge an event into its record."""
        key = (event.type.about or "", event.subject)
        one = self.known.setdefault(key, Known(key))
        one.facts = merge(one.facts, event)
        one.changed_at = now
        named = one.facts.get("report_number" if key[0] == "call" else "call_number", (None, None))[1]
        number = str(named).strip() or None if named is not None else None
        if number != one.named:
            self._unlink(one)
            one.named = number
            if number:
                self._named_by[_OTHER[key[0]], number].add(key)
        return one

    def linked(self, one: Known) -> tuple[Record, ...]:
        """The other side of a record: the calls that led to a case, or the cases that came of a call."""
        keys = set(self._named_by.get(one.key, ()))
        if one.named:
            keys.add((_OTHER[one.key[0]], one.named))
        return tuple(self.known[key].record for key in sorted(keys) if key in self.known)

    def is_wanted(self, one: Known) -> bool:
        """Whether a case that is kept still looks at this call."""
        if one.key[0] != "call":
            return False
        cases = set(self._named_by.get(one.key, ()))
        return bool(cases & self.known.keys()) or ("case", one.named or "") in self.known

    def forget(self, one: Known) -> None:
        del self.known[one.key]
        self._unlink(one)

    def _unlink(self, one: Known) -> None:
        if one.named:
            other = _OTHER[one.key[0]], one.named
            self._named_by[other].discard(one.key)
            if not self._named_by[other]:
                del self._named_by[other]


def calls_among(records: tuple[Record, ...]) -> tuple[Call, ...]:
    return tuple(one for one in records if isinstance(one, Call))


def cases_among(records: tuple[Record, ...]) -> tuple[Case, ...]:
    return tuple(one for one in records if isinstance(one, Case))
