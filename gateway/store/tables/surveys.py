"""What is asked, and what is answered."""

from __future__ import annotations

from sqlalchemy import Boolean, Column, ForeignKey, Index, LargeBinary, String, Table, Text, Uuid, text

from gateway.store.sealed import Sealed
from gateway.store.tables.base import agency, metadata, moment

surveys = Table(
    "surveys",
    metadata,
    Column("hash", String, primary_key=True),
    Column("agency_id", String, ForeignKey("agencies.id")),
    Column("survey_id", String, nullable=False),
    Column("source", Text, nullable=False),
    moment("first_used_at"),
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
    agency(),
    Column("survey_hash", String, ForeignKey("surveys.hash"), nullable=False),
    Column("phone_hash", LargeBinary, nullable=False),
    moment("began_at"),
    moment("ended_at", required=False),
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
    moment("answered_at"),
)
