"""`./tidings test`: all tests, on real servers that come and go with the run."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import click

CHECKOUT = Path(__file__).parents[2]
AT_ONCE = ("--numprocesses", "auto", "--dist", "worksteal")


@click.command(context_settings={"ignore_unknown_options": True})
@click.argument("arguments", nargs=-1, type=click.UNPROCESSED)
def test(arguments: tuple[str, ...]) -> None:
    """Run the tests, one process a core.

    ARGUMENTS go to pytest as they are; those given after ours win. A debugger wants `-n 0`.

    \b
    Examples:
      ./tidings test
      ./tidings test -k opt_out
      ./tidings test tests/rules -n 0 -x --pdb
    """
    os.chdir(CHECKOUT)
    command = [sys.executable, "-m", "pytest", *AT_ONCE, *arguments]
    os.execv(sys.executable, command)  # noqa: S606 - pytest gets our terminal and our signals
