"""The sweep: every second, wake whoever has work. Harmless twice, since work is claimed from rows.

A wake-up that was lost costs a second this way. While Redis is gone, the sweep does the work itself.
"""

from __future__ import annotations

import logging
from collections.abc import Callable

from sqlalchemy.exc import OperationalError

from gateway import wake
from gateway.feeds.work import agencies_waiting
from gateway.ground import Ground
from gateway.jobs.drains import Workshop
from gateway.jobs.watch import Watch
from gateway.outbox import elsewhere
from gateway.store import emails, messages

log = logging.getLogger(__name__)

EVERY_SECONDS = 1.0


def due(ground: Ground) -> list[str]:
    """The queues that have work now."""
    with ground.database.connect() as connection:
        found = []
        if agencies_waiting(ground, connection):
            found.append(wake.EVENTS)
        if messages.anything_due(connection, ground.clock()):
            found.append(wake.OUTBOX)
        if emails.anything_due(connection, ground.clock()) or elsewhere.anything_unheard(ground, connection):
            found.append(wake.MAIL)
    return found


def sweep(workshop: Workshop) -> None:
    """Look once, and wake; or work, if nobody can be woken."""
    itself: dict[str, Callable[[], bool]] = {
        wake.EVENTS: workshop.work_off_events,
        wake.OUTBOX: workshop.drain_outbox,
        wake.MAIL: workshop.drain_mail,
    }
    for queue in due(workshop.ground):
        if not workshop.ground.waker.wake(queue):
            itself[queue]()


def run(workshop: Workshop) -> None:
    """Until asked to stop. A database that is away for a while only makes it wait, and so does any other error: whoever
    wakes the others must not be the one that dies."""
    watch = Watch(workshop.ground)
    while not workshop.stop():
        try:
            sweep(workshop)
            watch.look()
        except OperationalError as error:
            log.warning("the database is not there; trying again", extra={"error": type(error).__name__})
        except Exception:
            log.exception("a sweep broke; trying again")
        workshop.stop.wait(EVERY_SECONDS)
