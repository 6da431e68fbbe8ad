"""The pages behind the links in messages. The token itself is never kept, only its hash."""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, func, select, true, update
from sqlalchemy.dialects.postgresql import insert

from gateway.store.tables import decisions, messages, pages, wrong_numbers


@dataclass(frozen=True, slots=True)
class NewPage:
    """The long form of one notice to one party."""

    agency_id: str
    record_kind: str
    record_number: str
    party_id: str
    notice: str
    channel: str
    """`text`, `email` or `letter`: where the link stands."""
    language: str
    created_at: datetime
    expires_at: datetime


def make_token() -> str:
    """22 characters, 128 random bits."""
    return secrets.token_urlsafe(16)


def add(connection: Connection, new: Mapping[str, NewPage]) -> None:
    """Keep pages, each under the hash of its token."""
    if new:
        rows = [asdict(page) | {"token_hash": _hash(token)} for token, page in new.items()]
        connection.execute(insert(pages).values(rows))


def find(connection: Connection, token: str, now: datetime) -> Row[Any] | None:
    """The page, unless it is unknown, expired or revoked: which of these it is, nobody learns.

    Gone as well is what was sent to a number that turned out to be a stranger's. `sent_to` is the hash of the number
    that the link went to, as far as it is still known.
    """
    sent = (
        select(messages.c.agency_id, messages.c.phone_hash)
        .join(decisions, decisions.c.message_id == messages.c.id)
        .where(
            decisions.c.agency_id == pages.c.agency_id,
            decisions.c.record_kind == pages.c.record_kind,
            decisions.c.record_number == pages.c.record_number,
            decisions.c.party_id == pages.c.party_id,
            decisions.c.rule == pages.c.notice,
        )
        .order_by(decisions.c.id.desc())
        .limit(1)
        .lateral("sent")
    )
    stranger = (wrong_numbers.c.agency_id == sent.c.agency_id) & (
        wrong_numbers.c.phone_hash == sent.c.phone_hash
    )
    statement = (
        select(pages, sent.c.phone_hash.label("sent_to"))
        .select_from(pages.outerjoin(sent, true()).outerjoin(wrong_numbers, stranger))
        .where(
            pages.c.token_hash == _hash(token),
            pages.c.expires_at > now,
            pages.c.revoked_at.is_(None),
            wrong_numbers.c.since.is_(None),
        )
    )
    return connection.execute(statement).first()


def note_opened(connection: Connection, token: str, now: datetime) -> None:
    """The first opening counts."""
    statement = (
        update(pages)
        .where(pages.c.token_hash == _hash(token))
        .values(opened_at=func.coalesce(pages.c.opened_at, now))
    )
    connection.execute(statement)


def _hash(token: str) -> bytes:
    return hashlib.sha256(token.encode("utf-8", "surrogatepass")).digest()
