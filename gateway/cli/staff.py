"""Who of an agency may sign in to Spotlight."""

from __future__ import annotations

import secrets

import click

from gateway.cli.ground import open_ground
from gateway.store import agencies
from gateway.store import staff as members


@click.group()
def staff() -> None:
    """Let staff in to Spotlight, and unlock their names."""


@staff.command()
@click.argument("username")
@click.option("--agency", "agency_id", required=True, help="Whose staff.")
@click.option("--ask", is_flag=True, help="Ask for a password instead of making one up.")
def add(username: str, agency_id: str, ask: bool) -> None:
    """Let USERNAME sign in for an agency. A password that is made up is shown this once.

    \b
    Examples:
      ./tidings staff add clerk --agency tucson
      ./tidings staff add clerk --agency tucson --ask
    """
    asked = click.prompt("Password", hide_input=True, confirmation_prompt=True) if ask else None
    password = asked or secrets.token_urlsafe(15)
    with open_ground() as ground, ground.database.begin() as connection:
        if agency_id not in agencies.ids(connection):
            raise click.ClickException(f"no agency {agency_id}; add it with ./tidings agency add {agency_id}")
        try:
            members.add(connection, agency_id, username, password, ground.clock())
        except (members.NameTaken, members.BadPassword) as error:
            raise click.ClickException(str(error)) from error
    click.echo(f"{members.plain_name(username)} may sign in for {agency_id} at /spotlight/sign-in.")
    if asked is None:
        click.echo(f"Password, shown this once: {password}")


@staff.command("list")
def list_() -> None:
    """List staff by agency.

    \b
    Examples:
      ./tidings staff list
    """
    with open_ground() as ground, ground.database.connect() as connection:
        now = ground.clock()
        for row in members.listed(connection):
            locked = row.locked_until is not None and row.locked_until > now
            state = f"locked until {row.locked_until:%H:%M} UTC" if locked else "may sign in"
            click.echo(f"{row.username}  {row.agency_id}  {row.created_at:%Y-%m-%d}  {state}")


@staff.command()
@click.argument("username")
def unlock(username: str) -> None:
    """Let USERNAME try again before the ten minutes are over.

    \b
    Examples:
      ./tidings staff unlock clerk
    """
    with open_ground() as ground, ground.database.begin() as connection:
        if not members.unlock(connection, username):
            raise click.ClickException(f"no {members.plain_name(username)}; see ./tidings staff list")
    click.echo(f"{members.plain_name(username)} may sign in.")
