"""Keys: those of feeds and their webhooks, and those that seal what identifies a person."""

from __future__ import annotations

import click
from cryptography.fernet import Fernet

from gateway.cli.ground import open_ground
from gateway.store import agencies, rotation


@click.group()
def key() -> None:
    """Make and revoke API keys and webhook secrets of feeds; make and rotate field keys."""


@key.command()
@click.argument("agency_id")
@click.option("--label", default="feed", show_default=True, help="Whose key it is.")
def add(agency_id: str, label: str) -> None:
    """Make an API key for AGENCY_ID's feed. It is shown this once.

    \b
    Examples:
      ./tidings key add tucson --label "CAD interface"
    """
    with open_ground() as ground, ground.database.begin() as connection:
        if agency_id not in agencies.ids(connection):
            raise click.ClickException(f"no agency {agency_id}; add it with ./tidings agency add {agency_id}")
        click.echo(agencies.make_api_key(connection, agency_id, label, ground.clock()))


@key.command()
@click.option("--agency", "agency_id", required=True, help="Whose webhook it is.")
@click.option("--label", default="hook", show_default=True, help="What it is called in the list.")
def hook(agency_id: str, label: str) -> None:
    """Make a secret that signs webhooks to /v1/hooks/AGENCY. It is shown this once.

    To replace one, make the new one, sign with both, revoke the old one.

    \b
    Examples:
      ./tidings key hook --agency tucson --label "RMS vendor"
    """
    with open_ground() as ground, ground.database.begin() as connection:
        if agency_id not in agencies.ids(connection):
            raise click.ClickException(f"no agency {agency_id}; add it with ./tidings agency add {agency_id}")
        click.echo(agencies.make_hook_secret(connection, agency_id, label, ground.clock()))


@key.command("list")
def list_() -> None:
    """List API keys and webhook secrets, without what is secret of them.

    \b
    Examples:
      ./tidings key list
    """
    with open_ground() as ground, ground.database.connect() as connection:
        for kind, rows in (("", agencies.list_api_keys), ("webhook ", agencies.list_hook_secrets)):
            for row in rows(connection):
                state = kind + ("revoked" if row.revoked_at else "in use")
                click.echo(f"{row.id}  {row.agency_id}  {row.label}  {row.created_at:%Y-%m-%d}  {state}")


@key.command()
@click.argument("key_id")
def revoke(key_id: str) -> None:
    """Revoke the API key or webhook secret KEY_ID, the part between tk_ or ths_ and the secret.

    \b
    Examples:
      ./tidings key revoke 0a1b2c3d4e5f
    """
    with open_ground() as ground, ground.database.begin() as connection:
        now = ground.clock()
        if not (
            agencies.revoke_api_key(connection, key_id, now)
            or agencies.revoke_hook_secret(connection, key_id, now)
        ):
            raise click.ClickException(f"no key {key_id} in use; see ./tidings key list")
    click.echo(f"{key_id} is revoked.")


@key.command()
def field() -> None:
    """Make a field key. Put it before the others in FIELD_KEYS, then run ./tidings key rotate.

    \b
    Examples:
      ./tidings key field
    """
    click.echo(Fernet.generate_key().decode())


@key.command()
def rotate() -> None:
    """Seal everything under the newest of FIELD_KEYS. Safe to repeat and to interrupt; afterwards the others may go.

    \b
    Examples:
      ./tidings key rotate
    """
    with open_ground() as ground:
        for column, count in rotation.rotate(ground.database, ground.vault):
            click.echo(f"{column}: {count} sealed anew")
