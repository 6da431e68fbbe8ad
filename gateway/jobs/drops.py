"""The process that watches the drop folder. Feed by feed in turn, so that nobody's long file holds up another's.

It is a process of its own: a network disk that hangs must not hold up the sweep, which wakes everybody else.
"""

from __future__ import annotations

import fcntl
import logging
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from sqlalchemy.exc import InterfaceError, OperationalError, ProgrammingError

from gateway.feeds.drop import Feed, feeds_in
from gateway.feeds.dropped import Dropped
from gateway.ground import Ground
from gateway.jobs.drains import Workshop
from gateway.jobs.stop import Stop
from gateway.store import agencies

log = logging.getLogger(__name__)

EVERY_SECONDS = 1.0
_LONGEST_SECONDS = 5.0
"""With one file at a time; then it is the next feed's turn."""
_NOT_THE_FILES_FAULT = (OperationalError, ProgrammingError, InterfaceError, OSError)
"""The database or the disk is away or behind: the file waits."""


@dataclass
class Drops:
    """The files that are being read, one of each feed."""

    ground: Ground
    stop: Stop
    root: Path
    _open: dict[Feed, Dropped] = field(default_factory=dict)
    _strangers: set[str] = field(default_factory=set)
    _stuck: set[Feed] = field(default_factory=set)

    def look(self) -> bool:
        """Give each feed its turn. True if there may be more to do at once. Raises OSError if the folder is away."""
        busy = False
        for feed in feeds_in(self.root):
            if self.stop():
                return False
            try:
                busy = self._turn(feed) or busy
                self._stuck.discard(feed)
            except Exception as error:  # whatever it is, the other feeds have their turn
                self._let_go(feed)
                self._tell_once(feed, error)
        return busy

    def _tell_once(self, feed: Feed, error: Exception) -> None:
        if feed in self._stuck:
            return
        self._stuck.add(feed)
        told = {"agency": feed.agency_id, "mapping": feed.mapping, "error": type(error).__name__}
        log.error("a dropped file waits", extra=told)

    def _turn(self, feed: Feed) -> bool:
        dropped = self._next(feed)
        if dropped is None:
            return False
        deadline = time.monotonic() + _LONGEST_SECONDS
        try:
            done = dropped.read(lambda: not self.stop() and time.monotonic() < deadline)
        except _NOT_THE_FILES_FAULT:
            raise
        except Exception as error:
            log.exception("a dropped file can't be read", extra={"agency": feed.agency_id})
            dropped.give_up(f"it could not be read: {type(error).__name__}")
            done = True
        if done:
            self._let_go(feed)
        return True

    def _next(self, feed: Feed) -> Dropped | None:
        """The file in hand, else one that was begun before, else the oldest that waits."""
        if feed in self._open:
            return self._open[feed]
        begun = feed.claimed()
        waiting = [] if begun else feed.waiting()
        if not (begun or waiting) or not self._is_known(feed.agency_id):
            return None
        claimed = begun[0] if begun else feed.claim(waiting[0])
        if claimed is None:
            return None
        return self._open.setdefault(feed, Dropped(self.ground, claimed))

    def _is_known(self, agency_id: str) -> bool:
        with self.ground.database.connect() as connection:
            known = agency_id in agencies.ids(connection)
        if not known and agency_id not in self._strangers:
            self._strangers.add(agency_id)
            log.error("files were dropped for an agency that is not there", extra={"agency": agency_id})
        return known

    def _let_go(self, feed: Feed) -> None:
        if dropped := self._open.pop(feed, None):
            dropped.close()

    def close(self) -> None:
        """What is not finished is gone on with by the next process."""
        for feed in list(self._open):
            self._let_go(feed)


def run(workshop: Workshop) -> None:
    """Until asked to stop. A folder that is away for a while only makes it wait. Without one there is nothing to do."""
    root = workshop.ground.settings.drop_folder
    if root is None:
        log.info("DROP_FOLDER is not set; there is nothing to watch")
        while not workshop.stop():
            workshop.stop.wait(60)
        return
    drops = Drops(workshop.ground, workshop.stop, root)
    away = False
    try:
        while not workshop.stop():
            busy = False
            try:
                with _alone(root) as alone:
                    while alone and not workshop.stop():
                        away = False
                        busy = drops.look()
                        if not busy:
                            workshop.stop.wait(EVERY_SECONDS)
            except OSError as error:
                if not away:
                    log.error("DROP_FOLDER can't be read", extra={"error": type(error).__name__})
                away = True
            except Exception:
                log.exception("watching the drop folder broke; trying again")
            workshop.stop.wait(EVERY_SECONDS)
    finally:
        drops.close()


@contextmanager
def _alone(root: Path) -> Iterator[bool]:
    """Whether this is the only process that reads this folder. The kernel lets go when a process dies."""
    with (root / ".lock").open("ab") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            yield False
            return
        yield True
