"""The last look before a message leaves: what was right when it was written may be wrong now."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from rules.policy import WAITS_FOR_MORNING, NoticeClass, Policy
from rules.suppression import Reason, Subject, Suppressed, why_not


class Verdict(StrEnum):
    """What becomes of a message at the gate."""

    SEND = "send"
    WAIT = "wait"
    DROP = "drop"


@dataclass(frozen=True, slots=True)
class Ruling:
    """The verdict with its reason; `until` only for WAIT."""

    verdict: Verdict
    reason: Reason | None = None
    detail: str = ""
    until: datetime | None = None


SEND = Ruling(Verdict.SEND)

SPEAKS_AFTER_STOP = frozenset({NoticeClass.SAFETY, NoticeClass.ANSWER})
"""Distress and HELP are answered even then, and STOP itself is confirmed once; nothing else goes out."""


def rule_on(
    policy: Policy,
    notice_class: NoticeClass,
    *,
    now: datetime,
    expires: datetime | None,
    opted_out: bool,
    held_until: datetime | None = None,
    subject: Subject | None = None,
) -> Ruling:
    """Whether a message may leave now. Times are aware UTC; `subject` is None for an answer to a text."""
    if expires is not None and now >= expires:
        return Ruling(Verdict.DROP, Reason.STALE)
    if opted_out and notice_class not in SPEAKS_AFTER_STOP:
        return Ruling(Verdict.DROP, Reason.OPTED_OUT)
    if subject is not None and (found := why_not(subject)):
        return _drop(found)
    if held_until is not None and now < held_until and notice_class not in SPEAKS_AFTER_STOP:
        return Ruling(Verdict.WAIT, until=held_until)
    if notice_class in WAITS_FOR_MORNING and (morning := quiet_until(policy, now)):
        if expires is not None and morning >= expires:
            return Ruling(Verdict.DROP, Reason.STALE, "quiet hours")
        return Ruling(Verdict.WAIT, until=morning)
    return SEND


def _drop(found: Suppressed) -> Ruling:
    return Ruling(Verdict.DROP, found.reason, found.detail)


def quiet_until(policy: Policy, now: datetime) -> datetime | None:
    """The end of the quiet hours that `now` falls into, in the agency's zone; None outside them.

    Wall-clock times: on the day the clocks change, 08:00 is 08:00 as people read it.
    """
    local = now.astimezone(policy.agency.zone)
    begin, end = policy.quiet_hours.begin, policy.quiet_hours.end
    clock = local.time()
    inside = begin <= clock or clock < end if begin > end else begin <= clock < end
    if not inside:
        return None
    day = local.date() + timedelta(days=1) if clock >= end else local.date()
    return datetime.combine(day, end, policy.agency.zone).astimezone(now.tzinfo)
