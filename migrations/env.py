"""Alembic's entry: online only, one transaction for all migrations."""

from __future__ import annotations

from alembic import context
from sqlalchemy import create_engine, pool

from gateway.store.sealed import Sealed, SealedJson
from gateway.store.tables import metadata


def as_plain_bytes(kind: str, item: object, _: object) -> str | bool:
    """A migration must not change when our column types do: a sealed value is bytes to the database."""
    return "sa.LargeBinary()" if kind == "type" and isinstance(item, Sealed | SealedJson) else False


def run() -> None:
    engine = create_engine(context.config.get_main_option("sqlalchemy.url") or "", poolclass=pool.NullPool)
    with engine.begin() as connection:
        # Two releases at once: the second waits for the first.
        connection.exec_driver_sql("SELECT pg_advisory_xact_lock(7234109)")
        context.configure(connection=connection, target_metadata=metadata, render_item=as_plain_bytes)
        context.run_migrations()
    engine.dispose()


run()
