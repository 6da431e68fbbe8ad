"""A file's rows become events in the order of their time, with what the feed lacks made up. Read as a stream."""

from __future__ import annotations

import heapq
from collections import Counter, deque
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import count, islice
from pathlib import Path

from gateway.feeds import schema
from gateway.feeds.cells import Refused
from gateway.feeds.mapping import Mapping
from gateway.feeds.rows import BadRow, Row, Table, open_table
from gateway.feeds.translate import Translator
from gateway.rehearsal.madeup import Gaps, MadeUp
from rules.values import Event, EventType

LINES_TOLD = 10
_BEHIND = timedelta(days=1)
"""So much later than its neighbours a row may stand in the file and still be heard in its time."""
_NEIGHBOURS = 200
_EACH = 250
"""Rows between two looks at the progress."""


@dataclass
class Reading:
    """One file on its way, and what was found in it."""

    path: Path
    mapping: Mapping
    made_up: MadeUp
    limit: int | None = None
    rows: int = 0
    silent: int = 0
    """Rows that told of no event."""
    events: Counter[EventType] = field(default_factory=Counter)
    """As the file tells them, without those that were made up."""
    rejected: int = 0
    reasons: dict[tuple[str, str], list[int]] = field(default_factory=dict)
    """(field, what was expected there) -> how often, then on which lines first."""
    late: int = 0
    """Events that stand in the file more than a day behind others, and so were heard late."""

    def run(self, progress: Callable[[int, int, int], None] | None = None) -> Iterator[Event]:
        """Every event in order. `progress` is told rows, and bytes read of how many. Raises CannotRead."""
        with open_table(self.path, self.mapping.shape, self.mapping.wanted_columns) as table:
            translator = Translator(self.mapping)
            latest: datetime | None = None
            for event in _in_order(self._by_row(table, translator, progress)):
                self.late += latest is not None and event.time < latest
                latest = max(latest or event.time, event.time)
                yield event

    def _by_row(
        self, table: Table, translator: Translator, progress: Callable[[int, int, int], None] | None
    ) -> Iterator[list[Event]]:
        size = table.size()
        for row in islice(table, self.limit):
            self.rows += 1
            told = list(self._events_of(row, translator))
            for event in told:
                self.events[event.type] += 1
            yield list(self.made_up.complete(told))
            if progress and self.rows % _EACH == 0:
                progress(self.rows, table.position(), size)
        if progress:
            progress(self.rows, size, size)

    def _events_of(self, row: Row | BadRow, translator: Translator) -> Iterator[Event]:
        if isinstance(row, BadRow):
            self._reject(row.line, "row", row.reason)
            return
        bodies = translator.events_of(row.values)
        self.silent += not bodies
        for body in bodies:
            if isinstance(body, Refused):
                self._reject(row.line, body.field, body.reason)
                continue
            try:
                yield schema.read(body)
            except schema.Rejected as error:
                self._reject(row.line, error.field, error.reason)

    def _reject(self, line: int, where: str, reason: str) -> None:
        self.rejected += 1
        told = self.reasons.setdefault((where, reason), [0])
        told[0] += 1
        if len(told) <= LINES_TOLD:
            told.append(line)


def reading(
    path: Path,
    mapping: Mapping,
    *,
    priority: str,
    priority_wanted: bool,
    taken: frozenset[str],
    languages: dict[str, float],
    limit: int | None = None,
) -> Reading:
    """A file to be read. Its gaps are those of the mapping."""
    gaps = Gaps.of(mapping, priority_wanted=priority_wanted)
    return Reading(path, mapping, MadeUp(gaps, languages, priority, taken), limit)


def _in_order(rows: Iterable[list[Event]]) -> Iterator[Event]:
    """Sorts by time within a window, so that memory holds about a day. A file that goes back in time is held whole."""
    heap: list[tuple[datetime, int, Event]] = []
    begins: deque[datetime] = deque(maxlen=_NEIGHBOURS)
    turn = count()
    for events in rows:
        if not events:
            continue
        begins.append(min(event.time for event in events))
        for event in events:
            heapq.heappush(heap, (event.time, next(turn), event))
        # The earliest of many neighbours: one row with a date in the future must not make all others late.
        safe = min(begins) - _BEHIND
        while heap and heap[0][0] < safe:
            yield heapq.heappop(heap)[2]
    while heap:
        yield heapq.heappop(heap)[2]
