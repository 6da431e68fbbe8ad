"""Letters for whom nothing else reaches: printed in batches that fit envelopes with two windows."""

from __future__ import annotations

import getpass
import json
from pathlib import Path
from uuid import UUID

import click
from sqlalchemy import Connection

from gateway.cli.ground import open_ground
from gateway.outbox.post import printing
from gateway.store import agencies
from gateway.store import letters as store


@click.group()
def letters() -> None:
    """See which letters wait, print them, and tell which ones the post returned."""


_agency = click.option("--agency", "agency_id", required=True, help="Whose letters.")
_json = click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
_out = click.option(
    "--out",
    required=True,
    type=click.Path(dir_okay=False, path_type=Path),
    help="The PDF to write; a file that is there is never written over.",
)


@letters.command("list")
@_agency
@_json
def list_(agency_id: str, as_json: bool) -> None:
    """List letters: those to be printed first, then the newest.

    \b
    Examples:
      ./tidings letters list --agency tucson
      ./tidings letters list --agency tucson --json
    """
    with open_ground() as ground, ground.database.connect() as connection:
        _known(connection, agency_id)
        rows = store.listed(connection, agency_id)
    told = [
        {
            "id": str(row.id),
            "state": row.state,
            "notice": row.notice,
            "number": row.record_number,
            "language": row.language,
            "batch": row.batch_id,
            "written": row.created_at.isoformat(timespec="seconds"),
        }
        for row in rows
    ]
    if as_json:
        click.echo(json.dumps({"letters": told}))
        return
    for one in told:
        batch = f"  batch {one['batch']}" if one["batch"] else ""
        click.echo(
            f"{one['id']}  {one['state']:8}  {one['number']}  {one['notice']}  {one['language']}{batch}"
        )
    if not told:
        click.echo("No letters.")


@letters.command("print")
@_agency
@_out
@_json
def print_(agency_id: str, out: Path, as_json: bool) -> None:
    """Print all letters that wait into one PDF: US Letter, folded in three, #10 envelopes with two windows.

    Each letter is looked at once more before; one that may not go out any more is left out.

    \b
    Examples:
      ./tidings letters print --agency tucson --out monday.pdf
    """
    with open_ground() as ground:
        with ground.database.connect() as connection:
            _known(connection, agency_id)
        try:
            printed = printing.print_batch(ground, agency_id, out, getpass.getuser())
        except FileExistsError:
            raise _exists(out) from None
        except OSError as error:
            raise click.ClickException(f"{out}: {error.strerror}") from error
    if as_json:
        held = {str(letter): why for letter, why in printed.held_back.items()}
        click.echo(json.dumps({"batch": printed.batch, "letters": printed.letters, "held_back": held}))
        return
    for letter, why in printed.held_back.items():
        click.echo(f"{letter} is left out: {why}")
    if printed.batch is None:
        click.echo("Nothing to print.")
    else:
        many = "1 letter" if printed.letters == 1 else f"{printed.letters} letters"
        click.echo(f"Batch {printed.batch}: {many} in {out}.")


@letters.command()
@_agency
@click.argument("batch", type=int)
@_out
@_json
def reprint(agency_id: str, batch: int, out: Path, as_json: bool) -> None:
    """Print BATCH once more, with the date of that day: the printer ate it.

    \b
    Examples:
      ./tidings letters reprint 12 --agency tucson --out monday-again.pdf
    """
    with open_ground() as ground:
        try:
            many = printing.reprint(ground, batch, agency_id, out)
        except FileExistsError:
            raise _exists(out) from None
        except LookupError as error:
            raise click.ClickException(str(error)) from None
        except OSError as error:
            raise click.ClickException(f"{out}: {error.strerror}") from error
    told = {"batch": batch, "letters": many}
    click.echo(json.dumps(told) if as_json else f"Batch {batch} again: {many} in {out}.")


@letters.command()
@_agency
@click.argument("ids", metavar="LETTER...", nargs=-1, required=True, type=click.UUID)
@_json
def returned(agency_id: str, ids: tuple[UUID, ...], as_json: bool) -> None:
    """Tell that the post returned these letters. For what is owed, a task asks a person to call.

    \b
    Examples:
      ./tidings letters returned --agency tucson 0b9c5f0e-6d2a-4c57-9d0f-2f6f6f7f8a11
    """
    with open_ground() as ground:
        were_out = printing.take_back(ground, agency_id, ids)
    others = [one for one in ids if one not in were_out]
    if as_json:
        click.echo(json.dumps({"returned": sorted(map(str, were_out)), "not_out": list(map(str, others))}))
        return
    click.echo(f"{len(were_out)} noted.")
    for one in others:
        click.echo(f"{one} is not out: it is unknown, not printed, or was noted before.", err=True)


def _exists(out: Path) -> click.ClickException:
    return click.ClickException(f"{out} is there already; name another file, or remove it once it is printed")


def _known(connection: Connection, agency_id: str) -> None:
    if agency_id not in agencies.ids(connection):
        raise click.ClickException(f"no agency {agency_id}; see ./tidings agency list")
