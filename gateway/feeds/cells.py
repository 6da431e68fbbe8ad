"""What a mapping file says of one value: which cells it is made of, what becomes of them, and when.

A text with a `{column}` in it is filled in from the row; where one of its cells is empty, the value is absent. Of a
list of texts, the first that can be filled in is taken.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Annotated, Any, Literal
from zoneinfo import ZoneInfo

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Discriminator,
    Field,
    Tag,
    model_validator,
)
from typing_extensions import TypeAliasType

from rules.values import code_of

_PIECE = re.compile(r"\{\{|\}\}|\{([^{}]+)\}|[{}]")
ISO = "iso"


class Refused(ValueError):
    """A row can't become this event: `field` is where, the text is what was expected."""

    def __init__(self, field: str, reason: str) -> None:
        super().__init__(reason)
        self.field = field
        self.reason = reason


class Template:
    """A text with `{column}` in it. `{{` and `}}` are braces. Where a cell is empty, `others` are tried in turn."""

    def __init__(self, source: str, others: tuple[Template, ...] = ()) -> None:
        """Raises ValueError."""
        self.source = source
        self._others = others
        self._pieces: list[tuple[str, bool]] = []
        end = 0
        for piece in _PIECE.finditer(source):
            if piece[0] in "{}":
                raise ValueError("expected braces in pairs around a column's name: {column}")
            self._pieces.append((source[end : piece.start()], False))
            self._pieces.append((piece[1].strip(), True) if piece[1] else (piece[0][0], False))
            end = piece.end()
        self._pieces.append((source[end:], False))
        self._pieces = [piece for piece in self._pieces if piece[0]]

    @property
    def columns(self) -> frozenset[str]:
        own = frozenset(text for text, is_column in self._pieces if is_column)
        return own.union(*(other.columns for other in self._others))

    def fill(self, values: Mapping[str, str]) -> str | None:
        """None where one of its columns is empty."""
        filled = self._fill(values)
        if filled is None and self._others:
            return next((text for other in self._others if (text := other.fill(values)) is not None), None)
        return filled

    def _fill(self, values: Mapping[str, str]) -> str | None:
        if len(self._pieces) == 1 and self._pieces[0][1]:
            return values.get(self._pieces[0][0], "").strip() or None
        filled = []
        for text, is_column in self._pieces:
            if is_column:
                text = values.get(text, "").strip()
                if not text:
                    return None
            filled.append(text)
        return "".join(filled)

    def __repr__(self) -> str:
        return f"Template({self.source!r})"


def _template(told: Any) -> Any:
    first, *others = told if isinstance(told, list) and told else [told]
    if not all(isinstance(text, str) for text in (first, *others)):
        raise ValueError("expected a text such as '{column}', or a list of them: the first that is not empty")
    return Template(first, tuple(map(Template, others)))


def _scalar(value: Any) -> Any:
    if value is None or isinstance(value, str | bool | int | float):
        return value
    raise ValueError("expected a text, a number, true or false; put quotes around it")


def _codes(told: Any) -> Any:
    """The keys of a value map, as codes are compared: in capitals, with single spaces."""
    if not isinstance(told, dict) or not told:
        raise ValueError("expected a table: what stands in the file -> what it means")
    if any(isinstance(key, bool) or not isinstance(key, str | int) for key in told):
        raise ValueError("expected texts as keys; put quotes around them")
    codes = {code_of(key): value for key, value in told.items()}
    if len(codes) < len(told):
        raise ValueError("expected each value once; capitals and spaces make no difference")
    return codes


class Part(BaseModel):
    """A piece of a mapping file."""

    model_config = ConfigDict(extra="forbid", frozen=True, arbitrary_types_allowed=True)


def not_empty(told: tuple[Any, ...]) -> tuple[Any, ...]:
    """Pydantic's min_length would also complain of a list whose items are all wrong."""
    if not told:
        raise ValueError("expected at least one")
    return told


Filled = Annotated[Template, BeforeValidator(_template)]
Constant = Annotated[Any, BeforeValidator(_scalar)]


def _formats(told: tuple[str, ...]) -> tuple[str, ...]:
    """Tried on a moment: one that can't be read back would reject every row, or date them all to 1900."""
    for form in not_empty(told):
        if form == ISO:
            continue
        try:
            read = datetime.strptime(_SOME_TIME.strftime(form), form)  # noqa: DTZ007
        except ValueError:
            raise ValueError(f"expected iso, or a format such as %m/%d/%Y %H:%M (found {form!r})") from None
        if read.date() != _SOME_TIME.date():
            raise ValueError(f"expected year, month and day in a format (found {form!r})")
    return told


_SOME_TIME = datetime(2021, 11, 23, 14, 35, 7, tzinfo=UTC)
Formats = Annotated[tuple[str, ...], AfterValidator(_formats)]


