"""Conditions in a policy: Google's Common Expression Language, compiled once, and closed when in doubt."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

import cel

from rules.values import CASE_STATUSES, TEXTED_ROLES, EventType
from rules.yamlfile import meant

SAMPLE: Mapping[str, Mapping[str, Any]] = {
    "event": {"type": "call.received"},
    "party": {
        "role": "victim",
        "language": "en",
        "class_of_service": "WPH2",
        "victim_type": "I",
        "wireless": True,
    },
    "call": {
        "type": "THEFT",
        "priority": "3",
        "how_received": "911",
        "district": "west",
        "disposition": "report",
        "report_number": "26-000001",
    },
    "case": {
        "offenses": ["23H"],
        "status": "open",
        "division": "west",
        "unit": "property",
        "assigned_to": "Det. Example",
    },
}
"""Every fact that a condition may ask about, each with an example (see `facts.condition_values`)."""

_VALUES: Mapping[tuple[str, str], frozenset[str]] = {
    ("case", "status"): CASE_STATUSES,
    ("party", "role"): frozenset(role.value for role in TEXTED_ROLES),
    ("event", "type"): frozenset(EventType),
}
"""What such a fact can be: compared with anything else, the answer is always the same, and nobody would know."""

_QUOTED = re.compile(r"\"(?:[^\"\\]|\\.)*\"|'(?:[^'\\]|\\.)*'")
_FACT = re.compile(r"(?<![\w.])(\w+)\.(\w+)\b(?!\s*\()")
_COMPARED = re.compile(r"(?<![\w.])(\w+)\.(\w+)\s*(?:==|!=|in)\s*(\[[^\]]*\]|'[^']*'|\"[^\"]*\")")
_LOOP_NAME = re.compile(r"\.(?:all|exists|exists_one|map|filter)\(\s*(\w+)\s*,")


class BadCondition(ValueError):
    """The expression can't be compiled, speaks of something that is not there, or is neither true nor false."""


class Condition:
    """A compiled expression over `call`, `case`, `party` and `event`."""

    def __init__(self, source: str) -> None:
        """Raises BadCondition."""
        self.source = source
        try:
            self._program = cel.compile(source)
        except ValueError as error:
            first_line = str(error).splitlines()[0]
            raise BadCondition(f"expected a CEL expression: {first_line}") from error
        # A misspelt fact would close the gate for ever, and nobody would know.
        self._check_names(_QUOTED.sub("''", source))
        self._check_values(source)
        self._check_result()

    @property
    def names(self) -> frozenset[str]:
        """Which of `call`, `case`, `party` and `event` it speaks of."""
        return frozenset(self._program.variables()) & frozenset(SAMPLE)

    def _check_names(self, unquoted: str) -> None:
        own = set(_LOOP_NAME.findall(unquoted))
        if strangers := sorted(set(self._program.variables()) - set(SAMPLE) - own):
            raise BadCondition(f"{strangers[0]} is unknown; expected {', '.join(sorted(SAMPLE))}")
        for name, fact in _FACT.findall(unquoted):
            if name in SAMPLE and fact not in SAMPLE[name]:
                known = ", ".join(f"{name}.{f}" for f in sorted(SAMPLE[name]))
                near = meant(f"{name}.{fact}", (f"{name}.{f}" for f in SAMPLE[name]))
                raise BadCondition(f"{name}.{fact} is unknown; expected {known}{near}")

    def _check_values(self, source: str) -> None:
        for name, fact, compared in _COMPARED.findall(source):
            can_be = _VALUES.get((name, fact))
            for quoted in _QUOTED.findall(compared) if can_be else ():
                if can_be and (value := quoted[1:-1]) and value not in can_be:
                    known = ", ".join(sorted(can_be))
                    raise BadCondition(
                        f"{name}.{fact} is never {value!r}; expected {known}{meant(value, can_be)}"
                    )

    def _check_result(self) -> None:
        try:
            result = self._program.execute({name: dict(facts) for name, facts in SAMPLE.items()})
        except TypeError as error:
            raise BadCondition(f"compares what can't be compared: {_first_sentence(error)}") from error
        except RuntimeError as error:
            if "Undefined variable or function" in str(error):
                raise BadCondition(f"uses what CEL does not have: {_first_sentence(error)}") from error
            return
        except Exception:  # the example may not fit the expression: it is asked again with every real record
            return
        if not isinstance(result, bool):
            raise BadCondition("expected an expression that is true or false")

    def holds(self, values: Mapping[str, Any]) -> bool:
        """True only where the expression says so: a missing fact or an error in it counts as no."""
        try:
            return self._program.execute(dict(values)) is True
        except Exception:  # the library raises a dozen kinds, from KeyError to ZeroDivisionError
            return False

    def __repr__(self) -> str:
        return f"Condition({self.source!r})"


def _first_sentence(error: Exception) -> str:
    return str(error).split(".")[0]
