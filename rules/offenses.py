"""The FBI's offense and relationship codes, and what we say and do not say about each."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from types import MappingProxyType
from typing import Any

from ruamel.yaml import YAML

from rules.content import Content, content_of

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
    content: Content | None = None
    """What to say of it; None unless it is `texted`."""

    @property
    def explanation(self) -> str | None:
        return self.content.explanation if self.content else None

    @property
    def next_steps(self) -> tuple[str, ...]:
        return self.content.next_steps if self.content else ()

    @property
    def prevention(self) -> tuple[str, ...]:
        return self.content.prevention if self.content else ()

    @property
    def resources(self) -> tuple[str, ...]:
        return self.content.resources if self.content else ()


@cache
def offenses() -> MappingProxyType[str, Offense]:
    """Every NIBRS offense, by its code. Raises ValueError where there is nothing to say of a texted one."""
    table = _read("offenses.yaml")
    return MappingProxyType({code: _offense(code, entry) for code, entry in table.items()})


def _offense(code: str, entry: Mapping[str, Any]) -> Offense:
    texted = entry["stance"] == "texted"
    return Offense(
        code=code,
        name=entry["name"],
        crime_against=entry["crime_against"],
        stance=entry["stance"],
        content=content_of(entry, f"rules/offenses.yaml: {code}") if texted else None,
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
