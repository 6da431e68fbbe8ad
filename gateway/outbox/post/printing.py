"""A batch of letters: the gate asked once more about each, one PDF, and the states, in one transaction.

The file stands in its place before the transaction ends: what was printed and not recorded is printed again, what was
recorded can be printed again by its number, and nothing is recorded that was never printed.
"""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any
from uuid import UUID

from sqlalchemy import Connection, Row

from gateway.ground import Ground
from gateway.outbox import elsewhere
from gateway.outbox.elsewhere import RETURNED, Failed
from gateway.outbox.gate import rule_on_mail
from gateway.outbox.post.sheet import Sheet, pdf_of
from gateway.store import letters
from rules import gate
from rules.policy import Channel

AT_ONCE = 500
"""Letters in one batch; more make the next."""


@dataclass(frozen=True, slots=True)
class Printed:
    """A batch. `held_back` are letters that may not go out any more, and why."""

    batch: int | None
    """None where there was nothing to print."""
    letters: int
    held_back: Mapping[UUID, str]


def print_batch(ground: Ground, agency_id: str, out: Path, made_by: str) -> Printed:
    """Print what waits. Raises FileExistsError: a batch that is there already is never written over."""
    if out.exists():
        raise FileExistsError(out)
    now = ground.clock()
    try:
        with ground.database.begin() as connection:
            taken = letters.take(connection, agency_id, AT_ONCE)
            rulings = rule_on_mail(ground, taken, now, Channel.LETTER)
            # Quiet hours are no matter to a letter.
            goes = [row for row in taken if rulings[row.id].verdict is not gate.Verdict.DROP]
            held_back = _hold_back(ground, connection, taken, rulings, now)
            if not goes:
                return Printed(None, 0, held_back)
            batch = letters.mark_printed(connection, agency_id, [row.id for row in goes], made_by, now)
            _write(out, _pdf(ground, goes, now))
    except BaseException:
        out.unlink(missing_ok=True)
        raise
    return Printed(batch, len(goes), held_back)


def _hold_back(
    ground: Ground,
    connection: Connection,
    taken: Sequence[Row[Any]],
    rulings: Mapping[UUID, gate.Ruling],
    now: datetime,
) -> dict[UUID, str]:
    """What may not go out any more is told another way, or left to a person."""
    dropped = [
        Failed.of(row, ruling.reason.value, ruling.detail)
        for row in taken
        if (ruling := rulings[row.id]).verdict is gate.Verdict.DROP and ruling.reason
    ]
    why = {one.id: one.why for one in dropped}
    letters.cancel(connection, why)
    elsewhere.keep_why(connection, dropped, now)
    elsewhere.go_on(ground, connection, dropped, now)
    return why


def reprint(ground: Ground, batch_id: int, agency_id: str, out: Path) -> int:
    """The same letters with the date of that day, for a batch that was lost. Returns how many.

    Raises FileExistsError, and LookupError for a batch that is not this agency's.
    """
    if out.exists():
        raise FileExistsError(out)
    with ground.database.connect() as connection:
        batch = letters.batch(connection, batch_id)
        if batch is None or batch.agency_id != agency_id:
            raise LookupError(f"{agency_id} has no batch {batch_id}")
        rows = letters.of_batch(connection, batch_id)
    _write(out, _pdf(ground, rows, batch.made_at))
    return len(rows)


def take_back(ground: Ground, agency_id: str, ids: Sequence[UUID]) -> set[UUID]:
    """The post returned these. What is owed becomes a task. Returns those that were out."""
    now = ground.clock()
    with ground.database.begin() as connection:
        returned = letters.mark_returned(connection, agency_id, ids, now)
        elsewhere.go_on(ground, connection, [Failed.of(row, RETURNED) for row in returned], now)
    return {row.id for row in returned}


def _pdf(ground: Ground, rows: Sequence[Row[Any]], at: datetime) -> bytes:
    sheets = []
    for row in rows:
        day = at.astimezone(ground.policies.of(row.agency_id).policy.agency.zone).date()
        sheets.append(Sheet(row.content, row.language, day))
    return pdf_of(ground.catalogs, sheets)


def _write(out: Path, pdf: bytes) -> None:
    """In one step, readable by its owner alone, and on the disk before anything is recorded."""
    new = out.with_name(f".{out.name}.new")
    new.unlink(missing_ok=True)
    with os.fdopen(os.open(new, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
        file.write(pdf)
        file.flush()
        os.fsync(file.fileno())
    new.replace(out)
