"""`./tidings up`: the line on this machine with your own settings, kept between runs."""

from __future__ import annotations

import signal
import sys

import click
from rich.console import Console

from gateway.cli import laptop
from gateway.cli.ground import add_demo_agency, environment, has_own_servers, laid
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
    own = has_own_servers()
    with environment() as env, laid(env) as ground, Run.open(handle_signals=_nobody_does()) as run:
        try:
            running = laptop.start(run, env, lambda: add_demo_agency(ground) if own else None, console.print)
        except DidNotStart as error:
            console.print(str(error), style="red")
            sys.exit(1)
        console.print(
            f"The line is at {running.url}/"
            + (f", phones at {running.phones.url}/" if running.phones else "")
        )
        sys.exit(laptop.stay(running, console.print))


def _nobody_does() -> bool:
    """Whether the run that holds this machine's own servers doesn't heed the signals already.

    Were they handed from one run to the other, a second Ctrl-C would cut the servers' closing short.
    """
    return signal.getsignal(signal.SIGTERM) is signal.SIG_DFL
