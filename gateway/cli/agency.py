"""Agencies and the numbers that they text from."""

from __future__ import annotations

import re

import click

from gateway.cli.ground import open_ground
from gateway.ground import NoPolicy
from gateway.store import agencies


def _sendable(_: click.Context, __: click.Parameter, number: str) -> str:
    if not re.fullmatch(r"\+[1-9][0-9]{7,14}|[0-9]{3,8}", number):
        raise click.BadParameter("expected a number such as +15205550199, or a short code")
    return number


@click.group()
def agency() -> None:
    """Add an agency, its numbers, and let held numbers send again."""


@agency.command()
@click.argument("agency_id")
@click.option(
    "--number",
    required=True,
    callback=_sendable,
    help="The number to text from, as +15205550199 or a short code.",
)
@click.option("--messaging-service", help="Twilio's Messaging Service (MG...), if there is one.")
@click.option(
    "--rate",
    type=click.IntRange(min=1),
    default=1,
    show_default=True,
    help="Segments a second that the number may send.",
)
def add(agency_id: str, number: str, messaging_service: str | None, rate: int) -> None:
    """Add AGENCY_ID, which has a policy file, or another number of it. Safe to repeat.

    \b
    Examples:
      ./tidings agency add tucson --number +15205550199
      ./tidings agency add tucson --number +18005550199 --rate 3 --messaging-service MG0123...
    """
    with open_ground() as ground:
        try:
            ground.policies.of(agency_id)
        except NoPolicy as error:
            raise click.ClickException(
                f"{error}; write {ground.settings.policies}/{agency_id}.yaml first"
            ) from error
        with ground.database.begin() as connection:
            reached = agencies.sender_reached(connection, number, None)
            if reached is not None and reached.agency_id != agency_id:
                raise click.ClickException(f"{number} is a number of {reached.agency_id} already")
            agencies.add_agency(connection, agency_id, ground.clock())
            agencies.add_sender(connection, agency_id, number, messaging_service, rate)
    click.echo(f"{agency_id} texts from {number}.")


@agency.command()
@click.argument("agency_id")
def release(agency_id: str) -> None:
    """Let AGENCY_ID's numbers send again, when what held them is mended.

    \b
    Examples:
      ./tidings agency release tucson
    """
    with open_ground() as ground, ground.database.begin() as connection:
        if agency_id not in agencies.ids(connection):
            raise click.ClickException(f"no agency {agency_id}; see ./tidings agency list")
        count = agencies.release_senders(connection, agency_id)
    click.echo(f"{count} number{'' if count == 1 else 's'} of {agency_id} may send again.")


@agency.command("list")
def list_() -> None:
    """List the agencies.

    \b
    Examples:
      ./tidings agency list
    """
    with open_ground() as ground, ground.database.connect() as connection:
        for agency_id in agencies.ids(connection):
            click.echo(agency_id)
