"""What this machine keeps between commands, in `.local`: an embedded database, and the keys that were made for it."""

from __future__ import annotations

import contextlib
import fcntl
import json
import os
import secrets
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path

from cryptography.fernet import Fernet

from gateway.local.ownership import Child, wait_until
from gateway.local.run import Run
from gateway.store import migrate

HOME = Path(__file__).parents[2] / ".local"
_SERVERS = "servers.json"
_GUESTS_SECONDS = 10.0
"""How long the command that started the servers waits at its end for those that use them too."""


@contextmanager
def own_environment() -> Iterator[dict[str, str]]:
    """The environment for a line on this machine's own servers, laid under what the environment says itself.

    The first command starts them and ends them; another one meanwhile uses the same, and the first waits a while
    for it at its end. Raises gateway.local.server.ServerError.
    """
    HOME.mkdir(mode=0o700, exist_ok=True)
    told = False
    while True:
        with _door() as door:
            if _lock(door, fcntl.LOCK_SH) and (servers := _running()):
                yield _settings(servers)
                return
            if _lock(door, fcntl.LOCK_EX) and not _running():  # nobody was quicker
                with Run.open() as run:
                    yield from _started(run, door)
                return
        if not told:
            sys.stderr.write("Another command starts or ends this machine's servers; waiting for it.\n")
            told = True
        time.sleep(0.05)


def _started(run: Run, door: int) -> Iterator[dict[str, str]]:
    """Start the servers, hold the door open while they serve, and shut it before the run ends them."""
    database = run.postgres(HOME / "postgres").database("tidings")
    servers = {"DATABASE_URL": database, "REDIS_URL": run.valkey().url}
    migrate.upgrade(database)
    settings = _settings(servers)
    told = {"owner": asdict(Child.of(os.getpid(), "owner")), "servers": servers}
    _write(HOME / _SERVERS, json.dumps(told))
    fcntl.flock(door, fcntl.LOCK_UN)
    try:
        yield settings
    finally:
        wait_until(lambda: _lock(door, fcntl.LOCK_EX), _GUESTS_SECONDS)
        (HOME / _SERVERS).unlink(missing_ok=True)


@contextmanager
def _door() -> Iterator[int]:
    """A file to lock: shared by whoever uses the servers, alone by whoever starts or ends them."""
    door = os.open(HOME / "door", os.O_RDWR | os.O_CREAT, 0o600)
    try:
        yield door
    finally:
        os.close(door)


def _lock(door: int, how: int) -> bool:
    """False if others hold it in a way that excludes ours; ours is gone then too."""
    with contextlib.suppress(BlockingIOError):
        fcntl.flock(door, how | fcntl.LOCK_NB)
        return True
    return False


def _running() -> dict[str, str] | None:
    try:
        told = json.loads((HOME / _SERVERS).read_text())
    except (OSError, ValueError):
        return None
    servers: dict[str, str] = told["servers"]
    return servers if Child(**told["owner"]).alive else None


def _settings(servers: dict[str, str]) -> dict[str, str]:
    return made_up_settings() | _kept_keys() | dict(os.environ) | servers


def made_up_settings() -> dict[str, str]:
    """Settings for a line that is not connected to the world: a carrier account that exists nowhere."""
    return {
        "PUBLIC_URL": "http://127.0.0.1:8000",
        "TWILIO_ACCOUNT_SID": "AC" + secrets.token_hex(16),
        "TWILIO_AUTH_TOKEN": secrets.token_hex(16),
        "LOG_LEVEL": "WARNING",
        **new_keys(),
    }


def new_keys() -> dict[str, str]:
    """Fresh secrets."""
    return {
        "SECRET_KEY": secrets.token_hex(32),
        "LOOKUP_KEY": secrets.token_hex(32),
        "FIELD_KEYS": Fernet.generate_key().decode(),
    }


def _kept_keys() -> dict[str, str]:
    """The keys of the kept database: made once, readable by their owner alone."""
    path = HOME / "keys.env"
    if not path.exists():
        _write(path, "".join(f"{name}={value}\n" for name, value in new_keys().items()))
    return dict(line.split("=", 1) for line in path.read_text().splitlines() if line)


def _write(path: Path, text: str) -> None:
    """In one step, and for nobody else's eyes."""
    new = path.with_suffix(".new")
    with os.fdopen(os.open(new, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as file:
        file.write(text)
    new.replace(path)
