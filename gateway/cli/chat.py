"""Talk with the line from the terminal: one text a line in, one JSON object a line out."""

from __future__ import annotations

import json
import secrets
import sys
from collections.abc import Iterator, Sequence
from typing import Any
from uuid import UUID

import click
from psycopg.errors import LockNotAvailable
from sqlalchemy import Connection, select
from sqlalchemy import text as sql
from sqlalchemy.exc import OperationalError

from gateway.cli.ground import open_ground
from gateway.ground import Ground
from gateway.store import agencies
from gateway.store.tables import messages
from gateway.texts.turn import Text, turn_in


@click.command()
@click.option("--agency", "agency_id", default="demo", show_default=True)
@click.option("--from", "phone", default="+15205550131", show_default=True, help="The number that texts.")
@click.option("--fresh", is_flag=True, help="Take each line as from a new contact.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object a line.")
def chat(agency_id: str, phone: str, fresh: bool, as_json: bool) -> None:
    """Read one text a line from standard input and answer as the line would. Nothing of it is kept or sent.

    \b
    Examples:
      ./tidings chat
      echo "STOP" | ./tidings chat --json
      ./tidings chat --agency demo --from +15205550132 --fresh --json < texts.txt
    """
    with (
        open_ground() as ground,
        ground.database.connect() as connection,
    ):  # never committed: the whole talk is one transaction, undone
        connection.execute(sql("SET LOCAL lock_timeout = '2s'"))
        sender = agencies.sender_of(connection, agency_id)
        if sender is None:
            raise click.ClickException(
                f"no agency {agency_id} with a number; see ./tidings agency add --help"
            )
        numbers = _new_contacts() if fresh else None
        for line in sys.stdin.buffer:
            said = line.decode(errors="replace").rstrip("\r\n")
            told = _say(connection, ground, said, next(numbers) if numbers else phone, sender.number)
            if as_json:
                click.echo(json.dumps(told, ensure_ascii=False))
            else:
                for reply in told["replies"]:
                    click.echo(click.style(f"< {reply['text']}", fg="green"))


def _say(connection: Connection, ground: Ground, said: str, phone: str, to: str) -> dict[str, Any]:
    text = Text("SM" + secrets.token_hex(16), phone, to, said, params={"Body": said})
    try:
        taken = turn_in(connection, ground, text)
    except OperationalError as error:
        if not isinstance(error.orig, LockNotAvailable):
            raise
        raise click.ClickException(
            f"another talk with {phone} is going on; choose another number with --from, or --fresh"
        ) from error
    if taken is None or taken.turn is None:
        raise click.ClickException("the text was not taken")
    turn = taken.turn
    return {
        "text": said,
        "intent": turn.intent.value,
        **({"also": [intent.value for intent in turn.also]} if turn.also else {}),
        "language": turn.replies[0].language if turn.replies else turn.state.language,
        "state": turn.state.to_json(),
        "replies": _replies(connection, taken.replies),
        "effects": [type(effect).__name__ for effect in turn.effects],
    }


def _replies(connection: Connection, ids: Sequence[UUID]) -> list[dict[str, Any]]:
    columns = (
        messages.c.notice,
        messages.c.language,
        messages.c.body,
        messages.c.encoding,
        messages.c.segments,
    )
    statement = select(*columns).where(messages.c.id.in_(ids)).order_by(messages.c.intent_key)
    rows = connection.execute(statement)
    return [
        {
            "message_id": row.notice.removeprefix("reply."),
            "language": row.language,
            "text": row.body,
            "encoding": row.encoding,
            "segments": row.segments,
        }
        for row in rows
    ]


def _new_contacts() -> Iterator[str]:
    while True:
        yield f"+1520{secrets.randbelow(8) + 2}{secrets.randbelow(1_000_000):06d}"
