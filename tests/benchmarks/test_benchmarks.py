"""Every benchmark still runs, in a tiny size. How long things take is no test's business."""

from __future__ import annotations

from collections.abc import Iterator
from importlib import import_module
from io import StringIO

import pytest
from click.testing import CliRunner
from rich.console import Console

from benchmarks.result import Size
from benchmarks.stage import Stage
from gateway.cli.bench import ACCURACY, BENCHMARKS, bench, table_of


@pytest.fixture(scope="module")
def stage() -> Iterator[Stage]:
    with Stage.open(handle_signals=False) as opened:
        yield opened


@pytest.mark.parametrize("name", BENCHMARKS)
def test_a_benchmark_tells_a_ratio_of_each_figure_to_its_floor(name: str, stage: Stage) -> None:
    results = import_module(f"benchmarks.{name}").run(stage, Size(20, rounds=1))
    assert results
    console = Console(width=200, file=StringIO(), record=True)
    console.print(table_of(results))
    shown = console.export_text()
    for result in results:
        assert result.ratio > 0
        assert f"{result.ratio:.2f}" in shown


def test_the_command_lists_each_with_a_sentence() -> None:
    listed = CliRunner().invoke(bench, ["--list"]).output.splitlines()
    assert [line.split()[0] for line in listed] == [*BENCHMARKS, ACCURACY]
    assert all(line.endswith(".") for line in listed)
