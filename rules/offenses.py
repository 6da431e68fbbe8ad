"""The FBI's offense and relationship codes, and what we say and do not say about each."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from pathlib import Path
from types import MappingProxyType
from typing import Any

from ruamel.yaml import YAML

HERE = Path(__file__).parent


@dataclass(frozen=True, slots=True)
class Offense:
    """One NIBRS offense code (FBI NIBRS user manual)."""

    code: str
    name: str
    crime_against: str
    """`property`, `person` or `society`."""
    stance: str
    """`texted`: a policy may allow it; `sensitive`: never automated; `not_texted`: nobody to tell."""
    explanation: str | None = None
    """Message id of what the code means, in everyday words."""
    next_steps: tuple[str, ...] = ()
    """Message ids of what happens next, in the order in which to show them."""


@cache
def offenses() -> MappingProxyType[str, Offense]:
    """Every NIBRS offense, by its code."""
    return MappingProxyType(
        {
            code: Offense(
                code=code,
                name=entry["name"],
                crime_against=entry["crime_against"],
                stance=entry["stance"],
                explanation=entry.get("explanation"),
                next_steps=tuple(entry.get("next_steps", ())),
            )
            for code, entry in _read("offenses.yaml").items()
        }
    )


@cache
def relationships() -> MappingProxyType[str, bool]:
    """Every NIBRS code of what a victim was to an offender, and whether it is domestic."""
    table = _read("relationships.yaml")
    return MappingProxyType({code: bool(entry["domestic"]) for code, entry in table.items()})


@cache
def domestic_relationships() -> frozenset[str]:
    """The NIBRS victim-to-offender codes of family, household and partners, now or once."""
    return frozenset(code for code, domestic in relationships().items() if domestic)


def _read(name: str) -> dict[str, Any]:
    content = YAML(typ="safe").load(HERE / name)
    return {str(key): value for key, value in content.items()}
