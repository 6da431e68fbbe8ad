"""The parts of an EIDO, found by the references between them. Whatever cannot be read is told, and nothing raises.

Each component has an `$id`, and a reference is `{"$ref": <an $id>}`. Earlier drafts wrote `componentIdentifier`, and
some systems write the reference as plain text, with or without `$ref:` or `#` before it: all are understood.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from pydantic import TypeAdapter, ValidationError

from gateway.feeds.schema import Moment

Component = Mapping[str, Any]
Problem = tuple[str, str]
"""A JSON pointer (RFC 6901) into the EIDO, and what was expected there."""

MOST_PROBLEMS = 100
MOST_REFERENCES = 200
_MOST_STEPS = 10
_MARKS = frozenset({"eidoVersion", "issuingElementIdentification", "incidentComponent", "callComponent"})
_MOMENT: TypeAdapter[datetime] = TypeAdapter(Moment)


def looks_like_an_eido(body: object) -> bool:
    """Told from a CloudEvent by its properties."""
    return isinstance(body, Mapping) and "specversion" not in body and not _MARKS.isdisjoint(body)


def shown(value: object) -> str:
    """Somebody else's value, fit for an answer."""
    text = ascii(value) if isinstance(value, str | int | float | bool | None) else type(value).__name__
    return text if len(text) <= 60 else text[:57] + "..."


@dataclass
class Problems:
    """What was not understood, in the order in which it was met, each once."""

    _told: dict[Problem, None] = field(default_factory=dict)

    def add(self, pointer: str, reason: str) -> None:
        if len(self._told) < MOST_PROBLEMS:
            self._told.setdefault((pointer, reason))

    def all(self) -> tuple[Problem, ...]:
        return tuple(self._told)


@dataclass(frozen=True)
class Found:
    """A component, and where it stands."""

    pointer: str
    component: Component

    @property
    def id(self) -> str | None:
        return _id_of(self.component)

    def get(self, name: str) -> Any:
        return self.component.get(name)

    def at(self, name: str) -> str:
        return f"{self.pointer}/{name}"


class Components:
    """One EIDO, opened."""

    def __init__(self, eido: Component, problems: Problems) -> None:
        self._eido = eido
        self._problems = problems
        self._lists: dict[str, list[Found]] = {}
        self._by_id: dict[str, dict[str, list[Found]]] = {}
        self._referred: dict[tuple[str, str, str], list[Found]] = {}

    def all(self, kind: str) -> list[Found]:
        """Every component of a kind (`personComponent` ...), in order. One that stands alone is a list of one."""
        if kind not in self._lists:
            self._lists[kind] = list(self._read(kind))
        return self._lists[kind]

    def _read(self, kind: str) -> Iterator[Found]:
        told = self._eido.get(kind)
        if told is None:
            return
        if isinstance(told, Mapping):
            yield Found(f"/{kind}", told)
            return
        if not isinstance(told, list):
            self._problems.add(f"/{kind}", f"expected a list of objects, not {shown(told)}")
            return
        for place, one in enumerate(told):
            if isinstance(one, Mapping):
                yield Found(f"/{kind}/{place}", one)
            else:
                self._problems.add(f"/{kind}/{place}", f"expected an object, not {shown(one)}")

    def referred(self, kind: str, source: Found, name: str) -> list[Found]:
        """The components of `kind` that `source` refers to under `name`: one reference, or a list of them."""
        key = (kind, source.pointer, name)
        if key not in self._referred:
            self._referred[key] = list(self._targets(kind, source, name).values())
        return self._referred[key]

    def _targets(self, kind: str, source: Found, name: str) -> dict[str, Found]:
        told = source.get(name)
        several = told if isinstance(told, list) else [] if told is None else [told]
        found: dict[str, Found] = {}
        if len(several) > MOST_REFERENCES:
            self._problems.add(
                source.at(name), f"expected at most {MOST_REFERENCES} references; none is followed"
            )
            return found
        for place, one in enumerate(several):
            pointer = f"{source.at(name)}/{place}" if isinstance(told, list) else source.at(name)
            target = self._follow(kind, one, pointer)
            if target is not None:
                found.setdefault(target.pointer, target)
        return found

    def _follow(self, kind: str, reference: object, pointer: str) -> Found | None:
        """To the component itself, also where one stands for another. A circle and a loose end are told."""
        passed: set[str] = set()
        while True:
            name = _reference(reference)
            if name is None:
                self._problems.add(pointer, 'expected a reference such as {"$ref": "the $id of a component"}')
                return None
            if name in passed or len(passed) == _MOST_STEPS:
                self._problems.add(pointer, f"goes in a circle at {shown(name)}")
                return None
            passed.add(name)
            targets = self._of_id(kind).get(name, [])
            if len(targets) != 1:
                several = "several" if targets else "no"
                self._problems.add(pointer, f"{several} {kind} with the $id {shown(name)}; expected one")
                return None
            target = targets[0]
            if "$ref" not in target.component:
                return target
            reference = target.component

    def _of_id(self, kind: str) -> dict[str, list[Found]]:
        if kind not in self._by_id:
            by_id: dict[str, list[Found]] = {}
            for found in self.all(kind):
                if found.id is not None:
                    by_id.setdefault(found.id, []).append(found)
            self._by_id[kind] = by_id
        return self._by_id[kind]

    def time(self, found: Found, name: str = "lastUpdateTimeStamp") -> datetime | None:
        """In UTC. None, and told, where it has no offset or is no time."""
        told = found.get(name)
        if told is None:
            return None
        try:
            if not isinstance(told, str) or len(told) > 40:
                raise ValueError
            return _MOMENT.validate_python(datetime.fromisoformat(told.strip())).astimezone(UTC)
        except (ValidationError, ValueError, OverflowError):
            self._problems.add(
                found.at(name), f"expected a time with its offset, not {shown(told)}; it is left out"
            )
            return None


def texts(value: object) -> Sequence[str]:
    """A text, or a list of them; what is neither is left out."""
    several = value if isinstance(value, list) else [value]
    return [one for one in several if isinstance(one, str) and one.strip()]


def _id_of(component: Component) -> str | None:
    for name in ("$id", "componentIdentifier"):
        told = component.get(name)
        if isinstance(told, str) and told.strip():
            return told
    return None


def _reference(told: object) -> str | None:
    named = told.get("$ref") if isinstance(told, Mapping) else told
    if not isinstance(named, str):
        return None
    return named.removeprefix("$ref:").removeprefix("#") or None
