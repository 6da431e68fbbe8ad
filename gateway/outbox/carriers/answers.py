"""What is handed to a carrier, and what can come back."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol
from uuid import UUID


@dataclass(frozen=True, slots=True)
class Outgoing:
    """One message as the carrier needs it. Numbers and body never show in its repr."""

    id: UUID
    to: str = field(repr=False)
    body: str = field(repr=False)
    sender_number: str
    messaging_service_sid: str | None
    callback_url: str
    validity_seconds: int | None = None


@dataclass(frozen=True, slots=True)
class Accepted:
    """The carrier has it, under this id."""

    sid: str


@dataclass(frozen=True, slots=True)
class Refused:
    """The carrier read it and said no."""

    code: int


@dataclass(frozen=True, slots=True)
class NotTaken:
    """Surely not taken: no connection, or told to slow down. Safe to post again."""

    code: int = 0


@dataclass(frozen=True, slots=True)
class Unknown:
    """It may have been taken. Posting again could be the second time."""

    why: str


Answer = Accepted | Refused | NotTaken | Unknown


@dataclass(frozen=True, slots=True)
class Listed:
    """A message on the carrier's list."""

    sid: str
    body: str = field(repr=False)
    created_at: datetime


class Carrier(Protocol):
    """What the outbox needs of whoever takes its messages."""

    async def send(self, message: Outgoing) -> Answer: ...

    async def newest_to(self, number: str, sender_number: str | None, since: datetime) -> list[Listed]: ...
