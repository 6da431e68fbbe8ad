"""What can be talked about, drawn from the tables."""

from pathlib import Path

import click

from conversations.drawing import draw

PAGE = Path(__file__).parents[2] / "docs" / "dialogues.md"


@click.command()
@click.option("--write", is_flag=True, help="Write docs/dialogues.md.")
@click.option("--check", is_flag=True, help="Fail if docs/dialogues.md is not as the tables are.")
def dialogues(write: bool, check: bool) -> None:
    """Print every dialogue with its questions, outcomes, replies and effects, as Markdown with Mermaid pictures.

    \b
    Examples:
      ./tidings dialogues
      ./tidings dialogues --write
      ./tidings dialogues --check
    """
    page = draw()
    if write:
        PAGE.write_text(page, encoding="utf-8")
        click.echo(f"written: {PAGE}")
    elif check:
        if not PAGE.exists() or PAGE.read_text(encoding="utf-8") != page:
            raise click.ClickException(
                "docs/dialogues.md is not as the tables are; ./tidings dialogues --write"
            )
        click.echo("docs/dialogues.md is as the tables are")
    else:
        click.echo(page)
