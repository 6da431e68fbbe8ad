"""What is known of a call or a case: the newest word on each fact, whatever the order in which events came.

A record is kept as `{key: [stamp, value]}`. A stamp is the event's time, stage and identity, so that the later event
wins each key on its own, a repeated event changes nothing, and any order of arrival ends in the same record
(a last-writer-wins map; tested as a property). Keys are flat: `type_code`, `officer.name`, `party.caller.phone`.
That something happened is a key as well (`happened.arrest.made.A1`), and there the earliest telling wins.

Reading never fails: what a feed garbled counts as not told, and where that would open a gate, as the worst it could
mean.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from datetime import UTC, date, datetime
from typing import Any

from rules.values import CASE_STATUSES, Call, Case, Event, EventType, Happened, Party, Role, code_of

Facts = dict[str, list[Any]]

_STAGES = frozenset(kind for kind in EventType if kind.about == "call") - {EventType.CALL_RECLASSIFIED}
_STATUS_TOLD_BY = {
    EventType.REPORT_FILED: "open",
    EventType.CASE_ASSIGNED: "assigned",
    EventType.CASE_CLOSED: "closed",
    EventType.ARREST_MADE: "arrest",
}
_ORDER = {kind: f"{position:02}" for position, kind in enumerate(EventType)}
"""Two events of one minute: the later stage wins."""
_TYPE = "type."
_PARTY = "party."
_HAPPENED = "happened."
_OCCASION = {
    EventType.ARREST_MADE: "arrest_id",
    EventType.CASE_ASSIGNED: "assigned_to",
    EventType.CASE_STATUS_CHANGED: "status",
    EventType.CASE_CLOSED: "status",
}
_UNREADABLE_BIRTH_DATE = date.max
"""Counts as a child, so that a garbled date never lets a text through to one."""
_NO = frozenset({"", "0", "N", "NO", "F", "FALSE"})


def merge(facts: Mapping[str, list[Any]], event: Event) -> Facts:
    """The record with one more event in it. Pure; `facts` is left as it was."""
    time = event.time.astimezone(UTC).isoformat(timespec="microseconds")
    stamp = f"{time} {_ORDER[event.type]} {event.source} {event.id}"
    merged = dict(facts)
    for key, value in _told_by(event).items():
        if key not in merged or merged[key][0] < stamp:
            merged[key] = [stamp, value]
    if not event.history:  # an import of the past tells facts; that they became so calls for nothing
        key = f"{_HAPPENED}{event.type.value}.{occasion_of(event)}"
        if key not in merged or stamp < merged[key][0]:
            merged[key] = [stamp, time]
    return merged


def occasion_of(event: Event) -> str:
    """What tells this event from another of its kind on the same record, however often either is told.

    A second arrest is news, a second `call.closed` is not. Where the feed names no arrest, its time does. A case
    that is closed and one whose status became `closed` are one occasion: feeds tell either, or both.
    """
    named = str(event.data.get(_OCCASION.get(event.type, ""), "") or "")
    if event.type is EventType.CASE_CLOSED:
        return named or _STATUS_TOLD_BY[event.type]
    if event.type is EventType.ARREST_MADE and not named:
        return event.time.astimezone(UTC).isoformat(timespec="seconds")
    return named


def _told_by(event: Event) -> dict[str, Any]:
    """The facts of an event: those in it, and those that it is by being what it is."""
    told = {key: value for key, value in event.data.items() if value is not None}
    if event.type in _STAGES:
        told["stage"] = event.type.value
    if event.type in _STATUS_TOLD_BY:
        told.setdefault("status", _STATUS_TOLD_BY[event.type])
    if code := code_of(told.get("type_code", "")):
        told[_TYPE + code] = True
    return told


def as_call(number: str, facts: Mapping[str, list[Any]]) -> Call:
    """The record read as a call."""
    known = _values(facts)
    return Call(
        number=number,
        type_code=_code(known.get("type_code")),
        priority=_code(known.get("priority")),
        how_received=_text(known.get("how_received")),
        in_progress=_yes(known.get("in_progress")),
        stage=_stage(known.get("stage")),
        type_codes=tuple(sorted(key.removeprefix(_TYPE) for key in known if key.startswith(_TYPE))),
        district=_text(known.get("district")),
        officer=_text(known.get("officer.name")),
        officer_contact=_text(known.get("officer.contact")),
        report_number=_text(known.get("report_number")),
        disposition=_text(known.get("disposition")),
        parties=_parties(known),
        happened=_happened(known),
    )


def as_case(number: str, facts: Mapping[str, list[Any]]) -> Case:
    """The record read as a case."""
    known = _values(facts)
    status = _text(known.get("status"))
    return Case(
        number=number,
        offenses=_codes(known.get("offenses")),
        status=status if status in CASE_STATUSES else None,
        assigned_to=_text(known.get("assigned_to")),
        assigned_contact=_text(known.get("assigned_contact")),
        officer=_text(known.get("officer.name")),
        officer_contact=_text(known.get("officer.contact")),
        division=_text(known.get("division")),
        unit=_text(known.get("unit")),
        reported_at=_time(known.get("reported_at")),
        call_number=_text(known.get("call_number")),
        appearance=_text(known.get("appearance")),
        custody_phone=_text(known.get("custody_phone")),
        parties=_parties(known),
        happened=_happened(known),
    )


def _values(facts: Mapping[str, list[Any]]) -> dict[str, Any]:
    return {key: value for key, (_, value) in facts.items()}


def _happened(known: Mapping[str, Any]) -> tuple[Happened, ...]:
    found = []
    for key, value in known.items():
        if key.startswith(_HAPPENED) and (time := _time(value)):
            group, kind, occasion = key.removeprefix(_HAPPENED).split(".", 2)
            found.append(Happened(EventType(f"{group}.{kind}"), time, occasion))
    return tuple(sorted(found, key=lambda one: (one.time, _ORDER[one.type], one.occasion)))


def _parties(known: Mapping[str, Any]) -> tuple[Party, ...]:
    return tuple(_party(party_id, told) for party_id, told in sorted(_told_of_parties(known).items()))


def _told_of_parties(known: Mapping[str, Any]) -> dict[str, dict[str, Any]]:
    """By party id; an id may hold dots, a fact's name does not."""
    by_id: dict[str, dict[str, Any]] = {}
    for party_id, name, value in _party_keys(known):
        by_id.setdefault(party_id, {})[name] = value
    return by_id


