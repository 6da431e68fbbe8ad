"""What a person decides about notices that are held: let them go, or take them all back.

Taking back thousands lasts longer than a page may: the decision is a row, what it covers stays held, and the sweep
carries it out where the one who decided does not.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

from sqlalchemy import Connection, Row

from gateway.ground import Ground
from gateway.outbox import owed
from gateway.outbox.recall import BATCH, keep_canceled
from gateway.store import recalls, surges, tasks
from gateway.store.recalls import Scope
from rules.suppression import Reason

GREW_FOR = timedelta(hours=1)
"""What was written so long before a surge was noticed belongs to it; what waited before, for the morning, does not."""


def release(ground: Ground, connection: Connection, held: Row[Any], by: str) -> bool:
    """What is still in time goes out; the gate drops the rest. False if it has ended, or is being discarded."""
    now = ground.clock()
    if not surges.end(connection, held.agency_id, held.notice, release=True, by=by, now=now):
        return False
    tasks.settle(connection, held.agency_id, [surges.task_key(held.notice, held.began_at)], now)
    return True


def carry_out_discard(
    ground: Ground,
    held: Row[Any],
    by: str,
    may_go_on: Callable[[], bool] = lambda: True,
    progress: Callable[[int], None] = lambda canceled: None,
) -> int:
    """Cancel what is held, batch by batch, and end the surge when nothing is left. Returns how many were canceled."""
    canceled, many = 0, 1
    while many and may_go_on():
        with ground.database.begin() as connection:
            many = _discard_some(ground, connection, held)
            if not many:
                _end(ground, connection, held, by)
        canceled += many
        progress(canceled)
    return canceled


def scope_of(ground: Ground, held: Row[Any]) -> Scope:
    """What belongs to a surge."""
    return Scope(held.agency_id, held.notice, held.began_at - GREW_FOR, ground.clock())


def _discard_some(ground: Ground, connection: Connection, held: Row[Any]) -> int:
    now, scope, reason = ground.clock(), scope_of(ground, held), Reason.SURGE.value
    texts = recalls.cancel_texts(connection, scope, reason, BATCH)
    others = [
        *recalls.cancel_emails(connection, scope, reason, BATCH),
        *recalls.cancel_letters(connection, scope, reason, BATCH),
    ]
    keep_canceled(connection, texts, others, Reason.SURGE, now)
    owed.open_tasks(connection, ground.policies, [(row, reason) for row in (*texts, *others)], now)
    return len(texts) + len(others)


def _end(ground: Ground, connection: Connection, held: Row[Any], by: str) -> None:
    now = ground.clock()
    surges.end(connection, held.agency_id, held.notice, release=False, by=by, now=now)
    tasks.settle(connection, held.agency_id, [surges.task_key(held.notice, held.began_at)], now)
