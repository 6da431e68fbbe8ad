"""The books of a simulated fortnight balance, however often the process dies; and they are no books that always do."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from sqlalchemy import text

from benchmarks import year
from benchmarks.stage import LINE, Stage
from gateway.app import lay_ground
from gateway.settings import from_environ
from gateway.store import agencies


@pytest.fixture(scope="module")
def stage() -> Iterator[Stage]:
    with Stage.open(handle_signals=False) as opened:
        yield opened


def lived(stage: Stage, victims: int, crashes: float) -> tuple[year.Life, year.Year]:
    """So many victims' year, lived to its end."""
    ground = lay_ground(from_environ(stage.environment()))
    with ground.database.begin() as connection:
        agencies.add_agency(connection, year.POLICY, year.BEGIN)
        agencies.add_sender(connection, year.POLICY, LINE, segments_per_second=100_000)
    told = year.year_of(victims)
    life = year.Life.of(ground, crashes)
    life.live(told)
    return life, told


def test_every_owed_notice_is_sent_suppressed_with_a_task_or_a_task_though_one_commit_in_five_is_a_crash(
    stage: Stage,
) -> None:
    life, told = lived(stage, 150, crashes=0.2)
    try:
        books = year.balance(life, told)
    finally:
        life.ground.database.dispose()
    assert life.database.deaths > 5
    assert 0 < books["owed sent"] < books["owed"]
    assert any(one["id"].endswith(":again") for _, one in told.arrivals)


@pytest.mark.parametrize(
    "fraud",
    [
        "DELETE FROM tasks",
        "UPDATE messages SET state = 'queued'",
        "UPDATE events SET state = 'new'",
    ],
)
def test_books_that_were_tampered_with_do_not_balance(stage: Stage, fraud: str) -> None:
    life, told = lived(stage, 30, crashes=0)
    try:
        with life.ground.database.begin() as connection:
            connection.execute(text(fraud))
        with pytest.raises(AssertionError):
            year.balance(life, told)
    finally:
        life.ground.database.dispose()
