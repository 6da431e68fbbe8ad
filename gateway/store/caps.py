"""How often a number is texted what it did not ask for."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from datetime import datetime

from sqlalchemy import Connection, func, select

from gateway.store.states import State
from gateway.store.tables import messages

_NEVER_CAME = (State.FAILED, State.SUPPRESSED, State.CANCELED)


def surveyed_since(
    connection: Connection, agency_id: str, hashes: Iterable[bytes], since: datetime
) -> dict[bytes, set[str]]:
    """Phone hash -> intents of the surveys that were sent to it since then, or are about to be."""
    statement = select(messages.c.phone_hash, messages.c.intent_key).where(
        messages.c.agency_id == agency_id,
        messages.c.phone_hash.in_(list(hashes)),
        messages.c.notice_class == "survey",
        messages.c.state.not_in([state.value for state in _NEVER_CAME]),
        func.coalesce(messages.c.sent_at, messages.c.due_at) > since,
    )
    found: dict[bytes, set[str]] = defaultdict(set)
    for row in connection.execute(statement):
        found[bytes(row.phone_hash)].add(row.intent_key)
    return found
