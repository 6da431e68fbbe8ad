"""Bringing an export of CAD or RMS in."""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any, NoReturn

import click
from rich.console import Console
from rich.progress import BarColumn, Progress, SpinnerColumn, TextColumn, TimeRemainingColumn
from rich.table import Table as Grid
from sqlalchemy.exc import OperationalError

from gateway.cli.ground import open_ground
from gateway.cli.trial import show
from gateway.feeds.ingest import Ingest, Rejects, Report
from gateway.feeds.mapping import BadMapping, find, load
from gateway.feeds.rows import CannotRead, Table, open_table
from gateway.feeds.translate import Translator
from gateway.ground import Ground, NoPolicy
from gateway.store import agencies

_FILE = click.Path(exists=True, dir_okay=False, path_type=Path)
_REASONS_SHOWN = 20
REJECTED, UNUSABLE, STOPPED = 1, 2, 130


@click.command()
@click.argument("file", type=_FILE)
@click.option(
    "--mapping",
    "mapping_name",
    metavar="NAME|FILE",
    required=True,
    help="Which columns become which events: one that is shipped, or a file.",
)
@click.option("--agency", "agency_id", help="Whose calls or cases they are; needed where there are several.")
@click.option("--history", is_flag=True, help="Nobody is told of these events, however recent they are.")
@click.option(
    "--no-work", is_flag=True, help="Only record; leave it to the workers to bring the records up to date."
)
@click.option(
    "--rejects",
    type=click.Path(dir_okay=False, writable=True, path_type=Path),
    help="Write rejected rows here.",
)
@click.option("--try", "only_try", is_flag=True, help="Show the first rows as events; store nothing.")
@click.option(
    "--rows", "most", type=click.IntRange(min=1), default=10, show_default=True, help="How many rows to try."
)
@click.option("--json", "as_json", is_flag=True, help="Print the result as one JSON object.")
def ingest(
    file: Path,
    mapping_name: str,
    agency_id: str | None,
    history: bool,
    no_work: bool,
    rejects: Path | None,
    only_try: bool,
    most: int,
    as_json: bool,
) -> None:
    """Record the rows of FILE, a CSV export of dispatch (CAD) or records (RMS), as events, and work them off.

    The mapping is a YAML file, or the name of one that is shipped: see gateway/feeds/mappings and docs/feeds.md.
    Times without an offset are read in the mapping's time zone: of an hour that comes twice when daylight saving
    ends the first is meant, and a time that is skipped when it begins is read by the offset before.

    A row that is wrong is told with its line, field and reason, and the others are kept. Reading a file again adds
    nothing twice: so stop it at any moment and start it anew. An event that is older than the life of its notice
    tells nobody anything; --history silences the younger ones too.

    \b
    Examples:
      ./tidings ingest calls.csv --mapping tucson --try
      ./tidings ingest calls.csv --mapping cad.yaml --try --rows 3 --json
      ./tidings ingest calls.csv --mapping cad.yaml --history --rejects wrong.csv
      ./tidings ingest calls.csv --mapping cad.yaml --agency tucson --json | jq .rejected

    \b
    Exit status:
      0    every event was recorded, now or before
      1    some rows were rejected; the others are recorded
      2    the command, the mapping, the file or the database can't be used
      130  stopped by Ctrl-C; what was done is kept
    """
    try:
        mapping = load(find(mapping_name))
        with open_table(file, mapping.shape, mapping.wanted_columns) as table:
            if only_try:
                sys.exit(0 if show(table, mapping, most, as_json) else REJECTED)
            with open_ground() as ground, _database_told(), ExitStack() as stack:
                agency_id = _agency(ground, agency_id)
                job = Ingest(ground, agency_id, table, Translator(mapping), history)
                if rejects:
                    job.rejects = stack.enter_context(_rejects(rejects, table))
                seconds = _run(job, work=not no_work)
    except (BadMapping, CannotRead) as error:
        _give_up(str(error))
    told = {"file": str(file), "source": mapping.source, "agency": agency_id, "history": history}
    if as_json:
        click.echo(json.dumps(told | _plain(job.report) | {"seconds": seconds}, ensure_ascii=False, indent=2))
    else:
        _show(job.report, seconds, worked=not no_work)
    sys.exit(REJECTED if job.report.rejected else 0)


@contextmanager
def _database_told() -> Iterator[None]:
    try:
        yield
    except OperationalError as error:
        _give_up(
            f"The database can't be reached: {str(error.orig).strip()}\nRun it again: it goes on where it stopped."
        )


