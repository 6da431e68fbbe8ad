"""What the first rows of a file would become, without a database: events, silence, or what is wrong and where. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from gateway.feeds import schema
from gateway.feeds.cells import Refused
from gateway.feeds.mapping import EventMapping
from gateway.feeds.rows import BadRow, Row
from gateway.feeds.translate import Translator


@dataclass(frozen=True, slots=True)
class Wrong:
    """Why a row, or one of its events, would be rejected. `type` is None where the row itself can't be read."""

    type: str | None
    field: str
    columns: tuple[str, ...]
    reason: str


@dataclass(frozen=True, slots=True)
class Tried:
    """One row. With neither events nor anything wrong it is silent."""

    line: int
    events: tuple[dict[str, Any], ...] = ()
    wrong: tuple[Wrong, ...] = ()
    unmet: tuple[tuple[str, str], ...] = ()
    """Of each event that the row does not tell of: its type, and the column that is not as it must be."""


def tried(rows: Iterable[Row | BadRow], translator: Translator) -> Iterator[Tried]:
    """Each row by itself: whether an event was recorded before is not asked."""
    for row in rows:
        if isinstance(row, BadRow):
            yield Tried(row.line, wrong=(Wrong(None, "row", (), row.reason),))
            continue
        events, wrong = [], []
        for event, told in translator.told_by(row.values):
            found = _mistake(event, told, translator, row)
            if found is None:
                events.append(told)
            else:
                wrong.append(found)
        unmet = tuple((event.type.value, column) for event, column in translator.silent_about(row.values))
        yield Tried(row.line, tuple(one for one in events if isinstance(one, dict)), tuple(wrong), unmet)


def _mistake(
    event: EventMapping, told: dict[str, Any] | Refused, translator: Translator, row: Row
) -> Wrong | None:
    error: Refused | schema.Rejected
    if isinstance(told, Refused):
        error, made = told, False
    else:
        try:
            schema.read(told)
        except schema.Rejected as rejected:
            error, made = rejected, True
        else:
            return None
    columns = translator.columns_behind(event, error.field, row.values, made)
    return Wrong(event.type.value, error.field, columns, error.reason)
