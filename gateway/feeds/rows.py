"""A CSV file as rows, each with the line on which it begins, whatever its encoding, delimiter and preamble.

A row that can't be read never takes the file with it: it is given up with its first line, and reading goes on at the
next. The file is read as a stream; nothing of it is kept but the row at hand.
"""

from __future__ import annotations

import csv
from collections import deque
from collections.abc import Collection, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from difflib import get_close_matches
from pathlib import Path
from typing import Any, TextIO

from gateway.feeds.encoding import UNREADABLE, Encoding, encoding_of, has_unreadable, not_text

DELIMITERS = (",", ";", "\t", "|")
"""Those that are tried where none is declared: the right one is that by which the header has the columns."""

_SEARCHED_LINES = 50
_LONGEST_ROW = 200
"""Lines. A quote that is not closed within these was never meant to be one."""
_LONGEST_LINE = 1_000_000


class CannotRead(ValueError):
    """The file as a whole is no use. The text names it, and says what was expected."""


@dataclass(frozen=True, slots=True)
class Shape:
    """What is declared of a file; the rest is found out."""

    encoding: Encoding = "auto"
    delimiter: str | None = None
    quote: str | None = '"'
    escape: str | None = None
    skip_lines: int | None = None
    """Lines before the header. None: it is the first line that has all the columns."""


@dataclass(frozen=True, slots=True)
class Row:
    """One record. `text` is what stands in the file, from `line` on."""

    line: int
    text: str
    values: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class BadRow:
    """One that can't be read, and what was expected of it."""

    line: int
    text: str
    reason: str


@dataclass
class Table:
    """An open file, with its header read."""

    path: Path
    encoding: str
    delimiter: str
    header: tuple[str, ...]
    preamble: str
    """Everything up to and with the header, as it stands in the file."""
    _shape: Shape
    _file: TextIO
    _lines: _Lines

    def position(self) -> int:
        """How many bytes have been read, of `size`; a little ahead of the rows."""
        return int(self._file.buffer.tell())

    def size(self) -> int:
        return self.path.stat().st_size

    def __iter__(self) -> Iterator[Row | BadRow]:
        lines = self._lines
        reader = self._reader()
        while True:
            lines.begin()
            try:
                fields = next(reader, None)
            except csv.Error as error:
                lines.give_back()
                reader = self._reader()
                yield BadRow(lines.number, lines.text(), _why(error))
                continue
            if fields is None:
                return
            if row := self._row(fields):
                yield row

    def _row(self, fields: list[str]) -> Row | BadRow | None:
        """None for a row with nothing in it."""
        lines = self._lines
        if not any(map(str.strip, fields)):
            return None
        width = len(self.header)
        if len(fields) < width or any(fields[width:]):
            lines.give_back()
            reason = f"expected {width} fields, as the header has, found {len(fields)}"
            return BadRow(lines.number, lines.text(), reason)
        text = lines.text()
        if "\0" in text:
            return BadRow(lines.number, text, "expected text, found a NUL byte")
        if has_unreadable(text):
            return BadRow(lines.number, text, f"expected {self.encoding} text, found a byte that is not")
        return Row(lines.number, text, dict(zip(self.header, fields, strict=False)))

    def _reader(self) -> Any:
        return csv.reader(self._lines, **_options(self._shape, self.delimiter), strict=True)


@contextmanager
def open_table(path: Path, shape: Shape, wanted: Collection[str]) -> Iterator[Table]:
    """Open a file that has the `wanted` columns. Raises CannotRead."""
    try:
        if what := not_text(path):
            raise CannotRead(f"{path}: expected a CSV file; found {what}")
        encoding = encoding_of(path, shape.encoding)
        file = path.open(encoding=encoding, errors=UNREADABLE, newline="")
    except OSError as error:
        raise CannotRead(f"{path}: can't be read: {error.strerror}") from error
    with file:
        lines = _Lines(path, file)
        header = _find_header(path, lines, shape, wanted)
        preamble = "".join(header.lines)
        yield Table(path, encoding, header.delimiter, header.columns, preamble, shape, file, lines)


