"""Bringing a database to the newest shape."""

from __future__ import annotations

from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Engine

MIGRATIONS = Path(__file__).parents[2] / "migrations"


def config(url: str) -> Config:
    """Alembic's configuration for a database, without an ini file."""
    made = Config()
    made.set_main_option("script_location", str(MIGRATIONS))
    made.set_main_option("sqlalchemy.url", url.replace("%", "%%"))
    return made


def upgrade(url: str) -> None:
    """Runs every migration that the database has not seen. `url` may be any PostgreSQL address."""
    command.upgrade(config(with_driver(url)), "head")


def with_driver(url: str) -> str:
    """The address with the driver that we use."""
    return "postgresql+psycopg://" + url.partition("://")[2]


def is_current(engine: Engine) -> bool:
    """Whether the database has every migration that this code knows."""
    wanted = ScriptDirectory(str(MIGRATIONS)).get_current_head()
    with engine.connect() as connection:
        return MigrationContext.configure(connection).get_current_revision() == wanted
