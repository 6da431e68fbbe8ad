"""A small world to test in: what a dispatcher, a person on a phone and time can do to the line."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from itertools import count
from typing import Any

from cryptography.fernet import Fernet
from sqlalchemy import Table, func, select

from gateway.feeds.door import EventResult, take
from gateway.ground import Ground
from gateway.jobs.drains import Workshop
from gateway.phones.client import Phones
from gateway.phones.running import TEST_LINE

LINE = replace(TEST_LINE, numbers=("+15205550199",), auth_token="a-token-for-tests-only")
JAMIE = "+15205550131"
OTHER = "+15205550132"


def environment(database: str, redis: str, carrier: str, public: str) -> dict[str, str]:
    """The settings of a test, as environment variables."""
    return {
        "DATABASE_URL": database,
        "REDIS_URL": redis,
        "SECRET_KEY": "s" * 32,
        "FIELD_KEYS": _FIELD_KEY,
        "LOOKUP_KEY": "l" * 32,
        "PUBLIC_URL": public,
        "TWILIO_ACCOUNT_SID": LINE.account_sid,
        "TWILIO_AUTH_TOKEN": LINE.auth_token,
        "TWILIO_API_BASE": carrier,
        "LOG_LEVEL": "ERROR",
    }


_FIELD_KEY = Fernet.generate_key().decode()


def call(**data: Any) -> dict[str, Any]:
    """A harmless call from a mobile phone, but for what is said otherwise."""
    party = {
        "role": "caller",
        "phone": JAMIE,
        "class_of_service": "WRLS",
        "language": "en",
        "name": "Jamie Doe",
    }
    return {"type_code": "THEFT", "priority": "3", "parties": [party | data.pop("caller", {})], **data}


def report(**data: Any) -> dict[str, Any]:
    """A burglary reported by its victim, but for what is said otherwise."""
    party = {"role": "victim", "phone": JAMIE, "language": "en", "victim_type": "I", "name": "Jamie Doe"}
    return {
        "offenses": ["220"],
        "division": "west",
        "unit": "property",
        "parties": [party | data.pop("victim", {})],
        **data,
    }


@dataclass
class World:
    """The line with everything around it."""

    ground: Ground
    phones: Phones
    workshop: Workshop
    api_key: str
    _ids: Any = field(default_factory=count)

    def event(
        self,
        kind: str,
        subject: str,
        data: dict[str, Any] | None = None,
        at: datetime | None = None,
        **more: Any,
    ) -> dict[str, Any]:
        """A CloudEvent, a moment ago unless said otherwise."""
        time = at or self.ground.clock() - timedelta(seconds=1)
        return {
            "specversion": "1.0",
            "source": "test",
            "id": f"e{next(self._ids)}",
            "type": kind,
            "subject": subject,
            "time": time.isoformat(),
            "data": data or {},
            **more,
        }

    def tell(self, *events: dict[str, Any]) -> list[EventResult]:
        """The feed brings events, and they are worked off."""
        results = take(self.ground, "demo", events, self.ground.clock())
        self.workshop.work_off_events()
        return results

    def send(self) -> None:
        """The outbox is drained and the carrier has said all it has to say."""
        self.workshop.drain_outbox()
        self.phones.wait_until_settled()

    def text(self, phone: str, body: str) -> int:
        """A person texts; the answers are sent. Returns the webhook's status."""
        answer = self.phones.text(phone, body)["answers"][0]
        self.send()
        return int(answer["status"])

    def received(self, phone: str) -> list[str]:
        """What this phone got, oldest first."""
        return [message["body"] for message in self.phones.messages(to=phone)]

    def rows(self, table: Table, **where: Any) -> list[Any]:
        """Rows of a table."""
        statement = select(table)
        for name, value in where.items():
            statement = statement.where(table.c[name] == value)
        with self.ground.database.connect() as connection:
            return list(connection.execute(statement))

    def count(self, table: Table) -> int:
        """How many rows there are."""
        with self.ground.database.connect() as connection:
            return connection.scalar(select(func.count()).select_from(table)) or 0
