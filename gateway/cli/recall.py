"""`./tidings recall`: a wrong notice is stopped, and whom it reached is told to disregard it."""

from __future__ import annotations

import difflib
import json
import sys
from dataclasses import asdict
from datetime import UTC, datetime
from typing import Any

import click
from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn
from rich.table import Table

from gateway import wake
from gateway.cli.ground import open_ground
from gateway.cli.staffed import agency_option, by_option, policy_of
from gateway.ground import Ground
from gateway.outbox import corrections
from gateway.outbox import recall as recalling
from gateway.store import recalls
from gateway.store.recalls import Found, Scope
from locales import LANGUAGES
from rules.policy import Channel, PinnedPolicy

STOPPED = 130
_KIND_NAMES = {"case": "of a report", "call": "of a call"}
_CORRECTED = {Channel.EMAIL: "corrected by email", Channel.LETTER: "a letter of correction, to be printed"}


@click.command()
@agency_option
@click.option("--notice", required=True, help="Its id in the policy, such as arrest.made.")
@click.option("--number", help="Only what was written of this report or call.")
@click.option(
    "--since",
    required=True,
    help="From when the wrong ones were written: 2026-11-23T08:00, where the agency is; or with an offset.",
)
@click.option("--until", required=True, help="The same for the last one, itself included; or the word now.")
@by_option
@click.option("--dry-run", is_flag=True, help="Tell how many it is about and show the wording; do nothing.")
@click.option("--yes", is_flag=True, help="Don't ask whether to go on.")
@click.option("--json", "as_json", is_flag=True, help="Print the result as one JSON object; never asks.")
def recall(
    agency_id: str,
    notice: str,
    number: str | None,
    since: str,
    until: str,
    staff: str,
    dry_run: bool,
    yes: bool,
    as_json: bool,
) -> None:
    """Take back a notice: stop what waits, and send a correction to exactly those whom it reached, the same way.

    What is counted is when a notice was written; it may have left later, at the end of the quiet hours. Each person is
    corrected once, in their language, however often this is run; nobody who opted out is. Corrections leave at once,
    or in the morning where quiet hours hold them; those of letters wait to be printed. The pages behind the links are
    closed. Where the agency has no mail server (or no postal address) any more, a task is opened instead.

    Stop it at any moment and run it again: it goes on where it stopped, and so does the line by itself.

    \b
    Examples:
      ./tidings recall --agency tucson --notice arrest.made --since 2026-11-23T08:00 --until now --dry-run
      ./tidings recall --agency tucson --notice arrest.made --since 2026-11-23T08:00 --until 2026-11-23T09:30 --yes
      ./tidings recall --agency tucson --notice report.filed --number 2411-00372 --since 2026-11-23 --until now

    \b
    Exit status:
      0    it is done, or was done before
      1    the agency, the notice or the times can't be used, or you said no
      130  stopped by Ctrl-C; what was done is kept
    """
    with open_ground() as ground:
        pinned = policy_of(ground, agency_id)
        now = ground.clock()
        scope = Scope(
            agency_id,
            notice,
            _moment(since, "--since", pinned, now),
            _moment(until, "--until", pinned, now),
            number,
        )
        _check(ground, pinned, scope, now)
        with ground.database.connect() as connection:
            found = recalls.find(connection, scope)
        if dry_run:
            _show_dry(ground, pinned, scope, found, as_json)
            return
        if not (yes or as_json):
            _tell(pinned, found)
            if not _anything(found):
                click.echo("Nothing to do.")
                return
            click.confirm("Recall these now?", abort=True)
        canceled, corrected = _run(ground, scope, staff)
        ground.waker.wake(wake.OUTBOX)
        ground.waker.wake(wake.MAIL)
    _done(pinned, scope, found, canceled, corrected, as_json)


def _moment(text: str, option: str, pinned: PinnedPolicy, now: datetime) -> datetime:
    """Aware UTC. Without an offset, it is where the agency is."""
    if text == "now":
        return now
    try:
        told = datetime.fromisoformat(text)
    except ValueError:
        zone = pinned.policy.agency.time_zone
        raise click.ClickException(
            f"{option}: {text!r} is no time; expected such as 2026-11-23T08:00 ({zone}), "
            "2026-11-23T15:00+00:00 or now"
        ) from None
    aware = told if told.tzinfo else told.replace(tzinfo=pinned.policy.agency.zone)
    return aware.astimezone(UTC)


def _check(ground: Ground, pinned: PinnedPolicy, scope: Scope, now: datetime) -> None:
    if scope.until > now:
        raise click.ClickException(
            "--until lies in the future, and a notice that is right by then would be recalled too; say now"
        )
    if scope.since > scope.until:
        raise click.ClickException("--since lies after --until; expected the earlier time first")
    with ground.database.connect() as connection:
        written = recalls.known_notices(connection, scope.agency_id, scope.since, scope.until)
    known = sorted({*written, *(rule.id for rule in pinned.policy.notices)})
    if scope.notice not in known:
        near = difflib.get_close_matches(scope.notice, known, n=1)
        meant = f"; did you mean {near[0]}?" if near else ""
        raise click.ClickException(
            f"--notice: {scope.agency_id} has no notice {scope.notice}{meant} There is: {', '.join(known)}"
        )


