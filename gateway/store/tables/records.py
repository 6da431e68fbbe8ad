"""What happened, and what is known because of it."""

from __future__ import annotations

from sqlalchemy import (
    Boolean,
    Column,
    ForeignKeyConstraint,
    Index,
    LargeBinary,
    String,
    Table,
    UniqueConstraint,
    text,
)

from gateway.store.sealed import SealedJson
from gateway.store.tables.base import agency, metadata, moment, own_id

events = Table(
    "events",
    metadata,
    own_id(),
    agency(),
    Column("source", String, nullable=False),
    Column("event_id", String, nullable=False),
    Column("type", String, nullable=False),
    Column("subject", String, nullable=False),
    moment("time"),
    moment("received_at"),
    Column("history", Boolean, nullable=False),
    Column("body", SealedJson, nullable=False, comment="the event as it came"),
    Column("state", String, nullable=False, server_default=text("'new'"), comment="new, done, failed"),
    Column("error", String),
    UniqueConstraint("agency_id", "source", "event_id"),
    Index("ix_events_new", "agency_id", "id", postgresql_where=text("state = 'new'")),
)

PLAIN_NUMBER = "upper(regexp_replace(number, '[^0-9A-Za-z]', '', 'g'))"
"""A report number as it is compared: a feed writes 2411-00372, a person 2411 00372."""

records = Table(
    "records",
    metadata,
    agency(primary_key=True),
    Column("kind", String, primary_key=True, comment="call or case"),
    Column("number", String, primary_key=True),
    Column("facts", SealedJson, nullable=False, comment="see rules.records"),
    Column(
        "linked_number", String, comment="of a call: the report it led to; of a case: the call it came of"
    ),
    moment("updated_at"),
    Index(
        "ix_records_linked_number",
        "agency_id",
        "kind",
        "linked_number",
        postgresql_where=text("linked_number IS NOT NULL"),
    ),
    Index(
        "ix_records_plain_number",
        "agency_id",
        text(PLAIN_NUMBER),
        postgresql_where=text("kind = 'case'"),
    ),
)

parties = Table(
    "parties",
    metadata,
    agency(primary_key=True),
    Column("kind", String, primary_key=True),
    Column("number", String, primary_key=True),
    Column("party_id", String, primary_key=True),
    Column("role", String, nullable=False),
    Column("phone_hash", LargeBinary),
    ForeignKeyConstraint(
        ["agency_id", "kind", "number"],
        ["records.agency_id", "records.kind", "records.number"],
        name="fk_parties_records",
    ),
    Index("ix_parties_phone_hash", "agency_id", "phone_hash"),
    comment="Who stands on which record, to be found by phone; the person's data is in the record's facts",
)

timers = Table(
    "timers",
    metadata,
    agency(primary_key=True),
    Column("record_kind", String, primary_key=True),
    Column("record_number", String, primary_key=True),
    Column("rule", String, primary_key=True),
    Column("occasion", String, primary_key=True),
    moment("due_at"),
    Index("ix_timers_due", "due_at"),
    comment="When to look at a record again: a notice of it is due only then",
)

feeds = Table(
    "feeds",
    metadata,
    agency(primary_key=True),
    Column("source", String, primary_key=True),
    Column("of_calls", Boolean, nullable=False, comment="whether it ever told of a call, or that it lives"),
    moment("heard_at"),
    moment("silent_since", required=False),
    comment="When each feed was last heard of",
)
