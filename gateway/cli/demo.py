"""`./tidings demo`: the whole line on this machine, with a short story played through it."""

from __future__ import annotations

import secrets
import sys
import time

import click
from rich.console import Console

from gateway.app import lay_ground
from gateway.cli import laptop, story
from gateway.cli.ground import add_demo_agency
from gateway.cli.laptop import DidNotStart, Laptop
from gateway.cli.own import made_up_settings
from gateway.ground import Ground
from gateway.local.run import Run
from gateway.settings import from_environ
from gateway.store import agencies, events, messages, staff


@click.command()
@click.option("--once", is_flag=True, help="Play the story, print each phone's thread, and end.")
def demo(once: bool) -> None:
    """Start everything on this machine, phones included, and play a short story in six languages.

    Needs neither PostgreSQL nor Redis nor an account anywhere. Ctrl-C ends it and leaves nothing behind.

    \b
    Examples:
      ./tidings demo
      ./tidings demo --once
    """
    console = Console(stderr=True, highlight=False)
    say = console.print
    with Run.open() as run:
        began = time.monotonic()
        say("Starting PostgreSQL and Valkey ...")
        servers = {"DATABASE_URL": run.postgres().database("tidings"), "REDIS_URL": run.valkey().url}
        env = made_up_settings() | servers
        ground = lay_ground(from_environ(env))
        access = Access()
        say("Starting web, sender, worker, timers and the phones ...")
        try:
            running = laptop.start(run, env, lambda: access.prepare(ground), say)
        except DidNotStart as error:
            say(f"[red]{error}[/red]")
            sys.exit(1)
        say(f"Ready after {time.monotonic() - began:.1f} s. Playing the story ...")
        told = story.Story.read()
        assert running.phones is not None
        line = story.Line(running.url, access.api_key, running.phones, lambda: _is_quiet(ground))
        missing = told.play(line, lambda title: say(f"  {title}", style="dim"))
        for one in missing:
            say(f"[red]{one}[/red]")
        if once:
            click.echo(told.transcript(line))
            sys.exit(1 if missing else 0)
        access.show(console, running)
        sys.exit(laptop.stay(running, say))


class Access:
    """What opens the demo's doors; new each time."""

    def __init__(self) -> None:
        self.api_key = ""
        self.username, self.password = "clerk", secrets.token_urlsafe(9)

    def prepare(self, ground: Ground) -> None:
        """An agency with a number, a key for its feed, and somebody who may sign in."""
        now = ground.clock()
        add_demo_agency(ground)
        with ground.database.begin() as connection:
            self.api_key = agencies.make_api_key(connection, "demo", "demo", now)
            staff.add(connection, "demo", self.username, self.password, now)

    def show(self, console: Console, running: Laptop) -> None:
        """The addresses, and how to sign in."""
        for line in (
            "",
            f"  Phones      {running.phones.url}/   type as the victim",
            f"  Spotlight   {running.url}/spotlight/   {self.username} / {self.password}",
            f"  Portal      {running.url}/portal/",
            f"  API         {running.url}/docs   key: {self.api_key}",
            "",
            "Ctrl-C ends it.",
        ):
            console.print(line, soft_wrap=True)


def _is_quiet(ground: Ground) -> bool:
    """Nothing waits in the database."""
    with ground.database.connect() as connection:
        busy = {"queued", "leased", "sending", "doubtful", "sent"} & set(messages.count_by_state(connection))
        return events.count_new(connection) == 0 and not busy
