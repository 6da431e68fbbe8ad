"""What every table is made with."""

from __future__ import annotations

from sqlalchemy import BigInteger, Column, DateTime, ForeignKey, Identity, MetaData, String

metadata = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "fk": "fk_%(table_name)s_%(column_0_name)s_%(referred_table_name)s",
        "pk": "pk_%(table_name)s",
    }
)


def own_id() -> Column[int]:
    return Column("id", BigInteger, Identity(), primary_key=True)


def agency(**options: object) -> Column[str]:
    return Column("agency_id", String, ForeignKey("agencies.id"), nullable=False, **options)  # type: ignore[arg-type]


def moment(name: str, required: bool = True, primary_key: bool = False) -> Column[object]:
    """A `timestamptz`."""
    return Column(name, DateTime(timezone=True), nullable=not required, primary_key=primary_key)
