"""Whom the line speaks with, and what they want."""

from __future__ import annotations

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    String,
    Table,
    UniqueConstraint,
    text,
)
from sqlalchemy.dialects.postgresql import JSONB

from gateway.store.sealed import Sealed, SealedJson
from gateway.store.tables.base import agency, metadata, moment, own_id

conversations = Table(
    "conversations",
    metadata,
    own_id(),
    agency(),
    Column("phone_hash", LargeBinary, nullable=False),
    Column("phone", Sealed, nullable=False),
    Column("state", JSONB, nullable=False, server_default=text("'{}'")),
    moment("held_until", required=False),
    moment("updated_at"),
    UniqueConstraint("agency_id", "phone_hash"),
)

opt_outs = Table(
    "opt_outs",
    metadata,
    agency(primary_key=True),
    Column("phone_hash", LargeBinary, primary_key=True),
    moment("since"),
    Column("keeps_statutory", Boolean, nullable=False, server_default=text("false")),
    comment="The last thing ever forgotten: no retention rule touches it, no field key opens or closes it",
)

wrong_numbers = Table(
    "wrong_numbers",
    metadata,
    agency(primary_key=True),
    Column("phone_hash", LargeBinary, primary_key=True),
    moment("since"),
)

consent_changes = Table(
    "consent_changes",
    metadata,
    own_id(),
    agency(),
    Column("phone_hash", LargeBinary, nullable=False),
    Column("change", String, nullable=False, comment="opt_out, keep_statutory, opt_in, wrong_number"),
    Column("cause", String, nullable=False, comment="a text's id, or the carrier's word"),
    moment("at"),
    Index("ix_consent_changes_phone", "agency_id", "phone_hash", "at"),
)

enrollments = Table(
    "enrollments",
    metadata,
    agency(primary_key=True),
    Column("report_number", String, primary_key=True),
    Column("phone_hash", LargeBinary, primary_key=True),
    Column("topic", String, primary_key=True, comment="arrests, updates"),
    Column("phone", Sealed, nullable=False),
    moment("since"),
    moment("ended_at", required=False),
    Index("ix_enrollments_phone_hash", "agency_id", "phone_hash"),
)

contacts = Table(
    "contacts",
    metadata,
    agency(primary_key=True),
    Column("report_number", String, primary_key=True),
    Column("phone_hash", LargeBinary, primary_key=True),
    Column("phone", Sealed, nullable=False),
    Column("state", String, nullable=False, comment="confirmed, pending, refused"),
    moment("added_at"),
    moment("decided_at", required=False),
    Column("decided_by", String, comment="proof, itself, contact:<hash of the number>, staff:<name>"),
    Index("ix_contacts_phone_hash", "agency_id", "phone_hash"),
    comment="Numbers that proved to be a victim's but do not stand on the report",
)

attempts = Table(
    "attempts",
    metadata,
    agency(primary_key=True),
    Column("scope", String, primary_key=True, comment="phone, report"),
    Column("key", String, primary_key=True, comment="keyed hash of the phone, or of the report number"),
    Column("failures", Integer, nullable=False),
    moment("last_at"),
    moment("locked_until", required=False),
    comment="How often somebody did not prove who they are, lately",
)

texts = Table(
    "texts",
    metadata,
    own_id(),
    agency(),
    Column("message_sid", String, nullable=False, unique=True),
    Column("conversation_id", BigInteger, ForeignKey("conversations.id"), nullable=False, index=True),
    Column("sender_id", BigInteger, ForeignKey("senders.id"), nullable=False),
    Column("params", SealedJson, nullable=False, comment="the webhook as it came"),
    Column("intent", String),
    Column("also", JSONB),
    moment("received_at"),
    Index("ix_texts_day", "agency_id", "received_at"),
)

email_opt_outs = Table(
    "email_opt_outs",
    metadata,
    agency(primary_key=True),
    Column("address_hash", LargeBinary, primary_key=True),
    moment("since"),
)
