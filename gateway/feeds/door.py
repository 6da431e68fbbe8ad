"""`POST /v1/events`: where CAD and RMS bring what happened, one CloudEvent or a batch."""

from __future__ import annotations

import json
import logging
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any, Literal

from flask import Response, request
from flask_openapi3 import APIBlueprint, Tag
from pydantic import BaseModel, Field

from gateway import wake
from gateway.feeds import schema
from gateway.feeds.openapi import request_body
from gateway.ground import Ground
from gateway.store import agencies, events
from gateway.store.events import NewEvent
from rules.values import Event

log = logging.getLogger(__name__)

MOST_IN_A_BATCH = 500
CLOCK_MAY_BE_AHEAD = timedelta(days=1)


class EventResult(BaseModel):
    """What became of one event of the batch, in the order given."""

    id: str | None
    result: Literal["accepted", "duplicate", "rejected"]
    field: str | None = Field(None, description="of a rejected event: where")
    reason: str | None = Field(None, description="of a rejected event: what was expected")


class Results(BaseModel):
    """One result for each event."""

    results: list[EventResult]


class Problem(BaseModel):
    """RFC 9457."""

    type: str = "about:blank"
    title: str
    status: int
    detail: str | None = None


def problem(status: int, title: str, detail: str | None = None) -> Response:
    """An error as problem+json."""
    body = Problem(title=title, status=status, detail=detail).model_dump_json(exclude_none=True)
    return Response(body, status=status, mimetype="application/problem+json")


def door(ground: Ground) -> APIBlueprint:
    """Answers 202 with a result per event when all that was accepted is stored."""
    blueprint = APIBlueprint(
        "feeds",
        __name__,
        abp_tags=[Tag(name="events", description="What happened to calls and cases")],
        abp_security=[{"api_key": []}],
    )

    @blueprint.post(
        "/v1/events",
        summary="Take one CloudEvent, or a batch of them",
        description=(
            "Each event is recorded once for its (source, id), so that repeating a post is safe. A rejected event "
            "never takes its neighbours with it."
        ),
        responses={202: Results, 400: Problem, 401: Problem, 413: Problem, 415: Problem},
        openapi_extensions={"requestBody": request_body(MOST_IN_A_BATCH)},
    )
    def take_events() -> Response:
        agency_id = _agency(ground)
        if agency_id is None:
            refused = problem(401, "An API key is needed", "Send it as: Authorization: Bearer tk_...")
            refused.headers["WWW-Authenticate"] = "Bearer"
            return refused
        if request.mimetype not in {
            "application/json",
            "application/cloudevents+json",
            "application/cloudevents-batch+json",
        }:
            return problem(415, "Not a CloudEvent", "Expected application/cloudevents+json or -batch+json")
        try:
            body = json.loads(request.get_data(cache=False), parse_constant=_no_constant)
        except (ValueError, RecursionError) as error:
            return problem(400, "Not JSON", str(error)[:200])
        bodies = body if isinstance(body, list) else [body]
        if len(bodies) > MOST_IN_A_BATCH:
            return problem(413, "Too many events", f"Expected at most {MOST_IN_A_BATCH} in a batch")
        results = take(ground, agency_id, bodies, ground.clock())
        if any(result.result == "accepted" for result in results):
            ground.waker.wake(wake.EVENTS)
        return Response(
            Results(results=results).model_dump_json(exclude_none=True), 202, mimetype="application/json"
        )

    return blueprint


def take(
    ground: Ground, agency_id: str, bodies: Sequence[Any], now: datetime, history: bool = False
) -> list[EventResult]:
    """Check each event on its own, and keep all good ones in one transaction."""
    results: list[EventResult | None] = []
    good: list[tuple[int, Event, dict[str, Any]]] = []
    for place, body in enumerate(bodies):
        try:
            good.append((place, _read(body, history, now), body))
            results.append(None)
        except schema.Rejected as error:
            results.append(_rejected(body, error))
    new = {(event.source, event.id): _new_event(event, body) for _, event, body in reversed(good)}
    with ground.database.begin() as connection:
        fresh = events.record(connection, agency_id, list(new.values()), now)
    for place, event, _ in good:
        key = (event.source, event.id)
        results[place] = EventResult(id=event.id, result="accepted" if key in fresh else "duplicate")
        fresh.discard(key)
    return [result for result in results if result is not None]


def _read(body: Any, history: bool, now: datetime) -> Event:
    """Raises schema.Rejected, also for an event of days to come: its facts would outlast all that follow."""
    event = schema.read(body, history)
    if event.time > now + CLOCK_MAY_BE_AHEAD:
        raise schema.Rejected(
            "time", "lies more than a day ahead; expected when it happened, with its offset"
        )
    return event


def _new_event(event: Event, body: dict[str, Any]) -> NewEvent:
    return NewEvent(event.source, event.id, event.type.value, event.subject, event.time, body, event.history)


def _rejected(body: Any, error: schema.Rejected) -> EventResult:
    named = body.get("id") if isinstance(body, dict) else None
    event_id = named[:200].encode(errors="replace").decode() if isinstance(named, str) else None
    return EventResult(id=event_id, result="rejected", field=error.field, reason=error.reason)


def _agency(ground: Ground) -> str | None:
    scheme, _, key = request.headers.get("Authorization", "").partition(" ")
    with ground.database.connect() as connection:
        found = agencies.agency_of_key(connection, key.strip())
    return found if scheme.lower() == "bearer" else None


def _no_constant(name: str) -> None:
    raise ValueError(f"{name} is not JSON")
