"""`./tidings check`: everything about the code that a machine can judge without running it."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import click

CHECKOUT = Path(__file__).parents[2]
PROGRAMS = Path(sys.executable).parent

CHECKS = (
    "ruff check .",
    "ruff format --check .",
    "mypy",
    "lint-imports",
    # Ruff's S rules are bandit's too, and hold the low ones with a reason beside each exception.
    "bandit --quiet --recursive --severity-level medium --configfile pyproject.toml"
    " gateway rules conversations locales",
)


@click.command()
def check() -> None:
    """Run the linters, the type checker and the rules for imports.

    All of them run, whatever the first ones find; the status is 1 if any found something.

    \b
    Examples:
      ./tidings check
      ./tidings check && ./tidings test
    """
    failed = []
    for line in CHECKS:
        program, *arguments = line.split()
        click.secho(f"$ {line}", bold=True)
        if subprocess.run([PROGRAMS / program, *arguments], cwd=CHECKOUT).returncode:  # noqa: S603
            failed.append(program)
    if failed:
        click.secho(f"Found something: {', '.join(failed)}", fg="red")
        sys.exit(1)
