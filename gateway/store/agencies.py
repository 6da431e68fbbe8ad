"""Agencies, the numbers they text from, and the keys and secrets of their feeds."""

from __future__ import annotations

import hashlib
import hmac
import secrets
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, or_, select, update
from sqlalchemy.dialects.postgresql import insert

from gateway.store.tables import agencies, api_keys, hook_secrets, policies, senders


def add_agency(connection: Connection, agency_id: str, now: datetime) -> None:
    """Safe to repeat."""
    statement = insert(agencies).values(id=agency_id, created_at=now).on_conflict_do_nothing()
    connection.execute(statement)


def add_sender(
    connection: Connection,
    agency_id: str,
    number: str,
    messaging_service_sid: str | None = None,
    segments_per_second: int = 1,
) -> None:
    """A number that the agency texts from, or its new settings if it is there already. Raises ValueError."""
    if segments_per_second < 1:
        raise ValueError("expected at least one segment a second")
    values = {
        "agency_id": agency_id,
        "messaging_service_sid": messaging_service_sid,
        "segments_per_second": segments_per_second,
    }
    statement = insert(senders).values(number=number, **values)
    connection.execute(statement.on_conflict_do_update(index_elements=["number"], set_=values))


def ids(connection: Connection) -> list[str]:
    """Every agency, in the order of its id."""
    return list(connection.scalars(select(agencies.c.id).order_by(agencies.c.id)))


def sender_of(connection: Connection, agency_id: str) -> Row[Any] | None:
    """The number that the agency's notices leave from: the first that was added."""
    statement = select(senders).where(senders.c.agency_id == agency_id).order_by(senders.c.id).limit(1)
    return connection.execute(statement).first()


def sender_reached(connection: Connection, number: str, messaging_service_sid: str | None) -> Row[Any] | None:
    """The sender that an inbound text came to."""
    reached = senders.c.number == number
    if messaging_service_sid:
        reached = or_(reached, senders.c.messaging_service_sid == messaging_service_sid)
    statement = select(senders).where(reached).order_by((senders.c.number == number).desc()).limit(1)
    return connection.execute(statement).first()


def release_senders(connection: Connection, agency_id: str) -> int:
    """Let an agency's held numbers send again. Returns how many were held."""
    statement = (
        update(senders)
        .where(senders.c.agency_id == agency_id, senders.c.held_until.is_not(None))
        .values(held_until=None, held_reason=None)
    )
    return connection.execute(statement).rowcount


def pin_policy(connection: Connection, agency_id: str, policy_hash: str, source: str, now: datetime) -> None:
    """Keep the very text of a policy that decides something. Safe to repeat."""
    values = {"hash": policy_hash, "agency_id": agency_id, "source": source, "first_used_at": now}
    connection.execute(insert(policies).values(values).on_conflict_do_nothing())


def make_api_key(connection: Connection, agency_id: str, label: str, now: datetime) -> str:
    """A new key for a feed, shown this once: `tk_<id>_<secret>`. Only a hash of the secret is kept."""
    key_id, secret = secrets.token_hex(6), secrets.token_urlsafe(32)
    values = {
        "id": key_id,
        "agency_id": agency_id,
        "secret_hash": _hash(secret),
        "label": label,
        "created_at": now,
    }
    connection.execute(insert(api_keys).values(values))
    return f"tk_{key_id}_{secret}"


def agency_of_key(connection: Connection, key: str) -> str | None:
    """Whose key it is; None for one that is unknown, revoked or malformed. Same time for each."""
    _, _, rest = key.partition("tk_")
    key_id, _, secret = rest.partition("_")
    statement = select(api_keys.c.agency_id, api_keys.c.secret_hash).where(
        api_keys.c.id == key_id.replace("\x00", ""), api_keys.c.revoked_at.is_(None)
    )
    row = connection.execute(statement).first()
    kept = bytes(row.secret_hash) if row else _hash("")
    matches = hmac.compare_digest(kept, _hash(secret))
    return row.agency_id if row and matches else None


def revoke_api_key(connection: Connection, key_id: str, now: datetime) -> bool:
    """True if there was such a key that was still in use."""
    statement = (
        update(api_keys)
        .where(api_keys.c.id == key_id, api_keys.c.revoked_at.is_(None))
        .values(revoked_at=now)
    )
    return connection.execute(statement).rowcount == 1


def list_api_keys(connection: Connection) -> Sequence[Row[Any]]:
    """Every key without its secret, newest first."""
    columns = (
        api_keys.c.id,
        api_keys.c.agency_id,
        api_keys.c.label,
        api_keys.c.created_at,
        api_keys.c.revoked_at,
    )
    return connection.execute(select(*columns).order_by(api_keys.c.created_at.desc())).all()


def make_hook_secret(connection: Connection, agency_id: str, label: str, now: datetime) -> str:
    """A new secret that signs webhooks, shown this once: `ths_<id>_<secret>`. It is kept sealed, to sign with."""
    hook_id = secrets.token_hex(6)
    secret = f"ths_{hook_id}_{secrets.token_urlsafe(32)}"
    values = {"id": hook_id, "agency_id": agency_id, "secret": secret, "label": label, "created_at": now}
    connection.execute(insert(hook_secrets).values(values))
    return secret


def hook_secrets_of(connection: Connection, agency_id: str) -> list[str]:
    """The secrets that this agency's webhooks may be signed with; none for an agency that is unknown."""
    known = agency_id.encode(errors="replace").decode().replace("\x00", "")
    statement = select(hook_secrets.c.secret).where(
        hook_secrets.c.agency_id == known, hook_secrets.c.revoked_at.is_(None)
    )
    return list(connection.scalars(statement.order_by(hook_secrets.c.created_at)))


def revoke_hook_secret(connection: Connection, hook_id: str, now: datetime) -> bool:
    """True if there was such a secret that was still in use."""
    statement = (
        update(hook_secrets)
        .where(hook_secrets.c.id == hook_id, hook_secrets.c.revoked_at.is_(None))
        .values(revoked_at=now)
    )
    return connection.execute(statement).rowcount == 1


def list_hook_secrets(connection: Connection) -> Sequence[Row[Any]]:
    """Every webhook's secret without the secret itself, newest first."""
    columns = (
        hook_secrets.c.id,
        hook_secrets.c.agency_id,
        hook_secrets.c.label,
        hook_secrets.c.created_at,
        hook_secrets.c.revoked_at,
    )
    return connection.execute(select(*columns).order_by(hook_secrets.c.created_at.desc())).all()


def _hash(secret: str) -> bytes:
    """The secret has 256 random bits, so a plain hash is enough, and quick."""
    return hashlib.sha256(secret.encode("utf-8", "surrogatepass")).digest()
