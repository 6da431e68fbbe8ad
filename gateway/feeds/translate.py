"""A row of an export becomes the CloudEvents that the mapping makes of it. Pure."""

from __future__ import annotations

from collections.abc import Mapping as Table
from typing import Any

from gateway.feeds.cells import Reader, Refused, Template, columns_of
from gateway.feeds.mapping import EventMapping, Mapping
from rules.values import EventType


class Translator:
    """Built once for a mapping."""

    def __init__(self, mapping: Mapping) -> None:
        self._mapping = mapping
        self._reader = Reader(mapping.clock)
        self._events = [(event, mapping.data_of(event)) for event in mapping.events]

    def events_of(self, values: Table[str, str]) -> list[dict[str, Any] | Refused]:
        """An event, or why it can't be made, for each that the row tells of. `values` are its cells by column."""
        return [one for _, one in self.told_by(values)]

    def told_by(self, values: Table[str, str]) -> list[tuple[EventMapping, dict[str, Any] | Refused]]:
        """Like `events_of`, each beside what the mapping says of it."""
        return [
            (event, self._event(event, data, values))
            for event, data in self._events
            if self._unmet(event, values) is None
        ]

    def silent_about(self, values: Table[str, str]) -> list[tuple[EventMapping, str]]:
        """The events that the row does not tell of, each with the first column that is not as it must be."""
        unmet = ((event, self._unmet(event, values)) for event in self._mapping.events)
        return [(event, column) for event, column in unmet if column is not None]

    def columns_behind(
        self, event: EventMapping, field: str, values: Table[str, str], made: bool
    ) -> tuple[str, ...]:
        """The columns that a field of this event is made of: where to look for what is wrong with it.

        `field` counts the items of a list as they stand in the event if it was `made`, else as in the mapping.
        """
        whole = {"id": event.id, "subject": event.subject, "time": event.time.from_}
        first, *steps = field.split(".")
        if first != "data":
            named = whole.get(first)
            return tuple(sorted(named.columns)) if named else ()
        node: Any = self._mapping.data_of(event)
        for step in steps:
            if isinstance(node, list):
                items = [item for item in node if self._is_there(item, values)] if made else node
                inner = items[int(step)] if step.isdigit() and int(step) < len(items) else None
            else:
                inner = node.get(step) if isinstance(node, dict) else None
            if inner is None:
                break
            node = inner
        return tuple(sorted(columns_of(node)))

    def _is_there(self, item: Any, values: Table[str, str]) -> bool:
        return self._reader.read(item, values, "") is not None

    @staticmethod
    def _unmet(event: EventMapping, values: Table[str, str]) -> str | None:
        for column, wanted in event.when.items():
            if not wanted.passes(values.get(column, "").strip(), values):
                return column
        return None

    def _event(
        self, event: EventMapping, data: Table[str, Any], values: Table[str, str]
    ) -> dict[str, Any] | Refused:
        try:
            body: dict[str, Any] = {
                "specversion": "1.0",
                "source": self._mapping.source,
                "id": _filled(event.id, values, "id"),
                "type": event.type.value,
                "time": self._time(event, values),
            }
            if event.subject and event.type is not EventType.FEED_HEARTBEAT:
                body["subject"] = _filled(event.subject, values, "subject")
            told = {name: self._reader.read(node, values, f"data.{name}") for name, node in data.items()}
        except Refused as refused:
            return refused
        return body | {"data": {name: value for name, value in told.items() if value is not None}}

    def _time(self, event: EventMapping, values: Table[str, str]) -> str:
        text = _filled(event.time.from_, values, "time")
        try:
            time = self._mapping.clock.read(text, event.time.formats or self._mapping.formats)
        except ValueError as error:
            raise Refused("time", str(error)) from error
        return time.isoformat()


def _filled(template: Template, values: Table[str, str], field: str) -> str:
    """An event without its name or time is none, so that here an empty cell is a mistake."""
    text = template.fill(values)
    if text is None:
        empty = sorted(column for column in template.columns if not values.get(column, "").strip())
        raise Refused(field, f"column {', '.join(map(repr, empty))} is empty")
    return text
