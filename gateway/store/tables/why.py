"""Why something was sent or not, and what is left to a person."""

from __future__ import annotations

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    ForeignKey,
    Index,
    Integer,
    String,
    Table,
    UniqueConstraint,
    Uuid,
    text,
)

from gateway.store.sealed import SealedJson
from gateway.store.tables.base import agency, metadata, moment, own_id

decisions = Table(
    "decisions",
    metadata,
    own_id(),
    agency(),
    Column("event_id", BigInteger, ForeignKey("events.id"), index=True),
    Column("message_id", Uuid, index=True, comment="the text, email or letter that it became"),
    Column("rule", String, nullable=False),
    Column("record_kind", String, nullable=False),
    Column("record_number", String, nullable=False),
    Column("party_id", String, nullable=False),
    Column("occasion", String, nullable=False, server_default=text("''")),
    Column("channel", String, comment="of a notice: text, email, letter"),
    Column("outcome", String, nullable=False, comment="notice, or suppressed"),
    Column("reason", String),
    Column("detail", String),
    Column("policy_hash", String, ForeignKey("policies.hash"), nullable=False),
    moment("at"),
    Index("ix_decisions_record", "agency_id", "record_kind", "record_number"),
    comment="The why of every message sent or not sent",
)

tasks = Table(
    "tasks",
    metadata,
    own_id(),
    agency(),
    Column("kind", String, nullable=False),
    Column("key", String, nullable=False),
    Column("detail", SealedJson, nullable=False),
    Column("count", Integer, nullable=False, server_default=text("1")),
    Column("urgent", Boolean, nullable=False, server_default=text("false")),
    moment("opened_at"),
    moment("due_at"),
    moment("closed_at", required=False),
    UniqueConstraint("agency_id", "key"),
    Index("ix_tasks_open", "agency_id", "due_at", postgresql_where=text("closed_at IS NULL")),
)
