"""Report numbers that become others: who enrolled on the old one, or proved to speak for its victim, goes with it."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import Connection, String, bindparam, column, func, literal, select
from sqlalchemy.dialects.postgresql import ARRAY, insert

from gateway.store.tables import contacts, enrollments
from rules.values import Event, EventType

_BECOMES = {EventType.REPORT_MERGED, EventType.REPORT_SPLIT}


def heirs(event: Event) -> tuple[str, ...]:
    """The report numbers under which it goes on; none for any other event."""
    if event.type not in _BECOMES:
        return ()
    into = event.data.get("into") or ()
    return (into,) if isinstance(into, str) else tuple(map(str, into))


def inherit(connection: Connection, agency_id: str, events: Sequence[Event]) -> None:
    """Enrollments and contacts of the old numbers hold for the new ones as well. What somebody ended there already,
    or refused, stays so. Safe to repeat, in any order: a chain of mergers is followed event by event."""
    pairs = [(event.subject, heir) for event in events for heir in heirs(event) if heir != event.subject]
    if not pairs:
        return
    asked = {"old": [old for old, _ in pairs], "new": [new for _, new in pairs]}
    became = (
        func.unnest(
            bindparam("old", type_=ARRAY(String, dimensions=1)),
            bindparam("new", type_=ARRAY(String, dimensions=1)),
        )
        .table_valued(column("old", String), column("new", String))
        .render_derived()
    )
    for table, ended in ((enrollments, enrollments.c.ended_at.is_(None)), (contacts, literal(True))):
        names = [one.name for one in table.columns]
        values = [became.c.new if name == "report_number" else table.c[name] for name in names]
        source = (
            select(*values)
            .join(became, became.c.old == table.c.report_number)
            .where(table.c.agency_id == agency_id, ended)
        )
        connection.execute(insert(table).from_select(names, source).on_conflict_do_nothing(), asked)
