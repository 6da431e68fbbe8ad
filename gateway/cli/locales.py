"""The sentences people read: are they whole?"""

import json
from pathlib import Path

import click
from rich.console import Console
from rich.table import Table

from locales import FOLDER, Catalogs, Problem, load_samples, problems

_FOLDER = click.Path(exists=True, file_okay=False, path_type=Path)


@click.group()
def locales() -> None:
    """The sentences people read, in six languages."""


@locales.command()
@click.option(
    "--folder", type=_FOLDER, default=FOLDER, help="Where the languages are; the shipped ones if left out."
)
@click.option("--json", "as_json", is_flag=True, help="Print a JSON array.")
@click.pass_context
def check(context: click.Context, folder: Path, as_json: bool) -> None:
    """List what is missing, unapproved, too long or otherwise wrong; exit with 1 if anything is.

    \b
    Examples:
      tidings locales check
      tidings locales check --json | jq -r '.[] | "\\(.file):\\(.line) \\(.what)"'
    """
    found = problems(Catalogs.load(folder), load_samples())
    if as_json:
        click.echo(json.dumps([_plain(problem) for problem in found], ensure_ascii=False, indent=2))
    elif found:
        Console().print(_table(found))
    else:
        click.echo("Every sentence is whole in every language.")
    context.exit(bool(found))


def _plain(problem: Problem) -> dict[str, str | int]:
    return {
        "language": problem.language,
        "message_id": problem.message_id,
        "what": problem.what,
        "file": _shown(problem.file),
        "line": problem.line,
    }


def _table(found: list[Problem]) -> Table:
    table = Table("Where", "Language", "Message", "What is wrong", title=f"{len(found)} to mend")
    for problem in found:
        where = f"{_shown(problem.file)}:{problem.line}"
        table.add_row(where, problem.language, problem.message_id, problem.what)
    return table


def _shown(file: Path) -> str:
    """The path from here where it lies below, so that it can be clicked or opened."""
    here = Path.cwd()
    return str(file.relative_to(here) if file.is_relative_to(here) else file)
