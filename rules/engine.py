"""An event has come: who is to be told what, who is not and why, and what a person must do."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from typing import Any

from locales import Fact, Phone, Say
from rules.offenses import offenses
from rules.policy import NoticeClass, NoticeRule, Policy
from rules.suppression import WIRELESS, Reason, Subject, Suppressed, overtaken, too_young, why_not
from rules.values import TEXTED_ROLES, Call, Case, Event, EventType, Party, Record, Role, code_of


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


@dataclass(frozen=True, slots=True)
class Context:
    """What the gateway knows beside the record."""

    linked_calls: tuple[Call, ...] = ()
    """Of a case: the calls that led to it."""
    enrolled: frozenset[str] = field(default_factory=frozenset)
    """Phone numbers enrolled for alerts on this case."""
    linked_cases: tuple[Case, ...] = ()
    """Of a call: the cases that came of it."""


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
        parties = recipients(rule, record, context, policy, now)
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


def recipients(
    rule: NoticeRule, record: Record, context: Context, policy: Policy, now: datetime
) -> tuple[Party, ...]:
    """The parties the rule speaks of, each once, in the order of its `to`.

    A minor is stood for by the representative. Society as a victim is nobody whom one could tell.
    """
    today = now.astimezone(policy.agency.zone).date()
    stand_in: dict[str, Party] = {}
    for party in record.parties:
        if party.role is Role.REPRESENTATIVE and party.represents:
            stand_in.setdefault(party.represents, party)
    chosen: dict[str, Party] = {}
    for addressed in rule.to:
        for party in record.parties:
            if _is_addressed(party, addressed, context) and party.victim_type != _SOCIETY:
                reached = stand_in.get(party.id, party) if too_young(party, today) else party
                chosen.setdefault(reached.id, reached)
    return tuple(chosen.values())


_SOCIETY = "S"


def _is_addressed(party: Party, addressed: Role | str, context: Context) -> bool:
    if addressed == "enrolled":
        return party.role in TEXTED_ROLES and party.phone in context.enrolled
    return party.role is addressed


def _why_not_now(asked: _Asked, party: Party) -> Suppressed | None:
    rule, event, record, context = asked.rule, asked.event, asked.record, asked.context
    if event.history:
        return Suppressed(Reason.HISTORY, "import")
    if asked.now - event.time >= rule.expires:
        return Suppressed(Reason.STALE)
    subject = Subject(asked.policy, record, party, asked.today, context.linked_calls, context.linked_cases)
    if found := why_not(subject) or overtaken(record, event.type):
        return found
    if rule.when is not None and not rule.when.holds(condition_values(event, record, party)):
        return Suppressed(Reason.CONDITION, rule.when.source)
    return None


def _somebody_must_be_told(asked: _Asked) -> bool:
    """Whether an owed notice found nobody on the record though the offense has a victim, as far as one knows."""
    if not asked.rule.owed or asked.event.history or not isinstance(asked.record, Case):
        return False
    known = [offenses().get(code) for code in asked.record.offenses or ()]
    return not known or any(offense is None or offense.crime_against != "society" for offense in known)


def condition_values(event: Event, record: Record, party: Party) -> dict[str, Any]:
    """The names a condition may use. Facts that are not known are absent, so that speaking of one closes the gate."""
    values: dict[str, Any] = {
        "event": {"type": event.type.value},
        "party": _known(
            role=party.role.value,
            language=party.language,
            class_of_service=party.class_of_service,
            victim_type=party.victim_type,
            wireless=code_of(party.class_of_service or "") in WIRELESS,
        ),
    }
    if isinstance(record, Call):
        values["call"] = _known(
            type=record.type_code,
            priority=record.priority,
            how_received=record.how_received,
            district=record.district,
            disposition=record.disposition,
            report_number=record.report_number,
        )
    else:
        values["case"] = _known(
            offenses=list(record.offenses or ()),
            status=record.status,
            division=record.division,
            unit=record.unit,
            assigned_to=record.assigned_to,
        )
    return values


def _known(**facts: Any) -> dict[str, Any]:
    return {name: value for name, value in facts.items() if value is not None}


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


def facts_of(policy: Policy, record: Record) -> dict[str, Fact]:
    """What a sentence about this record may hold. Never a place, an offense or a victim's name."""
    agency = policy.agency
    facts: dict[str, Fact | None] = {
        "agency": agency.name,
        "phone": Phone(agency.phone),
        "vine": agency.vine,
        "officer": record.officer,
        "officer_contact": _contact(record.officer_contact),
    }
    if isinstance(record, Call):
        facts |= {"call_number": record.number, "report_number": record.report_number}
    else:
        facts |= {
            "report_number": record.number,
            "assigned_to": record.assigned_to,
            "status": Say(f"case_status.{record.status}") if record.status else None,
            "appearance": record.appearance,
            "custody_phone": _contact(record.custody_phone),
        }
    return {name: value for name, value in facts.items() if value is not None}


def _contact(told: str | None) -> Fact | None:
    """A number that phones can dial, or the words as they stand: an extension, a counter."""
    if told is None or not told.startswith("+"):
        return told
    try:
        return Phone(told)
    except ValueError:
        return told


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
