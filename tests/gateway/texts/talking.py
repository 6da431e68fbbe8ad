"""People who talk with the line, and what was said to them."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from sqlalchemy import event

from gateway.store.tables import messages
from tests.gateway.world import World, report

STRANGER = "+15205550141"
ANOTHER = "+15205550142"
REPORT = "2411-00372"
BORN = "1987-06-05"
WRONG = "1 January 1970"


def file(world: World, number: str = REPORT, victim: dict[str, Any] | None = None, **data: Any) -> None:
    """A report of Jamie's, who was born in 1987, but for what is said otherwise. Its notice has left."""
    told = report(victim={"birth_date": BORN} | (victim or {}), status="open", **data)
    world.tell(world.event("report.filed", number, told))
    world.send()


def notices(world: World, phone: str) -> list[str]:
    """The names of the messages that this number was written, oldest first, answers without their `reply.`"""
    lookup = world.ground.vault.lookup("demo", "phone", phone)
    rows = sorted(world.rows(messages, phone_hash=lookup), key=lambda row: (row.created_at, row.intent_key))
    return [row.notice.removeprefix("reply.") for row in rows]


def talk(world: World, phone: str, *bodies: str) -> list[str]:
    """The name of what each of these texts is answered with; empty for silence."""
    told = []
    for body in bodies:
        before = len(notices(world, phone))
        assert world.text(phone, body) == 204
        told.append(" ".join(notices(world, phone)[before:]))
    return told


def last(world: World, phone: str) -> str:
    """The words that this phone got last."""
    return world.received(phone)[-1]


def code(world: World, phone: str) -> str:
    """The code in the words that this phone got last."""
    words = last(world, phone).replace(".", " ").split()
    return next(word for word in words if word.isdigit() and len(word) == len("4821"))


@contextmanager
def counted(world: World) -> Iterator[list[str]]:
    """The statements that are sent meanwhile."""
    seen: list[str] = []

    def look(_connection: Any, _cursor: Any, statement: str, *_: Any) -> None:
        seen.append(statement)

    event.listen(world.ground.database, "before_cursor_execute", look)
    try:
        yield seen
    finally:
        event.remove(world.ground.database, "before_cursor_execute", look)
