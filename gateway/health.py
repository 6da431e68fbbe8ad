"""`/healthz`: the process is alive. `/readyz`: it can serve. `/metrics`: counts for Prometheus, of ids nor people."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from flask import Blueprint, Response, jsonify
from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, Gauge, generate_latest
from redis import Redis
from redis.exceptions import RedisError
from sqlalchemy import Engine, text
from sqlalchemy.exc import SQLAlchemyError

from gateway.ground import Ground
from gateway.store import events, feeds, messages
from gateway.store.migrate import is_current

NEEDED = frozenset({"database", "migrations"})
"""Without these nothing can be served; without Redis everything is only slower."""


def door(ground: Ground, redis: Redis) -> Blueprint:
    """The three doors for machines."""
    blueprint = Blueprint("health", __name__)
    checks: Mapping[str, Callable[[], bool]] = {
        "database": lambda: _answers(ground.database),
        "migrations": lambda: is_current(ground.database),
        "redis": lambda: bool(redis.ping()),
    }

    @blueprint.get("/healthz")
    def healthz() -> Response:
        return Response("ok\n", mimetype="text/plain")

    @blueprint.get("/readyz")
    def readyz() -> tuple[Response, int]:
        found = {name: _holds(check) for name, check in checks.items()}
        ready = all(found[name] for name in NEEDED)
        answer = {"ready": ready, "checks": found, "feed": _feed(ground)}
        return jsonify(answer), 200 if ready else 503

    @blueprint.get("/metrics")
    def metrics() -> Response:
        return Response(_metrics(ground), mimetype=CONTENT_TYPE_LATEST)

    return blueprint


def _answers(database: Engine) -> bool:
    with database.connect() as connection:
        return connection.scalar(text("SELECT 1")) == 1


def _feed(ground: Ground) -> dict[str, object]:
    """For how long the feeds have been silent: None before the first event. And whose dispatch is silent for longer
    than its agency's policy expects: the line serves all the same. Nothing is known while the database is away."""
    now = ground.clock()
    try:
        with ground.database.connect() as connection:
            newest = events.newest_at(connection)
            silent = [
                agency_id
                for agency_id, pinned in ground.policies.by_agency.items()
                if feeds.is_silent(connection, agency_id, now - pinned.policy.feed.silent_after)
            ]
    except SQLAlchemyError:
        return {"seconds_since_last_event": None, "silent": None}
    seconds = None if newest is None else round((now - newest).total_seconds(), 1)
    return {"seconds_since_last_event": seconds, "silent": silent}


def _holds(check: Callable[[], bool]) -> bool:
    try:
        return check()
    except (SQLAlchemyError, RedisError):
        return False


def _metrics(ground: Ground) -> bytes:
    """Read from Postgres, which all processes share, so that it does not matter which one is asked."""
    registry = CollectorRegistry()
    by_state = Gauge("tidings_messages", "Messages by state", ["state"], registry=registry)
    waiting = Gauge("tidings_events_waiting", "Events that nobody has worked on", registry=registry)
    with ground.database.connect() as connection:
        for state, count in messages.count_by_state(connection).items():
            by_state.labels(state).set(count)
        waiting.set(events.count_new(connection))
    return generate_latest(registry)
