"""What an incident is, as the facts of a call: type, priority, how it came in, disposition, officer. Never a place."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any

from pydantic import TypeAdapter, ValidationError

from gateway.feeds.eido.components import Components, Found, Problems, texts
from gateway.feeds.eido.people import incoming_calls
from gateway.feeds.eido.words import HOW_RECEIVED, HUNG_UP, word_of
from gateway.feeds.schema import Code, Name, Number
from rules.never import never_texted

_KINDS: Mapping[str, TypeAdapter[str]] = {
    "code": TypeAdapter(Code),
    "name": TypeAdapter(Name),
    "number": TypeAdapter(Number),
}
_TYPES = ("incidentTypeInternalCode", "incidentTypeInternalText", "incidentTypeCommonRegistryText")
_EXPECTED = {
    "code": "a text of at most 80 characters",
    "name": "a text of at most 200 characters",
    "number": "a text of at most 64 characters",
}


def call_data(parts: Components, incident: Found, problems: Problems) -> dict[str, Any]:
    """The facts of `gateway.feeds.schema.CallData`, without the people, and without what was not told."""
    reader = _Incident(parts, incident, problems)
    told = {
        "type_code": reader.type_code(),
        "priority": reader.priority(),
        "how_received": reader.how_received(),
        "district": reader.checked("code", incident, "beatOrDispatchGroupText"),
        "disposition": reader.disposition(),
        "report_number": reader.report_number(),
        "officer": reader.officer(),
    }
    return {name: value for name, value in told.items() if value is not None}


def checked(kind: str, found: Found, name: str, problems: Problems) -> str | None:
    """A text of a component as the schema wants it; None, and told, where it is not."""
    told = found.get(name)
    if told is None or (isinstance(told, str) and not told.strip()):
        return None
    try:
        return _KINDS[kind].validate_python(told)
    except ValidationError:
        problems.add(found.at(name), f"expected {_EXPECTED[kind]}; it is left out")
        return None


class _Incident:
    def __init__(self, parts: Components, incident: Found, problems: Problems) -> None:
        self._parts = parts
        self._incident = incident
        self._problems = problems

    def checked(self, kind: str, found: Found, name: str) -> str | None:
        return checked(kind, found, name, self._problems)

    def type_code(self) -> str | None:
        """The agency's own code. Where code, text or registry speak of what is never texted, that word counts."""
        told = [code for name in _TYPES if (code := self.checked("code", self._incident, name))]
        return next((code for code in told if never_texted(code)), told[0] if told else None)

    def priority(self) -> str | None:
        """The agency's own; else the common one, from 0 to 10, where 10 is the highest."""
        if own := self.checked("code", self._incident, "incidentPriorityInternalText"):
            return own
        name = "incidentCommonPriorityNumber"
        common = self._incident.get(name)
        if common is None:
            return None
        if isinstance(common, bool) or not isinstance(common, int) or not 0 <= common <= 10:
            self._problems.add(
                self._incident.at(name), "expected a whole number from 0 to 10; it is left out"
            )
            return None
        return str(common)

    def how_received(self) -> str | None:
        calls = incoming_calls(self._parts)
        if any(self._hung_up(call) for call in calls):
            return "911 hang-up"
        kinds = [word for call in calls for word in texts(call.get("standardPrimaryCallType"))]
        return next((HOW_RECEIVED[word_of(kind)] for kind in kinds if word_of(kind) in HOW_RECEIVED), None)

    def _hung_up(self, call: Found) -> bool:
        state = "".join(texts(call.get("callStateRegistryText"))[:1])
        return word_of(state) in HUNG_UP and call.get("answerDate") is None

    def disposition(self) -> str | None:
        """Of several the primary one, else the first; the agency's own word before the common code."""
        told = self._incident.get("dispositionComponent")
        several = told if isinstance(told, list) else [told]
        pointer = self._incident.at("dispositionComponent")
        found = [Found(f"{pointer}/{n}", one) for n, one in enumerate(several) if isinstance(one, Mapping)]
        found.sort(key=lambda one: one.get("dispositionPrimaryIndicator") is not True)
        names = ("dispositionCategoryText", "dispositionCommonRegistryCode")
        return next(
            (code for one in found[:1] for n in names if (code := self.checked("code", one, n))), None
        )

    def report_number(self) -> str | None:
        """The only report. Of several, which one is ours is not told."""
        name = "documentIdentification"
        told = self._incident.get(name)
        several = texts(told)
        if told is not None and len(several) != 1:
            self._problems.add(self._incident.at(name), "expected one report number; it is left out")
            return None
        one = Found(self._incident.pointer, {name: several[0]} if several else {})
        return self.checked("number", one, name)

    def officer(self) -> dict[str, str] | None:
        """The first officer of a police unit that was dispatched. Whoever dispatched it is another agent."""
        for agent in self._responding():
            if name := _full_name(agent.get("agentJcard")):
                found = Found(agent.pointer, {"agentJcard": name})
                if plain := self.checked("name", found, "agentJcard"):
                    return {"name": plain}
        return None

    def _responding(self) -> Iterator[Found]:
        for dispatch in police_dispatches(self._parts):
            for unit in self._parts.referred(
                "emergencyResourceComponent", dispatch, "emergencyResourceReference"
            ):
                for agent in self._parts.referred("agentComponent", unit, "agentReference"):
                    if _may_be_police(self._parts, agent):
                        yield agent


def police_dispatches(parts: Components) -> list[Found]:
    """The dispatches that are not known to be another agency's: an engine on its way is no officer."""
    return [one for one in parts.all("dispatchComponent") if _may_be_police(parts, one)]


def _may_be_police(parts: Components, found: Found) -> bool:
    agencies = parts.referred("agencyComponent", found, "agencyReference")
    kinds = [kind.strip().lower() for agency in agencies for kind in texts(agency.get("agencyType"))]
    return not kinds or any(kind.startswith(("police", "law", "sheriff")) for kind in kinds)


def _full_name(jcard: object) -> str | None:
    """`fn` of a jCard (RFC 7095), which the standard carries as a text of JSON. Nothing else of it is read."""
    try:
        card = json.loads(jcard) if isinstance(jcard, str) else jcard
    except (ValueError, RecursionError):
        return None
    if not (isinstance(card, list) and len(card) == 2 and isinstance(card[1], list)):
        return None
    properties = (one for one in card[1] if isinstance(one, list) and len(one) >= 4 and one[0] == "fn")
    return next((one[3] for one in properties if isinstance(one[3], str) and one[3].strip()), None)
