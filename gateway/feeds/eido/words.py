"""The words of the NENA registries, and ours for them. Compared without case, spaces, hyphens and underscores.

The registries are lists that grow, and systems write their own words into them, so that several spellings of one thing
stand here. A word that is not here is told to whoever sent it, and never guessed.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

from rules.values import EventType, Role


def word_of(text: str) -> str:
    """A registry's word as it is compared: `On-Scene` is ONSCENE."""
    return re.sub(r"[\W_]+", "", text).upper()


STATUSES: Mapping[str, EventType] = {
    word_of(word): stage
    for stage, words in {
        EventType.CALL_RECEIVED: (
            "Received, Call Received, Created, New, Open, Opened, Active, Pending, Queued, Waiting, Unassigned, "
            "Reopened"
        ),
        EventType.CALL_DISPATCHED: "Dispatched, Assigned, Enroute, Responding, In Response",
        EventType.CALL_DIVERTED: "Diverted, Preempted, Rerouted",
        EventType.CALL_DELAYED: "Delayed, Held, Holding, On Hold",
        EventType.CALL_ARRIVED: "Arrived, On Scene, At Scene",
        EventType.CALL_CLOSED: "Closed, Complete, Completed, Cleared, Resolved",
        EventType.CALL_CANCELED: "Canceled, Cancelled, Call Canceled, Call Cancelled, Voided",
    }.items()
    for word in words.split(",")
}
"""Incident Status registry (section 3.3), and what systems call the same stages."""

ROLES: Mapping[str, Role] = {
    word_of(word): role
    for role, words in {
        Role.CALLER: "Caller, Reporting Party, Reporting Person, Complainant, Informant",
        Role.VICTIM: "Victim",
        Role.WITNESS: "Witness",
        Role.OFFICER: "Officer, Police Officer, Law Enforcement Officer, Responder, First Responder",
        Role.SUSPECT: "Suspect, Offender, Perpetrator, Subject, Person of Interest, Accused",
        Role.ARRESTEE: "Arrestee, Arrested, Detainee, In Custody",
        Role.OTHER: "Other, Unknown, Bystander, Missing Person, Driver, Passenger, Occupant, Owner",
    }.items()
    for word in words.split(",")
}
"""Person Role registry (section 3.6)."""

SAYS_NOTHING = frozenset({"PATIENT", "INJURED"})
"""Roles that a caller or a victim may well have besides."""

MOST_RESTRICTIVE = (
    Role.ARRESTEE,
    Role.SUSPECT,
    Role.OFFICER,
    Role.OTHER,
    Role.WITNESS,
    Role.VICTIM,
    Role.CALLER,
)
"""Who has several roles has the first of these. `other` stands high: an unknown word may mean anything."""

HOW_RECEIVED: Mapping[str, str] = {
    "EMERGENCY": "911",
    "LEGACYWIRELESS": "911",
    "LEGACYWIRELINE": "911",
    "LEGACYVOIP": "911",
    "NONEMERGENCY": "non_emergency",
}
"""LogEvent CallTypes registry, the primary ones (NENA-STA-010)."""

HUNG_UP = frozenset({"CALLABANDONED", "ABANDONED", "CALLCANCEL", "CALLCANCELED", "CALLCANCELLED"})
"""Call States in which nobody was spoken to."""

SERVICES: Mapping[str, str] = {
    "WIRELESS": "WRLS",
    "LEGACYWIRELESS": "WRLS",
    "VOIP": "VOIP",
    "LEGACYVOIP": "VOIP",
    "COIN": "COIN",
    "MLTSHOSTED": "PBX",
    "MLTSLOCAL": "PBX",
}
"""ServiceType of EmergencyCallData.ServiceInfo (RFC 7852), or the type of the call, as a class of service."""

LANDLINES: Mapping[str, str] = {"RESIDENCE": "RESD", "BUSINESS": "BUSN"}
"""ServiceEnvironment of a plain old telephone (POTS)."""

LANGUAGES: Mapping[str, str] = {
    word_of(word): language
    for language, words in {
        "en": "en, eng, English",
        "es": "es, spa, Spanish, Español",
        "fr": "fr, fra, fre, French, Français",
        "ar": "ar, ara, Arabic",
        "sw": "sw, swa, swh, Swahili, Kiswahili",
        "fa": "fa, fas, per, prs, Farsi, Persian, Dari",
    }.items()
    for word in words.split(",")
}
