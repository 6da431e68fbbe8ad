"""Who is served: the agency, its policies, its numbers, its keys and its staff."""

from __future__ import annotations

from sqlalchemy import Column, Integer, LargeBinary, String, Table, Text, text

from gateway.store.sealed import Sealed
from gateway.store.tables.base import agency, metadata, moment, own_id

agencies = Table(
    "agencies",
    metadata,
    Column("id", String, primary_key=True),
    moment("created_at"),
)

policies = Table(
    "policies",
    metadata,
    Column("hash", String, primary_key=True),
    agency(),
    Column("source", Text, nullable=False),
    moment("first_used_at"),
    comment="Every policy that ever decided something, word for word",
)

senders = Table(
    "senders",
    metadata,
    own_id(),
    agency(index=True),
    Column("number", String, nullable=False, unique=True, comment="E.164, or a short code"),
    Column("messaging_service_sid", String, unique=True),
    Column("segments_per_second", Integer, nullable=False, server_default=text("1")),
    moment("held_until", required=False),
    Column("held_reason", String),
    comment="The agency's own numbers; they are public",
)

api_keys = Table(
    "api_keys",
    metadata,
    Column("id", String, primary_key=True, comment="the part of the key that may be seen"),
    agency(index=True),
    Column("secret_hash", LargeBinary, nullable=False),
    Column("label", String, nullable=False),
    moment("created_at"),
    moment("revoked_at", required=False),
)

staff = Table(
    "staff",
    metadata,
    own_id(),
    agency(),
    Column("username", String, nullable=False, unique=True),
    Column("password_hash", String, nullable=False),
    Column("failures", Integer, nullable=False, server_default=text("0")),
    moment("locked_until", required=False),
    moment("created_at"),
)

hook_secrets = Table(
    "hook_secrets",
    metadata,
    Column("id", String, primary_key=True, comment="the part of the secret that may be seen"),
    agency(index=True),
    Column("secret", Sealed, nullable=False, comment="sealed, not hashed: a signature is made with it"),
    Column("label", String, nullable=False),
    moment("created_at"),
    moment("revoked_at", required=False),
)
