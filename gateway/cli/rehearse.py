"""Trying a policy on past data before it decides anything."""

from __future__ import annotations

import difflib
import gc
import json
import math
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import NoReturn

import click
from rich.console import Console
from rich.progress import BarColumn, Progress, SpinnerColumn, TextColumn, TimeRemainingColumn

from gateway.feeds import mapping as mappings
from gateway.feeds.mapping import BadMapping, Mapping
from gateway.feeds.rows import CannotRead
from gateway.rehearsal import feed, madeup, page, told
from gateway.rehearsal.feed import Reading
from gateway.rehearsal.play import play
from gateway.rehearsal.report import Report
from gateway.rehearsal.tally import Endings, Tally, differences, tally
from locales import FOLDER, LANGUAGES, Catalogs
from rules.policy import POLICIES, BadPolicy, PinnedPolicy, load
from rules.survey import BadSurvey, PinnedSurvey, load_all

_FILE = click.Path(exists=True, dir_okay=False, path_type=Path)
_CODES = tuple(language.code for language in LANGUAGES)
PRICE = 0.0079
REJECTED, UNUSABLE, STOPPED = 1, 2, 130


@click.command()
@click.option("--policy", "policy_name", required=True, help="A policy file, or the name of a shipped one.")
@click.option("--feed", "file", type=_FILE, required=True, help="A CSV export of past calls or reports.")
@click.option(
    "--mapping", "mapping_name", required=True, help="A mapping file, or the name of a shipped one."
)
@click.option("--against", help="Another policy: tell what it would do differently.")
@click.option(
    "--language-mix",
    "mix",
    metavar="CODE=SHARE,...",
    default="",
    help="What share of the people whose language is not told reads which, such as es=0.3,ar=0.02.",
)
@click.option(
    "--price",
    type=click.FloatRange(min=0, max=100),
    callback=lambda _context, _option, said: _a_number(said),
    default=PRICE,
    show_default=True,
    help="Of one segment, in dollars, with carrier fees.",
)
@click.option("--limit", type=click.IntRange(min=1), metavar="N", help="Only the first N rows.")
@click.option("--json", "as_json", is_flag=True, help="Print the result as one JSON object.")
@click.option(
    "--html",
    "html",
    type=click.Path(dir_okay=False, writable=True, path_type=Path),
    help="Write the report here as a page, one file with everything in it.",
)
def rehearse(
    policy_name: str,
    file: Path,
    mapping_name: str,
    against: str | None,
    mix: str,
    price: float,
    limit: int | None,
    as_json: bool,
    html: Path | None,
) -> None:
    """Live through past data by a policy: who would have been told what, when, at what cost, and who not, and why.

    Nothing is sent, nothing is stored, and no database is needed: the rules, the gate and the words are the line's
    own, the clock is that of the data. What a feed lacks (phones, people, the stages of a call) is made up, and the
    report says what. The report holds call numbers and types, never a person's name or number.

    \b
    Examples:
      ./tidings rehearse --policy milwaukee --feed calls.csv --mapping milwaukee
      ./tidings rehearse --policy my.yaml --feed calls.csv --mapping cad.yaml --language-mix es=0.3 --html report.html
      ./tidings rehearse --policy new.yaml --against old.yaml --feed calls.csv --mapping cad.yaml
      ./tidings rehearse --policy tampa --feed calls.csv --mapping cad.yaml --json | jq .unknown

    \b
    Exit status:
      0    every row was read
      1    some rows were rejected; the others were rehearsed
      2    the command, a policy, the mapping or the file can't be used
      130  stopped by Ctrl-C
    """
    try:
        report = _rehearse(
            policy_name, file, mapping_name, against, _shares(mix), price, limit, quiet=as_json
        )
    except (BadPolicy, BadMapping, BadSurvey, CannotRead) as error:
        _give_up(str(error))
    except KeyboardInterrupt:
        click.echo("\nStopped.", err=True)
        sys.exit(STOPPED)
    if html:
        try:
            html.write_text(page.of(report), encoding="utf-8")
        except OSError as error:
            _give_up(f"{html}: can't be written: {error.strerror}")
    if as_json:
        click.echo(json.dumps(report.plain(), ensure_ascii=False, indent=2))
    else:
        console = Console()
        if not console.is_terminal:
            console.width = 120
        told.tell(console, report)
        if html:
            console.print(f"The report is in {html}.")
    sys.exit(REJECTED if report.reading.rejected else 0)


def _a_number(said: float) -> float:
    """What is not a number lies in every range, and no JSON can hold it."""
    if math.isnan(said):
        raise click.BadParameter("expected a number, such as 0.0079")
    return said


@dataclass(frozen=True)
class _Known:
    """What every policy speaks of."""

    catalogs: Catalogs
    surveys: dict[str, PinnedSurvey]

    def policy(self, option: str, name: str) -> PinnedPolicy:
        messages = frozenset(message_id for message_id, _ in self.catalogs.sentences)
        return load(_find(option, name, POLICIES), messages, frozenset(self.surveys))


