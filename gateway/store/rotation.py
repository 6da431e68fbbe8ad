"""Sealing everything anew under the newest field key, in small transactions, while the line works on."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from sqlalchemy import Column, Engine, LargeBinary, Table, bindparam, select, tuple_, type_coerce, update

from gateway.store.sealed import Sealed, SealedJson, Vault
from gateway.store.tables import metadata

_BATCH = 500


def sealed_columns() -> list[Column[Any]]:
    """Every column that the field keys seal."""
    return [
        column
        for table in metadata.sorted_tables
        for column in table.columns
        if isinstance(column.type, Sealed | SealedJson)
    ]


def rotate(database: Engine, vault: Vault) -> Iterator[tuple[str, int]]:
    """Column by column: its name, and how many values were sealed anew. Raises gateway.store.sealed.CannotOpen."""
    for column in sealed_columns():
        yield f"{column.table.name}.{column.name}", _rotate(database, vault, column)


def _rotate(database: Engine, vault: Vault, column: Column[Any]) -> int:
    table: Table = column.table  # type: ignore[assignment]
    keys = list(table.primary_key.columns)
    raw = type_coerce(column, LargeBinary).label("sealed")
    change = (
        update(table)
        .where(*(key == bindparam(f"key_{key.name}") for key in keys))
        .values({column.name: bindparam("anew", type_=LargeBinary)})
    )
    last: tuple[Any, ...] | None = None
    count = 0
    while True:
        statement = (
            select(*keys, raw).where(column.is_not(None)).order_by(*keys).limit(_BATCH).with_for_update()
        )
        if last is not None:
            statement = statement.where(tuple_(*keys) > last)
        with database.begin() as connection:
            rows = connection.execute(statement).all()
            if not rows:
                return count
            connection.execute(
                change,
                [
                    {f"key_{key.name}": row[place] for place, key in enumerate(keys)}
                    | {"anew": vault.rotate(row.sealed)}
                    for row in rows
                ],
            )
        last = tuple(rows[-1][: len(keys)])
        count += len(rows)
