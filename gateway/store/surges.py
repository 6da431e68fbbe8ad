"""Notices that are held because there are abnormally many of them, and the counts by which that is known."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Connection, Row, case, func, literal_column, select, true, update
from sqlalchemy.dialects.postgresql import insert

from gateway.store.tables import emails, letters, messages, notice_hours, surges

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


def task_key(notice: str, began_at: datetime) -> str:
    """The key of the task that asks a person to decide."""
    return f"surge:{notice}:{began_at.astimezone(UTC).isoformat(timespec='seconds')}"


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


def held_one(connection: Connection, agency_id: str, notice: str) -> Row[Any] | None:
    """What holds this notice now."""
    statement = select(surges).where(
        surges.c.agency_id == agency_id, surges.c.notice == notice, surges.c.ended_at.is_(None)
    )
    return connection.execute(statement).first()


def condemned(connection: Connection) -> Sequence[Row[Any]]:
    """What is to be discarded and is not yet."""
    statement = select(surges).where(surges.c.ended_at.is_(None), surges.c.outcome == "discarded")
    return connection.execute(statement).all()


def all_held(connection: Connection) -> Sequence[Row[Any]]:
    """What is held now, of every agency."""
    return connection.execute(select(surges).where(surges.c.ended_at.is_(None))).all()


@dataclass(frozen=True, slots=True)
class Held:
    """How much a surge holds."""

    messages: int
    emails: int
    letters: int
    examples: tuple[str, ...]
    """Numbers of some of its records, the newest first."""


_EXAMPLES = 3
_WAITS = ((messages, "queued"), (emails, "queued"), (letters, "to_print"))


def held_by(connection: Connection, agency_id: str, notice: str) -> Held:
    """What waits for a decision now."""
    counts = []
    for table, state in _WAITS:
        mine = (table.c.agency_id == agency_id, table.c.notice == notice, table.c.state == state)
        counts.append(connection.scalar(select(func.count()).where(*mine)) or 0)
    newest = (
        select(messages.c.record_number)
        .where(
            messages.c.agency_id == agency_id,
            messages.c.notice == notice,
            messages.c.state == literal_column("'queued'"),
            messages.c.record_number.is_not(None),
        )
        .order_by(messages.c.created_at.desc(), messages.c.record_number.desc())
        .limit(_EXAMPLES)
    )
    texts, mails, posted = counts
    return Held(texts, mails, posted, tuple(dict.fromkeys(connection.scalars(newest))))


def condemn(connection: Connection, surge_id: int, by: str) -> bool:
    """Somebody decided that what is held shall be discarded. It stays held until that is done, by whomever.

    False if it has ended, or was decided before.
    """
    statement = (
        update(surges)
        .where(surges.c.id == surge_id, surges.c.ended_at.is_(None), surges.c.outcome.is_(None))
        .values(outcome="discarded", ended_by=by)
    )
    return connection.execute(statement).rowcount == 1


def end(
    connection: Connection, agency_id: str, notice: str, *, release: bool, by: str, now: datetime
) -> bool:
    """Release or discard what is held, and begin to count anew. False if nothing is held.

    What somebody decided to discard can't be released any more.
    What was discarded was no ordinary hour, so that it is not what is usual from now on.
    """
    statement = (
        update(surges)
        .where(surges.c.agency_id == agency_id, surges.c.notice == notice, surges.c.ended_at.is_(None))
        .where(surges.c.outcome.is_(None) if release else true())
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
