"""The last look before a message leaves: what was right when it was written may be wrong now."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from zoneinfo import ZoneInfo

from rules.policy_keys import Channel, Hours, NoticeClass, NoticeRule, Policy
from rules.suppression import Reason, Subject, Suppressed, overtaken, why_not


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
    rule: NoticeRule | None = None,
    channel: Channel = Channel.TEXT,
    feed_silent: bool = False,
    zone: ZoneInfo | None = None,
) -> Ruling:
    """Whether a message may leave now. Times are aware UTC.

    `subject` is None for an answer to a text only. `rule` is what called for a notice: a call that has moved on since
    drops it, and so does a feed that fell silent, if it tells of what has not happened. `zone` is the recipient's,
    where it is known: it must be day there and where the agency is.
    """
    if expires is not None and now >= expires:
        return Ruling(Verdict.DROP, Reason.STALE)
    if opted_out and notice_class not in SPEAKS_AFTER_STOP:
        return Ruling(Verdict.DROP, Reason.OPTED_OUT)
    if subject is not None:
        found = why_not(subject, channel)
        if found is None and rule is not None:
            found = overtaken(subject.record, rule.on, rule.until)
        if found is None and rule is not None and rule.until and feed_silent:
            found = Suppressed(Reason.FEED_SILENT)
        if found is not None:
            return Ruling(Verdict.DROP, found.reason, found.detail)
    if held_until is not None and now < held_until and notice_class not in SPEAKS_AFTER_STOP:
        if notice_class is NoticeClass.STATUTORY:
            # What the law owes does not wait a day: it goes by another channel, or a person tells it.
            return Ruling(Verdict.DROP, Reason.UNCLEAR_OPT_OUT)
        return _wait(held_until, expires, Reason.UNCLEAR_OPT_OUT)
    hours = policy.quiet_hours.of(notice_class)
    if hours and (morning := _day_in_both(hours, now, policy.agency.zone, zone)):
        return _wait(morning, expires, Reason.QUIET_HOURS)
    return SEND


def _wait(until: datetime, expires: datetime | None, why: Reason) -> Ruling:
    """Rather dropped now, with the reason, than sent stale."""
    if expires is not None and until >= expires:
        return Ruling(Verdict.DROP, Reason.STALE, why.value)
    return Ruling(Verdict.WAIT, why, until=until)


def _day_in_both(hours: Hours, now: datetime, here: ZoneInfo, there: ZoneInfo | None) -> datetime | None:
    """The first moment at which it is night neither where the agency is nor where the number is at home."""
    moment = now
    for _ in range(_NIGHTS_AT_MOST):
        later = quiet_until(hours, moment, here) or (there and quiet_until(hours, moment, there))
        if not later:
            return moment if moment > now else None
        moment = later
    return moment


_NIGHTS_AT_MOST = 6
"""Two nights that overlap end after two steps; quiet hours that leave no common day must not hang."""


def quiet_until(hours: Hours, now: datetime, zone: ZoneInfo) -> datetime | None:
    """The end of the quiet hours that `now` falls into, in that zone; None outside them.

    Wall-clock times: on the day the clocks change, 08:00 is 08:00 as people read it.
    """
    local = now.astimezone(zone)
    begin, end = hours.begin, hours.end
    clock = local.time()
    inside = begin <= clock or clock < end if begin > end else begin <= clock < end
    if not inside:
        return None
    day = local.date() + timedelta(days=1) if clock >= end else local.date()
    # In the hour that comes twice, the end may be behind us the first time it comes.
    ends = (datetime.combine(day, end.replace(fold=fold), zone).astimezone(UTC) for fold in (0, 1))
    return next((moment for moment in ends if moment > now), None)
