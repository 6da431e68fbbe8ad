"""An event has come: who is to be told what, who is not and why, and what a person must do."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime

from locales import Fact
from rules.facts import condition_values, facts_of
from rules.offenses import offenses
from rules.policy import NoticeClass, NoticeRule, Policy
from rules.recipients import recipients
from rules.suppression import Reason, Subject, Suppressed, overtaken, why_not
from rules.values import Call, Case, Event, EventType, Party, Record


@dataclass(frozen=True, slots=True)
class Notice:
    """A message that the policy calls for, to one party."""

    rule: str
    party: Party
    parts: tuple[str, ...]
    facts: Mapping[str, Fact]
    notice_class: NoticeClass
    due: datetime
    expires: datetime
    occasion: str
    """Tells two notices of one rule on one record apart: the arrest, say. Empty where there can be only one."""
    survey: str | None
    """The id of the survey whose first question it asks; it has no parts of its own then."""
    page: bool
    """True where a part holds `{link}`: the gateway makes the page and fills it in."""


@dataclass(frozen=True, slots=True)
class Decision:
    """Why one party is told, or is not. Kept for ever beside the message."""

    rule: str
    party_id: str
    """Empty where the record names nobody who could be told."""
    suppressed: Suppressed | None = None


@dataclass(frozen=True, slots=True)
class TaskWanted:
    """Something that only a person can do.

    `key` makes it one task, however often it is asked for; how often is its count.
    """

    kind: str
    key: str
    detail: Mapping[str, str]
    due: datetime


@dataclass(frozen=True, slots=True)
class Outcome:
    """All that one event calls for."""

    notices: tuple[Notice, ...] = ()
    decisions: tuple[Decision, ...] = ()
    tasks: tuple[TaskWanted, ...] = ()

    def without(self, notice: Notice, why: Suppressed) -> Outcome:
        """The same, with a reason in the place of one notice."""
        return replace(
            self,
            notices=tuple(one for one in self.notices if one is not notice),
            decisions=tuple(
                replace(one, suppressed=why)
                if (one.rule, one.party_id) == (notice.rule, notice.party.id)
                else one
                for one in self.decisions
            ),
        )


@dataclass(frozen=True, slots=True)
class Context:
    """What the gateway knows beside the record."""

    linked_calls: tuple[Call, ...] = ()
    """Of a case: the calls that led to it."""
    enrolled: frozenset[str] = field(default_factory=frozenset)
    """Phone numbers enrolled on this case for what the event tells of (`policy.TOPIC_OF`)."""
    linked_cases: tuple[Case, ...] = ()
    """Of a call: the cases that came of it."""
    contacts: tuple[Party, ...] = ()
    """Of a case: whom it does not name but who proved to speak for a victim of it, as representatives."""


@dataclass(frozen=True, slots=True)
class _Asked:
    """One rule, asked about one event."""

    policy: Policy
    rule: NoticeRule
    event: Event
    record: Record
    now: datetime
    context: Context

    @property
    def today(self) -> date:
        return self.now.astimezone(self.policy.agency.zone).date()

    @property
    def happened(self) -> datetime:
        """No event can have happened after it was told: a feed whose clock is ahead does not delay its notices."""
        return min(self.event.time, self.now)


def decide(policy: Policy, event: Event, record: Record, now: datetime, context: Context) -> Outcome:
    """What the policy calls for, now that `event` is part of `record`. `now` is aware, in UTC."""
    notices: list[Notice] = []
    decisions: list[Decision] = []
    tasks: dict[str, TaskWanted] = {}
    for rule in policy.notices:
        if rule.on is not event.type:
            continue
        asked = _Asked(policy, rule, event, record, now, context)
        told: set[str | None] = set()
        parties = recipients(rule, record, context.enrolled, context.contacts, asked.today)
        for party in parties:
            suppressed = _why_not_now(asked, party)
            if suppressed is None and party.phone in told:
                suppressed = Suppressed(Reason.SAME_NUMBER)
            decisions.append(Decision(rule.id, party.id, suppressed))
            if suppressed is None:
                told.add(party.phone)
                notices.append(_notice(asked, party))
            elif task := _task(asked, party.id, suppressed):
                tasks[task.key] = task
        if not parties and _somebody_must_be_told(asked):
            nobody = Suppressed(Reason.NO_PARTY)
            decisions.append(Decision(rule.id, "", nobody))
            task = _owed(asked, "", nobody)
            tasks[task.key] = task
    return Outcome(tuple(notices), tuple(decisions), tuple(tasks.values()))


def _why_not_now(asked: _Asked, party: Party) -> Suppressed | None:
    rule, event, record, context = asked.rule, asked.event, asked.record, asked.context
    if event.history:
        return Suppressed(Reason.HISTORY, "import")
    if asked.now - event.time >= rule.expires:
        return Suppressed(Reason.STALE)
    subject = Subject(asked.policy, record, party, asked.today, context.linked_calls, context.linked_cases)
    if found := why_not(subject) or overtaken(record, event.type) or _no_more_so(event, record):
        return found
    if rule.when is not None and not rule.when.holds(condition_values(event, record, party)):
        return Suppressed(Reason.CONDITION, rule.when.source)
    return None


def _no_more_so(event: Event, record: Record) -> Suppressed | None:
    """Whether the case has got another status since: the sentence would tell that one, and tell it twice."""
    if event.type is not EventType.CASE_STATUS_CHANGED or not isinstance(record, Case):
        return None
    if record.status == event.data.get("status"):
        return None
    return Suppressed(Reason.OVERTAKEN, record.status or "")


def _somebody_must_be_told(asked: _Asked) -> bool:
    """Whether an owed notice found nobody on the record though the offense has a victim, as far as one knows."""
    if not asked.rule.owed or asked.event.history or not isinstance(asked.record, Case):
        return False
    known = [offenses().get(code) for code in asked.record.offenses or ()]
    return not known or any(offense is None or offense.crime_against != "society" for offense in known)


def _notice(asked: _Asked, party: Party) -> Notice:
    rule = asked.rule
    return Notice(
        rule=rule.id,
        party=party,
        parts=rule.message,
        facts=facts_of(asked.policy, asked.record),
        notice_class=rule.notice_class,
        due=asked.happened + rule.delay,
        expires=asked.happened + rule.expires,
        occasion=occasion_of(asked.event),
        survey=rule.survey,
        page=rule.page,
    )


_OCCASION: dict[EventType, str] = {
    EventType.ARREST_MADE: "arrest_id",
    EventType.CASE_ASSIGNED: "assigned_to",
    EventType.CASE_STATUS_CHANGED: "status",
}


def occasion_of(event: Event) -> str:
    """What tells this event from another of its kind on the same record, however often either is told.

    A second arrest is news, a second `call.closed` is not. Where the feed names no arrest, its time does.
    """
    named = str(event.data.get(_OCCASION.get(event.type, ""), "") or "")
    if event.type is EventType.ARREST_MADE and not named:
        return event.time.astimezone(UTC).isoformat(timespec="seconds")
    return named


def _task(asked: _Asked, party_id: str, suppressed: Suppressed) -> TaskWanted | None:
    """What a person must do about a notice that is not sent; nothing about the past, or a number told already."""
    if suppressed.reason in {Reason.HISTORY, Reason.SAME_NUMBER}:
        return None
    if asked.rule.owed:
        return _owed(asked, party_id, suppressed)
    if suppressed.reason is Reason.UNKNOWN_CODE:
        return _unknown_code(asked, suppressed.detail)
    return None


def _owed(asked: _Asked, party_id: str, suppressed: Suppressed) -> TaskWanted:
    number = asked.record.number
    return TaskWanted(
        kind="owed_notice",
        key=f"owed:{asked.rule.id}:{number}:{party_id}:{occasion_of(asked.event)}",
        detail={
            "notice": asked.rule.id,
            "number": number,
            "party": party_id,
            "reason": suppressed.reason.value,
        },
        due=asked.now + asked.rule.task_within,
    )


def _unknown_code(asked: _Asked, code: str) -> TaskWanted:
    day = asked.today.isoformat()
    return TaskWanted(
        kind="unknown_code",
        key=f"unknown:{code}:{day}",
        detail={"code": code, "day": day},
        due=asked.now + asked.rule.task_within,
    )
