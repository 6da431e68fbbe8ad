"""Look at policies before they decide anything."""

from __future__ import annotations

from pathlib import Path

import click

from gateway.cli.checked import tell
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
    tell(good, mistakes, as_json)
