"""Questions that wait for an answer: topics, contacts, attempts, surveys"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    # Whoever is enrolled today asked for news of an arrest: there was nothing else.
    op.add_column(
        "enrollments",
        sa.Column("topic", sa.String(), server_default="arrests", nullable=False, comment="arrests, updates"),
    )
    op.alter_column("enrollments", "topic", server_default=None)
    op.drop_constraint("pk_enrollments", "enrollments")
    op.create_primary_key(
        "pk_enrollments", "enrollments", ["agency_id", "report_number", "phone_hash", "topic"]
    )
    op.add_column(
        "opt_outs",
        sa.Column("keeps_statutory", sa.Boolean(), server_default=sa.text("false"), nullable=False),
    )
    op.alter_column("consent_changes", "change", comment="opt_out, keep_statutory, opt_in, wrong_number")
    op.add_column(
        "messages",
        sa.Column(
            "asks",
            postgresql.JSONB(none_as_null=True),
            nullable=True,
            comment="the question that it asks, and what that is about",
        ),
    )
    op.create_index(
        "ix_messages_asking",
        "messages",
        ["agency_id", "phone_hash", "sent_at"],
        postgresql_where=sa.text("asks IS NOT NULL"),
    )
    op.create_index(
        "ix_records_plain_number",
        "records",
        ["agency_id", sa.text("upper(regexp_replace(number, '[^0-9A-Za-z]', '', 'g'))")],
        postgresql_where=sa.text("kind = 'case'"),
    )
    op.create_table(
        "contacts",
        sa.Column("agency_id", sa.String(), nullable=False),
        sa.Column("report_number", sa.String(), nullable=False),
        sa.Column("phone_hash", sa.LargeBinary(), nullable=False),
        sa.Column("phone", sa.LargeBinary(), nullable=False),
        sa.Column("state", sa.String(), nullable=False, comment="confirmed, pending, refused"),
        sa.Column("added_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column(
            "decided_by",
            sa.String(),
            nullable=True,
            comment="proof, itself, contact:<hash of the number>, staff:<name>",
        ),
        sa.ForeignKeyConstraint(["agency_id"], ["agencies.id"], name="fk_contacts_agency_id_agencies"),
        sa.PrimaryKeyConstraint("agency_id", "report_number", "phone_hash", name="pk_contacts"),
        comment="Numbers that proved to be a victim's but do not stand on the report",
    )
    op.create_index("ix_contacts_phone_hash", "contacts", ["agency_id", "phone_hash"])
    op.create_table(
        "attempts",
        sa.Column("agency_id", sa.String(), nullable=False),
        sa.Column("scope", sa.String(), nullable=False, comment="phone, report"),
        sa.Column(
            "key", sa.String(), nullable=False, comment="keyed hash of the phone, or of the report number"
        ),
        sa.Column("failures", sa.Integer(), nullable=False),
        sa.Column("last_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("locked_until", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["agency_id"], ["agencies.id"], name="fk_attempts_agency_id_agencies"),
        sa.PrimaryKeyConstraint("agency_id", "scope", "key", name="pk_attempts"),
        comment="How often somebody did not prove who they are, lately",
    )
    op.create_table(
        "surveys",
        sa.Column("hash", sa.String(), nullable=False),
        sa.Column("agency_id", sa.String(), nullable=True),
        sa.Column("survey_id", sa.String(), nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("first_used_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["agency_id"], ["agencies.id"], name="fk_surveys_agency_id_agencies"),
        sa.PrimaryKeyConstraint("hash", name="pk_surveys"),
        comment="Every version of a survey that ever asked something, word for word",
    )
    op.create_table(
        "survey_runs",
        sa.Column("message_id", sa.Uuid(), nullable=False, comment="that asked the first question"),
        sa.Column("agency_id", sa.String(), nullable=False),
        sa.Column("survey_hash", sa.String(), nullable=False),
        sa.Column("phone_hash", sa.LargeBinary(), nullable=False),
        sa.Column("began_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("ended_by", sa.String(), nullable=True, comment="finished, stopped"),
        sa.ForeignKeyConstraint(["agency_id"], ["agencies.id"], name="fk_survey_runs_agency_id_agencies"),
        sa.ForeignKeyConstraint(["message_id"], ["messages.id"], name="fk_survey_runs_message_id_messages"),
        sa.ForeignKeyConstraint(["survey_hash"], ["surveys.hash"], name="fk_survey_runs_survey_hash_surveys"),
        sa.PrimaryKeyConstraint("message_id", name="pk_survey_runs"),
    )
    op.create_index(
        "ix_survey_runs_open",
        "survey_runs",
        ["agency_id", "phone_hash"],
        postgresql_where=sa.text("ended_at IS NULL"),
    )
    op.create_table(
        "survey_answers",
        sa.Column("message_id", sa.Uuid(), nullable=False),
        sa.Column("question", sa.String(), nullable=False),
        sa.Column("value", sa.LargeBinary(), nullable=True, comment="null where the question was skipped"),
        sa.Column("late", sa.Boolean(), nullable=False),
        sa.Column("answered_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["message_id"], ["survey_runs.message_id"], name="fk_survey_answers_message_id_survey_runs"
        ),
        sa.PrimaryKeyConstraint("message_id", "question", name="pk_survey_answers"),
    )


def downgrade() -> None:
    op.drop_table("survey_answers")
    op.drop_table("survey_runs")
    op.drop_table("surveys")
    op.drop_table("attempts")
    # What the older code can't tell from a yes to more than was asked for goes: it would text these numbers
    # of arrests, and some of them nobody has confirmed.
    op.execute("DELETE FROM enrollments WHERE topic <> 'arrests'")
    op.execute(
        "DELETE FROM enrollments USING contacts WHERE enrollments.agency_id = contacts.agency_id "
        "AND enrollments.report_number = contacts.report_number "
        "AND enrollments.phone_hash = contacts.phone_hash AND contacts.state <> 'confirmed'"
    )
    op.drop_table("contacts")
    op.drop_constraint("pk_enrollments", "enrollments")
    op.drop_column("enrollments", "topic")
    op.create_primary_key("pk_enrollments", "enrollments", ["agency_id", "report_number", "phone_hash"])
    op.drop_index("ix_records_plain_number", table_name="records")
    op.drop_index("ix_messages_asking", table_name="messages")
    op.drop_column("messages", "asks")
    # Who kept news of arrests has then stopped all of it: the safe side.
    op.drop_column("opt_outs", "keeps_statutory")
    op.execute("DELETE FROM consent_changes WHERE change = 'keep_statutory'")
    op.alter_column("consent_changes", "change", comment="opt_out, opt_in, wrong_number")
