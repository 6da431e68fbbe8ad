"""The ground a command stands on: the deployment that the environment describes, or this machine's own."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager

import click
from psycopg.errors import UndefinedColumn, UndefinedTable
from sqlalchemy.exc import OperationalError, ProgrammingError

from gateway.app import lay_ground
from gateway.cli.own import own_environment
from gateway.ground import Ground
from gateway.local.server import ServerError
from gateway.settings import BadSettings, from_environ
from gateway.store import agencies
from gateway.store.sealed import CannotOpen
from rules.policy import BadPolicy
from rules.survey import BadSurvey

DEMO_NUMBER = "+15205550199"


@contextmanager
def environment() -> Iterator[dict[str, str]]:
    """With DATABASE_URL set, the environment as it is; else with this machine's own servers, made on first use."""
    if not has_own_servers():
        yield dict(os.environ)
        return
    try:
        with own_environment() as own:
            yield own
    except ServerError as error:
        raise click.ClickException(str(error)) from error


@contextmanager
def open_ground() -> Iterator[Ground]:
    """The ground for a command. Says what is wrong, and ends with status 2, where settings, policies or surveys are."""
    with environment() as env, laid(env) as ground:
        if has_own_servers():
            add_demo_agency(ground)
        with plain_words():
            yield ground


def has_own_servers() -> bool:
    """Whether nobody named a database, so that this machine's own serves."""
    return not os.environ.get("DATABASE_URL")


@contextmanager
def plain_words() -> Iterator[None]:
    """Ends the command with a sentence where the database is away, behind, or sealed with other keys."""
    try:
        yield
    except OperationalError as error:
        raise click.ClickException(f"the database can't be reached: {str(error.orig).strip()}") from error
    except CannotOpen as error:
        raise click.ClickException(str(error)) from error
    except ProgrammingError as error:
        if not isinstance(error.orig, UndefinedTable | UndefinedColumn):
            raise
        raise click.ClickException("the database is behind; run ./tidings migrate") from error


@contextmanager
def laid(environ: Mapping[str, str]) -> Iterator[Ground]:
    """The ground for these settings. Ends the command with status 2, and says why, where they are wrong."""
    try:
        ground = lay_ground(from_environ(environ))
    except (BadSettings, BadPolicy, BadSurvey) as error:
        click.echo(str(error), err=True)
        sys.exit(2)
    try:
        yield ground
    finally:
        ground.database.dispose()


def add_demo_agency(ground: Ground, segments_per_second: int = 100) -> None:
    """The made-up agency that this machine's own line belongs to. Safe to repeat."""
    with ground.database.begin() as connection:
        if agencies.sender_of(connection, "demo") is not None:
            return  # writing it again would wait for every talk that is open in another terminal
        agencies.add_agency(connection, "demo", ground.clock())
        agencies.add_sender(connection, "demo", DEMO_NUMBER, segments_per_second=segments_per_second)
