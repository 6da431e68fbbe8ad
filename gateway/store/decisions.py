"""Why each message was sent or not: the rule, the policy's version, the reason."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, fields
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Connection, Row, bindparam, func, select, tuple_
from sqlalchemy.dialects.postgresql import aggregate_order_by

from gateway.store.bulk import insert_many, unnested
from gateway.store.tables import decisions
from rules.engine import Telling
from rules.suppression import Reason


@dataclass(frozen=True, slots=True)
class NewDecision:
    """`outcome` is `notice` or `suppressed`; `detail` holds codes, never a name or a number of a person."""

    agency_id: str
    rule: str
    record_kind: str
    record_number: str
    party_id: str
    outcome: str
    policy_hash: str
    at: datetime
    reason: str | None = None
    detail: str | None = None
    event_id: int | None = None
    message_id: UUID | None = None
    occasion: str = ""
    channel: str | None = None
    """Of a notice: `text`, `email` or `letter`."""


_KEPT = tuple(field.name for field in fields(NewDecision))
_KEEP = insert_many(decisions, _KEPT)


def keep(connection: Connection, new: Sequence[NewDecision]) -> None:
    """Write decisions, in one statement."""
    if new:
        kept = {name: [getattr(decision, name) for decision in new] for name in _KEPT}
        connection.execute(_KEEP, kept)


_LATEST = (
    select(
        decisions.c.record_kind,
        decisions.c.record_number,
        decisions.c.rule,
        decisions.c.party_id,
        decisions.c.occasion,
        func.bool_or(decisions.c.outcome == "notice").label("told"),
        func.array_agg(aggregate_order_by(decisions.c.reason, decisions.c.id.desc()))[1].label("reason"),
    )
    .where(
        decisions.c.agency_id == bindparam("agency"),
        tuple_(decisions.c.record_kind, decisions.c.record_number).in_(
            unnested([decisions.c.record_kind, decisions.c.record_number])
        ),
    )
    .group_by(
        decisions.c.record_kind,
        decisions.c.record_number,
        decisions.c.rule,
        decisions.c.party_id,
        decisions.c.occasion,
    )
)


def latest(
    connection: Connection, agency_id: str, keys: Iterable[tuple[str, str]]
) -> dict[tuple[str, str], dict[Telling, Reason | None]]:
    """What was decided of each record (kind, number): None where a notice was written, whatever became of it since."""
    keys = list(keys)
    asked = {
        "agency": agency_id,
        "record_kind": [kind for kind, _ in keys],
        "record_number": [number for _, number in keys],
    }
    found: dict[tuple[str, str], dict[Telling, Reason | None]] = {key: {} for key in keys}
    for row in connection.execute(_LATEST, asked):
        telling = Telling(row.rule, row.party_id, row.occasion)
        found[row.record_kind, row.record_number][telling] = None if row.told else Reason(row.reason)
    return found


def about(connection: Connection, agency_id: str, record_kind: str, number: str) -> Sequence[Row[Any]]:
    """Every decision on a record, in the order in which they fell."""
    statement = (
        select(decisions)
        .where(
            decisions.c.agency_id == agency_id,
            decisions.c.record_kind == record_kind,
            decisions.c.record_number == number,
        )
        .order_by(decisions.c.id)
    )
    return connection.execute(statement).all()
