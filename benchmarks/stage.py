"""What every benchmark stands on: PostgreSQL and Valkey of the run, web processes and a carrier beside it."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from itertools import count
from pathlib import Path
from typing import Any
from urllib.error import URLError
from urllib.request import ProxyHandler, build_opener

import psycopg
from cryptography.fernet import Fernet

from gateway.app import lay_ground
from gateway.ground import Ground, Policies
from gateway.local.ports import LOOPBACK, free_port
from gateway.local.run import Run
from gateway.phones.client import Phones
from gateway.settings import from_environ
from gateway.store import agencies, migrate
from rules.policy_keys import Surge

CHECKOUT = Path(__file__).parents[1]
LINE = "+15205550199"
ACCOUNT = "AC" + "0" * 31 + "1"
TOKEN = "a-token-for-benchmarks"
SEGMENTS_PER_SECOND = 100_000
"""So that the pace, which is the carrier's and not ours, slows nothing."""
_START_SECONDS = 60


@dataclass
class Stage:
    """The servers of one run. Every benchmark takes a database of its own."""

    run: Run
    postgres: Any
    valkey: Any
    _databases: Any = field(default_factory=count)

    @classmethod
    @contextmanager
    def open(cls, handle_signals: bool = True) -> Iterator[Stage]:
        """The database keeps its data safely, as a real one would: a commit waits for the disk."""
        with Run.open(handle_signals=handle_signals) as run:
            yield cls(run, run.postgres(run.folder / "kept"), run.valkey())

    def environment(self) -> dict[str, str]:
        """Settings with a new database and the demo agency in it."""
        number = next(self._databases)
        database = self.postgres.database(f"bench{number}")
        migrate.upgrade(database)
        return {
            "DATABASE_URL": database,
            "REDIS_URL": self.valkey.database(number % 64),
            "SECRET_KEY": "s" * 32,
            "FIELD_KEYS": Fernet.generate_key().decode(),
            "LOOKUP_KEY": "l" * 32,
            "PUBLIC_URL": "https://bench.test",
            "TWILIO_ACCOUNT_SID": ACCOUNT,
            "TWILIO_AUTH_TOKEN": TOKEN,
            "LOG_LEVEL": "ERROR",
        }

    @contextmanager
    def phones(self) -> Iterator[Phones]:
        """A loopback carrier in a process of its own."""
        argv = [sys.executable, "-m", "gateway.phones", "--port", "0", "--account-sid", ACCOUNT]
        process = self.run.spawn(
            "phones",
            [*argv, "--auth-token", TOKEN, "--number", LINE],
            env=_inherited(),
            cwd=CHECKOUT,
            stdout=subprocess.PIPE,
        )
        try:
            assert process.stdout is not None
            yield Phones(json.loads(process.stdout.readline())["url"])
            process.stdout.close()
        finally:
            self.run.end(process)

    @contextmanager
    def granian(self, app: str, env: dict[str, str], ready: str) -> Iterator[str]:
        """The web server as in the Procfile, with two processes. Yields its address when it answers at `ready`."""
        url = f"http://{LOOPBACK}:{(port := free_port())}"
        options = ["--interface", "wsgi", "--host", LOOPBACK, "--port", str(port), "--workers", "2"]
        log = (self.run.folder / "web.log").open("ab")
        process = self.run.spawn(
            "web",
            [Path(sys.executable).with_name("granian"), *options, "--blocking-threads", "2", "--no-ws", app],
            env=_inherited() | env,
            cwd=CHECKOUT,
            stdout=log,
            stderr=log,
        )
        try:
            _wait_until_it_answers(url + ready, process, Path(log.name))
            yield url
        finally:
            self.run.end(process)
            log.close()


def calm(ground: Ground) -> Ground:
    """The same with no limit on how many notices an hour may have: here there are more at once than anywhere."""
    boundless = Surge(hourly=10**9, at_least=10**9)
    return replace(
        ground,
        policies=Policies(
            {
                agency: replace(pinned, policy=pinned.policy.model_copy(update={"surge": boundless}))
                for agency, pinned in ground.policies.by_agency.items()
            }
        ),
    )


@contextmanager
def grounded(env: dict[str, str]) -> Iterator[Ground]:
    """The ground on these settings, with the demo agency and its number."""
    ground = calm(lay_ground(from_environ(env)))
    try:
        with ground.database.begin() as connection:
            agencies.add_agency(connection, "demo", ground.clock())
            agencies.add_sender(connection, "demo", LINE, segments_per_second=SEGMENTS_PER_SECOND)
        yield ground
    finally:
        ground.database.dispose()


def vacuum(env: dict[str, str]) -> None:
    """Between rounds, what the database does by itself in quieter times."""
    with psycopg.connect(env["DATABASE_URL"], autocommit=True) as connection:
        connection.execute("VACUUM ANALYZE")


def phone(number: int) -> str:
    """One of four million numbers, each of which may be texted. Nothing leaves this machine."""
    return f"+1602{555 + number // 10_000}{number % 10_000:04}"


def _inherited() -> dict[str, str]:
    return {**os.environ, "PYTHONPATH": str(CHECKOUT)}


def _wait_until_it_answers(url: str, process: subprocess.Popen[Any], log: Path) -> None:
    deadline = time.monotonic() + _START_SECONDS
    while True:
        try:
            with build_opener(ProxyHandler({})).open(url, timeout=2) as answer:
                if answer.status == 200:
                    return
        except (URLError, OSError):
            pass
        if process.poll() is not None or time.monotonic() > deadline:
            raise RuntimeError(f"the web server did not start:\n{log.read_text()[-2000:]}")
        time.sleep(0.05)
