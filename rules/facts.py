"""What is known of a record, as sentences hold it and as conditions ask about it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeVar

from locales import Fact, Link, Phone, Say
from rules.policy_keys import Division, Policy
from rules.suppression import WIRELESS
from rules.values import Call, Case, Happened, Party, Record, code_of

Named = TypeVar("Named")


def facts_of(policy: Policy, record: Record) -> dict[str, Fact]:
    """What a sentence about this record may hold. Never a place, an offense or a victim's name."""
    agency = policy.agency
    facts: dict[str, Fact | None] = {
        "agency": agency.name,
        "phone": Phone(agency.phone),
        "records_phone": Phone(agency.records_phone),
        "advocate_phone": Phone(agency.advocate_phone) if agency.advocate_phone else None,
        "vine": agency.vine,
        "portal": Link(agency.portal) if agency.portal else None,
        "officer": record.officer,
        "officer_contact": _contact(record.officer_contact),
    }
    if isinstance(record, Call):
        facts |= {"call_number": record.number, "report_number": record.report_number}
    else:
        facts |= {
            **case_facts(record),
            **_phones_of(_named(agency.divisions, record.division), record.unit),
            "detective_contact": _contact(record.assigned_contact),
            "appearance": record.appearance,
            "custody_phone": _contact(record.custody_phone),
        }
    return {name: value for name, value in facts.items() if value is not None}


def case_facts(case: Case) -> dict[str, Fact | None]:
    """Where a case stands: its number, its status and what comes next in words, and who has it.

    A records system may leave a case open that somebody has: then "nobody has been assigned" would be wrong.
    """
    status = "assigned" if case.status == "open" and case.assigned_to else case.status
    return {
        "report_number": case.number,
        "assigned_to": case.assigned_to,
        "status": Say(f"case_status.{status}") if status else None,
        "next": Say(f"case_next.{status}") if status else None,
    }


def _phones_of(division: Division | None, unit: str | None) -> dict[str, Fact | None]:
    """The station of the case's division, and its investigators."""
    if division is None:
        return {}
    unit_phone = _named(division.unit_phones, unit)
    return {
        "substation_phone": Phone(division.substation_phone),
        "unit_phone": Phone(unit_phone) if unit_phone else None,
    }


def _named(table: Mapping[str, Named], name: str | None) -> Named | None:
    """By name in any case of letters: feeds shout."""
    return next((value for key, value in table.items() if name and key.casefold() == name.casefold()), None)


def _contact(told: str | None) -> Fact | None:
    """A number that phones can dial, or the words as they stand: an extension, a counter."""
    if told is None or not told.startswith("+"):
        return told
    try:
        return Phone(told)
    except ValueError:
        return told


def condition_values(what: Happened, record: Record, party: Party) -> dict[str, Any]:
    """The names a condition may use. Facts that are not known are absent, so that speaking of one closes the gate."""
    values: dict[str, Any] = {
        "event": {"type": what.type.value},
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