def _anything(found: Found) -> bool:
    return bool(found.waiting or found.in_flight or found.reached or found.emails or found.letters)


def _run(ground: Ground, scope: Scope, staff: str) -> tuple[int, int]:
    console = Console(stderr=True)
    bars = Progress(
        TextColumn("{task.description}"), BarColumn(), TextColumn("{task.completed:,}"),
        console=console, disable=not console.is_terminal,
    )  # fmt: skip
    try:
        with bars:
            stopping = bars.add_task("stopped  ", total=None)
            correcting = bars.add_task("corrected", total=None)

            def progress(canceled: int, corrected: int) -> None:
                bars.update(stopping, completed=canceled)
                bars.update(correcting, completed=corrected)

            with ground.database.begin() as connection:
                begun = recalls.begin(connection, scope, staff, ground.clock())
            return recalling.carry_out(ground, begun, progress=progress)
    except KeyboardInterrupt:
        click.echo(
            "\nStopped. What was done is kept; run it again, or let the line go on by itself.", err=True
        )
        sys.exit(STOPPED)


def _tell(pinned: PinnedPolicy, found: Found) -> None:
    """What the recall is about, on standard output."""
    reached = sum(found.reached.values())
    languages = ", ".join(f"{count:,} {code}" for code, count in sorted(found.reached.items()))
    rows = [
        ("not sent yet: stopped", found.waiting),
        ("on their way: corrected as soon as it is known that they left", found.in_flight),
        (f"reached by text: corrected{f' ({languages})' if languages else ''}", reached),
        (f"reached by email: {_what_becomes(pinned, Channel.EMAIL)}", found.emails),
        (f"printed as letters: {_what_becomes(pinned, Channel.LETTER)}", found.letters),
    ]
    grid = Table(show_header=False, box=None)
    grid.add_column(justify="right")
    grid.add_column()
    for label, count in rows:
        grid.add_row(f"{count:,}", label)
    Console().print(grid)
    if found.later:
        click.echo(
            f"{found.later:,} records more wait for the time of this notice. They are not covered: correct the "
            "records, or run this again when it was written."
        )


def _what_becomes(pinned: PinnedPolicy, channel: Channel) -> str:
    able = corrections.can_correct(pinned.policy, channel)
    return _CORRECTED[channel] if able else "a task for a person"


def _wordings(
    ground: Ground, pinned: PinnedPolicy, number: str | None
) -> dict[str, dict[str, dict[str, Any]]]:
    """Kind of record -> language -> the words and their price."""
    return {
        kind: {
            language.code: {
                "text": (
                    said := corrections.words(
                        ground, pinned.policy, kind, number or "2411-00372", language.code
                    )
                ).body,
                "segments": said.segments,
            }
            for language in LANGUAGES
        }
        for kind in _KIND_NAMES
    }


def _show_dry(ground: Ground, pinned: PinnedPolicy, scope: Scope, found: Found, as_json: bool) -> None:
    wordings = _wordings(ground, pinned, scope.record_number)
    if as_json:
        told = {"dry_run": True, **_plain(scope), "found": asdict(found), "wordings": wordings}
        click.echo(json.dumps(told, ensure_ascii=False, indent=2))
        return
    _tell(pinned, found)
    for kind, name in _KIND_NAMES.items():
        click.echo(f"\nThe correction {name}:")
        for code, said in wordings[kind].items():
            many = said["segments"]
            click.echo(f"  {code} ({many} segment{'' if many == 1 else 's'})  {said['text']}")
    click.echo("\nNothing was done.")


def _plain(scope: Scope) -> dict[str, Any]:
    return {
        "agency": scope.agency_id,
        "notice": scope.notice,
        "number": scope.record_number,
        "since": scope.since.isoformat(),
        "until": scope.until.isoformat(),
    }


def _done(
    pinned: PinnedPolicy, scope: Scope, found: Found, canceled: int, corrected: int, as_json: bool
) -> None:
    if as_json:
        told = {"dry_run": False, **_plain(scope), "stopped": canceled, "corrected": corrected}
        told |= {
            "in_flight": found.in_flight,
            "emails": found.emails,
            "letters": found.letters,
            "later": found.later,
        }
        click.echo(json.dumps(told, ensure_ascii=False, indent=2))
        return
    click.echo(f"{canceled:,} stopped, {corrected:,} corrections written.")
    if found.in_flight:
        click.echo(
            f"{found.in_flight:,} were on their way: they are corrected when it is known that they left."
        )
    many = {Channel.EMAIL: found.emails, Channel.LETTER: found.letters}
    if any(count and not corrections.can_correct(pinned.policy, channel) for channel, count in many.items()):
        click.echo("For what went by a channel that the agency has no more, a task is open.")
    if found.letters and corrections.can_correct(pinned.policy, Channel.LETTER):
        click.echo("Letters of correction wait to be printed: ./tidings letters print.")