def _party_keys(known: Mapping[str, Any]) -> Iterator[tuple[str, str, Any]]:
    for key, value in known.items():
        party_id, _, name = key.removeprefix(_PARTY).rpartition(".")
        if key.startswith(_PARTY) and party_id:
            yield party_id, name, value


def _party(party_id: str, told: Mapping[str, Any]) -> Party:
    return Party(
        id=party_id,
        role=_role(told.get("role")),
        name=_text(told.get("name")),
        phone=_text(told.get("phone")),
        email=_text(told.get("email")),
        address=_lines(told.get("address")),
        language=_text(told.get("language")),
        class_of_service=_code(told.get("class_of_service")),
        birth_date=_birth_date(told.get("birth_date")),
        victim_type=_code(told.get("victim_type")),
        relationships=_codes(told.get("relationships")),
        represents=_text(told.get("represents")),
    )


def _text(told: Any) -> str | None:
    return None if told is None else str(told).strip() or None


def _lines(told: Any) -> tuple[str, ...]:
    """A list of lines, or one text that holds them."""
    lines = told if isinstance(told, list | tuple) else str(told or "").splitlines()
    return tuple(line.strip() for line in map(str, lines) if line.strip())


def _code(told: Any) -> str | None:
    return None if told is None else code_of(told) or None


def _codes(told: Any) -> tuple[str, ...] | None:
    """A list of codes, or one text that holds them: "SE, AQ"."""
    if told is None:
        return None
    codes = told if isinstance(told, list | tuple) else re.split(r"[,;\s]+", str(told))
    return tuple(code for code in map(code_of, codes) if code)


def _yes(told: Any) -> bool | None:
    return None if told is None else code_of(told) not in _NO


def _stage(told: Any) -> EventType | None:
    return EventType(told) if str(told) in _STAGES else None


_ROLES = {role.value: role for role in Role}


def _role(told: Any) -> Role:
    """Whoever is called by another name than ours is never texted."""
    name = str(told).strip().lower()
    return _ROLES.get(name, Role.OTHER)


def _time(told: Any) -> datetime | None:
    """None also for a time without an offset: it could be off by hours."""
    try:
        time = datetime.fromisoformat(str(told))
    except ValueError:
        return None
    return time if time.tzinfo else None


def _birth_date(told: Any) -> date | None:
    if _text(told) is None:
        return None
    try:
        return datetime.fromisoformat(str(told).strip()).date()
    except ValueError:
        return _UNREADABLE_BIRTH_DATE