def _rehearse(
    policy_name: str,
    file: Path,
    mapping_name: str,
    against: str | None,
    shares: dict[str, float],
    price: float,
    limit: int | None,
    quiet: bool,
) -> Report:
    began = time.monotonic()
    known = _Known(Catalogs.load(FOLDER), dict(load_all()))
    here = known.policy("--policy", policy_name)
    there = known.policy("--against", against) if against else None
    mapping = mappings.load(_find("--mapping", mapping_name, mappings.MAPPINGS))
    both = [here, *([there] if there else [])]

    def live(pinned: PinnedPolicy, endings: Endings | None, what: str) -> tuple[Reading, Tally]:
        reading = _reading(file, mapping, both, shares, limit)
        counted = Tally(pinned.policy.agency.zone, price)
        with _progress(what, quiet) as progress, _few_collections():
            events = reading.run(progress)
            lines = play(
                pinned,
                events,
                catalogs=known.catalogs,
                surveys=known.surveys,
                phones_are_real=not reading.made_up.gaps.no_phones,
            )
            tally(lines, counted, endings)
        return reading, counted

    if there is None:
        reading, counted = live(here, None, "rehearsing")
        return Report(here, file, reading, counted, time.monotonic() - began)
    endings_here, endings_there = Endings(), Endings()
    reading, counted = live(here, endings_here, here.policy.agency.id)
    live(there, endings_there, f"against {there.policy.agency.id}")
    found = differences(endings_here, endings_there)
    return Report(here, file, reading, counted, time.monotonic() - began, there, found)


def _reading(
    file: Path, mapping: Mapping, both: list[PinnedPolicy], shares: dict[str, float], limit: int | None
) -> Reading:
    """The same events for both policies, made-up ones too."""
    policies = [pinned.policy for pinned in both]
    return feed.reading(
        file,
        mapping,
        priority=madeup.middle_priority(policies),
        priority_wanted=any(policy.allowed.priority_required for policy in policies),
        taken=madeup.area_codes(policies),
        languages=shares,
        limit=limit,
    )


def _find(option: str, name: str, folder: Path) -> Path:
    """A file, or the shipped one of that name."""
    path = Path(name)
    if path.is_file():
        return path
    shipped = {one.stem: one for one in sorted(folder.glob("*.yaml"))}
    if name not in shipped:
        close = difflib.get_close_matches(path.stem, shipped, 1, 0.5)
        meant = f"; did you mean {close[0]}?" if close else ""
        _give_up(f"{option}: {name}: expected a file, or one of {', '.join(shipped)}{meant}")
    return shipped[name]


def _shares(mix: str) -> dict[str, float]:
    """`es=0.3,ar=0.02` as a table. All of them together are one at most."""
    shares: dict[str, float] = {}
    for part in filter(None, (one.strip() for one in mix.split(","))):
        code, _, said = part.partition("=")
        code = code.strip()
        if code not in _CODES:
            close = difflib.get_close_matches(code, _CODES, 1, 0.4)
            meant = f"; did you mean {close[0]}?" if close else ""
            _give_up(f"--language-mix: {code!r}: expected one of {', '.join(_CODES)}{meant}")
        if code in shares:
            _give_up(f"--language-mix: {code} is there twice; expected each language once")
        try:
            share = float(said)
        except ValueError:
            share = -1.0
        if not 0 <= share <= 1:
            _give_up(f"--language-mix: {part!r}: expected a share from 0 to 1, such as {code}=0.3")
        shares[code] = share
    if sum(shares.values()) > 1 + 1e-9:
        _give_up(f"--language-mix: expected shares of 1 at most together (found {sum(shares.values()):g})")
    return shares


@contextmanager
def _few_collections() -> Iterator[None]:
    """Records of days are alive and have no cycles: looking through them for cycles took a quarter of the time."""
    usual = gc.get_threshold()
    gc.set_threshold(200_000, 50, 100)
    try:
        yield
    finally:
        gc.set_threshold(*usual)


@contextmanager
def _progress(what: str, quiet: bool) -> Iterator[Callable[[int, int, int], None] | None]:
    """On standard error, and nothing where that is no terminal."""
    console = Console(stderr=True)
    if quiet or not console.is_terminal:
        yield None
        return
    with Progress(
        SpinnerColumn(),
        TextColumn("{task.description}"),
        BarColumn(),
        TextColumn("{task.fields[rows]:,} rows"),
        TextColumn("{task.fields[rate]:,.0f}/s"),
        TimeRemainingColumn(),
        console=console,
    ) as bars:
        bar = bars.add_task(what, total=None, rows=0, rate=0.0)
        began = time.monotonic()

        def advance(rows: int, done: int, size: int) -> None:
            rate = rows / max(time.monotonic() - began, 0.001)
            bars.update(bar, completed=done, total=size, rows=rows, rate=rate)

        yield advance


def _give_up(why: str) -> NoReturn:
    click.echo(why, err=True)
    sys.exit(UNUSABLE)
