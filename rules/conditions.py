"""Conditions in a policy: Google's Common Expression Language, compiled once, and closed when in doubt."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import cel

NAMES = frozenset({"call", "case", "party", "event"})


class BadCondition(ValueError):
    """The expression can't be compiled, or speaks of something that is not there."""


class Condition:
    """A compiled expression over `call`, `case`, `party` and `event`."""

    def __init__(self, source: str) -> None:
        """Raises BadCondition."""
        self.source = source
        try:
            self._program = cel.compile(source)
        except ValueError as error:
            first_line = str(error).splitlines()[0]
            raise BadCondition(f"not a CEL expression: {first_line}") from error
        if strangers := sorted(set(self._program.variables()) - NAMES):
            raise BadCondition(f"{strangers[0]} is unknown; expected {', '.join(sorted(NAMES))}")

    def holds(self, values: Mapping[str, Any]) -> bool:
        """True only where the expression says so: a missing fact or an error in it counts as no."""
        try:
            return self._program.execute(dict(values)) is True
        except (KeyError, ValueError, TypeError, RuntimeError, IndexError):
            return False

    def __repr__(self) -> str:
        return f"Condition({self.source!r})"
