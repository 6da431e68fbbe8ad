"""Talk with the line from the terminal: one text a line in, the answers to be read or one JSON object a line out."""

from __future__ import annotations

import json
import os
import secrets
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import click
from psycopg.errors import LockNotAvailable
from sqlalchemy import Connection, select
from sqlalchemy import text as sql
from sqlalchemy.exc import OperationalError

from gateway.cli.ground import open_ground
from gateway.cli.reading import Bidi, begins_right_to_left, shown
from gateway.ground import Ground
from gateway.store import agencies
from gateway.store.tables import messages
from gateway.texts.turn import Text, turn_in
from locales import language as language_of


@click.command()
@click.option("--agency", "agency_id", default="demo", show_default=True)
@click.option("--from", "phone", default="+15205550131", show_default=True, help="The number that texts.")
@click.option("--fresh", is_flag=True, help="Take each line as from a new contact.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object a line.")
@click.option(
    "--bidi",
    type=click.Choice([one.value for one in Bidi]),
    default=Bidi.AUTO.value,
    show_default=True,
    help="Who orders Arabic and Persian: the terminal, nobody (plain), or we unless it is known to.",
)
def chat(agency_id: str, phone: str, fresh: bool, as_json: bool, bidi: str) -> None:
    """Read one text a line from standard input and answer as the line would. Nothing of it is kept or sent.

    Each text is followed by our reply and, dimmed, by what it was taken for, what it would change, and which
    question waits now. NO_COLOR=1 leaves the colours out.

    \b
    Examples:
      ./tidings chat
      echo "STOP" | ./tidings chat --json
      ./tidings chat --from +15205550132 --bidi terminal
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
        tell = _tell_json if as_json else _Screen(Bidi(bidi), sys.stdin.isatty()).tell
        for said in _lines(prompts=sys.stdin.isatty() and not as_json):
            tell(_say(connection, ground, said, next(numbers) if numbers else phone, sender.number))


def _lines(prompts: bool) -> Iterator[str]:
    """What is typed or piped in; a prompt only where somebody sits."""
    while True:
        if prompts:
            click.echo("> ", nl=False)
        line = sys.stdin.buffer.readline()
        if not line:
            return
        yield line.decode(errors="replace").rstrip("\r\n")


def _tell_json(told: dict[str, Any]) -> None:
    click.echo(json.dumps(told, ensure_ascii=False))


@dataclass
class _Screen:
    """A talk as people read it."""

    bidi: Bidi
    typed_here: bool
    """True where the texts stand on the screen already, since they were typed on it."""
    turns: int = 0

    def tell(self, told: dict[str, Any]) -> None:
        """One turn, with a blank line between it and the one before."""
        if self.turns and not self.typed_here:
            self._echo("")
        self.turns += 1
        if not self.typed_here:
            said = told["text"]
            self._echo(shown(said, ">", begins_right_to_left(said), self.bidi), fg="cyan")
        for reply in told["replies"]:
            right_to_left = language_of(reply["language"]).right_to_left
            self._echo(shown(reply["text"], "<", right_to_left, self.bidi), fg="green")
        self._echo(f"  {_beside(told)}", dim=True)
        if self.typed_here:
            self._echo("")

    def _echo(self, text: str, **style: Any) -> None:
        colour = False if os.environ.get("NO_COLOR") else None
        click.echo(click.style(text, **style) if text else "", color=colour)


def _beside(told: dict[str, Any]) -> str:
    """What the text was taken for, what it changes, and what waits: in one line."""
    state = told["state"]
    waits = [state[slot]["question"] for slot in ("open", "survey") if state.get(slot)]
    parts = [
        ", ".join((told["intent"], *told.get("also", ()))),
        f"does {', '.join(told['effects'])}" if told["effects"] else "",
        f"waits for {', '.join(waits)}" if waits else "",
        f"language {state['language']}" if state.get("language") else "",
    ]
    return "; ".join(filter(None, parts))


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
