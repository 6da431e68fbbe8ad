"""When each feed was last heard of."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from sqlalchemy import Connection, func, or_, select, update

from gateway.store.bulk import columns, insert_many
from gateway.store.tables import feeds

_TOLD = ("agency_id", "source", "of_calls", "heard_at")
_HEARD = insert_many(feeds, _TOLD)
_HEARD = _HEARD.on_conflict_do_update(
    index_elements=["agency_id", "source"],
    set_={
        "heard_at": _HEARD.excluded.heard_at,
        "of_calls": or_(feeds.c.of_calls, _HEARD.excluded.of_calls),
        "silent_since": None,
    },
)


def heard(connection: Connection, agency_id: str, sources: Mapping[str, bool], now: datetime) -> None:
    """These feeds have just told something; the value says whether it was of a call, or that they live."""
    if not sources:
        return
    rows = [
        {"agency_id": agency_id, "source": source, "of_calls": of_calls, "heard_at": now}
        for source, of_calls in sorted(sources.items())
    ]
    connection.execute(_HEARD, columns(_TOLD, rows))


def calls_heard_at(connection: Connection, agency_id: str) -> datetime | None:
    """When the dispatch system was last heard of; None where no feed ever told of a call."""
    statement = select(func.max(feeds.c.heard_at)).where(feeds.c.agency_id == agency_id, feeds.c.of_calls)
    return connection.scalar(statement)


def is_silent(connection: Connection, agency_id: str, before: datetime) -> bool:
    """Whether the dispatch system told something once, and nothing since `before`."""
    last = calls_heard_at(connection, agency_id)
    return last is not None and last < before


def fell_silent(connection: Connection, agency_id: str, before: datetime) -> list[str]:
    """Note which feeds of calls were not heard of since `before`. Returns those of which it was not known yet."""
    statement = (
        update(feeds)
        .where(
            feeds.c.agency_id == agency_id,
            feeds.c.of_calls,
            feeds.c.heard_at < before,
            feeds.c.silent_since.is_(None),
        )
        .values(silent_since=feeds.c.heard_at)
        .returning(feeds.c.source)
    )
    return sorted(connection.scalars(statement))
