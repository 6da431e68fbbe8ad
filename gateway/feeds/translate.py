"""A row of an export becomes the CloudEvents that the mapping makes of it. Pure."""

from __future__ import annotations

from collections.abc import Mapping as Table
from typing import Any

from gateway.feeds.cells import Reader, Refused, Template
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
        return [
            self._event(event, data, values)
            for event, data in self._events
            if all(wanted.passes(values.get(column, "").strip()) for column, wanted in event.when.items())
        ]

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
