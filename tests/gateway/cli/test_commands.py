"""The table of commands: each is there, explains itself, and is loaded only when asked for."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path

import click
import pytest
from click.testing import CliRunner

from gateway.cli.__main__ import COMMANDS, tidings

CHECKOUT = Path(__file__).parents[3]


def paths() -> Iterator[tuple[str, ...]]:
    """Every command, and every command of those that are groups."""
    for name, module in COMMANDS.items():
        command = getattr(import_module(module), name)
        yield (name,)
        if isinstance(command, click.Group):
            yield from ((name, sub) for sub in command.commands)


@pytest.mark.parametrize("path", list(paths()), ids=" ".join)
def test_every_command_explains_itself(path: tuple[str, ...]) -> None:
    told = CliRunner().invoke(tidings, [*path, "--help"], prog_name="./tidings", catch_exceptions=False)
    assert told.exit_code == 0
    assert f"Usage: ./tidings {' '.join(path)}" in told.output
    if isinstance(getattr(import_module(COMMANDS[path[0]]), path[0]), click.Group) and len(path) == 1:
        assert "Commands:" in told.output
    else:
        assert "Examples:" in told.output
        assert f"tidings {' '.join(path)}" in told.output.partition("Examples:")[2]


def test_the_command_line_itself_loads_neither_web_nor_database() -> None:
    look = (
        "import sys, gateway.cli.__main__; print(*{'flask', 'sqlalchemy', 'psycopg', 'rq'} & {*sys.modules})"
    )
    done = subprocess.run([sys.executable, "-c", look], cwd=CHECKOUT, capture_output=True, text=True)
    assert done.stdout == "\n", done.stderr


@pytest.mark.parametrize("arguments", [[], ["--help"]])
def test_without_a_command_all_are_listed(arguments: list[str]) -> None:
    told = CliRunner().invoke(tidings, arguments, prog_name="./tidings")
    for name in COMMANDS:
        assert f"\n  {name} " in told.output
    assert "./tidings demo " in told.output


def test_an_unknown_command_is_told_with_where_to_look() -> None:
    told = CliRunner().invoke(tidings, ["nonsense"], prog_name="./tidings")
    assert told.exit_code == 2
    assert "Try './tidings --help' for help." in told.output
    assert "No such command 'nonsense'." in told.output


def test_a_file_that_is_not_there_is_named() -> None:
    told = CliRunner().invoke(tidings, ["ingest", "nofile", "--mapping", __file__], prog_name="./tidings")
    assert told.exit_code == 2
    assert "'nofile' does not exist" in told.output
