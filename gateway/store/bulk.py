"""Many rows in one statement whose text is always the same: columns travel as arrays and are unnested.

Hundreds of rows as VALUES are a new statement each time, for SQLAlchemy to compile, psycopg to split and PostgreSQL
to parse: five times the time of the work itself. It also keeps clear of the limit of 65,535 parameters.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import Column, ColumnElement, Select, Table, bindparam, column, func, select
from sqlalchemy.dialects.postgresql import ARRAY, Insert, insert


def insert_many(table: Table, names: Sequence[str]) -> Insert:
    """An insert of these columns, to be executed with `columns(names, rows)`."""
    return insert(table).from_select(list(names), unnested([table.c[name] for name in names]))


def unnested(wanted: Sequence[Column[Any]]) -> Select[Any]:
    """The rows of `columns`, as a select to be inserted from or compared with."""
    arrays = [bindparam(one.name, type_=ARRAY(one.type, dimensions=1)) for one in wanted]
    rows = func.unnest(*arrays).table_valued(*(column(one.name, one.type) for one in wanted)).render_derived()
    return select(*(rows.c[one.name] for one in wanted))


def among(one: Column[Any], name: str | None = None) -> ColumnElement[bool]:
    """Whether a column is one of the values that are given as a list, under its name or another. Uses an index."""
    array = bindparam(name or one.name, type_=ARRAY(one.type, dimensions=1))
    return one == func.any(array)


def columns(names: Sequence[str], rows: Sequence[Mapping[str, Any]]) -> dict[str, list[Any]]:
    """Rows turned into the parameters of such a statement: one list for each column."""
    return {name: [row[name] for row in rows] for name in names}
