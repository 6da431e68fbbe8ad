"""`./tidings up`: the line on this machine with your own settings, kept between runs."""

from __future__ import annotations

import os
import sys

import click
from rich.console import Console

from gateway.cli import laptop
from gateway.cli.ground import add_demo_agency, laid, own_environment
from gateway.cli.laptop import DidNotStart
from gateway.local.run import Run


@click.command()
def up() -> None:
    """Start web, sender, worker and timers here, with what the environment sets and the rest made up and kept.

    Without DATABASE_URL an embedded PostgreSQL keeps its data in .local; without TWILIO_ACCOUNT_SID the loopback
    carrier and its phones page are started too. Ctrl-C ends it.

    \b
    Examples:
      ./tidings up
      TWILIO_ACCOUNT_SID=AC... TWILIO_AUTH_TOKEN=... PUBLIC_URL=https://... ./tidings up
    """
    console = Console(stderr=True, highlight=False)
    with Run.open() as run:
        env = dict(os.environ) if os.environ.get("DATABASE_URL") else own_environment(run)
        with laid(env) as ground:
            prepare = (lambda: None) if "DATABASE_URL" in os.environ else (lambda: add_demo_agency(ground))
            try:
                running = laptop.start(run, env, prepare, console.print)
            except DidNotStart as error:
                console.print(str(error), style="red")
                sys.exit(1)
        console.print(
            f"The line is at {running.url}/"
            + (f", phones at {running.phones.url}/" if running.phones else "")
        )
        sys.exit(laptop.stay(running, console.print))
