"""What only a person can do. One task for each key, however often it is asked for."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, func, select, update
from sqlalchemy.dialects.postgresql import insert

from gateway.store.bulk import columns, insert_many
from gateway.store.tables import tasks


@dataclass(frozen=True, slots=True)
class NewTask:
    """A task to open, or to count once more if it is there."""

    agency_id: str
    kind: str
    key: str
    detail: Mapping[str, str]
    opened_at: datetime
    due_at: datetime
    urgent: bool = False
    count: int = 1


_OPENED = ("agency_id", "kind", "key", "detail", "opened_at", "due_at", "urgent", "count")
_OPEN = insert_many(tasks, _OPENED)
_OPEN = _OPEN.on_conflict_do_update(
    index_elements=["agency_id", "key"],
    set_={"count": tasks.c.count + _OPEN.excluded.count, "closed_at": None},
)


def open_tasks(connection: Connection, new: Sequence[NewTask]) -> None:
    """Open tasks, in one statement. One that is there already counts up, and is open again if it was closed."""
    together: dict[tuple[str, str], dict[str, Any]] = {}
    for task in new:
        row = together.setdefault(
            (task.agency_id, task.key),
            {
                "agency_id": task.agency_id,
                "kind": task.kind,
                "key": task.key,
                "detail": dict(task.detail),
                "opened_at": task.opened_at,
                "due_at": task.due_at,
                "urgent": task.urgent,
                "count": 0,
            },
        )
        row["count"] += task.count
    if not together:
        return
    connection.execute(_OPEN, columns(_OPENED, [together[key] for key in sorted(together)]))


def open_once(connection: Connection, task: NewTask) -> bool:
    """Open a task that stays closed once a person has closed it, and does not count up. False if it was there."""
    values = {name: getattr(task, name) for name in _OPENED} | {"detail": dict(task.detail)}
    statement = insert(tasks).values(values).on_conflict_do_nothing(index_elements=["agency_id", "key"])
    return connection.execute(statement.returning(tasks.c.id)).first() is not None


def settle(connection: Connection, agency_id: str, keys: Iterable[str], now: datetime) -> None:
    """Close what has settled itself."""
    connection.execute(
        update(tasks)
        .where(tasks.c.agency_id == agency_id, tasks.c.key.in_(list(keys)), tasks.c.closed_at.is_(None))
        .values(closed_at=now)
    )


def settle_kind(connection: Connection, agency_id: str, kind: str, now: datetime) -> int:
    """Close every open task of a kind: what it asked for is not needed any more. Returns how many there were."""
    statement = (
        update(tasks)
        .where(tasks.c.agency_id == agency_id, tasks.c.kind == kind, tasks.c.closed_at.is_(None))
        .values(closed_at=now)
    )
    return connection.execute(statement).rowcount


def open_ones(connection: Connection, agency_id: str, most: int = 50) -> Sequence[Row[Any]]:
    """Open tasks, the urgent first, then by when they are due."""
    statement = (
        select(tasks)
        .where(tasks.c.agency_id == agency_id, tasks.c.closed_at.is_(None))
        .order_by(tasks.c.urgent.desc(), tasks.c.due_at)
        .limit(most)
    )
    return connection.execute(statement).all()


def count_open(connection: Connection, agency_id: str) -> int:
    statement = select(func.count()).where(tasks.c.agency_id == agency_id, tasks.c.closed_at.is_(None))
    return connection.scalar(statement) or 0