def _run(job: Ingest, work: bool) -> dict[str, float]:
    """Record, then work off, each with its progress on a terminal. Returns how many seconds each took."""
    began = time.monotonic()
    try:
        with _progress() as progress:
            bar = progress.add_task("recording", total=job.table.size(), shown="rows", count=0)
            for report in job.record():
                progress.update(bar, completed=job.table.position(), count=report.rows)
            progress.update(bar, completed=job.table.size())
            recorded = time.monotonic()
            if work and (waiting := job.waiting()):
                bar = progress.add_task("working off", total=waiting, shown="events", count=0)
                for report in job.work():
                    progress.update(bar, completed=report.worked, count=report.worked)
    except KeyboardInterrupt:
        report = job.report
        click.echo(
            f"\nStopped after {report.rows:,} rows: {report.accepted:,} events were recorded, "
            f"{report.worked:,} worked off. Run it again: it goes on where it stopped.",
            err=True,
        )
        sys.exit(STOPPED)
    return {"recording": round(recorded - began, 2), "working": round(time.monotonic() - recorded, 2)}


def _progress() -> Progress:
    """Nothing where standard error is no terminal."""
    console = Console(stderr=True)
    return Progress(
        SpinnerColumn(),
        TextColumn("{task.description:11}"),
        BarColumn(),
        TextColumn("{task.fields[count]:,} {task.fields[shown]}"),
        _Rate(),
        TimeRemainingColumn(),
        console=console,
        disable=not console.is_terminal,
    )


class _Rate(TextColumn):
    """Rows or events a second."""

    def __init__(self) -> None:
        super().__init__("")

    def render(self, task: Any) -> Any:
        self.text_format = f"{task.fields['count'] / task.elapsed:,.0f}/s" if task.elapsed else ""
        return super().render(task)


def _agency(ground: Ground, named: str | None) -> str:
    with ground.database.connect() as connection:
        there = agencies.ids(connection)
    if named is None and len(there) == 1:
        named = there[0]
    if named not in there:
        known = f"there is {', '.join(there)}" if there else "there is none; see ./tidings agency add --help"
        _give_up(f"--agency: expected an agency that is in the database; {known}")
    try:
        ground.policies.of(named)
    except NoPolicy as error:
        _give_up(f"--agency: {error}; expected one in {ground.settings.policies}")
    return named


@contextmanager
def _rejects(path: Path, table: Table) -> Iterator[Rejects]:
    try:
        if path.resolve() == table.path.resolve():
            _give_up("--rejects: expected another file than the one that is read")
        file = path.open("w", encoding="utf-8", errors="surrogateescape", newline="")
    except OSError as error:
        _give_up(f"{path}: can't be written: {error.strerror}")
    with file:
        yield Rejects(file, table)


def _plain(report: Report) -> dict[str, Any]:
    return {
        "rows": report.rows,
        "rows_without_event": report.silent,
        "accepted": report.accepted,
        "duplicates": report.duplicates,
        "rejected": report.rejected,
        "reasons": [
            {"field": where, "reason": reason, "count": told.count, "lines": told.lines}
            for (where, reason), told in report.reasons.items()
        ],
        "worked": report.worked,
        "messages": report.messages,
        "left": report.left,
    }


def _show(report: Report, seconds: dict[str, float], worked: bool) -> None:
    grid = Grid(show_header=False, box=None)
    grid.add_column()
    grid.add_column(justify="right")
    grid.add_row("rows read", f"{report.rows:,}")
    if report.silent:
        grid.add_row("  of these, without any event", f"{report.silent:,}")
    grid.add_row("events accepted", f"{report.accepted:,}")
    grid.add_row("events recorded before", f"{report.duplicates:,}")
    grid.add_row("rejected", f"{report.rejected:,}")
    if worked:
        grid.add_row("events worked off", f"{report.worked:,}")
        grid.add_row("messages written", f"{report.messages:,}")
    grid.add_row("seconds", f"{sum(seconds.values()):.1f}")
    console = Console()
    console.print(grid)
    if report.reasons:
        console.print(_reasons(report))
    if not report.accepted and report.duplicates:
        console.print("Nothing is new: all of it was recorded before.")
    if report.left:
        console.print(f"Another worker is at {report.left:,} more events, and goes on with them.")


def _reasons(report: Report) -> Grid:
    grid = Grid("Field", "What was wrong", "How often", "Lines", title="Rejected")
    ranked = sorted(report.reasons.items(), key=lambda one: -one[1].count)
    for (where, reason), told in ranked[:_REASONS_SHOWN]:
        lines = ", ".join(map(str, told.lines))
        if more := told.count - len(told.lines):
            lines += f" and {more:,} more"
        grid.add_row(where, reason, f"{told.count:,}", lines)
    if rest := ranked[_REASONS_SHOWN:]:
        grid.add_row(
            "", f"{len(rest):,} other reasons", f"{sum(told.count for _, told in rest):,}", "see --json"
        )
    return grid


def _give_up(why: str) -> NoReturn:
    click.echo(why, err=True)
    sys.exit(UNUSABLE)
