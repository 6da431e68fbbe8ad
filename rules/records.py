"""What is known of a call or a case: the newest word on each fact, whatever the order in which events came.

A record is kept as `{key: [stamp, value]}`. A stamp is the event's time and identity, so that the later event wins
each key on its own, a repeated event changes nothing, and any order of arrival ends in the same record
(a last-writer-wins map; tested as a property). Keys are flat: `type_code`, `officer.name`, `party.caller.phone`.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import UTC, date, datetime
from typing import Any

from rules.values import Call, Case, Event, EventType, Party, Role

Facts = dict[str, list[Any]]

_STAGES = frozenset(kind for kind in EventType if kind.about == "call") - {EventType.CALL_RECLASSIFIED}
_STATUS_TOLD_BY = {
    EventType.REPORT_FILED: "open",
    EventType.CASE_ASSIGNED: "assigned",
    EventType.CASE_CLOSED: "closed",
    EventType.ARREST_MADE: "arrest",
}


def merge(facts: Mapping[str, list[Any]], event: Event) -> Facts:
    """The record with one more event in it. Pure; `facts` is left as it was."""
    stamp = f"{event.time.astimezone(UTC).isoformat()} {event.source} {event.id}"
    merged = dict(facts)
    for key, value in _told_by(event):
        if key not in merged or merged[key][0] < stamp:
            merged[key] = [stamp, value]
    return merged


def _told_by(event: Event) -> Iterator[tuple[str, Any]]:
    for key, value in event.data.items():
        if value is not None:
            yield key, value
    if event.type in _STAGES:
        yield "stage", event.type.value
    if event.type in _STATUS_TOLD_BY and "status" not in event.data:
        yield "status", _STATUS_TOLD_BY[event.type]
    if code := event.data.get("type_code"):
        yield f"type.{code}", True


def as_call(number: str, facts: Mapping[str, list[Any]]) -> Call:
    """The record read as a call."""
    known = _values(facts)
    stage = known.get("stage")
    return Call(
        number=number,
        type_code=known.get("type_code"),
        priority=known.get("priority"),
        how_received=known.get("how_received"),
        in_progress=known.get("in_progress"),
        stage=EventType(stage) if stage else None,
        type_codes=tuple(sorted(key[5:] for key in known if key.startswith("type."))),
        district=known.get("district"),
        officer=known.get("officer.name"),
        officer_contact=known.get("officer.contact"),
        report_number=known.get("report_number"),
        disposition=known.get("disposition"),
        parties=_parties(known),
    )


def as_case(number: str, facts: Mapping[str, list[Any]]) -> Case:
    """The record read as a case."""
    known = _values(facts)
    offenses = known.get("offenses")
    reported_at = known.get("reported_at")
    return Case(
        number=number,
        offenses=tuple(offenses) if offenses is not None else None,
        status=known.get("status"),
        assigned_to=known.get("assigned_to"),
        officer=known.get("officer.name"),
        officer_contact=known.get("officer.contact"),
        division=known.get("division"),
        unit=known.get("unit"),
        reported_at=datetime.fromisoformat(reported_at) if reported_at else None,
        call_number=known.get("call_number"),
        appearance=known.get("appearance"),
        custody_phone=known.get("custody_phone"),
        parties=_parties(known),
    )


def _values(facts: Mapping[str, list[Any]]) -> dict[str, Any]:
    return {key: value for key, (_, value) in facts.items()}


def _parties(known: Mapping[str, Any]) -> tuple[Party, ...]:
    by_id: dict[str, dict[str, Any]] = {}
    for key, value in known.items():
        if key.startswith("party."):
            party_id, _, name = key[6:].rpartition(".")
            by_id.setdefault(party_id, {})[name] = value
    return tuple(_party(party_id, told) for party_id, told in sorted(by_id.items()))


def _party(party_id: str, told: Mapping[str, Any]) -> Party:
    born = told.get("birth_date")
    relationships = told.get("relationships")
    return Party(
        id=party_id,
        role=Role(told.get("role", Role.OTHER)),
        name=told.get("name"),
        phone=told.get("phone"),
        email=told.get("email"),
        language=told.get("language"),
        class_of_service=told.get("class_of_service"),
        birth_date=date.fromisoformat(born) if born else None,
        victim_type=told.get("victim_type"),
        relationships=tuple(relationships) if relationships is not None else None,
        represents=told.get("represents"),
    )
