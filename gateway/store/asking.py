"""Questions that a message asked: the latest that left for a number, of a survey and of any other kind."""

from __future__ import annotations

from typing import Any

from sqlalchemy import ColumnElement, ScalarSelect, Select, func, literal_column, select, union_all

from gateway.store.states import State
from gateway.store.tables import messages

_SURVEY = messages.c.asks["question"].as_string().startswith("survey.")


def latest_asked(agency_id: str, phone_hash: bytes) -> ScalarSelect[Any]:
    """As a column of another statement: a list of {"id", "asks", "at"}, two at most; null where there are none."""
    both = union_all(_latest(agency_id, phone_hash, _SURVEY), _latest(agency_id, phone_hash, ~_SURVEY))
    latest = both.subquery("latest")
    told = func.jsonb_build_object("id", latest.c.id, "asks", latest.c.asks, "at", latest.c.sent_at)
    return select(func.jsonb_agg(told)).select_from(latest).scalar_subquery()


def _latest(agency_id: str, phone_hash: bytes, kind: ColumnElement[bool]) -> Select[Any]:
    arrived = [literal_column(f"'{state.value}'") for state in (State.SENT, State.DELIVERED)]
    found = (
        select(messages.c.id, messages.c.asks, messages.c.sent_at)
        .where(
            messages.c.agency_id == agency_id,
            messages.c.phone_hash == phone_hash,
            messages.c.asks.is_not(None),
            messages.c.sent_at.is_not(None),
            messages.c.state.in_(arrived),
            kind,
        )
        .order_by(messages.c.sent_at.desc())
        .limit(1)
        .subquery()
    )
    return select(found)
