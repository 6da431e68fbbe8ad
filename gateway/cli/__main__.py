"""`./tidings COMMAND`: every command in one table, each loaded when it is called, so that --help is quick."""

from __future__ import annotations

from collections.abc import Mapping
from importlib import import_module

import click

COMMANDS: Mapping[str, str] = {
    "demo": "gateway.cli.demo",
    "up": "gateway.cli.up",
    "test": "gateway.cli.test",
    "check": "gateway.cli.check",
    "bench": "gateway.cli.bench",
    "chat": "gateway.cli.chat",
    "ingest": "gateway.cli.ingest",
    "rehearse": "gateway.cli.rehearse",
    "segments": "gateway.cli.segments",
    "policy": "gateway.cli.policy",
    "survey": "gateway.cli.survey",
    "dialogues": "gateway.cli.dialogues",
    "locales": "gateway.cli.locales",
    "recall": "gateway.cli.recall",
    "surge": "gateway.cli.surge",
    "agency": "gateway.cli.agency",
    "staff": "gateway.cli.staff",
    "contact": "gateway.cli.contact",
    "letters": "gateway.cli.letters",
    "key": "gateway.cli.key",
    "doctor": "gateway.cli.doctor",
    "migrate": "gateway.cli.migrate",
}
"""Command -> the module that holds it, under its own name."""


class Commands(click.Group):
    """Loads a command's module only when it is asked for."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, name: str) -> click.Command | None:
        if name not in COMMANDS:
            return None
        command: click.Command = getattr(import_module(COMMANDS[name]), name)
        return command


@click.command(cls=Commands)
def tidings() -> None:
    """The two-way text line between a police agency and the people it serves.

    \b
    First steps:
      ./tidings demo          the whole line on this machine, phones included
      ./tidings test          all tests
      ./tidings COMMAND --help
    """


if __name__ == "__main__":
    tidings(prog_name="./tidings")
