"""The pages behind the links in messages. The token itself is never kept, only its hash."""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, Row, bindparam, func, select, true, update

from gateway.store.bulk import insert_many
from gateway.store.tables import decisions, emails, messages, pages, wrong_numbers


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


_ADDED = ("token_hash", *(field.name for field in fields(NewPage)))
_ADD = insert_many(pages, _ADDED)


def add(connection: Connection, new: Mapping[str, NewPage]) -> None:
    """Keep pages, each under the hash of its token."""
    if new:
        made = {name: [getattr(page, name) for page in new.values()] for name in _ADDED[1:]}
        connection.execute(_ADD, made | {"token_hash": [_hash(token) for token in new]})


# The last message of that notice that was written when the page was: a later one may have gone to another number.
_texted = (
    select(messages.c.phone_hash)
    .join(decisions, decisions.c.message_id == messages.c.id)
    .where(
        pages.c.channel == "text",
        decisions.c.agency_id == pages.c.agency_id,
        decisions.c.record_kind == pages.c.record_kind,
        decisions.c.record_number == pages.c.record_number,
        decisions.c.party_id == pages.c.party_id,
        decisions.c.rule == pages.c.notice,
        decisions.c.at <= pages.c.created_at,
    )
    .order_by(decisions.c.id.desc())
    .limit(1)
    .lateral("texted")
)
_mailed = (
    select(emails.c.address_hash)
    .where(
        pages.c.channel == "email",
        emails.c.agency_id == pages.c.agency_id,
        emails.c.record_kind == pages.c.record_kind,
        emails.c.record_number == pages.c.record_number,
        emails.c.party_id == pages.c.party_id,
        emails.c.notice == pages.c.notice,
        emails.c.created_at <= pages.c.created_at,
    )
    .order_by(emails.c.created_at.desc())
    .limit(1)
    .lateral("mailed")
)
_a_stranger = (wrong_numbers.c.agency_id == pages.c.agency_id) & (
    wrong_numbers.c.phone_hash == _texted.c.phone_hash
)
_FIND = (
    select(pages, func.coalesce(_texted.c.phone_hash, _mailed.c.address_hash).label("sent_to"))
    .select_from(
        pages.outerjoin(_texted, true()).outerjoin(_mailed, true()).outerjoin(wrong_numbers, _a_stranger)
    )
    .where(
        pages.c.token_hash == bindparam("token"),
        pages.c.expires_at > bindparam("now"),
        pages.c.revoked_at.is_(None),
        wrong_numbers.c.since.is_(None),
    )
)


def find(connection: Connection, token: str, now: datetime) -> Row[Any] | None:
    """The page, unless it is unknown, expired or revoked: which of these it is, nobody learns.

    Gone as well is what was sent to a number that turned out to be a stranger's. `sent_to` is the hash of the number
    or the email address that the link went to, as far as it is still known; a letter has none.
    """
    return connection.execute(_FIND, {"token": _hash(token), "now": now}).first()


def note_opened(connection: Connection, token: str, now: datetime) -> bool:
    """The first opening counts: True for that one only."""
    statement = (
        update(pages)
        .where(pages.c.token_hash == _hash(token), pages.c.opened_at.is_(None))
        .values(opened_at=now)
    )
    return connection.execute(statement).rowcount == 1


def opens(connection: Connection, agency_id: str, since: datetime, until: datetime) -> Sequence[Row[Any]]:
    """Of the pages made from `since` to before `until`: (notice, channel, made, opened), by notice and channel.

    `opened` counts those that were opened since, whenever that was.
    """
    statement = (
        select(
            pages.c.notice,
            pages.c.channel,
            func.count().label("made"),
            func.count(pages.c.opened_at).label("opened"),
        )
        .where(pages.c.agency_id == agency_id, pages.c.created_at >= since, pages.c.created_at < until)
        .group_by(pages.c.notice, pages.c.channel)
        .order_by(pages.c.notice, pages.c.channel)
    )
    return connection.execute(statement).all()


def revoke(
    connection: Connection,
    agency_id: str,
    record: tuple[str, str],
    *,
    party_id: str | None = None,
    notice: str | None = None,
) -> int:
    """Take back the pages of a record (kind, number): all, or only a party's, or only a notice's. Returns how many."""
    chosen = [pages.c.record_kind == record[0], pages.c.record_number == record[1]]
    if party_id is not None:
        chosen.append(pages.c.party_id == party_id)
    if notice is not None:
        chosen.append(pages.c.notice == notice)
    return _revoke(connection, agency_id, chosen)


def revoke_for_notice(
    connection: Connection,
    agency_id: str,
    notice: str,
    since: datetime,
    until: datetime,
    record_number: str | None = None,
) -> int:
    """Take back the pages of a recalled notice, made from `since` to `until`, both included. Returns how many."""
    chosen = [pages.c.notice == notice, pages.c.created_at.between(since, until)]
    if record_number is not None:
        chosen.append(pages.c.record_number == record_number)
    return _revoke(connection, agency_id, chosen)


def _revoke(connection: Connection, agency_id: str, chosen: Sequence[ColumnElement[bool]]) -> int:
    statement = (
        update(pages)
        .where(pages.c.agency_id == agency_id, pages.c.revoked_at.is_(None), *chosen)
        .values(revoked_at=func.now())
    )
    return connection.execute(statement).rowcount


def _hash(token: str) -> bytes:
    return hashlib.sha256(token.encode("utf-8", "surrogatepass")).digest()
