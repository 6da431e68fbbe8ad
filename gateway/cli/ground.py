"""The ground a command stands on: the servers that the environment names, or this machine's own."""

from __future__ import annotations

import os
import secrets
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

import click
from cryptography.fernet import Fernet

from gateway.app import lay_ground
from gateway.ground import Ground
from gateway.local.run import Run
from gateway.settings import BadSettings, from_environ
from gateway.store import agencies, migrate
from rules.policy import BadPolicy

CHECKOUT = Path(__file__).parents[2]
HOME = CHECKOUT / ".local"
"""What this machine keeps between commands: the embedded database, and the keys that were made for it."""

DEMO_NUMBER = "+15205550199"


@contextmanager
def open_ground() -> Iterator[Ground]:
    """With DATABASE_URL set, the deployment that the environment describes; else this machine's own, made on first use.

    Says what is wrong and ends the command with status 2 where settings or policies are.
    """
    if os.environ.get("DATABASE_URL"):
        with laid(os.environ) as ground:
            yield ground
        return
    with Run.open() as run, laid(own_environment(run)) as ground:
        add_demo_agency(ground)
        yield ground


def add_demo_agency(ground: Ground, segments_per_second: int = 100) -> None:
    """The made-up agency that this machine's own line belongs to. Safe to repeat."""
    with ground.database.begin() as connection:
        agencies.add_agency(connection, "demo", ground.clock())
        agencies.add_sender(connection, "demo", DEMO_NUMBER, segments_per_second=segments_per_second)


@contextmanager
def laid(environ: Mapping[str, str]) -> Iterator[Ground]:
    """The ground for these settings. Ends the command with status 2, and says why, where they are wrong."""
    try:
        ground = lay_ground(from_environ(environ))
    except (BadSettings, BadPolicy) as error:
        click.echo(str(error), err=True)
        sys.exit(2)
    try:
        yield ground
    finally:
        ground.database.dispose()


def own_environment(run: Run) -> dict[str, str]:
    """Embedded servers, with a database that is kept in `.local`, and our settings laid over the environment's."""
    HOME.mkdir(mode=0o700, exist_ok=True)
    postgres, valkey = run.postgres(HOME / "postgres"), run.valkey()
    url = postgres.database("tidings")
    migrate.upgrade(url)
    return (
        made_up_settings(url, valkey.url)
        | _kept_keys()
        | dict(os.environ)
        | {
            "DATABASE_URL": url,
            "REDIS_URL": valkey.url,
        }
    )


def made_up_settings(database_url: str, redis_url: str) -> dict[str, str]:
    """Settings for a line that is not connected to the world: a carrier account that exists nowhere."""
    return {
        "DATABASE_URL": database_url,
        "REDIS_URL": redis_url,
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
        lines = "".join(f"{name}={value}\n" for name, value in new_keys().items())
        with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
            file.write(lines)
    return dict(line.split("=", 1) for line in path.read_text().splitlines() if line)
