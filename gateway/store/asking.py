"""Questions that a message asked: the latest that left for a number, of a survey and of any other kind."""

from __future__ import annotations

from typing import Any

from sqlalchemy import (
    ColumnElement,
    ScalarSelect,
    Select,
    bindparam,
    func,
    literal_column,
    select,
    union_all,
)

from gateway.store.states import State
from gateway.store.tables import messages

_SURVEY = messages.c.asks["question"].as_string().startswith("survey.")


def _latest(kind: ColumnElement[bool]) -> Select[Any]:
    arrived = [literal_column(f"'{state.value}'") for state in (State.SENT, State.DELIVERED)]
    found = (
        select(messages.c.id, messages.c.asks, messages.c.sent_at)
        .where(
            messages.c.agency_id == bindparam("agency"),
            messages.c.phone_hash == bindparam("phone"),
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


_both = union_all(_latest(_SURVEY), _latest(~_SURVEY)).subquery("latest")
_told = func.jsonb_build_object("id", _both.c.id, "asks", _both.c.asks, "at", _both.c.sent_at)

LATEST_ASKED: ScalarSelect[Any] = select(func.jsonb_agg(_told)).select_from(_both).scalar_subquery()
"""As a column of another statement, which binds `agency` and `phone`: a list of {"id", "asks", "at"}, two at most."""
