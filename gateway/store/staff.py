"""Who of an agency may sign in. Five failures in a row lock a name for ten minutes (CJIS Security Policy, AC-7)."""

from __future__ import annotations

import hashlib
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cache
from typing import Any

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError
from sqlalchemy import Connection, Engine, Row, case, or_, select, update
from sqlalchemy.dialects.postgresql import insert

from gateway.store.tables import staff

MOST_FAILURES = 5
LOCKED_FOR = timedelta(minutes=10)
SHORTEST_PASSWORD = 12
LONGEST_PASSWORD = 1024
"""Hashing takes time with length: nobody keeps the processor busy with a megabyte."""

_hasher = PasswordHasher()


class NameTaken(ValueError):
    """There is a member of staff of that name, in this agency or another."""


class BadPassword(ValueError):
    """Too short or too long; says what is expected."""


@dataclass(frozen=True, slots=True)
class Member:
    """A member of staff, as a session knows them. `stamp` changes with the password: then old sessions end."""

    id: int
    agency_id: str
    username: str
    stamp: str


def plain_name(username: str) -> str:
    """A name as it is compared: no two that look alike but for capitals."""
    return unicodedata.normalize("NFKC", username).strip().casefold().replace("\x00", "")


def add(connection: Connection, agency_id: str, username: str, password: str, now: datetime) -> None:
    """Let somebody in. Raises NameTaken and BadPassword."""
    if not SHORTEST_PASSWORD <= len(password) <= LONGEST_PASSWORD:
        raise BadPassword(f"expected a password of {SHORTEST_PASSWORD} to {LONGEST_PASSWORD} characters")
    values = {
        "agency_id": agency_id,
        "username": plain_name(username),
        "password_hash": _hasher.hash(password),
        "created_at": now,
    }
    statement = insert(staff).values(values).on_conflict_do_nothing().returning(staff.c.id)
    if connection.execute(statement).first() is None:
        raise NameTaken(f"there is a {plain_name(username)} already")


def check(database: Engine, username: str, password: str, now: datetime) -> Member | None:
    """Who this is, or None: for a wrong password, an unknown name and a locked one, in the same time.

    An attempt is counted before the password is looked at, so that no number of attempts at once gets more than five;
    and no transaction is open while the password is hashed, which takes a tenth of a second.
    """
    with database.begin() as connection:
        row = _count_attempt(connection, plain_name(username), now)
    right = _matches(row.password_hash if row else _nobody(), password)
    if row is None or not right:
        return None
    renewed = _hasher.hash(password) if _hasher.check_needs_rehash(row.password_hash) else row.password_hash
    with database.begin() as connection:
        connection.execute(
            update(staff)
            .where(staff.c.id == row.id)
            .values(failures=0, locked_until=None, password_hash=renewed)
        )
    return Member(row.id, row.agency_id, row.username, _stamp(renewed))


def find(connection: Connection, staff_id: int) -> Member | None:
    """For a session that goes on. A lock is no reason to end one: anybody can lock a name from outside."""
    row = connection.execute(select(staff).where(staff.c.id == staff_id)).first()
    return Member(row.id, row.agency_id, row.username, _stamp(row.password_hash)) if row else None


def listed(connection: Connection) -> Sequence[Row[Any]]:
    """Everybody, by agency and name; never the password's hash."""
    columns = (staff.c.agency_id, staff.c.username, staff.c.locked_until, staff.c.created_at)
    return connection.execute(select(*columns).order_by(staff.c.agency_id, staff.c.username)).all()


def unlock(connection: Connection, username: str) -> bool:
    """Forget the failures. True if there is somebody of that name."""
    statement = (
        update(staff).where(staff.c.username == plain_name(username)).values(failures=0, locked_until=None)
    )
    return connection.execute(statement).rowcount == 1


def _count_attempt(connection: Connection, username: str, now: datetime) -> Row[Any] | None:
    """One more attempt; the fifth locks, and is forgiven if it turns out right. None for unknown and locked names."""
    after_a_lock = staff.c.locked_until.is_not(None)
    failures = case((after_a_lock, 1), else_=staff.c.failures + 1)
    statement = (
        update(staff)
        .where(staff.c.username == username, or_(staff.c.locked_until.is_(None), staff.c.locked_until <= now))
        .values(
            failures=failures,
            locked_until=case((failures >= MOST_FAILURES, now + LOCKED_FOR), else_=None),
        )
        .returning(staff.c.id, staff.c.agency_id, staff.c.username, staff.c.password_hash)
    )
    return connection.execute(statement).first()


def _matches(password_hash: str, password: str) -> bool:
    try:
        return _hasher.verify(password_hash, password[: LONGEST_PASSWORD + 1].encode("utf-8", "replace"))
    except (VerificationError, InvalidHashError):
        return False


@cache
def _nobody() -> str:
    """A hash that no password has, made with the same cost as all others."""
    return _hasher.hash(hashlib.sha256(b"nobody").hexdigest())


def _stamp(password_hash: str) -> str:
    return hashlib.sha256(password_hash.encode()).hexdigest()[:16]
