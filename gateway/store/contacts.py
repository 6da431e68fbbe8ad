"""Numbers that proved to be a victim's though they do not stand on the report, and who agreed to them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import ColumnElement, Connection, Row, and_, bindparam, or_, select, update
from sqlalchemy.dialects.postgresql import insert

from gateway.store.bulk import among
from gateway.store.tables import contacts
from rules.values import Party, Role


class State(StrEnum):
    """Where a contact stands."""

    CONFIRMED = "confirmed"
    PENDING = "pending"
    """Told nothing before an older contact or a member of staff has agreed."""
    REFUSED = "refused"


PROOF = "proof"
ITSELF = "itself"
"""The number said that it is nobody's whom we mean. It may come back, with another proof."""
_BY_STAFF = contacts.c.decided_by.startswith("staff:", autoescape=True)


def by_staff(name: str) -> str:
    return f"staff:{name}"


def by_contact(phone_hash: bytes) -> str:
    return f"contact:{phone_hash.hex()}"


@dataclass(frozen=True, slots=True)
class OnReport:
    """A number on one report of one agency."""

    agency_id: str
    report_number: str
    phone_hash: bytes


def _is(one: OnReport) -> ColumnElement[bool]:
    return and_(
        contacts.c.agency_id == one.agency_id,
        contacts.c.report_number == one.report_number,
        contacts.c.phone_hash == one.phone_hash,
    )


def add(connection: Connection, one: OnReport, phone: str, confirmed: bool, now: datetime) -> bool:
    """Keep a number that was proven. False where somebody has refused it, which no proof undoes."""
    state = State.CONFIRMED if confirmed else State.PENDING
    decided = (
        {"decided_at": now, "decided_by": PROOF} if confirmed else {"decided_at": None, "decided_by": None}
    )
    statement = insert(contacts).values(
        agency_id=one.agency_id,
        report_number=one.report_number,
        phone_hash=one.phone_hash,
        phone=phone,
        state=state.value,
        added_at=now,
        **decided,
    )
    statement = statement.on_conflict_do_update(
        index_elements=["agency_id", "report_number", "phone_hash"],
        set_={"state": state.value, "added_at": now, **decided},
        where=or_(contacts.c.state == State.PENDING.value, contacts.c.decided_by == ITSELF),
    )
    return connection.execute(statement.returning(contacts.c.state)).first() is not None


def rule(
    connection: Connection, one: OnReport, ruler: bytes, since: datetime | None, welcome: bool, now: datetime
) -> str | None:
    """An older contact's word. Returns the phone whose state it changed; None where it changed nothing.

    `since` is when the ruler was added itself; None for who stands on the report. Nobody rules on an older contact.
    What staff decided stays, and so does another contact's NO: the safe side of two who disagree.
    """
    sources = [State.PENDING] if welcome else [State.PENDING, State.CONFIRMED]
    statement = (
        update(contacts)
        .where(
            _is(one),
            contacts.c.phone_hash != ruler,
            contacts.c.state.in_([state.value for state in sources]),
            or_(contacts.c.decided_by.is_(None), ~_BY_STAFF),
        )
        .values(
            state=(State.CONFIRMED if welcome else State.REFUSED).value,
            decided_at=now,
            decided_by=by_contact(ruler),
        )
    )
    if since is not None:
        statement = statement.where(contacts.c.added_at > since)
    return connection.scalar(statement.returning(contacts.c.phone))


def waits(connection: Connection, one: OnReport) -> bool:
    """Whether the number waits on the report for somebody to agree."""
    statement = select(contacts.c.state).where(_is(one), contacts.c.state == State.PENDING.value)
    return connection.scalar(statement) is not None


def decide(connection: Connection, one: OnReport, state: State, staff: str, now: datetime) -> State | None:
    """A member of staff's word, which overrules everybody's. Returns where it stood; None if it is no contact."""
    before = connection.scalar(select(contacts.c.state).where(_is(one)).with_for_update())
    if before is None:
        return None
    connection.execute(
        update(contacts).where(_is(one)).values(state=state.value, decided_at=now, decided_by=by_staff(staff))
    )
    return State(before)


def leave(connection: Connection, agency_id: str, phone_hash: bytes, now: datetime) -> None:
    """The number is nobody's whom we mean: it is a contact of no report any more."""
    connection.execute(
        update(contacts)
        .where(
            contacts.c.agency_id == agency_id,
            contacts.c.phone_hash == phone_hash,
            contacts.c.state != State.REFUSED.value,
        )
        .values(state=State.REFUSED.value, decided_at=now, decided_by=ITSELF)
    )


def confirmed(connection: Connection, agency_id: str, report_number: str) -> dict[bytes, str]:
    """Phone hash -> phone of each contact of a report who is told things."""
    statement = select(contacts.c.phone_hash, contacts.c.phone).where(
        contacts.c.agency_id == agency_id,
        contacts.c.report_number == report_number,
        contacts.c.state == State.CONFIRMED.value,
    )
    return {bytes(row.phone_hash): row.phone for row in connection.execute(statement)}


_SPEAKING = select(contacts.c.report_number, contacts.c.phone_hash, contacts.c.phone).where(
    contacts.c.agency_id == bindparam("agency"),
    among(contacts.c.report_number),
    contacts.c.state == State.CONFIRMED.value,
)


def parties(connection: Connection, agency_id: str, numbers: Iterable[str]) -> dict[str, tuple[Party, ...]]:
    """Report number -> its confirmed contacts as the rules know people: each speaks for a victim, under a made-up id.

    The gate finds them again by their phone; see gateway.outbox.gate.
    """
    found: dict[str, tuple[Party, ...]] = {}
    for row in connection.execute(_SPEAKING, {"agency": agency_id, "report_number": list(numbers)}):
        party = Party(f"contact-{row.phone_hash.hex()[:16]}", Role.REPRESENTATIVE, phone=row.phone)
        found[row.report_number] = (*found.get(row.report_number, ()), party)
    return found


def listed(connection: Connection, agency_id: str, state: State | None = None) -> Sequence[Row[Any]]:
    """The contacts of an agency, those that wait first, then the newest."""
    statement = (
        select(contacts)
        .where(contacts.c.agency_id == agency_id)
        .order_by((contacts.c.state == State.PENDING.value).desc(), contacts.c.added_at.desc())
    )
    if state is not None:
        statement = statement.where(contacts.c.state == state.value)
    return connection.execute(statement).all()