class Picked(Part):
    """A value that is made of cells, and what becomes of it."""

    from_: Filled = Field(alias="from")
    split: str | None = Field(None, min_length=1)
    """Makes a list of it, at each of these."""
    values: Annotated[dict[str, Constant], BeforeValidator(_codes)] | None = None
    """What stands in the file -> what it means; null leaves the field out."""
    otherwise: Literal["reject", "keep", "omit"] = "reject"
    """Of what is not among `values`."""
    default: Constant = None
    """Instead of what is empty, or is not among `values`."""
    time: Formats | None = None
    date: Formats | None = None

    @model_validator(mode="after")
    def _fits(self) -> Picked:
        told = self.model_fields_set
        if not self.from_.columns:
            raise ValueError("expected a {column} in `from`")
        if "otherwise" in told and ("values" not in told or "default" in told):
            raise ValueError("expected `otherwise` beside `values`, and without `default`")
        if len(told & {"values", "time", "date"}) > 1:
            raise ValueError("expected one of values, time and date")
        return self


def _kind(value: Any) -> str:
    if isinstance(value, dict):
        return "<picked>" if "from" in value else "<group>"
    if isinstance(value, list):
        return "<list>"
    return "<text>" if isinstance(value, str) else "<constant>"


Node = TypeAliasType(
    "Node",
    Annotated[
        Annotated[Filled, Tag("<text>")]
        | Annotated[Constant, Tag("<constant>")]
        | Annotated[Picked, Tag("<picked>")]
        | Annotated[dict[str, "Node"], Tag("<group>")]
        | Annotated[list["Node"], Tag("<list>")],
        Discriminator(_kind),
    ],
)
"""A value of `data`: a text, a constant, a picked value, or a group or a list of those."""


def columns_of(node: Any) -> frozenset[str]:
    """Every column that it is made of."""
    if isinstance(node, Template):
        return node.columns
    if isinstance(node, Picked):
        return node.from_.columns
    inner = node.values() if isinstance(node, dict) else node if isinstance(node, list) else ()
    return frozenset().union(*map(columns_of, inner))


@dataclass(frozen=True)
class Clock:
    """How times without an offset are meant."""

    zone: ZoneInfo
    ignore_offsets: bool = False

    def read(self, text: str, formats: tuple[str, ...]) -> datetime:
        """An aware time. Raises ValueError.

        A wall clock shows some times twice and skips others when daylight saving changes. The first of two is taken,
        and a skipped one by the offset before the change (PEP 495, fold=0).
        """
        for form in formats:
            try:
                time = datetime.fromisoformat(text) if form == ISO else datetime.strptime(text, form)  # noqa: DTZ007
                if time.tzinfo is None or self.ignore_offsets:
                    time = time.replace(tzinfo=self.zone)
                time.astimezone(UTC)
                return time
            except (ValueError, OverflowError):
                continue
        raise ValueError(f"expected a time as {' or '.join(formats)}")


@dataclass(frozen=True)
class Reader:
    """Makes values of rows."""

    clock: Clock

    def read(self, node: Any, values: Mapping[str, str], field: str) -> Any:
        """None where the value is absent. A group is when it is made of cells and none of them said anything.

        Raises Refused.
        """
        if isinstance(node, Template):
            return node.fill(values)
        if isinstance(node, Picked):
            return self._pick(node, values, field)
        if isinstance(node, dict):
            return self._group(node, values, field)
        if isinstance(node, list):
            told = [self.read(inner, values, f"{field}.{place}") for place, inner in enumerate(node)]
            return [one for one in told if one is not None] or None
        return node

    def _group(self, node: dict[str, Any], values: Mapping[str, str], field: str) -> dict[str, Any] | None:
        told = {name: self.read(inner, values, f"{field}.{name}") for name, inner in node.items()}
        told = {name: value for name, value in told.items() if value is not None}
        columns = {name: columns_of(inner) for name, inner in node.items()}
        filled = any(values.get(column, "").strip() for name in told for column in columns[name])
        return told if filled or not any(columns.values()) else None

    def _pick(self, picked: Picked, values: Mapping[str, str], field: str) -> Any:
        text = picked.from_.fill(values)
        if text is None:
            return (picked.values or {}).get("", picked.default)
        if picked.split is None:
            return self._one(picked, text, field)
        parts = [part.strip() for part in text.split(picked.split)]
        told = [self._one(picked, part, field) for part in parts if part]
        return [one for one in told if one is not None] or None

    def _one(self, picked: Picked, text: str, field: str) -> Any:
        try:
            if picked.time:
                return self.clock.read(text, picked.time).isoformat()
            if picked.date:
                return self.clock.read(text, picked.date).date().isoformat()
        except ValueError as error:
            raise Refused(field, str(error)) from error
        if picked.values is None:
            return text
        code = code_of(text)
        if code in picked.values:
            return picked.values[code]
        if "default" in picked.model_fields_set:
            return picked.default
        if picked.otherwise == "reject":
            raise Refused(field, f"{text[:60]!r} is not among the mapping's values")
        return text if picked.otherwise == "keep" else None
