"""Timers, other channels, surges and recalls, feeds that are listened to"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "email_opt_outs",
        sa.Column("agency_id", sa.String(), nullable=False),
        sa.Column("address_hash", sa.LargeBinary(), nullable=False),
        sa.Column("since", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["agency_id"], ["agencies.id"], name="fk_email_opt_outs_agency_id_agencies"),
        sa.PrimaryKeyConstraint("agency_id", "address_hash", name="pk_email_opt_outs"),
    )
    op.create_table(
        "feeds",
        sa.Column("agency_id", sa.String(), nullable=False),
        sa.Column("source", sa.String(), nullable=False),
        sa.Column(
            "of_calls",
            sa.Boolean(),
            nullable=False,
            comment="whether it ever told of a call, or that it lives",
        ),
        sa.Column("heard_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("silent_since", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["agency_id"], ["agencies.id"], name="fk_feeds_agency_id_agencies"),
        sa.PrimaryKeyConstraint("agency_id", "source", name="pk_feeds"),
        comment="When each feed was last heard of",
    )
    op.create_table(
        "hook_secrets",
        sa.Column("id", sa.String(), nullable=False, comment="the part of the secret that may be seen"),
        sa.Column("agency_id", sa.String(), nullable=False),
        sa.Column(
            "secret",
            sa.LargeBinary(),
            nullable=False,
            comment="sealed, not hashed: a signature is made with it",
        ),
        sa.Column("label", sa.String(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("revoked_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["agency_id"], ["agencies.id"], name="fk_hook_secrets_agency_id_agencies"),
        sa.PrimaryKeyConstraint("id", name="pk_hook_secrets"),
    )
    op.create_index("ix_hook_secrets_agency_id", "hook_secrets", ["agency_id"], unique=False)
    op.create_table(
        "letter_batches",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("agency_id", sa.String(), nullable=False),
        sa.Column("letters", sa.Integer(), nullable=False),
        sa.Column("made_by", sa.String(), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["agency_id"], ["agencies.id"], name="fk_letter_batches_agency_id_agencies"),
        sa.PrimaryKeyConstraint("id", name="pk_letter_batches"),
    )
    op.create_index("ix_letter_batches_agency_id", "letter_batches", ["agency_id"], unique=False)
    op.create_table(
        "recalls",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("agency_id", sa.String(), nullable=False),
        sa.Column("notice", sa.String(), nullable=False),
        sa.Column("record_number", sa.String(), nullable=True),
        sa.Column("since", sa.DateTime(timezone=True), nullable=False),
        sa.Column("until", sa.DateTime(timezone=True), nullable=False),
        sa.Column("made_by", sa.String(), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("canceled", sa.Integer(), nullable=False),
        sa.Column("corrected", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["agency_id"], ["agencies.id"], name="fk_recalls_agency_id_agencies"),
        sa.PrimaryKeyConstraint("id", name="pk_recalls"),
    )
    op.create_index("ix_recalls_agency_id", "recalls", ["agency_id"], unique=False)
    op.create_table(
        "surges",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("agency_id", sa.String(), nullable=False),
        sa.Column("notice", sa.String(), nullable=False),
        sa.Column("seen", sa.Integer(), nullable=False, comment="how many in the hour that led to it"),
        sa.Column("usual", sa.Integer(), nullable=False, comment="how many there may be in an hour"),
        sa.Column("began_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("ended_by", sa.String(), nullable=True),
        sa.Column("outcome", sa.String(), nullable=True, comment="released, discarded"),
        sa.ForeignKeyConstraint(["agency_id"], ["agencies.id"], name="fk_surges_agency_id_agencies"),
        sa.PrimaryKeyConstraint("id", name="pk_surges"),
        comment="Notices that are held because there are abnormally many of them",
    )
    op.create_index(
        "uq_surges_held",
        "surges",
        ["agency_id", "notice"],
        unique=True,
        postgresql_where=sa.text("ended_at IS NULL"),
    )
    op.create_table(
        "timers",
        sa.Column("agency_id", sa.String(), nullable=False),
        sa.Column("record_kind", sa.String(), nullable=False),
        sa.Column("record_number", sa.String(), nullable=False),
        sa.Column("rule", sa.String(), nullable=False),
        sa.Column("occasion", sa.String(), nullable=False),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["agency_id"], ["agencies.id"], name="fk_timers_agency_id_agencies"),
        sa.PrimaryKeyConstraint(
            "agency_id", "record_kind", "record_number", "rule", "occasion", name="pk_timers"
        ),
        comment="When to look at a record again: a notice of it is due only then",
    )
    op.create_index("ix_timers_due", "timers", ["due_at"], unique=False)
    op.create_table(
        "emails",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("agency_id", sa.String(), nullable=False),
        sa.Column("intent_key", sa.String(), nullable=False),
        sa.Column("notice", sa.String(), nullable=False),
        sa.Column("notice_class", sa.String(), nullable=False),
        sa.Column("address_hash", sa.LargeBinary(), nullable=False),
        sa.Column("address", sa.LargeBinary(), nullable=False),
        sa.Column("content", sa.LargeBinary(), nullable=False, comment="subject, text, html, unsubscribe"),
        sa.Column("language", sa.String(), nullable=False),
        sa.Column(
            "state",
            sa.String(),
            nullable=False,
            comment="queued, sending, sent, failed, suppressed, canceled",
        ),
        sa.Column("reason", sa.String(), nullable=True),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("attempts", sa.SmallInteger(), server_default=sa.text("0"), nullable=False),
        sa.Column("leased_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("record_kind", sa.String(), nullable=False),
        sa.Column("record_number", sa.String(), nullable=False),
        sa.Column("party_id", sa.String(), nullable=False),
        sa.Column("policy_hash", sa.String(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("sent_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["agency_id"], ["agencies.id"], name="fk_emails_agency_id_agencies"),
        sa.ForeignKeyConstraint(["policy_hash"], ["policies.hash"], name="fk_emails_policy_hash_policies"),
        sa.PrimaryKeyConstraint("id", name="pk_emails"),
        sa.UniqueConstraint("agency_id", "intent_key", name="uq_emails_agency_id_intent_key"),
    )
    op.create_index(
        "ix_emails_due",
        "emails",
        ["due_at"],
        unique=False,
        postgresql_where=sa.text("state IN ('queued', 'sending')"),
    )
    op.create_index("ix_emails_notice", "emails", ["agency_id", "notice", "created_at"], unique=False)
    op.create_index("ix_emails_record", "emails", ["agency_id", "record_kind", "record_number"], unique=False)
    op.create_table(
        "letters",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("agency_id", sa.String(), nullable=False),
        sa.Column("intent_key", sa.String(), nullable=False),
        sa.Column("notice", sa.String(), nullable=False),
        sa.Column("notice_class", sa.String(), nullable=False),
        sa.Column("language", sa.String(), nullable=False),
        sa.Column("content", sa.LargeBinary(), nullable=False, comment="address, subject, paragraphs, lines"),
        sa.Column("state", sa.String(), nullable=False, comment="to_print, printed, returned, canceled"),
        sa.Column("reason", sa.String(), nullable=True),
        sa.Column("record_kind", sa.String(), nullable=False),
        sa.Column("record_number", sa.String(), nullable=False),
        sa.Column("party_id", sa.String(), nullable=False),
        sa.Column("policy_hash", sa.String(), nullable=False),
        sa.Column("batch_id", sa.BigInteger(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("returned_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["agency_id"], ["agencies.id"], name="fk_letters_agency_id_agencies"),
        sa.ForeignKeyConstraint(
            ["batch_id"], ["letter_batches.id"], name="fk_letters_batch_id_letter_batches"
        ),
        sa.ForeignKeyConstraint(["policy_hash"], ["policies.hash"], name="fk_letters_policy_hash_policies"),
        sa.PrimaryKeyConstraint("id", name="pk_letters"),
        sa.UniqueConstraint("agency_id", "intent_key", name="uq_letters_agency_id_intent_key"),
    )
    op.create_index("ix_letters_batch_id", "letters", ["batch_id"], unique=False)
    op.create_index(
        "ix_letters_record", "letters", ["agency_id", "record_kind", "record_number"], unique=False
    )
    op.create_index(
        "ix_letters_to_print",
        "letters",
        ["agency_id", "created_at"],
        unique=False,
        postgresql_where=sa.text("state = 'to_print'"),
    )
    op.create_table(
        "notice_hours",
        sa.Column("agency_id", sa.String(), nullable=False),
        sa.Column("notice", sa.String(), nullable=False),
        sa.Column("hour", sa.DateTime(timezone=True), nullable=False),
        sa.Column("written", sa.Integer(), nullable=False),
        sa.Column(
            "forgiven",
            sa.Integer(),
            server_default=sa.text("0"),
            nullable=False,
            comment="released, so not counted",
        ),
        sa.ForeignKeyConstraint(["agency_id"], ["agencies.id"], name="fk_notice_hours_agency_id_agencies"),
        sa.PrimaryKeyConstraint("agency_id", "notice", "hour", name="pk_notice_hours"),
        comment="How many notices of each kind were written in each hour",
    )
    op.add_column(
        "decisions", sa.Column("occasion", sa.String(), server_default=sa.text("''"), nullable=False)
    )
    op.add_column(
        "decisions",
        sa.Column("channel", sa.String(), nullable=True, comment="of a notice: text, email, letter"),
    )
    # An email or a letter has its why too.
    op.drop_constraint("fk_decisions_message_id_messages", "decisions", type_="foreignkey")
    op.alter_column("decisions", "message_id", comment="the text, email or letter that it became")
    op.create_index(
        "ix_messages_no_word",
        "messages",
        ["agency_id", "sent_at"],
        unique=False,
        postgresql_where=sa.text("state = 'sent' AND record_kind IS NOT NULL"),
    )
    # Until now a page was a report's, and its link stood in a text.
    op.add_column("pages", sa.Column("record_kind", sa.String(), server_default="case", nullable=False))
    op.alter_column("pages", "record_kind", server_default=None)
    op.add_column(
        "pages",
        sa.Column(
            "channel",
            sa.String(),
            server_default="text",
            nullable=False,
            comment="text, email, letter: where the link stands",
        ),
    )
    op.alter_column("pages", "channel", server_default=None)
    op.create_index("ix_pages_made", "pages", ["agency_id", "created_at"], unique=False)
    op.create_index("ix_pages_record", "pages", ["agency_id", "record_kind", "record_number"], unique=False)


def downgrade() -> None:
    op.drop_index("ix_messages_no_word", table_name="messages")
    op.execute("UPDATE decisions SET message_id = NULL WHERE message_id NOT IN (SELECT id FROM messages)")
    op.alter_column("decisions", "message_id", comment=None)
    op.create_foreign_key("fk_decisions_message_id_messages", "decisions", "messages", ["message_id"], ["id"])
    op.drop_column("decisions", "channel")
    op.drop_column("decisions", "occasion")
    op.drop_table("notice_hours")
    op.drop_index("ix_pages_record", table_name="pages")
    op.drop_index("ix_pages_made", table_name="pages")
    # The older code takes every page for a report's.
    op.execute("DELETE FROM pages WHERE record_kind <> 'case'")
    op.drop_column("pages", "channel")
    op.drop_column("pages", "record_kind")
    op.drop_table("letters")
    op.drop_table("emails")
    op.drop_table("timers")
    op.drop_table("surges")
    op.drop_table("recalls")
    op.drop_table("letter_batches")
    op.drop_table("hook_secrets")
    op.drop_table("feeds")
    op.drop_table("email_opt_outs")
