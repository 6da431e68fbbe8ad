"""What is owed and can't be told on any channel becomes a task: a person calls."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Protocol

from sqlalchemy import Connection

from gateway.ground import NoPolicy, Policies
from gateway.store import tasks
from gateway.store.tasks import NewTask
from rules.policy import NoticeClass, NoticeRule

_TASK_WITHIN = timedelta(hours=24)


class Owing(Protocol):
    """What must be known of a message: a row of the outbox, or one in trouble."""

    @property
    def agency_id(self) -> str: ...

    @property
    def intent_key(self) -> str: ...

    @property
    def notice(self) -> str: ...

    @property
    def notice_class(self) -> str: ...

    @property
    def record_number(self) -> str | None: ...

    @property
    def party_id(self) -> str | None: ...


def rule_of(policies: Policies, agency_id: str, notice: str) -> NoticeRule | None:
    """The rule that called for a message; None for an answer, and where the policy knows it no more."""
    try:
        return policies.of(agency_id).policy.rule(notice)
    except NoPolicy:
        return None


def is_owed(policies: Policies, row: Owing) -> bool:
    """By its rule; a statutory message stays owed when a newer policy has dropped the rule."""
    rule = rule_of(policies, row.agency_id, row.notice)
    return rule.owed if rule else row.notice_class == NoticeClass.STATUTORY


def open_tasks(
    connection: Connection, policies: Policies, rows: Iterable[tuple[Owing, str]], now: datetime
) -> None:
    """One task for each message that is owed, with the reason why it did not go."""
    tasks.open_tasks(
        connection, [_task(policies, row, why, now) for row, why in rows if is_owed(policies, row)]
    )


def _task(policies: Policies, row: Owing, why: str, now: datetime) -> NewTask:
    rule = rule_of(policies, row.agency_id, row.notice)
    detail = {
        "notice": row.notice,
        "number": row.record_number or "",
        "party": row.party_id or "",
        "reason": why,
    }
    due = now + (rule.task_within if rule else _TASK_WITHIN)
    return NewTask(row.agency_id, "owed_notice", f"owed:{row.intent_key}", detail, now, due)
