"""How an agency's export is read: a YAML file that says which columns become which events.

A mistake in it is told with file, line, field and what was expected, before the first row is read. What it maps to is
checked against the events' own schema, so that a misspelt field is found here and not once a row.
"""

from __future__ import annotations

from collections.abc import Iterable
from difflib import get_close_matches
from pathlib import Path
from typing import Annotated, Any
from zoneinfo import ZoneInfo, available_timezones

from pydantic import AfterValidator, BeforeValidator, Field, ValidationError, model_validator

from gateway.feeds import schema
from gateway.feeds.cells import (
    ISO,
    Clock,
    Filled,
    Formats,
    Node,
    Part,
    Picked,
    Template,
    columns_of,
    not_empty,
)
from gateway.feeds.conditions import Condition
from gateway.feeds.encoding import Encoding
from gateway.feeds.rows import Shape
from rules.values import EventType
from rules.yamlfile import BadFile, Where, expected, field_of
from rules.yamlfile import parse as parse_yaml
from rules.yamlfile import read as read_text

MAPPINGS = Path(__file__).parent / "mappings"


class BadMapping(BadFile):
    """A mapping file can't be used."""


def _zone(name: str) -> str:
    if name not in available_timezones():
        raise ValueError("expected an IANA time zone such as America/Phoenix")
    return name


class TimeOf(Part):
    """When the event happened."""

    from_: Filled = Field(alias="from")
    formats: Formats | None = None


def _time_of(told: Any) -> Any:
    return {"from": told} if isinstance(told, str | list) else told


class EventMapping(Part):
    """One event that a row may tell of."""

    type: EventType
    id: Filled
    subject: Filled | None = None
    time: Annotated[TimeOf, BeforeValidator(_time_of)]
    when: dict[str, Condition] = Field(default_factory=dict)
    """Column -> what it must be. All must hold, or the row says nothing of this event."""
    data: dict[str, Node] = Field(default_factory=dict)

    @property
    def columns(self) -> frozenset[str]:
        texts = [self.id, self.time.from_, *([self.subject] if self.subject else [])]
        looked_at = frozenset(self.when).union(*(wanted.columns for wanted in self.when.values()))
        return looked_at.union(*(text.columns for text in texts), columns_of(self.data))


class Mapping(Part):
    """The whole file."""

    source: Annotated[str, Field(min_length=1, max_length=200)]
    """Names the feed: `(source, id)` names an event once and for all, however often the file is read."""
    zone: Annotated[str, AfterValidator(_zone)]
    """Of times that are told without an offset."""
    ignore_offsets: bool = False
    """For exports that call local times +00."""
    formats: Formats = (ISO,)
    """Of times, tried in this order: `iso`, or as strptime takes them."""
    encoding: Encoding = "auto"
    delimiter: Annotated[str, Field(min_length=1, max_length=1)] | None = None
    quote: Annotated[str, Field(max_length=1)] = '"'
    """Empty where the file quotes nothing."""
    escape: Annotated[str, Field(min_length=1, max_length=1)] | None = None
    skip_lines: Annotated[int, Field(ge=0, le=10_000)] | None = None
    optional_columns: frozenset[str] = frozenset()
    """Columns that a file may lack; they count as empty then."""
    data: dict[str, Node] = Field(default_factory=dict)
    """What every event carries."""
    events: Annotated[tuple[EventMapping, ...], AfterValidator(not_empty)]

    @model_validator(mode="after")
    def _marks_differ(self) -> Mapping:
        marks = [mark for mark in (self.delimiter, self.quote, self.escape) if mark]
        if len(set(marks)) < len(marks) or {"\n", "\r"} & set(marks):
            raise ValueError("expected a delimiter, a quote and an escape that differ")
        return self

    @property
    def shape(self) -> Shape:
        return Shape(self.encoding, self.delimiter, self.quote or None, self.escape, self.skip_lines)

    @property
    def clock(self) -> Clock:
        return Clock(ZoneInfo(self.zone), self.ignore_offsets)

    @property
    def wanted_columns(self) -> frozenset[str]:
        """Those without which a file is no use."""
        used = columns_of(self.data).union(*(event.columns for event in self.events))
        return used - self.optional_columns

    def data_of(self, event: EventMapping) -> dict[str, Any]:
        return {**self.data, **event.data}


