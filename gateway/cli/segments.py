"""What a text costs, before it is sent."""

import json
import sys
from dataclasses import asdict

import click

from locales import bill


@click.command()
@click.argument("text")
@click.option("--toll-free", is_flag=True, help="As sent from a toll-free number.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
def segments(text: str, toll_free: bool, as_json: bool) -> None:
    """Tell how a carrier bills TEXT; reads standard input where TEXT is "-".

    A segment holds 160 characters of the GSM-7 alphabet or 70 of any other; several hold a little less each.

    \b
    Examples:
      tidings segments "We received your call."
      tidings segments --json "Recibimos su llamada. ¿Está en peligro?"
      tidings segments - < text.txt
    """
    if text == "-":
        text = sys.stdin.buffer.read().decode(errors="replace").removesuffix("\n")
    billing = bill(text, toll_free)
    if as_json:
        click.echo(json.dumps(asdict(billing)))
        return
    several = "" if billing.segments == 1 else "s"
    click.echo(
        f"{billing.segments} segment{several} of {billing.encoding}: "
        f"{billing.characters} characters, {billing.units} units"
    )
