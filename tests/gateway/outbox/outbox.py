"""The outbox by hand: messages written straight into it, drained with a carrier that is given up on soon."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from itertools import count
from typing import Any
from uuid import UUID

from sqlalchemy import Table, select

from gateway.ground import Ground
from gateway.outbox.carriers.twilio import TwilioCarrier
from gateway.outbox.drain import drain
from gateway.outbox.pace import Pace
from gateway.phones.client import Phones
from gateway.store import agencies, messages
from gateway.store.messages import NewMessage
from gateway.store.tables import messages as messages_table
from gateway.store.tables import tasks
from tests.gateway.world import JAMIE

PATIENCE = 5.0
"""Seconds until a post is given up; long, since the machine may be slow."""
IMPATIENT = 0.5
AFTER_A_DOUBT = timedelta(seconds=16)
"""When the carrier's list is worth asking."""


@dataclass
class Clock:
    """The time, and as much later as the test says."""

    ahead: timedelta = field(default_factory=timedelta)

    def __call__(self) -> datetime:
        return datetime.now(UTC) + self.ahead

    def advance(self, by: timedelta) -> None:
        self.ahead += by


@dataclass
class Outbox:
    """What a test does to the outbox."""

    ground: Ground
    clock: Clock
    phones: Phones = field(default_factory=lambda: Phones("http://127.0.0.1:9"))
    patience: float = PATIENCE
    """For the next drain only."""
    _numbers: Any = field(default_factory=count)

    def write(self, phone: str = JAMIE, body: str = "Hello", **more: Any) -> UUID:
        """One message that is due now."""
        return self.write_many([phone], body=body, **more)[0]

    def write_many(self, phones: list[str], body: str = "Hello", **more: Any) -> list[UUID]:
        now = self.clock()
        fields = {
            "notice": "test",
            "notice_class": "confirmation",
            "language": "en",
            "encoding": "GSM-7",
            "segments": 1,
            "due_at": now,
            "created_at": now,
        } | more
        with self.ground.database.begin() as connection:
            sender = agencies.sender_of(connection, "demo")
            assert sender is not None
            new = [
                NewMessage(
                    agency_id="demo",
                    intent_key=f"test:{next(self._numbers)}",
                    sender_id=sender.id,
                    phone_hash=self.hash(phone),
                    phone=phone,
                    body=body,
                    **fields,
                )
                for phone in phones
            ]
            ids = messages.add(connection, new)
        return [ids[one.intent_key] for one in new]

    def hash(self, phone: str) -> bytes:
        return self.ground.vault.lookup("demo", "phone", phone)

    def drain(self, stop: Callable[[], bool] = lambda: False) -> None:
        """One drain, as a process would run it; the carrier's receipts are awaited."""
        asyncio.run(self.drain_alone(stop))
        self.phones.wait_until_settled()

    async def drain_alone(self, stop: Callable[[], bool] = lambda: False) -> None:
        """One drain; receipts may come later."""
        settings = self.ground.settings
        patience, self.patience = self.patience, PATIENCE
        carrier = TwilioCarrier(
            settings.twilio_api_base,
            settings.twilio_account_sid,
            settings.twilio_auth_token,
            seconds=patience,
        )
        try:
            await drain(self.ground, carrier, Pace(None), stop)
        finally:
            await carrier.close()

    def row(self, message_id: UUID) -> Any:
        return self.rows(messages_table, id=message_id)[0]

    def rows(self, table: Table, **where: Any) -> list[Any]:
        """Rows of a table, oldest first where they have numbers."""
        statement = select(table).where(*(table.c[name] == value for name, value in where.items()))
        with self.ground.database.connect() as connection:
            return list(connection.execute(statement.order_by(*table.primary_key)))

    def kinds_of_tasks(self) -> list[str]:
        return sorted(row.kind for row in self.rows(tasks))

    def state(self, message_id: UUID) -> str:
        return str(self.row(message_id).state)

    def posts(self) -> int:
        """How often the carrier was asked to send."""
        return len(self.phones.attempts())

    def bodies(self, phone: str = JAMIE) -> list[str]:
        return [message["body"] for message in self.phones.messages(to=phone)]

    def refuse(self, code: int, times: int | None = None, phone: str = JAMIE) -> None:
        fault = {"kind": "refused", "code": code} | ({"times": times} if times else {})
        self.phones.behave(numbers={phone: {"faults": [fault]}})

    def fail(self, kind: str, times: int | None = 1, phone: str = JAMIE) -> None:
        fault = {"kind": kind} | ({"times": times} if times else {})
        self.phones.behave(numbers={phone: {"faults": [fault]}})

    def end_as(self, outcome: str, code: int, phone: str = JAMIE) -> None:
        self.phones.behave(numbers={phone: {"outcome": outcome, "error_code": code}})

    def add_sender(self, number: str) -> None:
        with self.ground.database.begin() as connection:
            agencies.add_sender(connection, "demo", number)
