"""A recall carried out: what waits is stopped, and exactly those whom the notice reached are told to disregard it.

Each pass does what is left, in batches, so a recall may be killed and repeated at any point; the sweep goes on with it
by itself. A text that is under way when it is recalled is corrected by a later pass, once its receipt or the carrier's
list shows that it left; an email, once the mail server took it, or a crash left open whether it did.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from functools import partial
from typing import Any

from sqlalchemy import Connection, Row

from gateway.ground import Ground
from gateway.outbox import corrections, owed
from gateway.store import agencies, decisions, pages, recalls, tasks
from gateway.store.decisions import NewDecision
from gateway.store.recalls import Recall, Scope
from gateway.store.tasks import NewTask
from rules.policy import Channel
from rules.suppression import Reason

BATCH = 200
STANDS_FOR = timedelta(hours=24)
"""So long later receipts are heeded: the carrier gives a text up within hours."""


def carry_out(
    ground: Ground,
    recall: Recall,
    may_go_on: Callable[[], bool] = lambda: True,
    progress: Callable[[int, int], None] = lambda canceled, corrected: None,
) -> tuple[int, int]:
    """One pass. Returns how many were stopped, and how many corrections were written."""
    canceled = corrected = 0
    with ground.database.begin() as connection:
        _revoke_pages(connection, recall.scope)
        _leave_to_a_person(ground, connection, recall)
    for step, counted in _STEPS:
        many = 1
        while many and may_go_on():
            with ground.database.begin() as connection:
                many = step(ground, connection, recall)
                if many:
                    recalls.count_up(connection, recall.id, **{counted: many})
            if counted == "canceled":
                canceled += many
            else:
                corrected += many
            progress(canceled, corrected)
    return canceled, corrected


def _revoke_pages(connection: Connection, scope: Scope) -> None:
    pages.revoke_for_notice(
        connection, scope.agency_id, scope.notice, scope.since, scope.until, scope.record_number
    )


def _leave_to_a_person(ground: Ground, connection: Connection, recall: Recall) -> None:
    """What came by email or post is corrected the same way; by a person, where the agency can't write so any more."""
    pinned, now = ground.policies.by_agency.get(recall.scope.agency_id), ground.clock()
    left = {
        channel: recalls.count_to_correct(connection, recall.scope, channel)
        for channel in (Channel.EMAIL, Channel.LETTER)
        if pinned is None or not corrections.can_correct(pinned.policy, channel)
    }
    if not any(left.values()):
        return
    many_emails, many_letters = (left.get(channel) or "" for channel in (Channel.EMAIL, Channel.LETTER))
    detail = {
        "notice": recall.scope.notice,
        "number": recall.scope.record_number or "",
        "emails": str(many_emails),
        "letters": str(many_letters),
    }
    key = f"recalled:{recall.id}:{many_emails}:{many_letters}"
    task = NewTask(recall.scope.agency_id, "recalled_elsewhere", key, detail, now, now, urgent=True)
    tasks.open_once(connection, task)


def _stop_some(ground: Ground, connection: Connection, recall: Recall) -> int:
    now, reason = ground.clock(), Reason.RECALLED.value
    texts = recalls.cancel_texts(connection, recall.scope, reason, BATCH)
    others = [
        *recalls.cancel_emails(connection, recall.scope, reason, BATCH),
        *recalls.cancel_letters(connection, recall.scope, reason, BATCH),
    ]
    keep_canceled(connection, texts, others, Reason.RECALLED, now)
    owed.open_tasks(connection, ground.policies, [(row, reason) for row in (*texts, *others)], now)
    return len(texts) + len(others)


def keep_canceled(
    connection: Connection,
    texts: Sequence[Row[Any]],
    others: Sequence[Row[Any]],
    reason: Reason,
    now: datetime,
) -> None:
    """Why each was not sent."""
    decisions.keep(
        connection,
        [
            NewDecision(
                agency_id=row.agency_id,
                rule=row.notice,
                record_kind=row.record_kind,
                record_number=row.record_number,
                party_id=row.party_id or "",
                outcome="suppressed",
                reason=reason.value,
                policy_hash=row.policy_hash,
                message_id=row.id,
                at=now,
            )
            for row in (*texts, *others)
            if row.policy_hash
        ],
    )


def _correct_some(ground: Ground, connection: Connection, recall: Recall, channel: Channel) -> int:
    rows = recalls.to_correct(connection, recall.scope, channel, BATCH)
    if not rows:
        return 0
    now, pinned = ground.clock(), ground.policies.of(recall.scope.agency_id)
    if not corrections.can_correct(pinned.policy, channel):
        return 0
    agencies.pin_policy(connection, pinned.policy.agency.id, pinned.hash, pinned.source, now)
    written = corrections.write(ground, connection, pinned, channel, rows, now)
    decisions.keep(
        connection,
        [
            NewDecision(
                agency_id=row.agency_id,
                rule=corrections.NOTICE,
                record_kind=row.record_kind,
                record_number=row.record_number,
                party_id=row.party_id or "",
                occasion=str(recall.id),
                channel=channel.value,
                outcome="notice",
                detail=row.notice,
                policy_hash=pinned.hash,
                message_id=written[intent],
                at=now,
            )
            for row in rows
            if (intent := recalls.intent_of(row.id)) in written
        ],
    )
    return len(rows)


_STEPS: tuple[tuple[Callable[[Ground, Connection, Recall], int], str], ...] = (
    (_stop_some, "canceled"),
    *((partial(_correct_some, channel=channel), "corrected") for channel in Channel),
)
"""One batch of each, and what it counts."""
