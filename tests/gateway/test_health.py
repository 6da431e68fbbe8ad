"""What the platform asks, and what it is told."""

from __future__ import annotations

from dataclasses import replace

import pytest
from flask.testing import FlaskClient
from sqlalchemy import text

from gateway.app import create_app
from gateway.ground import Ground
from gateway.store.database import open_database
from gateway.store.migrate import with_driver
from tests.gateway.world import World, call


def test_a_line_that_has_all_it_needs_is_ready(client: FlaskClient) -> None:
    assert client.get("/healthz").data == b"ok\n"
    answer = client.get("/readyz")
    assert answer.status_code == 200
    assert answer.json == {
        "ready": True,
        "checks": {"database": True, "migrations": True, "redis": True},
        "feed": {"seconds_since_last_event": None, "silent": []},
    }


def test_without_redis_it_is_ready_and_says_that_redis_is_away(ground: Ground) -> None:
    settings = replace(ground.settings, redis_url="redis://127.0.0.1:1/0")
    answer = create_app(replace(ground, settings=settings)).test_client().get("/readyz")
    assert answer.status_code == 200
    assert answer.json is not None
    assert answer.json["checks"]["redis"] is False


def test_a_database_that_is_behind_is_not_ready(ground: Ground, client: FlaskClient) -> None:
    with ground.database.begin() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = '0000'"))
    try:
        answer = client.get("/readyz")
        assert answer.status_code == 503
        assert answer.json is not None
        assert answer.json["checks"]["migrations"] is False
    finally:
        with ground.database.begin() as connection:
            connection.execute(text("UPDATE alembic_version SET version_num = '0001'"))


def test_it_tells_for_how_long_the_feed_has_been_silent(world: World) -> None:
    world.tell(world.event("call.received", "P1", call()))
    answer = create_app(world.ground).test_client().get("/readyz")
    assert answer.json is not None
    assert answer.json["feed"]["seconds_since_last_event"] == pytest.approx(0, abs=30)


def test_metrics_count_messages_by_state_and_name_nobody(world: World) -> None:
    world.tell(world.event("call.received", "P1", call()))
    world.send()
    told = create_app(world.ground).test_client().get("/metrics").get_data(as_text=True)
    assert 'tidings_messages{state="delivered"} 1.0' in told
    assert "tidings_events_waiting 0.0" in told
    assert "+1520" not in told


def test_without_a_database_it_is_alive_and_not_ready(ground: Ground) -> None:
    gone = open_database("postgresql+psycopg://nobody@127.0.0.1:9/none", ground.vault)
    client = create_app(replace(ground, database=gone)).test_client()
    answer = client.get("/readyz")
    assert answer.status_code == 503
    assert answer.json is not None
    assert answer.json["checks"] == {"database": False, "migrations": False, "redis": True}
    assert client.get("/healthz").status_code == 200


def test_a_database_without_tables_is_not_ready(ground: Ground, empty_database_url: str) -> None:
    empty = open_database(with_driver(empty_database_url), ground.vault)
    answer = create_app(replace(ground, database=empty)).test_client().get("/readyz")
    empty.dispose()
    assert answer.status_code == 503
    assert answer.json is not None
    assert answer.json["checks"] == {"database": True, "migrations": False, "redis": True}


def test_every_answer_carries_the_headers_that_keep_a_browser_safe(client: FlaskClient) -> None:
    for path in ("/healthz", "/nowhere", "/m/unknown"):
        headers = client.get(path).headers
        assert headers["X-Content-Type-Options"] == "nosniff"
        assert headers["Referrer-Policy"] == "no-referrer"
        assert "default-src 'none'" in headers["Content-Security-Policy"]
        assert "max-age=31536000" in headers["Strict-Transport-Security"]
