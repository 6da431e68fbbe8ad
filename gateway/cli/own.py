"""What this machine keeps between commands, in `.local`: an embedded database, and the keys that were made for it."""

from __future__ import annotations

import json
import os
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path

from cryptography.fernet import Fernet

from gateway.local.ownership import Child
from gateway.local.run import Run
from gateway.store import migrate

HOME = Path(__file__).parents[2] / ".local"
_SERVERS = "servers.json"


@contextmanager
def own_environment() -> Iterator[dict[str, str]]:
    """The environment for a line on this machine's own servers, laid under what the environment says itself.

    The first command starts them and ends them; another one meanwhile uses the same. Raises
    gateway.local.server.ServerError.
    """
    HOME.mkdir(mode=0o700, exist_ok=True)
    if servers := _running():
        yield _settings(servers)
        return
    with Run.open() as run:
        database = run.postgres(HOME / "postgres").database("tidings")
        servers = {"DATABASE_URL": database, "REDIS_URL": run.valkey().url}
        migrate.upgrade(database)
        told = {"owner": asdict(Child.of(os.getpid(), "owner")), "servers": servers}
        _write(HOME / _SERVERS, json.dumps(told))
        try:
            yield _settings(servers)
        finally:
            (HOME / _SERVERS).unlink(missing_ok=True)


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
