"""The gateway on real PostgreSQL and Valkey, with the demo agency, and the loopback carrier beside it."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from dataclasses import replace

import pytest
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.serving import make_server

from gateway.app import create_app, lay_ground
from gateway.ground import Ground
from gateway.jobs.drains import Workshop
from gateway.jobs.stop import Stop
from gateway.phones import running as phones_running
from gateway.phones.client import Phones
from gateway.settings import Settings, from_environ
from gateway.store import agencies
from gateway.wake import connect
from tests.gateway.world import LINE, World, environment


@pytest.fixture
def settings(database_url: str, redis_url: str) -> Settings:
    """Settings as the environment would give them; the carrier is nowhere."""
    return from_environ(
        environment(database_url, redis_url, carrier="http://127.0.0.1:9", public="https://tidings.test")
    )


@pytest.fixture
def ground(settings: Settings) -> Iterator[Ground]:
    """The demo agency in an empty database, with one number to text from."""
    laid = lay_ground(settings)
    with laid.database.begin() as connection:
        agencies.add_agency(connection, "demo", laid.clock())
        agencies.add_sender(connection, "demo", LINE.numbers[0], segments_per_second=10_000)
    yield laid
    laid.database.dispose()


@pytest.fixture
def app(ground: Ground) -> Flask:
    """The web application."""
    made = create_app(ground)
    made.testing = True
    return made


@pytest.fixture
def client(app: Flask) -> FlaskClient:
    """A caller of the web application."""
    return app.test_client()


@pytest.fixture
def api_key(ground: Ground) -> str:
    """The demo agency's key for events."""
    with ground.database.begin() as connection:
        return agencies.make_api_key(connection, "demo", "tests", ground.clock())


@pytest.fixture
def phones() -> Iterator[Phones]:
    """A carrier with the demo's number, in a thread."""
    with phones_running.running(LINE) as running:
        yield running


@pytest.fixture
def world(ground: Ground, phones: Phones, redis_url: str, api_key: str) -> Iterator[World]:
    """The whole line in this process: web in a thread, carrier in another, drains by hand."""
    pointed = replace(ground, settings=replace(ground.settings, twilio_api_base=phones.url))
    server = make_server("127.0.0.1", 0, create_app(pointed), threaded=True)
    thread = threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True)
    thread.start()
    phones.move(app_url=f"http://127.0.0.1:{server.port}", public_url=pointed.settings.public_url)
    workshop = Workshop(pointed, Stop(), connect(redis_url, seconds=1))
    try:
        yield World(pointed, phones, workshop, api_key)
    finally:
        workshop.close()
        server.shutdown()
        thread.join(10)
        server.server_close()
