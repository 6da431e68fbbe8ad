"""What staff decide about numbers that proved to be a victim's but stand on no report."""

from __future__ import annotations

import getpass

import click
from sqlalchemy import Connection

from gateway import wake
from gateway.cli.ground import open_ground
from gateway.ground import Ground
from gateway.store import agencies, contacts
from gateway.store.contacts import OnReport, State
from gateway.texts.newcomers import decide


@click.group()
def contact() -> None:
    """See which new numbers wait on a case, and agree to them or refuse them."""


_agency = click.option("--agency", "agency_id", required=True, help="Whose contacts.")
_staff = click.option(
    "--by", "staff", default=getpass.getuser, help="Who decides; kept beside it. [default: who is signed in]"
)


@contact.command("list")
@_agency
@click.option("--all", "all_", is_flag=True, help="Those that are decided too.")
def list_(agency_id: str, all_: bool) -> None:
    """List the numbers that wait for a decision, the newest first.

    \b
    Examples:
      ./tidings contact list --agency tucson
      ./tidings contact list --agency tucson --all
    """
    with open_ground() as ground, ground.database.connect() as connection:
        _known(connection, agency_id)
        for row in contacts.listed(connection, agency_id, None if all_ else State.PENDING):
            by = f"  by {row.decided_by} on {row.decided_at:%Y-%m-%d}" if row.decided_by else ""
            click.echo(f"{row.report_number}  {row.phone}  {row.state}  added {row.added_at:%Y-%m-%d}{by}")


@contact.command()
@_agency
@click.argument("report_number")
@click.argument("phone")
@_staff
def confirm(agency_id: str, report_number: str, phone: str, staff: str) -> None:
    """Agree that PHONE may be told of REPORT_NUMBER. It is texted that it can ask now.

    Speak with the victim first: whoever proved it may be the offender, who knows the report and the birth date too.

    \b
    Examples:
      ./tidings contact confirm --agency tucson 2411-00372 +15205550141
      ./tidings contact confirm --agency tucson 2411-00372 +15205550141 --by clerk
    """
    with open_ground() as ground:
        _decide(ground, agency_id, report_number, phone, State.CONFIRMED, staff)
    click.echo(f"{phone} may be told of {report_number}.")


@contact.command()
@_agency
@click.argument("report_number")
@click.argument("phone")
@_staff
def refuse(agency_id: str, report_number: str, phone: str, staff: str) -> None:
    """Refuse PHONE on REPORT_NUMBER. It is told nothing of it, not even that.

    \b
    Examples:
      ./tidings contact refuse --agency tucson 2411-00372 +15205550141
    """
    with open_ground() as ground:
        _decide(ground, agency_id, report_number, phone, State.REFUSED, staff)
    click.echo(f"{phone} is told nothing of {report_number}.")


def _decide(ground: Ground, agency_id: str, report_number: str, phone: str, state: State, staff: str) -> None:
    with ground.database.begin() as connection:
        _known(connection, agency_id)
        one = OnReport(agency_id, report_number, ground.vault.lookup(agency_id, "phone", phone))
        if not decide(connection, ground, one, phone, state, staff):
            raise click.ClickException(
                f"{phone} is no contact of {report_number}; see ./tidings contact list --all"
            )
    ground.waker.wake(wake.OUTBOX)


def _known(connection: Connection, agency_id: str) -> None:
    if agency_id not in agencies.ids(connection):
        raise click.ClickException(f"no agency {agency_id}; see ./tidings agency list")
