"""Where CAD and RMS bring what happened: CloudEvents, an EIDO, or either of them in a signed webhook.

`POST /v1/events` and `POST /v1/eido` want an API key, `POST /v1/hooks/<agency>` a signature.
"""

from __future__ import annotations

import json
import logging
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from flask import Response, request
from flask_openapi3 import APIBlueprint, Tag
from pydantic import BaseModel, Field

from gateway import wake
from gateway.feeds import schema, signed
from gateway.feeds.answers import EidoProblem, EidoResults, EventResult, Problem, Results, problem, refused
from gateway.feeds.eido import events_of, looks_like_an_eido
from gateway.feeds.openapi import eido_body, hook_body, request_body
from gateway.ground import Ground
from gateway.store import agencies, events
from gateway.store.events import NewEvent
from rules.values import Event

log = logging.getLogger(__name__)

MOST_IN_A_BATCH = 500
CLOCK_MAY_BE_AHEAD = timedelta(days=1)


class HookPath(BaseModel):
    """Whose webhook it is."""

    agency: str = Field(description="the agency's id")


_EVENT_KINDS = frozenset(
    {"application/json", "application/cloudevents+json", "application/cloudevents-batch+json"}
)
_EIDO_KINDS = frozenset({"application/json", "application/emergency.eido+json"})
"""The second is NENA-STA-024's."""
_EIDO_SOURCE = "eido"
"""An incident's name is unique everywhere, so that whoever passes it on, it is the same event."""

_KEY: list[dict[str, list[Any]]] = [{"api_key": []}]
_SIGNATURE: list[dict[str, list[Any]]] = [{"signature": []}]
_REFUSALS: dict[str | int, Any] = {400: Problem, 401: Problem, 413: Problem, 415: Problem}


def door(ground: Ground) -> APIBlueprint:
    """Answers 202 with a result per event when all that was accepted is stored."""
    blueprint = APIBlueprint(
        "feeds", __name__, abp_tags=[Tag(name="events", description="What happened to calls and cases")]
    )

    @blueprint.post(
        "/v1/events",
        summary="Take one CloudEvent, or a batch of them",
        description=(
            "Each event is recorded once for its (source, id), so that repeating a post is safe. A rejected event "
            "never takes its neighbours with it."
        ),
        responses={202: Results, **_REFUSALS},
        security=_KEY,
        openapi_extensions={"requestBody": request_body(MOST_IN_A_BATCH)},
    )
    def take_events() -> Response:
        agency_id = _agency(ground)
        if agency_id is None:
            return _no_key()
        if request.mimetype not in _EVENT_KINDS:
            return problem(415, "Not a CloudEvent", "Expected application/cloudevents+json or -batch+json")
        try:
            return _take_events(ground, agency_id, _json())
        except _NotJson as error:
            return problem(400, "Not JSON", str(error)[:200])

    @blueprint.post(
        "/v1/eido",
        summary="Take an EIDO (NENA-STA-021.1)",
        description=(
            "Everything known of one incident becomes the events of its call. Repeating it is safe, and a later EIDO "
            "of the same incident adds what is new. Places are never read."
        ),
        responses={202: EidoResults, **_REFUSALS},
        security=_KEY,
        openapi_extensions={"requestBody": eido_body()},
    )
    def take_eido() -> Response:
        agency_id = _agency(ground)
        if agency_id is None:
            return _no_key()
        if request.mimetype not in _EIDO_KINDS:
            return problem(415, "Not an EIDO", "Expected application/emergency.eido+json or application/json")
        try:
            body = _json()
        except _NotJson as error:
            return problem(400, "Not JSON", str(error)[:200])
        if not looks_like_an_eido(body):
            return problem(400, "Not an EIDO", "Expected one JSON object with an incidentComponent")
        return _take_eido(ground, agency_id, body)

    @blueprint.post(
        "/v1/hooks/<agency>",
        summary="Take a signed webhook: a CloudEvent, a batch of them, or an EIDO",
        description=(
            f"The header `{signed.HEADER}: t=<unix seconds>,v1=<hex>` signs it: HMAC-SHA256 of the time, a dot and "
            "the body as it is sent, under a secret from `./tidings key hook`. Several v1 may stand there while a "
            "secret is being replaced. A signature of more than five minutes ago or ahead is refused."
        ),
        responses={202: EidoResults, **_REFUSALS},
        security=_SIGNATURE,
        openapi_extensions={"requestBody": hook_body(MOST_IN_A_BATCH)},
    )
    def take_hook(path: HookPath) -> Response:
        with ground.database.connect() as connection:
            secrets = agencies.hook_secrets_of(connection, path.agency)
        header, body = request.headers.get(signed.HEADER, ""), request.get_data()
        if not signed.is_signed(header, body, secrets, ground.clock()):
            return refused(
                signed.HEADER, "A signature is needed", f"Send it as: {signed.HEADER}: t=...,v1=..."
            )
        if request.mimetype not in _EVENT_KINDS | _EIDO_KINDS:
            return problem(415, "Not JSON", "Expected application/json")
        try:
            told = _json()
        except _NotJson as error:
            return problem(400, "Not JSON", str(error)[:200])
        taken = _take_eido if looks_like_an_eido(told) else _take_events
        return taken(ground, path.agency, told)

    return blueprint


class _NotJson(Exception):
    """The body of a request, or something in it, is no JSON."""


def _json() -> Any:
    try:
        return json.loads(request.get_data(), parse_constant=_no_constant)
    except (ValueError, RecursionError) as error:
        raise _NotJson(str(error)) from error


def _take_events(ground: Ground, agency_id: str, told: Any) -> Response:
    bodies = told if isinstance(told, list) else [told]
    if len(bodies) > MOST_IN_A_BATCH:
        return problem(413, "Too many events", f"Expected at most {MOST_IN_A_BATCH} in a batch")
    return _taken(ground, Results(results=take(ground, agency_id, bodies, ground.clock())))


def _take_eido(ground: Ground, agency_id: str, told: Mapping[str, Any]) -> Response:
    found = events_of(told, _EIDO_SOURCE)
    results = take(ground, agency_id, found.events, ground.clock())
    problems = [EidoProblem(pointer=pointer, reason=reason) for pointer, reason in found.problems]
    return _taken(ground, EidoResults(results=results, problems=problems))


def _taken(ground: Ground, results: Results) -> Response:
    if any(result.result == "accepted" for result in results.results):
        ground.waker.wake(wake.EVENTS)
    return Response(results.model_dump_json(exclude_none=True), 202, mimetype="application/json")


def _no_key() -> Response:
    return refused("Bearer", "An API key is needed", "Send it as: Authorization: Bearer tk_...")


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
