"""The replies of a turn, written to the outbox."""

from __future__ import annotations

import re
from datetime import timedelta
from uuid import UUID

from sqlalchemy import Connection

from conversations.turn import Reply, Turn
from gateway.outbox.writing import message, put_into_words
from gateway.store import messages
from gateway.texts.facts import Asking

_E164 = re.compile(r"\+[1-9][0-9]{6,14}")
_CONFIRMED_WITHIN = timedelta(minutes=5)
"""47 CFR 64.1200(a)(12): an opt-out may be confirmed once, within five minutes."""
_ANSWERED_WITHIN = timedelta(hours=4)
"""An answer that a broken line held up longer would puzzle more than it helps."""


def write(connection: Connection, asking: Asking, turn: Turn, text_id: int) -> tuple[UUID, ...]:
    """One statement. Returns the messages in the order of sending; none for a short code or a name."""
    if not _E164.fullmatch(asking.to.phone):
        return ()
    new = [
        message(
            put_into_words(
                asking.ground,
                asking.pinned.policy,
                reply.parts,
                reply.language,
                reply.facts,
                wording=reply.wording,
                offers=reply.offers,
            ),
            asking.to,
            intent_key=f"reply:{text_id}:{place}",
            notice=f"reply.{reply.parts[0]}",
            notice_class=reply.notice_class.value,
            due_at=asking.now,
            now=asking.now,
            expires_at=asking.now + _lives(reply),
            text_id=text_id,
        )
        for place, reply in enumerate(turn.replies)
    ]
    written = messages.add(connection, new)
    return tuple(written[one.intent_key] for one in new)


def _lives(reply: Reply) -> timedelta:
    return _CONFIRMED_WITHIN if "opt_out.confirmed" in reply.parts else _ANSWERED_WITHIN
