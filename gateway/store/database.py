"""Opening PostgreSQL, with the vault in the dialect so that sealed columns open by themselves."""

from __future__ import annotations

from psycopg.errors import DeadlockDetected
from sqlalchemy import Engine, create_engine
from sqlalchemy.exc import OperationalError

from gateway.store.sealed import Vault


def open_database(url: str, vault: Vault, connections: int = 4) -> Engine:
    """An engine whose transactions are short. A connection that died is noticed before it is used.

    `url` is `postgresql+psycopg://...`; nothing is connected yet.
    """
    engine = create_engine(
        url,
        pool_size=connections,
        max_overflow=2,
        pool_pre_ping=True,
        pool_timeout=5,
        hide_parameters=True,
        connect_args={"connect_timeout": 5, "application_name": "tidings"},
    )
    engine.dialect.vault = vault  # type: ignore[attr-defined]
    return engine


def was_deadlock(error: OperationalError) -> bool:
    """Whether PostgreSQL ended a transaction because two waited for each other: the same again will do."""
    return isinstance(error.orig, DeadlockDetected)
