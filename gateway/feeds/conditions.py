"""When a row tells of an event: what its cells must be."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated, Any

from pydantic import BeforeValidator

from gateway.feeds.cells import Template
from rules.values import code_of


@dataclass(frozen=True)
class Requirement:
    """What a cell must be for the event to have happened."""

    empty: bool | None = None
    wanted: bool = True
    """Whether it must be among `codes` or `cells`, or must not."""
    codes: frozenset[str] = frozenset()
    cells: tuple[Template, ...] = ()
    """What other columns hold."""

    @property
    def columns(self) -> frozenset[str]:
        """Those that it looks at beside its own."""
        return frozenset[str]().union(*(cell.columns for cell in self.cells))

    def passes(self, cell: str, values: Mapping[str, str]) -> bool:
        if self.empty is not None:
            return (not cell) is self.empty
        code = code_of(cell)
        found = code in self.codes or any(code_of(other.fill(values) or "") == code for other in self.cells)
        return found is self.wanted


def _requirement(told: Any) -> Any:
    match told:
        case "empty" | "not empty":
            return Requirement(empty=told == "empty")
        case [*values] if values:
            return _among(values, wanted=True)
        case {"not": [*values]} if values and len(told) == 1:
            return _among(values, wanted=False)
    raise ValueError("expected `empty`, `not empty`, a [list] of values, or {not: [values]}")


def _among(values: list[Any], wanted: bool) -> Requirement:
    if any(isinstance(value, bool) or not isinstance(value, str | int) for value in values):
        raise ValueError("expected texts; put quotes around them")
    told = [Template(str(value)) for value in values]
    codes = frozenset(code_of(one.fill({}) or "") for one in told if not one.columns)
    return Requirement(None, wanted, codes, tuple(one for one in told if one.columns))


Condition = Annotated[Requirement, BeforeValidator(_requirement)]
