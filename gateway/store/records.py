"""Calls and cases: what is known of each now, and who is found on them by phone."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Connection,
    String,
    Table,
    bindparam,
    delete,
    func,
    literal_column,
    or_,
    select,
    tuple_,
    union_all,
)

from conversations.effects import Topic
from gateway.store.bulk import among, columns, insert_many, unnested
from gateway.store.sealed import Vault
from gateway.store.tables import PLAIN_NUMBER, contacts, enrollments, parties, records, wrong_numbers
from rules.records import as_call, as_case
from rules.values import TEXTED_ROLES, Call, Case, Record

Key = tuple[str, str]
"""(`call` or `case`, number)"""
Facts = dict[str, list[Any]]


_SAVED = ("agency_id", "kind", "number", "facts", "linked_number", "updated_at")
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
    set_={name: _SAVE.excluded[name] for name in ("facts", "linked_number", "updated_at")},
)


def load(connection: Connection, agency_id: str, keys: Iterable[Key]) -> dict[Key, Facts]:
    """The facts of these records, in one query. What is not there is left out."""
    return {(row.kind, row.number): row.facts for row in connection.execute(_LOAD, _wanted(agency_id, keys))}


def save(
    connection: Connection, vault: Vault, agency_id: str, changed: Mapping[Key, Facts], now: datetime
) -> dict[Key, Record]:
    """Write records and who stands on them, in three statements for however many. Returns each as the rules see it."""
    known = {key: view(key, facts) for key, facts in changed.items()}
    if not changed:
        return known
    rows = [
        {
            "agency_id": agency_id,
            "kind": kind,
            "number": number,
            "facts": facts,
            "linked_number": _names(known[kind, number]),
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
    return known


def view(key: Key, facts: Mapping[str, list[Any]]) -> Record:
    """A record's facts as the value that the rules speak in."""
    kind, number = key
    return as_call(number, facts) if kind == "call" else as_case(number, facts)


@dataclass(frozen=True, slots=True)
class Linked:
    """The other side of a record: the calls that led to a case, or the cases that came of a call."""

    calls: tuple[Call, ...] = ()
    cases: tuple[Case, ...] = ()


def linked(connection: Connection, agency_id: str, known: Iterable[Record]) -> dict[Key, Linked]:
    """What each record is linked to, in one query: either side may name the other."""
    names = {(_kind(record), record.number): _names(record) for record in known}
    found: dict[Key, Linked] = dict.fromkeys(names, Linked())
    if not names:
        return found
    naming: dict[Key, list[Key]] = defaultdict(list)
    for key, named in names.items():
        if named:
            naming[_OTHER[key[0]], named].append(key)
    asked: dict[str, Any] = {"agency": agency_id}
    for own in _OTHER:
        asked[f"{own}s"] = [number for kind, number in names if kind == own]
        asked[f"{own}s_name"] = [named for (kind, _), named in names.items() if kind == own and named]
    for row in connection.execute(_LINKED, asked):
        other = view((row.kind, row.number), row.facts)
        named_by_it = (_OTHER[row.kind], row.linked_number)
        for key in {*naming[row.kind, row.number], *({named_by_it} & names.keys())}:
            so_far = found[key]
            found[key] = (
                replace(so_far, calls=(*so_far.calls, other))
                if isinstance(other, Call)
                else replace(so_far, cases=(*so_far.cases, other))
            )
    return found


_OTHER = {"call": "case", "case": "call"}
_LINKED = select(records.c.kind, records.c.number, records.c.linked_number, records.c.facts).where(
    records.c.agency_id == bindparam("agency"),
    or_(
        *(
            (records.c.kind == other)
            & (among(records.c.linked_number, f"{own}s") | among(records.c.number, f"{own}s_name"))
            for own, other in _OTHER.items()
        )
    ),
)


def _kind(record: Record) -> str:
    return "call" if isinstance(record, Call) else "case"


def _names(record: Record) -> str | None:
    """The number on the other side that the record itself names."""
    return record.report_number if isinstance(record, Call) else record.call_number


@dataclass(frozen=True, slots=True)
class Standing:
    """A case that a number has to do with, and how."""

    case: Case
    named: bool
    """True where it stands on the case as someone whom we text."""
    contact: str | None
    """The state of the number as a contact that the report does not name; None where it is none."""
    contact_since: datetime | None
    decided_by: str | None
    topics: frozenset[Topic]
    """What it wants to be told of."""

    @property
    def is_linked(self) -> bool:
        """Whether it belongs to the case: by the report, or as a contact that nobody refused."""
        return self.named or self.contact in {"confirmed", "pending"}


