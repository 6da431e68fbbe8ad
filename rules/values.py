"""The frozen values that both pure rooms speak in: what an agency's systems told us, as plain data.

Times are aware and in UTC. Phone numbers are E.164 strings ("+15205550100").
Every field that a feed may lack is None, and whoever decides must treat None as "not known".
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from enum import StrEnum
from typing import Any


class EventType(StrEnum):
    """What can happen to a call or a case. The names are the `type` of the CloudEvents that feeds send."""

    CALL_RECEIVED = "call.received"
    CALL_DISPATCHED = "call.dispatched"
    CALL_DIVERTED = "call.diverted"
    CALL_DELAYED = "call.delayed"
    CALL_ARRIVED = "call.arrived"
    CALL_RECLASSIFIED = "call.reclassified"
    CALL_CLOSED = "call.closed"
    CALL_CANCELED = "call.canceled"
    REPORT_FILED = "report.filed"
    REPORT_UPDATED = "report.updated"
    REPORT_MERGED = "report.merged"
    REPORT_SPLIT = "report.split"
    CASE_ASSIGNED = "case.assigned"
    CASE_STATUS_CHANGED = "case.status_changed"
    CASE_CLOSED = "case.closed"
    ARREST_MADE = "arrest.made"
    FEED_HEARTBEAT = "feed.heartbeat"

    @property
    def about(self) -> str | None:
        """`call` or `case`: the kind of record that the event tells of; None for a heartbeat."""
        if self is EventType.FEED_HEARTBEAT:
            return None
        return "call" if self.value.startswith("call.") else "case"


class Role(StrEnum):
    """What a person is on a call or a case. Only the first three are ever texted."""

    CALLER = "caller"
    VICTIM = "victim"
    REPRESENTATIVE = "representative"
    SUSPECT = "suspect"
    ARRESTEE = "arrestee"
    WITNESS = "witness"
    OFFICER = "officer"
    OTHER = "other"


TEXTED_ROLES = frozenset({Role.CALLER, Role.VICTIM, Role.REPRESENTATIVE})
ACCUSED_ROLES = frozenset({Role.SUSPECT, Role.ARRESTEE})

CASE_STATUSES = frozenset({"open", "assigned", "inactive", "arrest", "prosecutor", "closed"})
"""What can be said of a case; each has a sentence `case_status.*` in the catalogs."""

IMPERSONAL_VICTIMS = frozenset({"B", "F", "G", "S"})
"""NIBRS victim types that are no person: business, financial institution, government, society."""


FACTS = frozenset(
    {
        "advocate_phone",
        "agency",
        "appearance",
        "assigned_to",
        "call_number",
        "choices",
        "code",
        "count",
        "custody_phone",
        "detective_contact",
        "link",
        "next",
        "number",
        "officer",
        "officer_contact",
        "phone",
        "portal",
        "records_phone",
        "report_number",
        "status",
        "substation_phone",
        "unit_phone",
        "vine",
    }
)
"""What a sentence may hold, in a text or on a page. Never a place, an offense or a victim's name."""


def code_of(text: object) -> str:
    """A code as it is compared: in capitals, with single spaces. `theft  vehicle` is THEFT VEHICLE."""
    return " ".join(str(text).upper().split())


@dataclass(frozen=True, slots=True)
class Event:
    """One thing that happened, as a feed told it. `(source, id)` names it once and for all."""

    source: str
    id: str
    type: EventType
    subject: str
    """The call number or the report number that it is about."""
    time: datetime
    data: Mapping[str, Any] = field(default_factory=dict)
    """Flat facts, see `rules.records`."""
    history: bool = False
    """True for an import of the past: recorded, never answered with a notice."""


@dataclass(frozen=True, slots=True)
class Happened:
    """That an event happened to a record: what rules are asked about."""

    type: EventType
    time: datetime
    occasion: str = ""
    """Tells it from another of its kind on the same record: the arrest, the status, the detective."""


@dataclass(frozen=True, slots=True)
class Party:
    """A person on a call or a case. `id` is stable within that record."""

    id: str
    role: Role
    name: str | None = None
    phone: str | None = None
    email: str | None = None
    address: tuple[str, ...] = ()
    """The lines of a postal address below the name; () if nobody said."""
    language: str | None = None
    class_of_service: str | None = None
    birth_date: date | None = None
    victim_type: str | None = None
    """NIBRS victim type: I individual, B business, F financial, G government, L officer, S society ..."""
    relationships: tuple[str, ...] | None = None
    """NIBRS codes of what the victim was to each offender; None if the feed did not say, and so is ()."""
    represents: str | None = None
    """For a representative: the id of the party who is represented."""


@dataclass(frozen=True, slots=True)
class Call:
    """A call for service, as the dispatch system (CAD) knows it now."""

    number: str
    type_code: str | None = None
    priority: str | None = None
    how_received: str | None = None
    """`911`, `non_emergency`, `officer` ... as the mapping names it."""
    in_progress: bool | None = None
    stage: EventType | None = None
    """The latest stage that was told, by the time it happened."""
    type_codes: tuple[str, ...] = ()
    """Every type the call ever had: one that was domestic violence for a minute stays suspect."""
    district: str | None = None
    officer: str | None = None
    officer_contact: str | None = None
    report_number: str | None = None
    disposition: str | None = None
    parties: tuple[Party, ...] = ()
    happened: tuple[Happened, ...] = ()
    """In the order of time."""


@dataclass(frozen=True, slots=True)
class Case:
    """A report and the case it became, as the records system (RMS) knows it now."""

    number: str
    offenses: tuple[str, ...] | None = None
    """NIBRS codes; None while nobody has said."""
    status: str | None = None
    """One of CASE_STATUSES; None where nobody said, or said what we have no sentence for."""
    assigned_to: str | None = None
    assigned_contact: str | None = None
    """How to reach who has the case: a phone, an extension, an email address."""
    officer: str | None = None
    officer_contact: str | None = None
    division: str | None = None
    unit: str | None = None
    reported_at: datetime | None = None
    call_number: str | None = None
    appearance: str | None = None
    """Of an arrest: when and where a judge first sees the person."""
    custody_phone: str | None = None
    parties: tuple[Party, ...] = ()
    happened: tuple[Happened, ...] = ()
    """In the order of time."""


Record = Call | Case
