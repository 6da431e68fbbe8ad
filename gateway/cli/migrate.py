"""Bring the database to the newest shape."""

from __future__ import annotations

import os
import sys

import click

from gateway.cli.ground import plain_words
from gateway.settings import BadSettings, from_environ
from gateway.store import migrate as migrations


@click.command()
def migrate() -> None:
    """Run the migrations that the database has not seen; the Procfile's release step.

    \b
    Examples:
      DATABASE_URL=postgres://... ./tidings migrate
    """
    try:
        settings = from_environ(os.environ)
    except BadSettings as error:
        click.echo(str(error), err=True)
        sys.exit(2)
    with plain_words():
        migrations.upgrade(settings.database_url)
    click.echo("The database has its newest shape.")
