"""How often somebody failed to prove who they are: counted for the number that tried and for the report it named."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import (
    Connection,
    DateTime,
    Integer,
    ScalarSelect,
    String,
    and_,
    bindparam,
    case,
    delete,
    func,
    or_,
    select,
)
from sqlalchemy.dialects.postgresql import insert

from gateway.store.tables import attempts

MOST = 5
"""CJIS Security Policy: five failures lock ten minutes."""
LOCKED_FOR = timedelta(minutes=10)
FORGOTTEN_AFTER = timedelta(hours=1)


def _failures() -> ScalarSelect[int]:
    now = bindparam("now", type_=DateTime(timezone=True))
    forgotten = bindparam("forgotten_before", type_=DateTime(timezone=True))
    counts = case(
        (attempts.c.locked_until > now, MOST),
        (and_(attempts.c.locked_until.is_(None), attempts.c.last_at > forgotten), attempts.c.failures),
        else_=0,
    )
    of_phone = and_(attempts.c.scope == "phone", attempts.c.key == bindparam("phone_key"))
    of_report = and_(attempts.c.scope == "report", attempts.c.key == bindparam("report_key", type_=String))
    return (
        select(func.coalesce(func.max(counts), 0, type_=Integer))
        .where(attempts.c.agency_id == bindparam("agency"), or_(of_phone, of_report))
        .scalar_subquery()
    )


FAILURES = _failures()
"""As a column of another statement, which binds what `keys` gives, and `agency`: the larger count of the two keys,
MOST while either is locked."""


def keys(phone_key: str, report_key: str | None, now: datetime) -> dict[str, Any]:
    """The parameters of FAILURES beside the agency."""
    return {
        "phone_key": phone_key,
        "report_key": report_key,
        "now": now,
        "forgotten_before": now - FORGOTTEN_AFTER,
    }


def count(connection: Connection, agency_id: str, phone_key: str, report_key: str, now: datetime) -> None:
    """One failure more for both, and the lock with the fifth. Begins anew after a lock, and after an hour."""
    rows = [
        {"agency_id": agency_id, "scope": scope, "key": key, "failures": 1, "last_at": now}
        for scope, key in (("phone", phone_key), ("report", report_key))
    ]
    statement = insert(attempts).values(rows)
    over = or_(attempts.c.locked_until <= now, attempts.c.last_at <= now - FORGOTTEN_AFTER)
    failures = case((over, 1), else_=attempts.c.failures + 1)
    locked = case(
        (attempts.c.locked_until > now, attempts.c.locked_until),
        (failures >= MOST, now + LOCKED_FOR),
        else_=None,
    )
    connection.execute(
        statement.on_conflict_do_update(
            index_elements=["agency_id", "scope", "key"],
            set_={"failures": failures, "last_at": now, "locked_until": locked},
        )
    )


def forget_phone(connection: Connection, agency_id: str, phone_key: str) -> None:
    """The number has proven itself. What was tried on the report stays: that may have been somebody else."""
    connection.execute(
        delete(attempts).where(
            attempts.c.agency_id == agency_id, attempts.c.scope == "phone", attempts.c.key == phone_key
        )
    )
