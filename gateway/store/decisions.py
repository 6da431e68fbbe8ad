"""Why each message was sent or not: the rule, the policy's version, the reason."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, fields
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Connection, Row, select

from gateway.store.bulk import insert_many
from gateway.store.tables import decisions


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


_KEPT = tuple(field.name for field in fields(NewDecision))
_KEEP = insert_many(decisions, _KEPT)


def keep(connection: Connection, new: Sequence[NewDecision]) -> None:
    """Write decisions, in one statement."""
    if new:
        kept = {name: [getattr(decision, name) for decision in new] for name in _KEPT}
        connection.execute(_KEEP, kept)


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
