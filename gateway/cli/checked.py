"""What a check of files found, told alike by every command that checks some."""

from __future__ import annotations

import json
import sys
from collections.abc import Mapping, Sequence
from typing import NoReturn

import click


def tell(good: Mapping[str, str], mistakes: Sequence[str], as_json: bool) -> NoReturn:
    """File -> version of what is good, and a line a mistake; ends with status 1 if there is any."""
    if as_json:
        click.echo(json.dumps({"good": dict(good), "mistakes": list(mistakes)}))
    else:
        for path, version in good.items():
            click.echo(f"{path}: good, version {version}")
        for mistake in mistakes:
            click.echo(mistake, err=True)
    sys.exit(1 if mistakes else 0)
