"""Notices that are held because there are abnormally many of them, and the counts by which that is known."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Connection, Row, case, func, select, update
from sqlalchemy.dialects.postgresql import insert

from gateway.store.tables import notice_hours, surges

LOOKS_BACK = timedelta(days=28)


def _hour(now: datetime) -> datetime:
    return now.replace(minute=0, second=0, microsecond=0)


def count(
    connection: Connection, agency_id: str, written: Mapping[str, int], now: datetime
) -> dict[str, int]:
    """Add to the counts of this hour. Returns notice -> how many there are now, without those that were released."""
    if not written:
        return {}
    rows = [
        {"agency_id": agency_id, "notice": notice, "hour": _hour(now), "written": many}
        for notice, many in sorted(written.items())
    ]
    statement = insert(notice_hours).values(rows)
    counted = statement.on_conflict_do_update(
        index_elements=["agency_id", "notice", "hour"],
        set_={"written": notice_hours.c.written + statement.excluded.written},
    ).returning(notice_hours.c.notice, (notice_hours.c.written - notice_hours.c.forgiven).label("many"))
    return {row.notice: row.many for row in connection.execute(counted)}


def busiest_hours(
    connection: Connection, agency_id: str, notices: Sequence[str], now: datetime
) -> dict[str, int]:
    """Notice -> how many there were in the busiest hour of the last four weeks, this one not counted."""
    statement = (
        select(notice_hours.c.notice, func.max(notice_hours.c.written).label("many"))
        .where(
            notice_hours.c.agency_id == agency_id,
            notice_hours.c.notice.in_(list(notices)),
            notice_hours.c.hour < _hour(now),
            notice_hours.c.hour >= now - LOOKS_BACK,
        )
        .group_by(notice_hours.c.notice)
    )
    return {row.notice: row.many for row in connection.execute(statement)}


def begin(connection: Connection, agency_id: str, notice: str, seen: int, usual: int, now: datetime) -> bool:
    """Hold a notice. False if it is held already."""
    values = {"agency_id": agency_id, "notice": notice, "seen": seen, "usual": usual, "began_at": now}
    statement = insert(surges).values(values).on_conflict_do_nothing().returning(surges.c.id)
    return connection.execute(statement).first() is not None


def is_held(agency_id: ColumnElement[str], notice: ColumnElement[str]) -> ColumnElement[bool]:
    """Whether a row of the outbox is held, as a condition in its claim."""
    return (
        select(surges.c.id)
        .where(surges.c.agency_id == agency_id, surges.c.notice == notice, surges.c.ended_at.is_(None))
        .exists()
    )


def open_ones(connection: Connection, agency_id: str) -> Sequence[Row[Any]]:
    """What is held now, the longest held first."""
    statement = (
        select(surges)
        .where(surges.c.agency_id == agency_id, surges.c.ended_at.is_(None))
        .order_by(surges.c.began_at)
    )
    return connection.execute(statement).all()


def end(
    connection: Connection, agency_id: str, notice: str, *, release: bool, by: str, now: datetime
) -> bool:
    """Release or discard what is held, and begin to count anew. False if nothing is held.

    What was discarded was no ordinary hour, so that it is not what is usual from now on.
    """
    statement = (
        update(surges)
        .where(surges.c.agency_id == agency_id, surges.c.notice == notice, surges.c.ended_at.is_(None))
        .values(ended_at=now, ended_by=by, outcome="released" if release else "discarded")
        .returning(surges.c.began_at)
    )
    row = connection.execute(statement).first()
    if row is None:
        return False
    connection.execute(
        update(notice_hours)
        .where(
            notice_hours.c.agency_id == agency_id,
            notice_hours.c.notice == notice,
            notice_hours.c.hour >= _hour(row.began_at),
        )
        .values(
            written=notice_hours.c.written if release else 0,
            forgiven=case((notice_hours.c.hour == _hour(now), notice_hours.c.written), else_=0)
            if release
            else 0,
        )
    )
    return True
