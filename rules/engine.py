"""An event has come: who is to be told what, who is not and why, and what a person must do."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from locales import Fact, Phone, Say
from rules.policy import NoticeClass, NoticeRule, Policy
from rules.suppression import OVERTAKEN_BY, WIRELESS, Reason, Subject, Suppressed, too_young, why_not
from rules.values import TEXTED_ROLES, Call, Event, EventType, Party, Record, Role


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
    suppressed: Suppressed | None = None


@dataclass(frozen=True, slots=True)
class TaskWanted:
    """Something that only a person can do. `key` makes it one task, however often it is asked for."""

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
    enrolled: frozenset[str] = field(default_factory=frozenset)
    """Phone numbers enrolled for alerts on this case."""


def decide(policy: Policy, event: Event, record: Record, now: datetime, context: Context) -> Outcome:
    """What the policy calls for, now that `event` is part of `record`. `now` is aware, in UTC."""
    notices: list[Notice] = []
    decisions: list[Decision] = []
    tasks: dict[str, TaskWanted] = {}
    for rule in policy.notices:
        if rule.on is not event.type:
            continue
        for party in recipients(rule, record, context, policy, now):
            suppressed = _why_not_now(policy, rule, event, record, party, now, context)
            decisions.append(Decision(rule.id, party.id, suppressed))
            if suppressed is None:
                notices.append(_notice(policy, rule, event, record, party))
            else:
                tasks |= {
                    task.key: task for task in _tasks(policy, rule, event, record, party, suppressed, now)
                }
    return Outcome(tuple(notices), tuple(decisions), tuple(tasks.values()))


def recipients(
    rule: NoticeRule, record: Record, context: Context, policy: Policy, now: datetime
) -> Iterator[Party]:
    """The parties the rule speaks of, each once; a minor is stood for by the representative."""
    parties = [p for p in record.parties if p.role in rule.to]
    if "enrolled" in rule.to:
        parties += [
            p
            for p in record.parties
            if p not in parties and p.phone in context.enrolled and p.role in TEXTED_ROLES
        ]
    stand_in = {p.represents: p for p in record.parties if p.role is Role.REPRESENTATIVE and p.represents}
    today = now.astimezone(policy.agency.zone).date()
    chosen: dict[str, Party] = {}
    for party in parties:
        young = too_young(Subject(policy, record, party, today))
        chosen_one = stand_in.get(party.id, party) if young else party
        chosen.setdefault(chosen_one.id, chosen_one)
    yield from chosen.values()


def _why_not_now(
    policy: Policy,
    rule: NoticeRule,
    event: Event,
    record: Record,
    party: Party,
    now: datetime,
    context: Context,
) -> Suppressed | None:
    if event.history:
        return Suppressed(Reason.HISTORY, "import")
    if now - event.time >= rule.expires:
        return Suppressed(Reason.STALE)
    today = now.astimezone(policy.agency.zone).date()
    if found := why_not(Subject(policy, record, party, today, context.linked_calls)):
        return found
    if isinstance(record, Call) and record.stage in OVERTAKEN_BY.get(event.type, ()):
        return Suppressed(Reason.OVERTAKEN, record.stage.value if record.stage else "")
    if rule.when is not None and not rule.when.holds(condition_values(event, record, party)):
        return Suppressed(Reason.CONDITION, rule.when.source)
    return None


def condition_values(event: Event, record: Record, party: Party) -> dict[str, Any]:
    """The names a condition may use. Facts that are not known are absent, so that speaking of one closes the gate."""
    values: dict[str, Any] = {
        "event": {"type": event.type.value},
        "party": _known(
            role=party.role.value,
            language=party.language,
            class_of_service=party.class_of_service,
            victim_type=party.victim_type,
            wireless=(party.class_of_service or "").upper() in WIRELESS,
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


def _notice(policy: Policy, rule: NoticeRule, event: Event, record: Record, party: Party) -> Notice:
    return Notice(
        rule=rule.id,
        party=party,
        parts=rule.message,
        facts=facts_of(policy, record),
        notice_class=rule.notice_class,
        due=event.time + rule.delay,
        expires=event.time + rule.expires,
        occasion=str(event.data.get("arrest_id", "")) if event.type is EventType.ARREST_MADE else "",
        page=rule.page,
    )


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
    if told is None:
        return None
    return Phone(told) if told.startswith("+") else told


def _tasks(
    policy: Policy,
    rule: NoticeRule,
    event: Event,
    record: Record,
    party: Party,
    suppressed: Suppressed,
    now: datetime,
) -> Iterator[TaskWanted]:
    if suppressed.reason is Reason.HISTORY:
        return
    if rule.owed:
        yield TaskWanted(
            kind="owed_notice",
            key=f"owed:{rule.id}:{record.number}:{party.id}:{event.data.get('arrest_id', '')}",
            detail={
                "notice": rule.id,
                "number": record.number,
                "party": party.id,
                "reason": suppressed.reason,
            },
            due=now + rule.task_within,
        )
    elif suppressed.reason is Reason.UNKNOWN_CODE and suppressed.detail:
        day = now.astimezone(policy.agency.zone).date().isoformat()
        yield TaskWanted(
            kind="unknown_code",
            key=f"unknown:{suppressed.detail}:{day}",
            detail={"code": suppressed.detail, "day": day},
            due=now + rule.task_within,
        )