@dataclass
class _Lines:
    """The lines of a file, with a way back to the second line of the row at hand."""

    path: Path
    file: TextIO
    number: int = 1
    """Of the line on which the row at hand begins."""
    _row: list[str] = field(default_factory=list)
    _again: deque[str] = field(default_factory=deque)

    def __iter__(self) -> _Lines:
        return self

    def __next__(self) -> str:
        if len(self._row) >= _LONGEST_ROW:
            raise StopIteration
        line = self._again.popleft() if self._again else self.file.readline(_LONGEST_LINE)
        if not line:
            raise StopIteration
        if len(line) == _LONGEST_LINE and line[-1] not in "\r\n":
            at = self.number + len(self._row)
            raise CannotRead(f"{self.path}:{at}: expected lines below {_LONGEST_LINE:,} characters")
        self._row.append(line)
        return line

    def begin(self) -> None:
        """The next row begins."""
        self.number += len(self._row)
        self._row.clear()

    def give_back(self) -> None:
        """The row at hand is its first line only."""
        self._again.extendleft(reversed(self._row[1:]))
        del self._row[1:]

    def text(self) -> str:
        return self._row[0] if len(self._row) == 1 else "".join(self._row)


@dataclass(frozen=True, slots=True)
class _Header:
    columns: tuple[str, ...]
    delimiter: str
    lines: tuple[str, ...]
    missing: tuple[str, ...]

    @property
    def line(self) -> int:
        return len(self.lines)


def _find_header(path: Path, lines: _Lines, shape: Shape, wanted: Collection[str]) -> _Header:
    """The first line that has all the columns; where none has, the error names the one that has most."""
    best: _Header | None = None
    seen: list[str] = []
    last = _SEARCHED_LINES if shape.skip_lines is None else shape.skip_lines + 1
    for line in lines:
        seen.append(line)
        lines.begin()
        if shape.skip_lines is not None and len(seen) <= shape.skip_lines:
            continue
        found = _as_header(seen, shape, wanted)
        if best is None or _likeness(found) > _likeness(best):
            best = found
        if not found.missing or len(seen) == last:
            break
    if best is None:
        raise CannotRead(f"{path}: expected a header with {', '.join(sorted(wanted))}; found no line for it")
    if best.missing:
        columns = "column" if len(best.missing) == 1 else "columns"
        raise CannotRead(
            f"{path}:{best.line}: expected {columns} {_quoted(best.missing)}; found the header "
            f"{_quoted(best.columns)[:1000]}{_meant(best, wanted)}"
        )
    twice = sorted({one for one in best.columns if one in wanted and best.columns.count(one) > 1})
    if twice:
        raise CannotRead(
            f"{path}:{best.line}: expected column {_quoted(twice)} once; the header has it twice"
        )
    return best


def _as_header(seen: list[str], shape: Shape, wanted: Collection[str]) -> _Header:
    """A line read as the header, with the delimiter by which it has most of the columns."""
    line = seen[-1].lstrip("\ufeff")  # files that were joined have a mark in the middle
    readings = []
    for delimiter in (shape.delimiter,) if shape.delimiter else DELIMITERS:
        try:
            cells = next(csv.reader([line], **_options(shape, delimiter)), [])
        except csv.Error:
            cells = []
        columns = tuple(cell.strip() for cell in cells)
        missing = tuple(sorted(set(wanted) - set(columns)))
        readings.append(_Header(columns, delimiter, tuple(seen), missing))
    return max(readings, key=_likeness)


def _likeness(header: _Header) -> tuple[int, int]:
    return -len(header.missing), len(list(filter(None, header.columns)))


def _options(shape: Shape, delimiter: str) -> dict[str, Any]:
    quoting = {"quotechar": shape.quote} if shape.quote else {"quoting": csv.QUOTE_NONE}
    return {
        "delimiter": delimiter,
        "escapechar": shape.escape,
        "doublequote": shape.escape is None,
        **quoting,
    }


def _why(error: csv.Error) -> str:
    text = str(error)
    if text == "unexpected end of data" or "expected after" in text:
        return "expected quotes around whole fields; found one that is not closed, or text after it"
    if "field larger" in text:
        return "expected fields below 131,072 characters"
    return text


def _meant(header: _Header, wanted: Collection[str]) -> str:
    """The columns whose names are nearest to the missing ones: a renamed column is the usual cause."""
    free = {name.casefold(): name for name in header.columns if name and name not in wanted}
    near = {name: get_close_matches(name.casefold(), free, 1, 0.6) for name in header.missing}
    told = [f"{name!r} is perhaps {free[found[0]]!r}" for name, found in near.items() if found]
    return f" ({', '.join(told)})" if told else ""


def _quoted(names: Iterable[str]) -> str:
    return ", ".join(map(repr, names))
