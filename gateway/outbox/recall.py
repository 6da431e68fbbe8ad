"""A recall carried out: what waits is stopped, and exactly those whom the notice reached are told to disregard it.

Each pass does what is left, in batches, so a recall may be killed and repeated at any point; the sweep goes on with it
by itself. A text that is under way when it is recalled is corrected by a later pass, once its receipt or the carrier's
list shows that it left.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, Row

from gateway.ground import Ground
from gateway.outbox import owed
from gateway.outbox.writing import Address, Words, message, put_into_words
from gateway.store import agencies, decisions, messages, pages, recalls, tasks
from gateway.store.decisions import NewDecision
from gateway.store.recalls import Recall, Scope
from gateway.store.tasks import NewTask
from locales import Fact, Phone
from rules import gate
from rules.policy import NoticeClass, PinnedPolicy, Policy
from rules.suppression import Reason, Subject, why_no_correction
from rules.values import Party, Record, Role

NOTICE = "correction"
BATCH = 200
STANDS_FOR = timedelta(hours=24)
"""So long later receipts are heeded: the carrier gives a text up within hours."""
_LIVES = timedelta(days=3)
_WORDS: Mapping[str, tuple[str, str]] = {
    "case": ("correction", "report_number"),
    "call": ("correction.call", "call_number"),
}
"""Kind of record -> the sentence, and what it calls the record's number."""


def class_of(corrected: str) -> NoticeClass:
    """A correction goes at once, and by night where the agency's quiet hours let it.

    Of what the law owes it is as urgent, reaches those who after STOP kept such news, and is owed itself; the rest
    has to wait for the morning as any other notice does: a false "your report was filed" wakes nobody.
    """
    return NoticeClass.STATUTORY if corrected == NoticeClass.STATUTORY else NoticeClass.FOLLOW_UP


def ruling(row: Row[Any], policy: Policy, found: tuple[Record, Any] | None, now: datetime) -> gate.Ruling:
    """The gate's word on a correction. `found` is its record, with what that is linked to.

    It goes to the very number that got the notice, whatever the record says of that number or of its code by now: a
    wrong record is why there is a recall. Only what would make any text dangerous holds it back.
    """
    if row.wrong_number:
        return gate.Ruling(gate.Verdict.DROP, Reason.WRONG_NUMBER)
    if found is None:
        return gate.Ruling(gate.Verdict.DROP, Reason.NO_PARTY)
    record, linked = found
    same = (party for party in record.parties if party.id == row.party_id and party.phone == row.phone)
    party = next(same, Party(id=row.party_id or "", role=Role.REPRESENTATIVE, phone=row.phone))
    today = now.astimezone(policy.agency.zone).date()
    unsafe = why_no_correction(Subject(policy, record, party, today, linked.calls, linked.cases))
    if unsafe:
        return gate.Ruling(gate.Verdict.DROP, unsafe.reason, unsafe.detail)
    return gate.rule_on(
        policy,
        NoticeClass(row.notice_class),
        now=now,
        expires=row.expires_at,
        opted_out=row.opted_out and not (row.keeps_statutory and row.notice_class == NoticeClass.STATUTORY),
        held_until=row.held_until,
    )


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
        _leave_to_a_person(connection, recall, ground.clock())
    for step, counted in ((_stop_some, "canceled"), (_correct_some, "corrected")):
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


def _leave_to_a_person(connection: Connection, recall: Recall, now: datetime) -> None:
    """What came by post can't be taken back by a text, for a number may not even be known; nor by email yet."""
    found = recalls.find_elsewhere(connection, recall.scope)
    if not found.emails and not found.letters:
        return
    detail = {
        "notice": recall.scope.notice,
        "number": recall.scope.record_number or "",
        "emails": str(found.emails or ""),
        "letters": str(found.letters or ""),
    }
    key = f"recalled:{recall.id}:{found.emails}:{found.letters}"
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


def _correct_some(ground: Ground, connection: Connection, recall: Recall) -> int:
    rows = recalls.to_correct(connection, recall.scope, BATCH)
    if not rows:
        return 0
    now, pinned = ground.clock(), ground.policies.of(recall.scope.agency_id)
    agency_id = pinned.policy.agency.id
    agencies.pin_policy(connection, agency_id, pinned.hash, pinned.source, now)
    new = [
        message(
            words(ground, pinned.policy, row.record_kind, row.record_number, row.language),
            Address(agency_id, row.sender_id, row.phone, bytes(row.phone_hash)),
            intent_key=recalls.intent_of(row.id),
            notice=NOTICE,
            notice_class=class_of(row.notice_class).value,
            due_at=now,
            now=now,
            expires_at=now + _LIVES,
            record=(row.record_kind, row.record_number),
            party_id=row.party_id,
            policy_hash=pinned.hash,
        )
        for row in rows
    ]
    written = messages.add(connection, new)
    decisions.keep(
        connection, [_decision(pinned, row, recall, written, now) for row in rows if _is_new(row, written)]
    )
    return len(rows)


def _is_new(row: Row[Any], written: Mapping[str, Any]) -> bool:
    return recalls.intent_of(row.id) in written


def _decision(
    pinned: PinnedPolicy, row: Row[Any], recall: Recall, written: Mapping[str, Any], now: datetime
) -> NewDecision:
    return NewDecision(
        agency_id=row.agency_id,
        rule=NOTICE,
        record_kind=row.record_kind,
        record_number=row.record_number,
        party_id=row.party_id or "",
        occasion=str(recall.id),
        channel="text",
        outcome="notice",
        detail=row.notice,
        policy_hash=pinned.hash,
        message_id=written[recalls.intent_of(row.id)],
        at=now,
    )


def words(ground: Ground, policy: Policy, kind: str, number: str, language: str) -> Words:
    """The correction as it is read."""
    part, called = _WORDS[kind]
    facts: dict[str, Fact] = {
        "agency": policy.agency.name,
        called: number,
        "phone": Phone(policy.agency.phone),
    }
    return put_into_words(ground, policy, (part,), language, facts)
