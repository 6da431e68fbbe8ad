"""The events' part of the OpenAPI document: what `data` may hold, for each type of event.

Written out whole, because the web framework keeps only what stands in the operation itself.
"""

from __future__ import annotations

from typing import Any

from gateway.feeds.schema import DATA, CloudEvent


def request_body(most: int) -> dict[str, Any]:
    """One event, or a batch of at most `most`."""
    event = {"oneOf": [_event(kind.value) for kind in DATA]}
    batch = {"type": "array", "maxItems": most, "items": event}
    return {
        "required": True,
        "content": {
            "application/cloudevents+json": {"schema": event},
            "application/cloudevents-batch+json": {"schema": batch},
        },
    }


def _event(kind: str) -> dict[str, Any]:
    envelope = _written_out(CloudEvent.model_json_schema())
    data = next(model for event_type, model in DATA.items() if event_type.value == kind)
    told = {"type": {"const": kind, "type": "string"}, "data": _written_out(data.model_json_schema())}
    return {**envelope, "title": kind, "properties": {**envelope["properties"], **told}}


def _written_out(schema: dict[str, Any]) -> dict[str, Any]:
    """Every `$ref` replaced by what it names."""
    definitions = schema.get("$defs", {})

    def write(part: Any) -> Any:
        if isinstance(part, list):
            return [write(one) for one in part]
        if not isinstance(part, dict):
            return part
        if "$ref" in part:
            return write({**definitions[part["$ref"].rpartition("/")[2]], **_without(part, "$ref")})
        return {name: write(value) for name, value in _without(part, "$defs").items()}

    written: dict[str, Any] = write(schema)
    return written


def _without(part: dict[str, Any], name: str) -> dict[str, Any]:
    return {key: value for key, value in part.items() if key != name}
