"""Every table, in the order in which data reaches them. The only place that names columns.

Times are `timestamptz`. What identifies a person is in a `Sealed` column; `*_hash` columns are keyed hashes of it.
"""

from __future__ import annotations

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    DateTime,
    ForeignKey,
    ForeignKeyConstraint,
    Identity,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    SmallInteger,
    String,
    Table,
    Text,
    UniqueConstraint,
    Uuid,
    text,
)
from sqlalchemy.dialects.postgresql import JSONB

from gateway.store.sealed import Sealed, SealedJson

metadata = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "fk": "fk_%(table_name)s_%(column_0_name)s_%(referred_table_name)s",
        "pk": "pk_%(table_name)s",
    }
)


def _id() -> Column[int]:
    return Column("id", BigInteger, Identity(), primary_key=True)


def _agency(**options: object) -> Column[str]:
    return Column("agency_id", String, ForeignKey("agencies.id"), nullable=False, **options)  # type: ignore[arg-type]


def _time(name: str, required: bool = True) -> Column[object]:
    return Column(name, DateTime(timezone=True), nullable=not required)


agencies = Table(
    "agencies",
    metadata,
    Column("id", String, primary_key=True),
    _time("created_at"),
)

policies = Table(
    "policies",
    metadata,
    Column("hash", String, primary_key=True),
    _agency(),
    Column("source", Text, nullable=False),
    _time("first_used_at"),
    comment="Every policy that ever decided something, word for word",
)

senders = Table(
    "senders",
    metadata,
    _id(),
    _agency(index=True),
    Column("number", String, nullable=False, unique=True, comment="E.164, or a short code"),
    Column("messaging_service_sid", String, unique=True),
    Column("segments_per_second", Integer, nullable=False, server_default=text("1")),
    _time("held_until", required=False),
    Column("held_reason", String),
    comment="The agency's own numbers; they are public",
)

api_keys = Table(
    "api_keys",
    metadata,
    Column("id", String, primary_key=True, comment="the part of the key that may be seen"),
    _agency(index=True),
    Column("secret_hash", LargeBinary, nullable=False),
    Column("label", String, nullable=False),
    _time("created_at"),
    _time("revoked_at", required=False),
)

