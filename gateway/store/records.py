"""Calls and cases: what is known of each now, and who is found on them by phone."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, Table, bindparam, delete, select, tuple_

from gateway.store.bulk import columns, insert_many, unnested
from gateway.store.sealed import Vault
from gateway.store.tables import enrollments, parties, records, wrong_numbers
from rules.records import as_call, as_case
from rules.values import TEXTED_ROLES, Call, Case, Record

Key = tuple[str, str]
"""(`call` or `case`, number)"""
Facts = dict[str, list[Any]]


_SAVED = ("agency_id", "kind", "number", "facts", "report_number", "updated_at")
_STANDING = ("agency_id", "kind", "number", "party_id", "role", "phone_hash")


def _among(table: Table) -> ColumnElement[bool]:
    """This agency's rows of the records given by `_wanted`."""
    keys = unnested([table.c.kind, table.c.number])
    return (table.c.agency_id == bindparam("agency")) & tuple_(table.c.kind, table.c.number).in_(keys)


def _wanted(agency_id: str, keys: Iterable[Key]) -> dict[str, Any]:
    keys = list(keys)
    return {"agency": agency_id, "kind": [kind for kind, _ in keys], "number": [number for _, number in keys]}


_LOAD = select(records.c.kind, records.c.number, records.c.facts).where(_among(records))
_FORGET_PARTIES = delete(parties).where(_among(parties))
_STAND = insert_many(parties, _STANDING)
_SAVE = insert_many(records, _SAVED)
_SAVE = _SAVE.on_conflict_do_update(
    index_elements=["agency_id", "kind", "number"],
    set_={name: _SAVE.excluded[name] for name in ("facts", "report_number", "updated_at")},
)


def load(connection: Connection, agency_id: str, keys: Iterable[Key]) -> dict[Key, Facts]:
    """The facts of these records, in one query. What is not there is left out."""
    return {(row.kind, row.number): row.facts for row in connection.execute(_LOAD, _wanted(agency_id, keys))}


def save(
    connection: Connection, vault: Vault, agency_id: str, changed: Mapping[Key, Facts], now: datetime
) -> None:
    """Write records and who stands on them, in three statements for however many."""
    if not changed:
        return
    known = {key: view(key, facts) for key, facts in changed.items()}
    rows = [
        {
            "agency_id": agency_id,
            "kind": kind,
            "number": number,
            "facts": facts,
            "report_number": getattr(known[kind, number], "report_number", None),
            "updated_at": now,
        }
        for (kind, number), facts in changed.items()
    ]
    connection.execute(_SAVE, columns(_SAVED, rows))
    connection.execute(_FORGET_PARTIES, _wanted(agency_id, changed))
    standing = [
        {
            "agency_id": agency_id,
            "kind": kind,
            "number": number,
            "party_id": party.id,
            "role": party.role.value,
            "phone_hash": vault.lookup(agency_id, "phone", party.phone) if party.phone else None,
        }
        for (kind, number), record in known.items()
        for party in record.parties
    ]
    if standing:
        connection.execute(_STAND, columns(_STANDING, standing))


def view(key: Key, facts: Mapping[str, list[Any]]) -> Record:
    """A record's facts as the value that the rules speak in."""
    kind, number = key
    return as_call(number, facts) if kind == "call" else as_case(number, facts)


def calls_behind(
    connection: Connection, agency_id: str, cases: Iterable[Case]
) -> dict[str, tuple[Call, ...]]:
    """Report number -> the calls that led to it: those that name it, and the one that the report names."""
    cases = list(cases)
    named = {case.call_number: case.number for case in cases if case.call_number}
    numbers = [case.number for case in cases]
    found: dict[str, tuple[Call, ...]] = dict.fromkeys(numbers, ())
    if not numbers:
        return found
    statement = select(records.c.number, records.c.report_number, records.c.facts).where(
        records.c.agency_id == agency_id,
        records.c.kind == "call",
        records.c.report_number.in_(numbers) | records.c.number.in_(list(named)),
    )
    for row in connection.execute(statement):
        call = as_call(row.number, row.facts)
        for number in {row.report_number, named.get(row.number)} & set(numbers):
            found[number] = (*found[number], call)
    return found


def cases_of_phone(connection: Connection, agency_id: str, phone_hash: bytes) -> list[Case]:
    """The cases on which this number stands as someone whom we text, unless it was said to be a wrong number."""
    standing = (
        select(parties.c.number)
        .outerjoin(
            wrong_numbers,
            (wrong_numbers.c.agency_id == parties.c.agency_id)
            & (wrong_numbers.c.phone_hash == parties.c.phone_hash),
        )
        .where(
            parties.c.agency_id == agency_id,
            parties.c.kind == "case",
            parties.c.phone_hash == phone_hash,
            parties.c.role.in_([role.value for role in TEXTED_ROLES]),
            wrong_numbers.c.since.is_(None),
        )
    )
    statement = (
        select(records.c.number, records.c.facts)
        .where(
            records.c.agency_id == agency_id,
            records.c.kind == "case",
            records.c.number.in_(standing),
        )
        .order_by(records.c.number)
    )
    return [as_case(row.number, row.facts) for row in connection.execute(statement)]


def enrolled_phones(
    connection: Connection, agency_id: str, numbers: Iterable[str]
) -> dict[str, frozenset[str]]:
    """Report number -> phones enrolled for its alerts."""
    statement = select(enrollments.c.report_number, enrollments.c.phone).where(
        enrollments.c.agency_id == agency_id,
        enrollments.c.report_number.in_(list(numbers)),
        enrollments.c.ended_at.is_(None),
    )
    found: dict[str, frozenset[str]] = {}
    for row in connection.execute(statement):
        found[row.report_number] = found.get(row.report_number, frozenset()) | {row.phone}
    return found
