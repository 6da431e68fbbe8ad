"""The books of a simulated fortnight balance, however often the process dies; and they are no books that always do."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from sqlalchemy import text

from benchmarks.stage import Stage
from benchmarks.year import balance
from benchmarks.year_lived import Life
from benchmarks.year_told import year_of


@pytest.fixture(scope="module")
def stage() -> Iterator[Stage]:
    with Stage.open(handle_signals=False) as opened:
        yield opened


def test_every_owed_notice_is_sent_suppressed_with_a_task_or_a_task_though_one_commit_in_five_is_a_crash(
    stage: Stage,
) -> None:
    told = year_of(150)
    with Life.begin(stage.environment(), crashes=0.2) as life:
        life.live(told)
        books = balance(life, told)
    assert life.deaths > 5
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
    told = year_of(30)
    with Life.begin(stage.environment(), crashes=0) as life:
        life.live(told)
        with life.database.engine.begin() as connection:
            connection.execute(text(fraud))
        with pytest.raises(AssertionError):
            balance(life, told)


def test_a_message_that_the_carrier_took_twice_is_found(stage: Stage) -> None:
    told = year_of(30)
    with Life.begin(stage.environment(), crashes=0) as life:
        life.live(told)
        life.posted[next(iter(life.posted))] += 1
        with pytest.raises(AssertionError, match="posted twice"):
            balance(life, told)
