"""`./tidings surge`: notices that are held because there are abnormally many of them."""

from __future__ import annotations

import json
import sys
from typing import Any

import click
from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn
from sqlalchemy import Row

from gateway import wake
from gateway.cli.ground import open_ground
from gateway.cli.staffed import agency_option, by_option, policy_of
from gateway.ground import Ground
from gateway.outbox import surge as deciding
from gateway.store import events, surges

STOPPED = 130
_notice = click.option("--notice", required=True, help="Which one; see ./tidings surge list.")
_json = click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")


@click.group()
def surge() -> None:
    """See which notices are held, and let them go or take them all back."""


@surge.command("list")
@agency_option
@_json
def list_(agency_id: str, as_json: bool) -> None:
    """List what is held, how much of it, and some of the reports or calls it is about.

    \b
    Examples:
      ./tidings surge list --agency tucson
      ./tidings surge list --agency tucson --json
    """
    with open_ground() as ground:
        zone = policy_of(ground, agency_id).policy.agency.zone
        with ground.database.connect() as connection:
            told = [
                _plain(row, surges.held_by(connection, agency_id, row.notice))
                for row in surges.open_ones(connection, agency_id)
            ]
            began = [row.began_at.astimezone(zone) for row in surges.open_ones(connection, agency_id)]
    if as_json:
        click.echo(json.dumps({"agency": agency_id, "held": told}, indent=2))
        return
    if not told:
        click.echo("Nothing is held.")
    for one, at in zip(told, began, strict=True):
        state = f", being discarded by {one['discarded_by']}" if one["discarded_by"] else ""
        click.echo(
            f"{one['notice']}: {one['texts']:,} texts, {one['emails']:,} emails and {one['letters']:,} letters wait "
            f"since {at:%Y-%m-%d %H:%M}{state}. There were {one['seen']:,} in the hour; {one['usual']:,} may be. "
            f"For example {', '.join(one['examples']) or 'none'}."
        )


def _plain(row: Row[Any], held: surges.Held) -> dict[str, Any]:
    return {
        "notice": row.notice,
        "began_at": row.began_at.isoformat(),
        "seen": row.seen,
        "usual": row.usual,
        "texts": held.messages,
        "emails": held.emails,
        "letters": held.letters,
        "examples": list(held.examples),
        "discarded_by": row.ended_by,
    }


@surge.command()
@agency_option
@_notice
@by_option
@_json
def release(agency_id: str, notice: str, staff: str, as_json: bool) -> None:
    """Let what is held go out. What is too late by now is dropped, each with that reason.

    \b
    Examples:
      ./tidings surge release --agency tucson --notice arrest.made
      ./tidings surge release --agency tucson --notice arrest.made --by clerk --json
    """
    with open_ground() as ground:
        row = _held(ground, agency_id, notice)
        with ground.database.begin() as connection:
            held = surges.held_by(connection, agency_id, notice)
            if not deciding.release(ground, connection, row, staff):
                raise click.ClickException(
                    f"{notice} is being discarded by {row.ended_by}, or was decided just now"
                )
        ground.waker.wake(wake.OUTBOX)
    if as_json:
        click.echo(
            json.dumps({"agency": agency_id, "notice": notice, "released": held.messages + held.emails})
        )
    else:
        click.echo(f"{held.messages + held.emails:,} are released: what is still in time goes out now.")


@surge.command()
@agency_option
@_notice
@by_option
@click.option("--yes", is_flag=True, help="Don't ask whether to go on.")
@_json
def discard(agency_id: str, notice: str, staff: str, yes: bool, as_json: bool) -> None:
    """Take back what is held: none of it goes out. What is owed becomes a task for each person.

    Bring the wrong import to an end first: what is written of it after this counts anew. Stop it at any moment and run
    it again; the line goes on with it by itself.

    \b
    Examples:
      ./tidings surge discard --agency tucson --notice arrest.made
      ./tidings surge discard --agency tucson --notice arrest.made --by clerk --yes --json
    """
    with open_ground() as ground:
        row = _held(ground, agency_id, notice)
        with ground.database.connect() as connection:
            held = surges.held_by(connection, agency_id, notice)
            waiting = events.count_new(connection)
        total = held.messages + held.emails + held.letters
        if waiting and not as_json:
            click.echo(
                f"{waiting:,} events still wait to be worked on; they may lead to more of these.", err=True
            )
        if not (yes or as_json):
            click.confirm(f"Take back {total:,} of {notice}?", abort=True)
        with ground.database.begin() as connection:
            surges.condemn(connection, row.id, staff)
        canceled = _carry_out(ground, row, staff, total)
    if as_json:
        click.echo(json.dumps({"agency": agency_id, "notice": notice, "discarded": canceled}))
    else:
        click.echo(f"{canceled:,} are taken back.")


def _carry_out(ground: Ground, row: Row[Any], staff: str, total: int) -> int:
    console = Console(stderr=True)
    bars = Progress(
        TextColumn("taking back"), BarColumn(), TextColumn("{task.completed:,} of {task.total:,}"),
        console=console, disable=not console.is_terminal,
    )  # fmt: skip
    try:
        with bars:
            bar = bars.add_task("", total=total)
            return deciding.carry_out_discard(
                ground, row, staff, progress=lambda canceled: bars.update(bar, completed=canceled)
            )
    except KeyboardInterrupt:
        click.echo("\nStopped; all stays held. Run it again, or let the line go on by itself.", err=True)
        sys.exit(STOPPED)


def _held(ground: Ground, agency_id: str, notice: str) -> Row[Any]:
    policy_of(ground, agency_id)
    with ground.database.connect() as connection:
        row = surges.held_one(connection, agency_id, notice)
        others = [one.notice for one in surges.open_ones(connection, agency_id)]
    if row is None:
        there = f"held: {', '.join(others)}" if others else "nothing is held"
        raise click.ClickException(f"--notice: {agency_id} holds no {notice}; {there}")
    return row
