"""`./tidings bench`: what things cost, each beside its floor; and how well texts are understood."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import replace
from importlib import import_module
from typing import Any

import click
from rich.console import Console
from rich.table import Table

from locales import languages

BENCHMARKS = ("outbox", "webhook", "events", "ingest", "rehearsal", "understanding_speed", "year")
"""Modules of `benchmarks/`; each has `run(stage, size)` and `SIZE`."""
ACCURACY = "understanding"
"""Run by itself: it tells how many are right, not what they cost, and has neither floor nor servers."""
LANGUAGES = tuple(language.code for language in languages.LANGUAGES)


@click.command()
@click.argument("names", nargs=-1, metavar="[NAME]...", type=click.Choice([*BENCHMARKS, ACCURACY]))
@click.option("--size", type=click.IntRange(min=1), help="How many in a round, in place of each one's own.")
@click.option("--rounds", type=click.IntRange(min=1), help="Of how many rounds the median is told.")
@click.option("--json", "as_json", is_flag=True, help="Print the results as JSON.")
@click.option("--list", "as_list", is_flag=True, help="Only say which there are.")
@click.option(
    "--half",
    type=click.Choice(["work", "measure", "both", "further"]),
    help="understanding: which labelled texts. [default: measure]",
)
@click.option("--language", multiple=True, type=click.Choice(LANGUAGES), help="understanding: only this one.")
@click.option(
    "--misses/--no-misses", default=None, help="understanding: list every miss, or only the grave ones."
)
def bench(
    names: tuple[str, ...],
    size: int | None,
    rounds: int | None,
    as_json: bool,
    as_list: bool,
    half: str | None,
    language: tuple[str, ...],
    misses: bool | None,
) -> None:
    """Measure what things cost, on servers that come and go with the run; or how well texts are understood.

    Each figure stands beside a floor that was measured in the same run, by turns: the same work with nothing of
    ours in it. On another machine, or a busy one, the figures change and the ratios hardly do.

    `understanding` costs seconds and is run by itself. It tells how many labelled texts are taken for what they mean.
    Who edits word files runs it with `--half work --misses`, and never reads the other half: it measures them.

    \b
    Examples:
      ./tidings bench
      ./tidings bench outbox webhook
      ./tidings bench outbox --size 500 --rounds 1
      ./tidings bench --json | jq '.[] | {name, ratio}'
      ./tidings bench understanding
      ./tidings bench understanding --half work --misses --language ar
    """
    if as_list:
        for name in (*BENCHMARKS, ACCURACY):
            click.echo(f"{name:22}{(_module(name).__doc__ or '').partition(chr(10))[0]}")
        return
    if ACCURACY in names:
        if len(names) > 1 or size or rounds:
            raise click.UsageError(f"{ACCURACY} is run by itself, and has neither --size nor --rounds.")
        _tell_accuracy(half or "measure", language or LANGUAGES, bool(misses), as_json)
        return
    if half or language or misses is not None:
        raise click.UsageError(f"--half, --language and --misses belong to {ACCURACY}.")
    results = _run(names or BENCHMARKS, size, rounds, quiet=as_json)
    if as_json:
        click.echo(json.dumps([result.plain() for result in results], indent=2))
    else:
        Console().print(table_of(results))


def _module(name: str) -> Any:
    return import_module(f"benchmarks.{name}")


def _tell_accuracy(half: str, languages: tuple[str, ...], misses: bool, as_json: bool) -> None:
    accuracy = _module(ACCURACY).measure(half, languages)
    if as_json:
        click.echo(json.dumps({"half": half} | accuracy.plain(misses), indent=2, ensure_ascii=False))
        return
    console = Console()
    if not console.is_terminal:
        console.width = 110
    for table in accuracy.tables(misses):
        console.print(table)


def _run(names: Iterable[str], count: int | None, rounds: int | None, quiet: bool) -> list[Any]:
    from benchmarks.stage import Stage  # with its servers, which --help and --list do without

    results = []
    with Stage.open() as stage:
        for name in names:
            if not quiet:
                click.echo(f"{name} ...", err=True)
            module = _module(name)
            size = module.SIZE
            size = replace(size, count=count or size.count, rounds=rounds or size.rounds)
            results += module.run(stage, size)
    return results


def table_of(results: Iterable[Any]) -> Table:
    """As people read it."""
    table = Table("Benchmark")
    for heading in ("Measured", "Floor", "Ratio"):
        table.add_column(heading, justify="right", no_wrap=True)
    table.add_column("Unit", no_wrap=True)
    table.add_column("The floor is", overflow="fold")
    table.add_column("Details", overflow="fold")
    for one in results:
        told = ", ".join(f"{name} {value}" for name, value in one.details.items())
        table.add_row(
            one.name,
            f"{one.measured:,.1f}",
            f"{one.floor:,.1f}",
            f"{one.ratio:.2f}",
            one.unit,
            one.floor_is,
            told,
        )
    return table
