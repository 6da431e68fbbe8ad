"""An export of CAD or RMS becomes recorded events, and then part of the records.

Safe to stop at any moment and to run again: a batch is one transaction, and no event is recorded twice.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any, TextIO

from gateway import wake
from gateway.feeds.cells import Refused
from gateway.feeds.door import take
from gateway.feeds.mapping import EventMapping
from gateway.feeds.rows import BadRow, CannotRead, Row, Table
from gateway.feeds.translate import Translator
from gateway.feeds.work import work_batch
from gateway.ground import Ground
from gateway.store import events

BATCH = 500
LINES_TOLD = 10
_PATIENCE_SECONDS = 60
"""How long another worker may hold this agency's events without finishing one."""
_LOOK_AGAIN_SECONDS = 0.2
_PASSED_OVER = 10_000
_SILENT_ROWS = 10_000
"""A file that says nothing, or was read before, is reported on that often, in rows."""


@dataclass
class Reason:
    """Why events were rejected, and on which lines first."""

    count: int = 0
    lines: list[int] = field(default_factory=list)


@dataclass
class Report:
    """What has become of the file so far."""

    rows: int = 0
    silent: int = 0
    """Rows that told of no event."""
    accepted: int = 0
    duplicates: int = 0
    rejected: int = 0
    reasons: dict[tuple[str, str], Reason] = field(default_factory=dict)
    """By field and what was expected there."""
    worked: int = 0
    messages: int = 0
    left: int = 0
    """Events that another worker has not finished yet."""

    def reject(self, line: int, where: str, reason: str) -> None:
        self.rejected += 1
        told = self.reasons.setdefault((where, reason), Reason())
        told.count += 1
        if len(told.lines) < LINES_TOLD:
            told.lines.append(line)


@dataclass(frozen=True, slots=True)
class Rejected:
    """Why a row, or one of the events that it tells of, was not taken."""

    line: int
    field: str
    columns: tuple[str, ...]
    """Those that the field is made of; () where the row itself can't be read."""
    reason: str


@dataclass
class Rejects:
    """A file of the rows that were rejected, under the header they had, to be mended and read again.

    It is UTF-8, with a mark that says so where the file itself is in something else.
    """

    file: TextIO
    table: Table
    tell: Callable[[Rejected], None] | None = None
    """Is told each reason besides."""
    last: int = 0
    """The line of the last row in it; 0 while it is empty."""

    def keep(self, row: Row | BadRow, why: Rejected) -> None:
        """Once a row, however many of its events were rejected."""
        if not self.last:
            marked = self.table.encoding == "utf-8" or self.table.preamble.startswith("\ufeff")
            self.file.write(("" if marked else "\ufeff") + self.table.preamble)
        if row.line != self.last:
            self.file.write(row.text if row.text.endswith(("\n", "\r")) else row.text + "\n")
            self.last = row.line
        if self.tell:
            self.tell(why)


_Told = tuple[Row | BadRow, EventMapping | None, dict[str, Any] | Refused]


@dataclass
class Ingest:
    """One file on its way."""

    ground: Ground
    agency_id: str
    table: Table
    translator: Translator
    history: bool = False
    rejects: Rejects | None = None
    report: Report = field(default_factory=Report)
    """Where it does not begin at zero, so many rows were read before, and are passed over."""
    _batch: list[_Told] = field(default_factory=list)

    def record(self) -> Iterator[Report]:
        """Record the file's events batch by batch, whole rows in one transaction, and wake the workers."""
        try:
            yield from self._read()
        except CannotRead:
            self._write()  # what came before the place that can't be read is kept
            raise
        self._write()
        yield self.report
        if self.report.accepted:
            self.ground.waker.wake(wake.EVENTS)

    def _read(self) -> Iterator[Report]:
        before = self.report.rows
        for number, row in enumerate(self.table):
            if number < before:
                if number % _PASSED_OVER == 0:
                    yield self.report
                continue
            self.report.rows += 1
            if isinstance(row, BadRow):
                self._batch.append((row, None, Refused("row", row.reason)))
            else:
                told = self.translator.told_by(row.values)
                self.report.silent += not told
                self._batch += [(row, event, one) for event, one in told]
            if len(self._batch) >= BATCH or self.report.rows % _SILENT_ROWS == 0:
                self._write()
                yield self.report

    def _write(self) -> None:
        bodies = [one for _, _, one in self._batch if not isinstance(one, Refused)]
        results = iter(take(self.ground, self.agency_id, bodies, self.ground.clock(), self.history))
        for row, event, one in self._batch:
            if isinstance(one, Refused):
                self._reject(row, event, one.field, one.reason, made=False)
                continue
            result = next(results)
            if result.result == "rejected":
                self._reject(row, event, result.field or "", result.reason or "", made=True)
            elif result.result == "accepted":
                self.report.accepted += 1
            else:
                self.report.duplicates += 1
        self._batch.clear()

    def _reject(
        self, row: Row | BadRow, event: EventMapping | None, where: str, reason: str, made: bool
    ) -> None:
        self.report.reject(row.line, where, reason)
        if self.rejects:
            columns: tuple[str, ...] = ()
            if isinstance(row, Row) and event is not None:
                columns = self.translator.columns_behind(event, where, row.values, made)
            self.rejects.keep(row, Rejected(row.line, where, columns, reason))

    def work(self) -> Iterator[Report]:
        """Work off what waits for this agency, beside a worker if one runs: they take turns, batch by batch."""
        seen, since = self.waiting(), time.monotonic()
        while seen:
            worked = work_batch(self.ground, self.agency_id)
            self.report.worked += worked.events
            self.report.messages += worked.messages
            yield self.report
            if worked.events:
                since = time.monotonic()
                continue
            waiting = self.waiting()
            if waiting == seen and time.monotonic() - since > _PATIENCE_SECONDS:
                break
            if waiting != seen:
                seen, since = waiting, time.monotonic()
            elif waiting:
                time.sleep(_LOOK_AGAIN_SECONDS)
        self.report.left = self.waiting()
        if self.report.messages:
            self.ground.waker.wake(wake.OUTBOX)

    def waiting(self) -> int:
        """How many of the agency's events are recorded and not yet part of the records."""
        with self.ground.database.connect() as connection:
            return events.count_new(connection, self.agency_id)
