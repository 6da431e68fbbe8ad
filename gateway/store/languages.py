"""What language the holder of a number reads, and whether they know that there are others.

It lives in the state of their conversation, where a text of theirs finds it: see `conversations.turn.State`.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, bindparam, select, text

from gateway.store.bulk import among, columns, insert_many
from gateway.store.tables import conversations


@dataclass(frozen=True, slots=True)
class Known:
    """What is known of a number; `language` is None while nobody knows."""

    language: str | None = None
    offered: bool = False
    """Whether it was told, in other languages, that there are others."""


def known(connection: Connection, agency_id: str, hashes: Iterable[bytes]) -> dict[bytes, Known]:
    """Phone hash -> what is known. Numbers that have no conversation yet are left out."""
    rows = connection.execute(_KNOWN, {"agency": agency_id, "phone_hash": list(hashes)})
    return {bytes(row.phone_hash): Known(row.language, bool(row.offered)) for row in rows}


_state = conversations.c.state
_KNOWN = select(
    conversations.c.phone_hash,
    _state["language"].as_string().label("language"),
    _state["languages_offered"].as_boolean().label("offered"),
).where(
    conversations.c.agency_id == bindparam("agency"),
    among(conversations.c.phone_hash),
)


@dataclass(frozen=True, slots=True)
class Learned:
    """What a notice was written by: the language that a feed told, or an offer of others."""

    phone: str
    phone_hash: bytes
    language: str | None = None
    offered: bool = False

    @property
    def state(self) -> Mapping[str, Any]:
        """As the conversation's state has it."""
        told = {"language": self.language, "languages_offered": self.offered or None}
        return {name: value for name, value in told.items() if value is not None}


_WRITTEN = ("agency_id", "phone_hash", "phone", "state", "updated_at")
_REMEMBER = insert_many(conversations, _WRITTEN).on_conflict_do_update(
    index_elements=["agency_id", "phone_hash"],
    set_={"state": text("excluded.state || conversations.state")},
)


def remember(connection: Connection, agency_id: str, learned: Iterable[Learned], now: datetime) -> None:
    """Keep it where nothing is known yet: what a person chose since then stays. One statement for however many."""
    by_phone = {one.phone_hash: one for one in learned}
    if not by_phone:
        return
    rows = [
        {
            "agency_id": agency_id,
            "phone_hash": phone_hash,
            "phone": by_phone[phone_hash].phone,
            "state": by_phone[phone_hash].state,
            "updated_at": now,
        }
        for phone_hash in sorted(by_phone)
    ]
    connection.execute(_REMEMBER, columns(_WRITTEN, rows))
