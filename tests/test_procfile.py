"""The Procfile under a platform's process manager: what Heroku-style platforms read is all that is needed."""

from __future__ import annotations

import json
import os
import secrets
import signal
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from urllib.error import HTTPError, URLError
from urllib.request import Request, urlopen

import pytest
from sqlalchemy import create_engine

from gateway.app import lay_ground
from gateway.local.ownership import started_at, wait_until
from gateway.local.ports import free_port
from gateway.local.procfile import read_procfile
from gateway.phones import running as phones_running
from gateway.phones.client import Phones
from gateway.settings import from_environ
from gateway.store import agencies, messages
from gateway.store.migrate import is_current, with_driver
from tests.gateway.world import JAMIE, LINE, call, environment

CHECKOUT = Path(__file__).parents[1]
PROCFILE = CHECKOUT / "Procfile"
PROGRAMS = Path(sys.executable).parent
RELEASE = "release"
MARK = "TIDINGS_TEST_MARK"


def as_heroku_says(url: str) -> str:
    return "postgres://" + url.partition("://")[2]


@dataclass
class Platform:
    """honcho with our Procfile, and what it was told."""

    process: subprocess.Popen[bytes]
    env: dict[str, str]
    said: Path

    @property
    def url(self) -> str:
        return self.env["PUBLIC_URL"]

    def ask(self, path: str, body: object = None, **headers: str) -> tuple[int, Any]:
        data = None if body is None else json.dumps(body).encode()
        try:
            with urlopen(Request(self.url + path, data=data, headers=headers), timeout=10) as answer:
                return answer.status, json.load(answer)
        except HTTPError as refusal:
            with refusal:
                return refusal.code, json.load(refusal)

    def is_ready(self) -> bool:
        assert self.process.poll() is None, self.said.read_text()
        try:
            return self.ask("/readyz")[0] == 200
        except (URLError, OSError):
            return False

    def alive(self) -> list[str]:
        """The command lines of all that honcho started, however far from it they went."""
        mark = f"{MARK}={self.env[MARK]}".encode()
        found = []
        for entry in Path("/proc").glob("[0-9]*"):
            try:
                if mark in (entry / "environ").read_bytes().split(b"\0") and started_at(int(entry.name)):
                    found.append((entry / "cmdline").read_bytes().replace(b"\0", b" ").decode())
            except OSError:
                continue
        return found


@pytest.fixture
def phones() -> Iterator[Phones]:
    with phones_running.running(LINE) as running:
        yield running


@pytest.fixture
def platform(database_url: str, redis_url: str, phones: Phones, tmp_path: Path) -> Iterator[Platform]:
    """Everything but `release`, on the tests' database, Redis and carrier."""
    port = free_port()
    public = f"http://127.0.0.1:{port}"
    phones.move(app_url=public, public_url=public)
    env = environment(as_heroku_says(database_url), redis_url, carrier=phones.url, public=public)
    env |= {"PORT": str(port), "WEB_CONCURRENCY": "1", "LOG_LEVEL": "INFO", MARK: secrets.token_hex(8)}
    said = tmp_path / "honcho.log"
    with said.open("wb") as log:
        process = subprocess.Popen(
            [PROGRAMS / "honcho", "start", "-f", PROCFILE, "web", "sender", "worker", "timers"],
            cwd=CHECKOUT,
            env={**os.environ, **env, "PATH": f"{PROGRAMS}{os.pathsep}{os.environ['PATH']}"},
            stdout=log,
            stderr=log,
            start_new_session=True,
        )
    made = Platform(process, env, said)
    yield made
    if process.poll() is None:
        process.terminate()
        process.wait(20)


def test_the_procfile_serves_from_event_to_receipt_and_ends_when_told(
    platform: Platform, phones: Phones
) -> None:
    ground = lay_ground(from_environ(platform.env))
    with ground.database.begin() as connection:
        agencies.add_agency(connection, "demo", ground.clock())
        agencies.add_sender(connection, "demo", LINE.numbers[0], segments_per_second=100)
        key = agencies.make_api_key(connection, "demo", "CAD", ground.clock())

    assert wait_until(platform.is_ready, 60), platform.said.read_text()
    status, answer = platform.ask("/readyz")
    assert (status, answer["ready"], answer["checks"]) == (
        200,
        True,
        {"database": True, "migrations": True, "redis": True},
    )

    event = {
        "specversion": "1.0",
        "source": "cad",
        "id": "1",
        "type": "call.received",
        "subject": "P1",
        "time": datetime.now(UTC).isoformat(),
        "data": call(),
    }
    headers = {"Content-Type": "application/cloudevents+json", "Authorization": f"Bearer {key}"}
    status, answer = platform.ask("/v1/events", event, **headers)
    assert (status, answer["results"][0]["result"]) == (202, "accepted")

    def states() -> dict[str, int]:
        with ground.database.connect() as connection:
            return dict(messages.count_by_state(connection))

    assert wait_until(lambda: states() == {"delivered": 1}, 30), (states(), platform.said.read_text())
    (message,) = phones.messages(to=JAMIE)
    assert "We received your call" in message["body"]
    ground.database.dispose()

    assert len(platform.alive()) >= 4
    platform.process.send_signal(signal.SIGTERM)
    assert platform.process.wait(20) is not None
    assert wait_until(lambda: platform.alive() == [], 5), platform.alive()
    assert "SIGKILL" not in platform.said.read_text()


def test_every_process_is_in_the_formation_or_is_the_release() -> None:
    app = json.loads((CHECKOUT / "app.json").read_text())
    assert {*app["formation"], RELEASE} == set(read_procfile(PROCFILE))


def test_app_json_names_every_setting_that_the_platform_does_not_give_itself() -> None:
    app = json.loads((CHECKOUT / "app.json").read_text())
    needed = environment("x", "x", carrier="x", public="x").keys()
    assert needed - {"DATABASE_URL", "REDIS_URL", "TWILIO_API_BASE"} <= set(app["env"])


def test_the_release_migrates_an_empty_database(empty_database_url: str, redis_url: str) -> None:
    command = read_procfile(PROCFILE)[RELEASE]
    assert command == "python -m gateway.cli migrate"
    engine = create_engine(with_driver(empty_database_url))
    try:
        assert not is_current(engine)
        env = environment(
            as_heroku_says(empty_database_url), redis_url, "http://127.0.0.1:9", "https://tidings.test"
        )
        for _ in range(2):  # a platform runs it at every release
            done = subprocess.run(
                ["/bin/sh", "-c", command],
                cwd=CHECKOUT,
                env={**os.environ, **env, "PATH": f"{PROGRAMS}{os.pathsep}{os.environ['PATH']}"},
                capture_output=True,
                text=True,
            )
            assert done.returncode == 0, done.stderr
            assert is_current(engine)
    finally:
        engine.dispose()
