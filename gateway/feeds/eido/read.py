"""An EIDO becomes canonical events. Pure, and nothing that an EIDO may hold raises.

An EIDO is not an event: it tells all that is known of an incident at one moment, and the next one tells it again. So
each stage is named by the incident, its components and the time of the stage, and whoever keeps events by their
(source, id) keeps of a later EIDO what is new in it. What is known of type, priority and people now is told besides,
as `call.reclassified`, so that a correction reaches the call whatever its stage.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from pydantic import TypeAdapter, ValidationError

from gateway.feeds.eido.components import Components, Found, Problem, Problems, shown
from gateway.feeds.eido.incident import call_data, checked, police_dispatches
from gateway.feeds.eido.people import incoming_calls, parties_of
from gateway.feeds.eido.words import STATUSES, word_of
from gateway.feeds.schema import Code
from rules.values import EventType

_TRACKING = "incidentTrackingIdentifier"
_URN = "urn:emergency:uid:incidentid:"
_STATUS = "incidentStatusCommonRegistryText"
_OWN_STATUS = "incidentStatusInternalText"
_CODE: TypeAdapter[str] = TypeAdapter(Code)
_MOST_DISPATCHES = 10
"""The newest; an incident that had more has told of the others before."""
_TOLD_OF = (
    "incidentComponent",
    "personComponent",
    "callComponent",
    "callbackComponent",
    "additionalDataComponent",
    "dispatchComponent",
    "emergencyResourceComponent",
    "agentComponent",
)
"""The components that facts are taken from: the newest of them is the time of what is known now."""


@dataclass(frozen=True, slots=True)
class EidoRead:
    """CloudEvents as `gateway.feeds.schema` reads them, and what of the EIDO was not understood."""

    events: tuple[dict[str, Any], ...]
    problems: tuple[Problem, ...]


@dataclass(frozen=True, slots=True)
class _Stage:
    type: EventType
    time: datetime
    by: tuple[str, ...] = ()
    """The ids of the components that tell of it, beside the incident."""


def events_of(eido: Mapping[str, Any], source: str) -> EidoRead:
    """What happened to the incident's call, in the order of the stages; `source` is the `source` of the events."""
    problems = Problems()
    parts = Components(eido, problems)
    return EidoRead(tuple(_Reading(eido, parts, problems).events(source)), problems.all())


