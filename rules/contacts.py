"""How far a proof of identity carries: the offender may know the report number, the name and the date of birth."""

from __future__ import annotations

from rules.offenses import offenses
from rules.values import Case, code_of

_FACE_TO_FACE = frozenset({"120", "210"})
"""Robbery and extortion: against property by NIBRS's count, against a person by anyone's."""


def concerns_a_person(case: Case) -> bool:
    """Whether somebody was hurt, threatened or robbed. What is not known counts as such."""
    if not case.offenses:
        return True
    for code in map(code_of, case.offenses):
        offense = offenses().get(code)
        if offense is None or offense.stance == "sensitive" or offense.crime_against == "person":
            return True
        if code in _FACE_TO_FACE:
            return True
    return False