def find(named: str, folders: Iterable[Path] = ()) -> Path:
    """The file of a mapping: a path, or a name in one of these folders or among those that are shipped.

    Raises BadMapping, with the nearest name.
    """
    path = Path(named)
    if (path.suffix or path.parent != Path()) and path.is_file():
        return path
    there = {file.stem: file for folder in (MAPPINGS, *folders) for file in sorted(folder.glob("*.yaml"))}
    if found := there.get(named.removesuffix(".yaml")):
        return found
    meant = get_close_matches(path.stem.lower(), there, 1, 0.6)
    hint = f"did you mean {meant[0]}? " if meant else ""
    raise BadMapping(
        f"{named}: there is no such mapping; {hint}Expected a file, or one of {', '.join(sorted(there))}"
    )


def load(path: Path) -> Mapping:
    """Read and check a mapping file. Raises BadMapping with every mistake found, each with its line."""
    return parse(read_text(path, BadMapping), str(path))


def parse(source: str, name: str) -> Mapping:
    """Like `load`, for a text that was read elsewhere; `name` stands in the error messages."""
    file = parse_yaml(source, name, BadMapping, "source, zone and events")
    try:
        mapping = Mapping.model_validate(file.plain)
    except ValidationError as error:
        mistakes = [(_place(e["loc"]), expected(e, _KIND)) for e in error.errors(include_url=False)]
    else:
        mistakes = _inconsistencies(mapping)
    if mistakes:
        mistakes.sort(key=lambda mistake: (file.line_of(mistake[0]), field_of(mistake[0]), mistake[1]))
        raise BadMapping(file.told(mistakes))
    return mapping


_KIND = "a mapping; see the mappings that are shipped"


def _inconsistencies(mapping: Mapping) -> list[tuple[Where, str]]:
    """What is right line by line and yet wrong together."""
    found: list[tuple[Where, str]] = []
    ids: set[str] = set()
    for index, event in enumerate(mapping.events):
        at: Where = ("events", index)
        if not event.id.columns:
            found.append(((*at, "id"), "expected a {column}, so that each row has its own"))
        if event.id.source in ids:
            found.append(((*at, "id"), f"{event.id.source!r} is there twice; add the kind of event to it"))
        ids.add(event.id.source)
        if not event.time.from_.columns:
            found.append(((*at, "time"), "expected a {column}"))
        if event.subject is None and event.type is not EventType.FEED_HEARTBEAT:
            found.append(((*at, "subject"), "is missing; expected the column of the call or report number"))
        found += _unlike_the_schema(mapping, event, at)
    for column in sorted(
        mapping.optional_columns - columns_of(mapping.data).union(*(e.columns for e in mapping.events))
    ):
        found.append((("optional_columns",), f"{column!r} is not used; expected columns of this mapping"))
    return found


def _unlike_the_schema(mapping: Mapping, event: EventMapping, at: Where) -> list[tuple[Where, str]]:
    """Fields that this event doesn't have or must have, and constants that it doesn't take."""
    data = mapping.data_of(event)
    try:
        schema.DATA[event.type].model_validate(_example(data))
    except ValidationError as error:
        return [
            (_told_at(mapping, event, at, e["loc"]), _schema_says(event, e))
            for e in error.errors(include_url=False)
            if e["type"] in ("extra_forbidden", "missing") or not columns_of(_node_at(data, e["loc"]))
        ]
    return []


def _example(node: Any) -> Any:
    """What a row could make of it; the words are no matter."""
    if isinstance(node, Template):
        return "x" if node.columns else node.fill({})
    if isinstance(node, Picked):
        return ["x"] if node.split else "x"
    if isinstance(node, dict):
        return {name: _example(inner) for name, inner in node.items()}
    return [_example(inner) for inner in node] if isinstance(node, list) else node


def _node_at(node: Any, steps: Where) -> Any:
    for step in steps:
        inside = (
            step in node if isinstance(node, dict) else isinstance(node, list) and step in range(len(node))
        )
        if not inside:
            break
        node = node[step]
    return node


def _told_at(mapping: Mapping, event: EventMapping, at: Where, steps: Where) -> Where:
    shared = bool(steps) and steps[0] in mapping.data and steps[0] not in event.data
    return ("data", *steps) if shared else (*at, "data", *steps)


def _schema_says(event: EventMapping, error: Any) -> str:
    if error["type"] == "extra_forbidden":
        known = ", ".join(schema.DATA[event.type].model_fields)
        return (
            f"is no field of {event.type}; expected one of {known}"
            if len(error["loc"]) == 1
            else "is no field here"
        )
    if error["type"] == "missing":
        return f"is missing; {event.type} needs it"
    return str(error["msg"].removeprefix("Value error, "))


def _place(steps: Where) -> Where:
    """Without what only our own types add to the path."""
    return tuple(step for step in steps if not (isinstance(step, str) and step.startswith("<")))
