"""Every table, in the order in which data reaches them. The only place that names columns.

Times are `timestamptz`. What identifies a person is in a `Sealed` column; `*_hash` columns are keyed hashes of it.
"""

from gateway.store.tables.agencies import agencies, api_keys, hook_secrets, policies, senders, staff
from gateway.store.tables.base import metadata
from gateway.store.tables.outbox import (
    emails,
    letter_batches,
    letters,
    messages,
    notice_hours,
    pages,
    recalls,
    receipts,
    surges,
)
from gateway.store.tables.people import (
    attempts,
    consent_changes,
    contacts,
    conversations,
    email_opt_outs,
    enrollments,
    opt_outs,
    texts,
    wrong_numbers,
)
from gateway.store.tables.records import PLAIN_NUMBER, events, feeds, parties, records, timers
from gateway.store.tables.surveys import survey_answers, survey_runs, surveys
from gateway.store.tables.why import decisions, tasks

__all__ = [
    "PLAIN_NUMBER",
    "agencies",
    "api_keys",
    "attempts",
    "consent_changes",
    "contacts",
    "conversations",
    "decisions",
    "email_opt_outs",
    "emails",
    "enrollments",
    "events",
    "feeds",
    "hook_secrets",
    "letter_batches",
    "letters",
    "messages",
    "metadata",
    "notice_hours",
    "opt_outs",
    "pages",
    "parties",
    "policies",
    "recalls",
    "receipts",
    "records",
    "senders",
    "staff",
    "surges",
    "survey_answers",
    "survey_runs",
    "surveys",
    "tasks",
    "texts",
    "timers",
    "wrong_numbers",
]
