"""The long form of a notice: which of the eight facts, which explanation and which steps a page shows. Pure.

The eight are report number, crime code, officer, date and time, explanation, next steps, the station's phone and the
investigators' phone. One that is not known leaves its line out.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import TypeVar

from locales import Fact, Phone
from rules.offenses import Offense, offenses
from rules.policy import Agency, Division
from rules.suppression import Subject, why_not
from rules.values import Case, code_of

Named = TypeVar("Named")

EMERGENCY = "next.emergency"
"""Shown as the page's own emergency line, and not among the steps."""


@dataclass(frozen=True, slots=True)
class Line:
    """A fact beside its label, which is a message id."""

    label: str
    fact: Fact


@dataclass(frozen=True, slots=True)
class LongForm:
    """What the page shows. `by_phone` is true where details are kept for a conversation with a person."""

    facts: tuple[Line, ...]
    phones: tuple[Line, ...]
    explanations: tuple[str, ...] = ()
    steps: tuple[str, ...] = ()
    step_facts: Mapping[str, Fact] = field(default_factory=dict)
    danger: bool = False
    """The offense is one where somebody may still be in danger: the emergency line comes first."""
    by_phone: bool = False


def long_form(subject: Subject | None, agency: Agency, case: Case) -> LongForm:
    """`subject` is who reads it, None if they no longer stand on the case.

    Whom we would not text now sees no more than the report number and whom to call.
    """
    division = _named(agency.divisions, case.division)
    unit_phone = _named(division.unit_phones, case.unit) if division else None
    phones = _phones(agency, division, unit_phone)
    number = Line("page.report_number", case.number)
    if subject is None or why_not(subject) is not None:
        return LongForm((number,), phones, by_phone=True)
    known = [found for code in case.offenses or () if (found := offenses().get(code_of(code)))]
    lists = ("next_steps", "prevention", "resources")
    steps = _once(step for part in lists for offense in known for step in getattr(offense, part))
    told: tuple[tuple[str, Fact | None], ...] = (
        ("page.crime_code", ", ".join(case.offenses or ()) or None),
        ("page.officer", case.officer),
        ("page.reported_at", case.reported_at),
    )
    return LongForm(
        facts=(number, *(Line(label, fact) for label, fact in told if fact is not None)),
        phones=phones,
        explanations=_once(offense.explanation for offense in known if offense.explanation),
        steps=tuple(step for step in steps if step != EMERGENCY),
        step_facts=_step_facts(agency, unit_phone),
        danger=any(_in_danger(offense) for offense in known),
    )


def _in_danger(offense: Offense) -> bool:
    return offense.next_steps[:1] == (EMERGENCY,)


def _phones(agency: Agency, division: Division | None, unit_phone: str | None) -> tuple[Line, ...]:
    """Never none at all: who has no station yet calls the agency."""
    station = (
        Line("page.substation_phone", Phone(division.substation_phone))
        if division
        else Line("page.agency_phone", Phone(agency.phone))
    )
    return (station, Line("page.unit_phone", Phone(unit_phone))) if unit_phone else (station,)


def _step_facts(agency: Agency, unit_phone: str | None) -> dict[str, Fact]:
    known: dict[str, Fact | None] = {
        "phone": Phone(agency.phone),
        "unit_phone": Phone(unit_phone) if unit_phone else None,
        "records_phone": Phone(agency.records_phone),
        "advocate_phone": Phone(agency.advocate_phone) if agency.advocate_phone else None,
        "vine": agency.vine,
    }
    return {name: fact for name, fact in known.items() if fact is not None}


def _named(table: Mapping[str, Named], name: str | None) -> Named | None:
    """By name in any case of letters: feeds shout."""
    return next((value for key, value in table.items() if name and key.casefold() == name.casefold()), None)


def _once(ids: Iterable[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(ids))
