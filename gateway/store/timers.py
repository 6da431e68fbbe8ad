"""When to look at a record again. A timer says no more than that: what is due is asked of the record itself."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, fields
from datetime import datetime

from sqlalchemy import Connection, delete, select, tuple_

from gateway.store.bulk import insert_many
from gateway.store.tables import timers


@dataclass(frozen=True, slots=True)
class Timer:
    """One for each notice that is due later: the rule, the record, the occasion."""

    agency_id: str
    record_kind: str
    record_number: str
    rule: str
    occasion: str
    due_at: datetime


_SET = tuple(field.name for field in fields(Timer))
_WHICH = _SET[:-1]
_INSERT = insert_many(timers, _SET)
_INSERT = _INSERT.on_conflict_do_update(
    index_elements=list(_WHICH),
    set_={"due_at": _INSERT.excluded.due_at},
    where=timers.c.due_at != _INSERT.excluded.due_at,
)


def set_all(connection: Connection, new: Sequence[Timer]) -> None:
    """Set timers, each once; one that is there is set to the new time."""
    distinct = {tuple(getattr(timer, name) for name in _WHICH): timer for timer in new}
    if distinct:
        ordered = [distinct[key] for key in sorted(distinct)]
        connection.execute(_INSERT, {name: [getattr(timer, name) for timer in ordered] for name in _SET})


def take_due(connection: Connection, agency_id: str, now: datetime, most: int) -> list[Timer]:
    """Take away what is due, the longest due first."""
    which = [timers.c[name] for name in _WHICH]
    due = (
        select(*which)
        .where(timers.c.agency_id == agency_id, timers.c.due_at <= now)
        .order_by(timers.c.due_at)
        .limit(most)
    )
    statement = delete(timers).where(tuple_(*which).in_(due)).returning(*(timers.c[name] for name in _SET))
    return [Timer(*row) for row in connection.execute(statement)]


def agencies_with_due(connection: Connection, now: datetime) -> list[str]:
    return list(connection.scalars(select(timers.c.agency_id).where(timers.c.due_at <= now).distinct()))
