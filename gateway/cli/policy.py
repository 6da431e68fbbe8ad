"""Look at policies before they decide anything."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import click

from locales import FOLDER, Catalogs
from rules.policy import POLICIES, BadPolicy, load
from rules.survey import BadSurvey, load_all


@click.group()
def policy() -> None:
    """Check an agency's policy file."""


@policy.command()
@click.argument("files", nargs=-1, type=click.Path(path_type=Path))
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
def check(files: tuple[Path, ...], as_json: bool) -> None:
    """Read FILES, or all shipped policies, as the line would; tell each mistake with file, line and field.

    \b
    Examples:
      ./tidings policy check
      ./tidings policy check rules/policies/tucson.yaml --json
    """
    known = frozenset(message_id for message_id, _ in Catalogs.load(FOLDER).sentences)
    mistakes: list[str] = []
    good: dict[str, str] = {}
    surveys = None
    try:
        surveys = frozenset(load_all())
    except BadSurvey as error:
        mistakes += str(error).splitlines()
    for path in files or sorted(POLICIES.glob("*.yaml")):
        try:
            good[str(path)] = load(path, known, surveys).hash
        except BadPolicy as error:
            mistakes += str(error).splitlines()
    if as_json:
        click.echo(json.dumps({"good": good, "mistakes": mistakes}))
    else:
        for path, version in good.items():
            click.echo(f"{path}: good, version {version}")
        for mistake in mistakes:
            click.echo(mistake, err=True)
    sys.exit(1 if mistakes else 0)
