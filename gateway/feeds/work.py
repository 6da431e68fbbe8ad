"""Events become part of their records, and the rules are asked what each calls for. One transaction a batch."""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import dataclass

from sqlalchemy import Connection
from sqlalchemy.exc import InterfaceError, OperationalError, ProgrammingError

from gateway import wake
from gateway.feeds.batch import Batch
from gateway.ground import Ground, NoPolicy
from gateway.outbox.notices import NoSender
from gateway.store import events, tasks, timers
from gateway.store.tasks import NewTask

log = logging.getLogger(__name__)

BATCH = 200
_NOT_THE_EVENTS_FAULT = (OperationalError, ProgrammingError, InterfaceError)
"""The database is away or behind: no event is to be set aside for that, they wait."""


def work_off(ground: Ground, may_go_on: Callable[[], bool]) -> bool:
    """Work on new events, agency by agency, until there are none. True if work may be left."""
    wrote = False
    more = True
    while more and may_go_on():
        with ground.database.connect() as connection:
            waiting = agencies_waiting(ground, connection)
        more = False
        for agency_id in waiting:
            worked = work_batch(ground, agency_id)
            wrote = wrote or worked.messages > 0
            more = more or worked.events > 0
    if wrote:
        ground.waker.wake(wake.OUTBOX)
    return more


def agencies_waiting(ground: Ground, connection: Connection) -> list[str]:
    """The agencies that have new events, or timers that are due."""
    due = timers.agencies_with_due(connection, ground.clock())
    return sorted({*events.agencies_with_new(connection), *due})


@dataclass(frozen=True, slots=True)
class Worked:
    """How much one batch was."""

    events: int
    """And timers."""
    messages: int


def work_batch(ground: Ground, agency_id: str) -> Worked:
    """One batch of one agency. An event that breaks it is found by working one by one, and set aside."""
    try:
        return _work(ground, agency_id, BATCH)
    except _NOT_THE_EVENTS_FAULT:
        raise
    except (NoPolicy, NoSender) as error:
        log.error("an agency's events wait", extra={"agency": agency_id, "error": type(error).__name__})
        return Worked(0, 0)
    except Exception:
        log.exception("a batch of events failed; going on one by one", extra={"agency": agency_id})
    try:
        return _work(ground, agency_id, 1)
    except _NOT_THE_EVENTS_FAULT:
        raise
    except Exception as error:
        log.exception("an event can't be worked on", extra={"agency": agency_id})
        return _set_aside(ground, agency_id, type(error).__name__)


def _set_aside(ground: Ground, agency_id: str, error: str) -> Worked:
    now = ground.clock()
    with ground.database.begin() as connection:
        if not events.take_turn(connection, agency_id):
            return Worked(0, 0)
        for row in events.next_batch(connection, agency_id, 1):
            events.fail(connection, row.id, error)
            detail = {"event": str(row.id), "error": error}
            task = NewTask(agency_id, "event_failed", f"event:{row.id}", detail, now, now, urgent=True)
            tasks.open_tasks(connection, [task])
    return Worked(1, 0)


def _work(ground: Ground, agency_id: str, most: int) -> Worked:
    now = ground.clock()
    with ground.database.begin() as connection:
        if not events.take_turn(connection, agency_id):
            return Worked(0, 0)
        batch = events.next_batch(connection, agency_id, most)
        due = timers.take_due(connection, agency_id, now, most)
        if not batch and not due:
            return Worked(0, 0)
        told = Batch(ground, connection, ground.policies.of(agency_id), now)
        told.listen(batch, due)
        written = told.write_down()
        events.finish(connection, [row.id for row in batch])
    return Worked(len(batch) + len(due), written)