_NAMED = (
    select(parties.c.number)
    .outerjoin(
        wrong_numbers,
        (wrong_numbers.c.agency_id == parties.c.agency_id)
        & (wrong_numbers.c.phone_hash == parties.c.phone_hash),
    )
    .where(
        parties.c.agency_id == bindparam("agency"),
        parties.c.kind == "case",
        parties.c.phone_hash == bindparam("phone"),
        parties.c.role.in_([role.value for role in TEXTED_ROLES]),
        wrong_numbers.c.since.is_(None),
    )
)
_ADDED = select(contacts.c.report_number).where(
    contacts.c.agency_id == bindparam("agency"), contacts.c.phone_hash == bindparam("phone")
)
_others = records.alias("others")
# Among several spellings that compare the same, the one that was told, else the first: never two.
_CLAIMED = (
    select(_others.c.number)
    .where(
        _others.c.agency_id == bindparam("agency"),
        _others.c.kind == "case",
        literal_column(PLAIN_NUMBER.replace("number", "others.number")) == bindparam("plain", type_=String),
    )
    .order_by((_others.c.number == bindparam("claimed", type_=String)).desc(), _others.c.number)
    .limit(1)
)
_TOPICS = (
    select(func.array_agg(enrollments.c.topic))
    .where(
        enrollments.c.agency_id == bindparam("agency"),
        enrollments.c.report_number == records.c.number,
        enrollments.c.phone_hash == bindparam("phone"),
        enrollments.c.ended_at.is_(None),
    )
    .scalar_subquery()
)
_STANDINGS = (
    select(
        records.c.number,
        records.c.facts,
        records.c.number.in_(_NAMED).label("named"),
        contacts.c.state.label("contact"),
        contacts.c.added_at,
        contacts.c.decided_by,
        _TOPICS.label("topics"),
    )
    .outerjoin(
        contacts,
        (contacts.c.agency_id == records.c.agency_id)
        & (contacts.c.report_number == records.c.number)
        & (contacts.c.phone_hash == bindparam("phone")),
    )
    .where(
        records.c.agency_id == bindparam("agency"),
        records.c.kind == "case",
        records.c.number.in_(union_all(_NAMED, _ADDED, select(_CLAIMED.subquery().c.number))),
    )
    .order_by(records.c.number)
)


def plain(report_number: str) -> str:
    """A report number as it is compared, the same as PLAIN_NUMBER makes of it in the database."""
    return re.sub("[^0-9A-Z]", "", report_number.upper())


def standings(
    connection: Connection, agency_id: str, phone_hash: bytes, claimed: str | None = None
) -> list[Standing]:
    """The cases on which this number stands or was added, and the one it claims, in one statement.

    A number that was said to be a wrong one stands on none, whatever a feed says.
    """
    asked = {
        "agency": agency_id,
        "phone": phone_hash,
        "claimed": claimed,
        "plain": claimed and plain(claimed),
    }
    return [
        Standing(
            as_case(row.number, row.facts),
            row.named,
            row.contact,
            row.added_at,
            row.decided_by,
            frozenset(map(Topic, row.topics or ())),
        )
        for row in connection.execute(_STANDINGS, asked)
    ]


def cases_of_phone(connection: Connection, agency_id: str, phone_hash: bytes) -> list[Case]:
    """The cases that this number belongs to, for a member of staff who is to call it."""
    return [one.case for one in standings(connection, agency_id, phone_hash) if one.is_linked]


_UNCONFIRMED = (
    select(contacts.c.state)
    .where(
        contacts.c.agency_id == enrollments.c.agency_id,
        contacts.c.report_number == enrollments.c.report_number,
        contacts.c.phone_hash == enrollments.c.phone_hash,
        contacts.c.state != "confirmed",
    )
    .exists()
)
_ENROLLED = select(enrollments.c.report_number, enrollments.c.topic, enrollments.c.phone).where(
    enrollments.c.agency_id == bindparam("agency"),
    among(enrollments.c.report_number),
    enrollments.c.ended_at.is_(None),
    ~_UNCONFIRMED,
)


def enrolled_phones(
    connection: Connection, agency_id: str, numbers: Iterable[str]
) -> dict[str, dict[Topic, frozenset[str]]]:
    """Report number -> topic -> phones enrolled for it. None that is not, or no more, confirmed as a contact."""
    found: dict[str, dict[Topic, frozenset[str]]] = {}
    for row in connection.execute(_ENROLLED, {"agency": agency_id, "report_number": list(numbers)}):
        by_topic = found.setdefault(row.report_number, {})
        topic = Topic(row.topic)
        by_topic[topic] = by_topic.get(topic, frozenset()) | {row.phone}
    return found
