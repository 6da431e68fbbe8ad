"""What nobody tells us: a dispatch system that fell silent, notices that are held, recalls that are not done yet.

Looked at every 15 seconds by the sweep's process. Each agency is looked at by itself, so that one can't hide another.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime

from sqlalchemy import Connection
from sqlalchemy.exc import OperationalError

from gateway import wake
from gateway.ground import Ground
from gateway.outbox import recall, surge
from gateway.store import agencies, feeds, recalls, surges, tasks
from gateway.store.tasks import NewTask
from gateway.texts.paging import page
from locales import Fact, Link
from rules.policy import PinnedPolicy

log = logging.getLogger(__name__)

EVERY_SECONDS = 15.0
_LONGEST_SECONDS = 5.0
"""Of carrying out what staff decided: whoever wakes the others must not be long away."""


@dataclass
class Watch:
    """Looks at most every 15 seconds, however often it is asked to."""

    ground: Ground
    _looked: float = field(default=float("-inf"))

    def look(self) -> None:
        """Does nothing if it looked a moment ago."""
        if time.monotonic() - self._looked >= EVERY_SECONDS:
            self._looked = time.monotonic()
            look(self.ground)


def look(ground: Ground) -> None:
    """Once, at everything. What breaks one look does not keep the others from being taken."""
    deadline = time.monotonic() + _LONGEST_SECONDS
    looks: list[Callable[[], bool]] = [
        lambda: _page_for_surges(ground),
        lambda: _discard(ground, lambda: time.monotonic() < deadline),
        lambda: _go_on_with_recalls(ground, lambda: time.monotonic() < deadline),
        *(lambda pinned=pinned: listen(ground, pinned) for pinned in ground.policies.by_agency.values()),
    ]
    wrote = False
    for one in looks:
        try:
            wrote = one() or wrote
        except OperationalError:
            raise
        except Exception:
            log.exception("a look broke")
    if wrote:
        ground.waker.wake(wake.OUTBOX)


def listen(ground: Ground, pinned: PinnedPolicy) -> bool:
    """Whether the dispatch system lives. A person is told once of each silence, and the task closes when it is over.

    An agency whose dispatch system never told anything is not expected to. True if somebody is paged.
    """
    now, agency = ground.clock(), pinned.policy.agency
    with ground.database.begin() as connection:
        last = feeds.calls_heard_at(connection, agency.id)
        if last is None:
            return False
        if now - last <= pinned.policy.feed.silent_after:
            if tasks.settle_kind(connection, agency.id, "feed_silent", now):
                log.info("dispatch is heard again", extra={"agency": agency.id})
            return False
        silent = feeds.fell_silent(connection, agency.id, now - pinned.policy.feed.silent_after)
        if not silent:
            return False
        log.error("dispatch is silent", extra={"agency": agency.id, "feeds": len(silent)})
        heard = f"{last.astimezone(agency.zone):%Y-%m-%d %H:%M}"
        detail = {"feed": ", ".join(silent), "heard": heard}
        key = f"feed_silent:{last.isoformat()}"
        task = NewTask(agency.id, "feed_silent", key, detail, now, now, urgent=True)
        tasks.open_tasks(connection, [task])
        return _page(connection, ground, pinned, "staff.feed_silent", key, now)


def _page_for_surges(ground: Ground) -> bool:
    """Once for each surge."""
    now, paged = ground.clock(), False
    with ground.database.begin() as connection:
        for held in surges.all_held(connection):
            pinned = ground.policies.by_agency.get(held.agency_id)
            if pinned is not None and held.outcome is None:
                key = f"surge:{held.id}"
                paged = _page(connection, ground, pinned, "staff.surge", key, now, held.seen) or paged
    return paged


def _page(
    connection: Connection,
    ground: Ground,
    pinned: PinnedPolicy,
    words_id: str,
    occasion: str,
    now: datetime,
    count: int | None = None,
) -> bool:
    sender = agencies.sender_of(connection, pinned.policy.agency.id)
    if sender is None:
        return False
    link = Link(f"{ground.settings.public_url}/spotlight/")
    facts: dict[str, Fact] = {} if count is None else {"count": count, "link": link}
    return page(connection, ground, pinned, sender.id, words_id, occasion, now, facts) > 0


def _discard(ground: Ground, may_go_on: Callable[[], bool]) -> bool:
    """What somebody decided to discard on a page, or in a command that was killed."""
    with ground.database.connect() as connection:
        condemned = surges.condemned(connection)
    for held in condemned:
        surge.carry_out_discard(ground, held, held.ended_by, may_go_on)
    return False


def _go_on_with_recalls(ground: Ground, may_go_on: Callable[[], bool]) -> bool:
    """A recall stands for a day: what left after all, unknown to us when it was recalled, is corrected too."""
    with ground.database.connect() as connection:
        standing = recalls.standing(connection, ground.clock() - recall.STANDS_FOR)
    corrected = [recall.carry_out(ground, one, may_go_on)[1] for one in standing if may_go_on()]
    return any(corrected)
