"""Events as they came, each kept once, and the queue that they are."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import BigInteger, Connection, Row, bindparam, func, select, text, update
from sqlalchemy.dialects.postgresql import ARRAY

from gateway.store.bulk import columns, insert_many
from gateway.store.tables import events


@dataclass(frozen=True, slots=True)
class NewEvent:
    """An event that passed its schema. `body` is the CloudEvent as it came."""

    source: str
    event_id: str
    type: str
    subject: str
    time: datetime
    body: dict[str, Any]
    history: bool = False


_RECORDED = ("agency_id", "source", "event_id", "type", "subject", "time", "received_at", "history", "body")
_RECORD = (
    insert_many(events, _RECORDED)
    .on_conflict_do_nothing(index_elements=["agency_id", "source", "event_id"])
    .returning(events.c.source, events.c.event_id)
)


def record(
    connection: Connection, agency_id: str, new: Sequence[NewEvent], now: datetime
) -> set[tuple[str, str]]:
    """Keep events once per (source, id). Returns the (source, id) of those that were new."""
    if not new:
        return set()
    rows = [
        {
            "agency_id": agency_id,
            "source": event.source,
            "event_id": event.event_id,
            "type": event.type,
            "subject": event.subject,
            "time": event.time,
            "received_at": now,
            "history": event.history,
            "body": event.body,
        }
        # In one order always, so that two posts of the same events wait for each other instead of locking up.
        for event in sorted(new, key=lambda event: (event.source, event.event_id))
    ]
    return {(row.source, row.event_id) for row in connection.execute(_RECORD, columns(_RECORDED, rows))}


def agencies_with_new(connection: Connection) -> list[str]:
    """The agencies that have events to work on."""
    return list(connection.scalars(select(events.c.agency_id).where(_new()).distinct()))


def take_turn(connection: Connection, agency_id: str) -> bool:
    """One worker at a time for each agency, until the transaction ends: then the events of one call never race."""
    statement = select(func.pg_try_advisory_xact_lock(func.hashtextextended("events:" + agency_id, 0)))
    return bool(connection.scalar(statement))


def next_batch(connection: Connection, agency_id: str, most: int) -> Sequence[Row[Any]]:
    """The oldest events that nobody has worked on."""
    statement = (
        select(events).where(events.c.agency_id == agency_id, _new()).order_by(events.c.id).limit(most)
    )
    return connection.execute(statement).all()


_FINISH = (
    update(events)
    .where(events.c.id == func.any(bindparam("ids", type_=ARRAY(BigInteger, dimensions=1))))
    .values(state="done")
)


def finish(connection: Connection, ids: Sequence[int]) -> None:
    """These are part of their records now."""
    connection.execute(_FINISH, {"ids": list(ids)})


def fail(connection: Connection, event_id: int, error: str) -> None:
    """This one can't be worked on; it stays for a person to see. `error` holds no personal data."""
    connection.execute(
        update(events).where(events.c.id == event_id).values(state="failed", error=error[:200])
    )


def count_new(connection: Connection, agency_id: str | None = None) -> int:
    """How many wait, of one agency or of all."""
    statement = select(func.count()).select_from(events).where(_new())
    if agency_id is not None:
        statement = statement.where(events.c.agency_id == agency_id)
    return connection.scalar(statement) or 0


def newest_at(connection: Connection) -> datetime | None:
    """When the last event of any feed came; None before the first."""
    return connection.scalar(select(events.c.received_at).order_by(events.c.id.desc()).limit(1))


def _new() -> Any:
    return events.c.state == text("'new'")