events = Table(
    "events",
    metadata,
    _id(),
    _agency(),
    Column("source", String, nullable=False),
    Column("event_id", String, nullable=False),
    Column("type", String, nullable=False),
    Column("subject", String, nullable=False),
    _time("time"),
    _time("received_at"),
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
    _agency(primary_key=True),
    Column("kind", String, primary_key=True, comment="call or case"),
    Column("number", String, primary_key=True),
    Column("facts", SealedJson, nullable=False, comment="see rules.records"),
    Column(
        "linked_number", String, comment="of a call: the report it led to; of a case: the call it came of"
    ),
    _time("updated_at"),
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
    _agency(primary_key=True),
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

conversations = Table(
    "conversations",
    metadata,
    _id(),
    _agency(),
    Column("phone_hash", LargeBinary, nullable=False),
    Column("phone", Sealed, nullable=False),
    Column("state", JSONB, nullable=False, server_default=text("'{}'")),
    _time("held_until", required=False),
    _time("updated_at"),
    UniqueConstraint("agency_id", "phone_hash"),
)

opt_outs = Table(
    "opt_outs",
    metadata,
    _agency(primary_key=True),
    Column("phone_hash", LargeBinary, primary_key=True),
    _time("since"),
    Column("keeps_statutory", Boolean, nullable=False, server_default=text("false")),
    comment="The last thing ever forgotten: no retention rule touches it, no field key opens or closes it",
)

wrong_numbers = Table(
    "wrong_numbers",
    metadata,
    _agency(primary_key=True),
    Column("phone_hash", LargeBinary, primary_key=True),
    _time("since"),
)

consent_changes = Table(
    "consent_changes",
    metadata,
    _id(),
    _agency(),
    Column("phone_hash", LargeBinary, nullable=False),
    Column("change", String, nullable=False, comment="opt_out, keep_statutory, opt_in, wrong_number"),
    Column("cause", String, nullable=False, comment="a text's id, or the carrier's word"),
    _time("at"),
    Index("ix_consent_changes_phone", "agency_id", "phone_hash", "at"),
)

enrollments = Table(
    "enrollments",
    metadata,
    _agency(primary_key=True),
    Column("report_number", String, primary_key=True),
    Column("phone_hash", LargeBinary, primary_key=True),
    Column("topic", String, primary_key=True, comment="arrests, updates"),
    Column("phone", Sealed, nullable=False),
    _time("since"),
    _time("ended_at", required=False),
    Index("ix_enrollments_phone_hash", "agency_id", "phone_hash"),
)

contacts = Table(
    "contacts",
    metadata,
    _agency(primary_key=True),
    Column("report_number", String, primary_key=True),
    Column("phone_hash", LargeBinary, primary_key=True),
    Column("phone", Sealed, nullable=False),
    Column("state", String, nullable=False, comment="confirmed, pending, refused"),
    _time("added_at"),
    _time("decided_at", required=False),
    Column("decided_by", String, comment="proof, itself, contact:<hash of the number>, staff:<name>"),
    Index("ix_contacts_phone_hash", "agency_id", "phone_hash"),
    comment="Numbers that proved to be a victim's but do not stand on the report",
)

attempts = Table(
    "attempts",
    metadata,
    _agency(primary_key=True),
    Column("scope", String, primary_key=True, comment="phone, report"),
    Column("key", String, primary_key=True, comment="keyed hash of the phone, or of the report number"),
    Column("failures", Integer, nullable=False),
    _time("last_at"),
    _time("locked_until", required=False),
    comment="How often somebody did not prove who they are, lately",
)

texts = Table(
    "texts",
    metadata,
    _id(),
    _agency(),
    Column("message_sid", String, nullable=False, unique=True),
    Column("conversation_id", BigInteger, ForeignKey("conversations.id"), nullable=False, index=True),
    Column("sender_id", BigInteger, ForeignKey("senders.id"), nullable=False),
    Column("params", SealedJson, nullable=False, comment="the webhook as it came"),
    Column("intent", String),
    Column("also", JSONB),
    _time("received_at"),
    Index("ix_texts_day", "agency_id", "received_at"),
)

messages = Table(
    "messages",
    metadata,
    Column("id", Uuid, primary_key=True),
    _agency(),
    Column(
        "intent_key", String, nullable=False, comment="notice, record, party, occasion, channel: one intent"
    ),
    Column("notice", String, nullable=False),
    Column("notice_class", String, nullable=False),
    Column("channel", String, nullable=False, server_default=text("'text'")),
    Column("priority", SmallInteger, nullable=False),
    Column("sender_id", BigInteger, ForeignKey("senders.id"), nullable=False),
    Column("phone_hash", LargeBinary, nullable=False),
    Column("phone", Sealed, nullable=False),
    Column("body", Sealed, nullable=False),
    Column("language", String, nullable=False),
    Column("encoding", String, nullable=False),
    Column("segments", SmallInteger, nullable=False),
    Column("state", String, nullable=False),
    Column("reason", String),
    _time("due_at"),
    _time("expires_at", required=False),
    Column("attempts", SmallInteger, nullable=False, server_default=text("0")),
    _time("leased_until", required=False),
    Column("carrier_sid", String, unique=True),
    Column("error_code", Integer),
    Column("record_kind", String),
    Column("record_number", String),
    Column("party_id", String),
    Column("text_id", BigInteger, ForeignKey("texts.id"), comment="of an answer: what it answers"),
    Column("policy_hash", String, ForeignKey("policies.hash")),
    Column("asks", JSONB(none_as_null=True), comment="the question that it asks, and what that is about"),
    _time("created_at"),
    _time("sent_at", required=False),
    UniqueConstraint("agency_id", "intent_key"),
    Index("ix_messages_due", "priority", "due_at", postgresql_where=text("state = 'queued'")),
    Index(
        "ix_messages_leased",
        "leased_until",
        postgresql_where=text("state IN ('leased', 'sending', 'doubtful')"),
    ),
    Index(
        "ix_messages_waiting_by_phone",
        "agency_id",
        "phone_hash",
        postgresql_where=text("state IN ('queued', 'leased')"),
    ),
    Index("ix_messages_phone", "agency_id", "phone_hash", "created_at"),
    Index(
        "ix_messages_asking",
        "agency_id",
        "phone_hash",
        "sent_at",
        postgresql_where=text("asks IS NOT NULL"),
    ),
    Index("ix_messages_day", "agency_id", "created_at"),
)

receipts = Table(
    "receipts",
    metadata,
    _id(),
    Column("message_id", Uuid, ForeignKey("messages.id"), nullable=False, index=True),
    Column("carrier_sid", String, nullable=False),
    Column("status", String, nullable=False),
    Column("error_code", Integer, nullable=False, server_default=text("0")),
    Column("moved", Boolean, nullable=False, comment="whether it moved the message's state"),
    _time("received_at"),
    UniqueConstraint("carrier_sid", "status", "error_code"),
)

surveys = Table(
    "surveys",
    metadata,
    Column("hash", String, primary_key=True),
    Column("agency_id", String, ForeignKey("agencies.id")),
    Column("survey_id", String, nullable=False),
    Column("source", Text, nullable=False),
    _time("first_used_at"),
    comment="Every version of a survey that ever asked something, word for word",
)

survey_runs = Table(
    "survey_runs",
    metadata,
    Column(
        "message_id",
        Uuid,
        ForeignKey("messages.id"),
        primary_key=True,
        comment="that asked the first question",
    ),
    _agency(),
    Column("survey_hash", String, ForeignKey("surveys.hash"), nullable=False),
    Column("phone_hash", LargeBinary, nullable=False),
    _time("began_at"),
    _time("ended_at", required=False),
    Column("ended_by", String, comment="finished, stopped"),
    Index("ix_survey_runs_open", "agency_id", "phone_hash", postgresql_where=text("ended_at IS NULL")),
)

survey_answers = Table(
    "survey_answers",
    metadata,
    Column("message_id", Uuid, ForeignKey("survey_runs.message_id"), primary_key=True),
    Column("question", String, primary_key=True),
    Column("value", Sealed, comment="null where the question was skipped"),
    Column("late", Boolean, nullable=False),
    _time("answered_at"),
)

decisions = Table(
    "decisions",
    metadata,
    _id(),
    _agency(),
    Column("event_id", BigInteger, ForeignKey("events.id"), index=True),
    Column("message_id", Uuid, ForeignKey("messages.id"), index=True),
    Column("rule", String, nullable=False),
    Column("record_kind", String, nullable=False),
    Column("record_number", String, nullable=False),
    Column("party_id", String, nullable=False),
    Column("outcome", String, nullable=False, comment="notice, or suppressed"),
    Column("reason", String),
    Column("detail", String),
    Column("policy_hash", String, ForeignKey("policies.hash"), nullable=False),
    _time("at"),
    Index("ix_decisions_record", "agency_id", "record_kind", "record_number"),
    comment="The why of every message sent or not sent",
)

tasks = Table(
    "tasks",
    metadata,
    _id(),
    _agency(),
    Column("kind", String, nullable=False),
    Column("key", String, nullable=False),
    Column("detail", SealedJson, nullable=False),
    Column("count", Integer, nullable=False, server_default=text("1")),
    Column("urgent", Boolean, nullable=False, server_default=text("false")),
    _time("opened_at"),
    _time("due_at"),
    _time("closed_at", required=False),
    UniqueConstraint("agency_id", "key"),
    Index("ix_tasks_open", "agency_id", "due_at", postgresql_where=text("closed_at IS NULL")),
)

pages = Table(
    "pages",
    metadata,
    Column("token_hash", LargeBinary, primary_key=True),
    _agency(),
    Column("record_number", String, nullable=False),
    Column("party_id", String, nullable=False),
    Column("notice", String, nullable=False),
    Column("language", String, nullable=False),
    _time("created_at"),
    _time("expires_at"),
    _time("revoked_at", required=False),
    _time("opened_at", required=False),
)

staff = Table(
    "staff",
    metadata,
    _id(),
    _agency(),
    Column("username", String, nullable=False, unique=True),
    Column("password_hash", String, nullable=False),
    Column("failures", Integer, nullable=False, server_default=text("0")),
    _time("locked_until", required=False),
    _time("created_at"),
)