class _Reading:
    def __init__(self, eido: Mapping[str, Any], parts: Components, problems: Problems) -> None:
        self._eido = Found("", eido)
        self._parts = parts
        self._problems = problems
        told = parts.all("incidentComponent")
        self._incident = told[0] if told else Found("/incidentComponent", {})
        if len(told) > 1:
            problems.add(told[1].pointer, "expected one incident; the others are left out")

    def events(self, source: str) -> Iterator[dict[str, Any]]:
        subject, incident = self._subject(), self._incident_id()
        if subject is None or incident is None:
            self._problems.add(
                "/incidentComponent/internalIncidentId",
                "expected the call's number; nothing is told without one",
            )
            return
        data = call_data(self._parts, self._incident, self._problems)
        if parties := parties_of(self._parts, self._problems):
            data["parties"] = parties
        if "type_code" not in data:
            self._problems.add(
                f"{self._incident.pointer}/incidentTypeCommonRegistryText",
                "expected a type, here or as incidentTypeInternalCode: call.received is not told without one",
            )
        for stage in self._stages(data):
            yield {
                "specversion": "1.0",
                "source": source,
                "id": ":".join((incident, *_event_name(stage))),
                "type": stage.type.value,
                "subject": subject,
                "time": stage.time.isoformat(),
                "data": data,
            }

    def _subject(self) -> str | None:
        """The number by which the agency's systems, and so the people, know the call."""
        told = (
            (self._incident, "internalIncidentId"),
            (self._incident, _TRACKING),
            (self._eido, _TRACKING),
            (self._eido, "$id"),
        )
        numbers = (checked("number", found, name, self._problems) for found, name in told)
        return next((number for number in numbers if number), None)

    def _incident_id(self) -> str | None:
        """What names the incident in every EIDO about it: the `$id` of the whole may be one message's."""
        whole = self._eido.id
        told = (
            self._incident.get(_TRACKING),
            self._eido.get(_TRACKING),
            whole if whole and whole.startswith(_URN) else None,
            self._incident.get("internalIncidentId"),
            self._incident.id,
            whole,
        )
        return next((_short(one) for one in told if isinstance(one, str) and one.strip()), None)

    def _stages(self, data: Mapping[str, Any]) -> Iterator[_Stage]:
        """Each stage that is told of, and then what is known now, which needs a type."""
        updated = self._parts.time(self._incident) or self._parts.time(self._eido)
        if updated is None:
            pointer = f"{self._incident.pointer}/lastUpdateTimeStamp"
            self._problems.add(pointer, "is missing; expected when this was so, with its offset")
        stages = self._told_stages(updated)
        for kind in EventType:
            if kind in stages and (kind is not EventType.CALL_RECEIVED or "type_code" in data):
                yield from stages[kind]
        newest = self._newest(updated)
        if newest is not None and "type_code" in data:
            yield _Stage(EventType.CALL_RECLASSIFIED, newest, (_digest(data),))

    def _told_stages(self, updated: datetime | None) -> dict[EventType, list[_Stage]]:
        stages: dict[EventType, list[_Stage]] = {}
        for dispatch in police_dispatches(self._parts):
            if at := self._parts.time(dispatch) or updated:
                by = (dispatch.id,) if dispatch.id else ()
                told = stages.setdefault(EventType.CALL_DISPATCHED, [])
                told.append(_Stage(EventType.CALL_DISPATCHED, at, by))
        for told in stages.values():
            told.sort(key=lambda stage: stage.time)
            del told[:-_MOST_DISPATCHES]
        for kind in self._statuses():
            at = self._received_at() or updated if kind is EventType.CALL_RECEIVED else updated
            if at is not None and kind not in stages:
                stages[kind] = [_Stage(kind, at)]
        return stages

    def _statuses(self) -> list[EventType]:
        """The registry's statuses; the agency's own words where it gives none of them. Without either, a call came."""
        name = next((name for name in (_STATUS, _OWN_STATUS) if self._incident.get(name)), None)
        if name is None:
            return [EventType.CALL_RECEIVED] if incoming_calls(self._parts) else []
        told = self._incident.get(name)
        stages = []
        for place, word in enumerate(told if isinstance(told, list) else [told]):
            stage = STATUSES.get(word_of(word)) if isinstance(word, str) else None
            if stage is not None:
                stages.append(stage)
                continue
            pointer = (
                f"{self._incident.at(name)}/{place}" if isinstance(told, list) else self._incident.at(name)
            )
            self._problems.add(
                pointer,
                f"{shown(word)} is not known; expected Active, Dispatched, On Scene, Closed ...: no event",
            )
        return stages

    def _received_at(self) -> datetime | None:
        calls = incoming_calls(self._parts)
        times = (self._parts.time(call, "callStartTimestamp") for call in calls)
        return min((time for time in times if time), default=None)

    def _newest(self, updated: datetime | None) -> datetime | None:
        found = (one for kind in _TOLD_OF for one in self._parts.all(kind))
        times = [time for one in found if (time := self._parts.time(one))]
        return max(times, default=updated)


def _event_name(stage: _Stage) -> tuple[str, ...]:
    by = (_digest(stage.by),) if stage.by else ()
    return stage.type.value, stage.time.isoformat(timespec="seconds"), *by


def _digest(told: object) -> str:
    text = json.dumps(told, sort_keys=True)
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:16]


def _short(name: str) -> str:
    """As it is if it fits into the id of an event; else a hash of it."""
    try:
        return _CODE.validate_python(name)
    except ValidationError:
        return hashlib.sha256(name.encode("utf-8", "surrogatepass")).hexdigest()
