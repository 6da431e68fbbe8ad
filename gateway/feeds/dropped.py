"""A dropped file is read, in pieces, until its result stands beside it.

Killed at any moment it goes on behind its last batch. What that batch had recorded already is then counted among the
duplicates: an event is recorded once, whatever the count says.
"""

from __future__ import annotations

import io
import json
import logging
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import asdict, dataclass, field
from datetime import timedelta
from itertools import islice
from pathlib import Path
from typing import Any, TextIO

from gateway import wake
from gateway.feeds.drop import Claimed
from gateway.feeds.ingest import Ingest, Rejected, Rejects, Report
from gateway.feeds.mapping import BadMapping, find, load
from gateway.feeds.rows import CannotRead, open_table
from gateway.feeds.translate import Translator
from gateway.ground import Ground
from gateway.store import tasks
from gateway.store.tasks import NewTask

log = logging.getLogger(__name__)

MOST_REASONS = 10_000
"""In a result; the file of the rejected rows has them all."""
_MEND_WITHIN = timedelta(days=1)
_COUNTS = ("rows", "silent", "accepted", "duplicates", "rejected")


@dataclass
class Dropped:
    """One claimed file on its way."""

    ground: Ground
    claimed: Claimed
    _open: ExitStack = field(default_factory=ExitStack)
    _reading: Iterator[Report] | None = None
    _report: Report = field(default_factory=Report)
    _texts: tuple[TextIO, ...] = ()
    _source: str | None = None
    _seconds: float = 0.0

    def read(self, may_go_on: Callable[[], bool]) -> bool:
        """Read on, a batch at least. True when it is archived. Raises what the database and the disk raise."""
        if self.claimed.is_read:
            self.claimed.archive()
            return True
        began, before = time.monotonic(), self._seconds
        try:
            self._reading = self._reading or self._begin()
            accepted = self._report.accepted
            for report in self._reading:
                self._seconds = before + time.monotonic() - began
                self._note()
                if report.accepted > accepted:
                    accepted = report.accepted
                    self.ground.waker.wake(wake.EVENTS)
                if not may_go_on():
                    return False
        except (BadMapping, CannotRead) as error:
            self.give_up(str(error).replace(f"{self.claimed.folder}/", ""))
        else:
            self._end(None)
        return True

    def give_up(self, why: str) -> None:
        """It is archived with its error, and a person is told at once."""
        self._end(why)

    def close(self) -> None:
        """Let go of the files; another `Dropped` may go on with them."""
        self._open.close()

    def _begin(self) -> Iterator[Report]:
        """Raises BadMapping and CannotRead."""
        told = self.claimed.progress()
        for name in _COUNTS:
            setattr(self._report, name, told.get(name, 0))
        self._seconds = told.get("seconds", 0.0)
        mapping = load(_mapping_of(self.claimed))
        self._source = mapping.source
        table = self._open.enter_context(open_table(self.claimed.file, mapping.shape, mapping.wanted_columns))
        rejected = self._go_on_with(self.claimed.rejected, told.get("rejected_bytes", 0))
        reasons = self._go_on_with(self.claimed.reasons, told.get("reasons_bytes", 0))
        self._texts = (rejected, reasons)

        def tell(why: Rejected) -> None:
            reasons.write(json.dumps(asdict(why), ensure_ascii=False) + "\n")

        rejects = Rejects(rejected, table, tell, last=-1 if told.get("rejected_bytes") else 0)
        job = Ingest(self.ground, self.claimed.feed.agency_id, table, Translator(mapping), rejects=rejects)
        job.report = self._report
        return job.record()

    def _go_on_with(self, path: Path, size: int) -> TextIO:
        """What was written behind the last batch that is noted is written again."""
        path.touch()
        raw = path.open("r+b")
        raw.truncate(size)
        raw.seek(size)
        text = io.TextIOWrapper(raw, encoding="utf-8", errors="surrogateescape", newline="")
        return self._open.enter_context(text)

    def _note(self) -> None:
        for text in self._texts:
            text.flush()
        self.claimed.note_progress(self._told() | self._sizes())

    def _sizes(self) -> dict[str, int]:
        return {
            "rejected_bytes": self.claimed.rejected.stat().st_size,
            "reasons_bytes": self.claimed.reasons.stat().st_size,
        }

    def _told(self) -> dict[str, Any]:
        counts = {name: getattr(self._report, name) for name in _COUNTS}
        return counts | {"seconds": round(self._seconds, 2)}

    def _end(self, error: str | None) -> None:
        self._open.close()
        feed = self.claimed.feed
        result = {
            "file": self.claimed.file.name,
            "agency": feed.agency_id,
            "mapping": feed.mapping,
            "source": self._source,
            "error": error,
            **self._told(),
            "ended_at": self.ground.clock().isoformat(),
            "rejected_rows": self._reasons(),
        }
        if not self._report.rejected:
            self.claimed.rejected.unlink(missing_ok=True)
        self._open_task(error)
        self.claimed.note_result(result)
        self.claimed.archive()
        told = {"agency": feed.agency_id, "mapping": feed.mapping, "readable": error is None, **self._told()}
        log.log(logging.INFO if error is None else logging.ERROR, "a dropped file was read", extra=told)

    def _reasons(self) -> list[dict[str, Any]]:
        if not self.claimed.reasons.exists():
            return []
        with self.claimed.reasons.open(encoding="utf-8", errors="replace") as lines:
            return [json.loads(line) for line in islice(lines, MOST_REASONS)]

    def _open_task(self, error: str | None) -> None:
        rejected = self._report.rejected
        if error is None and not rejected:
            return
        feed, now = self.claimed.feed, self.ground.clock()
        detail = {"file": self.claimed.file.name, "mapping": feed.mapping, "rejected": str(rejected)}
        task = NewTask(
            agency_id=feed.agency_id,
            kind="rows_rejected" if error is None else "file_unreadable",
            key=f"file:{feed.mapping}:{self.claimed.name}",
            detail=detail if error is None else detail | {"error": error[:1000]},
            opened_at=now,
            due_at=now if error else now + _MEND_WITHIN,
            urgent=error is not None,
        )
        with self.ground.database.begin() as connection:
            tasks.open_tasks(connection, [task])


def _mapping_of(claimed: Claimed) -> Path:
    """Raises BadMapping."""
    feed = claimed.feed
    if not feed.mapping:
        raise BadMapping(
            f"{claimed.file.name}: expected it in a folder that is named for its mapping, such as "
            f"{feed.agency_id}/tampa/{claimed.file.name}"
        )
    return find(feed.mapping, [feed.own_mappings])
