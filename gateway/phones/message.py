"""One message, in either direction, as the carrier keeps it."""

import time
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.utils import formatdate
from functools import lru_cache
from uuid import uuid4

from gateway.phones.contract import API_VERSION
from gateway.phones.errors import failure_text

PRICE_PER_SEGMENT = 0.0083  # US dollars, a long code in the US; a made-up but likely figure
OVER = frozenset({"sent", "delivered", "undelivered", "failed", "received", "canceled"})
"""Statuses after which a message has a price and a date sent."""


@dataclass(slots=True)
class Post:
    """One request the carrier made to the application, and what came back.

    `answer` is the HTTP status, or None where none came: then `trouble` names the error.
    """

    at: float
    url: str
    params: dict[str, str]
    answer: int | None = None
    ms: float = 0.0
    trouble: str | None = None

    def as_json(self) -> dict[str, object]:
        return {
            "at": iso(self.at),
            "url": self.url,
            "params": self.params,
            "status": self.answer,
            "ms": round(self.ms, 1),
            "error": self.trouble,
        }


@dataclass(slots=True)
class Message:
    """A message the carrier has accepted. Times are seconds since the epoch, UTC."""

    sid: str
    account_sid: str
    sender: str
    to: str
    body: str
    direction: str
    status: str
    segments: int
    created: float
    service_sid: str | None = None
    order: int = 0  # place in the archive
    callback: str | None = None
    validity_s: int | None = None
    sent: float | None = None
    updated: float = 0.0
    error_code: int | None = None
    gone: bool = False
    statuses: list[tuple[str, float]] = field(default_factory=list)
    posts: list[Post] = field(default_factory=list)
    attempts: int = 1

    @property
    def inbound(self) -> bool:
        return self.direction == "inbound"

    @property
    def phone(self) -> str:
        """The person's number, whichever way the message went."""
        return self.sender if self.inbound else self.to

    def move(self, status: str, now: float, error_code: int | None = None) -> None:
        """Takes on a status, and keeps when."""
        if status != self.status or not self.statuses:
            self.statuses.append((status, now))
        self.status, self.updated = status, now
        if status in OVER and self.sent is None:
            self.sent = now
        if error_code is not None:
            self.error_code = error_code

    def resource(self) -> dict[str, object]:
        """Twilio's Message resource.

        A message of a Messaging Service has neither sender nor segments until it leaves `accepted`.
        """
        settled, unassigned = self.sent is not None, self.status == "accepted"
        uri = f"/{API_VERSION}/Accounts/{self.account_sid}/Messages/{self.sid}"
        return {
            "account_sid": self.account_sid,
            "api_version": API_VERSION,
            "body": self.body,
            "date_created": _rfc2822(int(self.created)),
            "date_sent": _rfc2822(int(self.sent)) if self.sent is not None else None,
            "date_updated": _rfc2822(int(self.updated or self.created)),
            "direction": self.direction,
            "error_code": self.error_code,
            "error_message": failure_text(self.error_code),
            "from": None if unassigned else self.sender,
            "messaging_service_sid": self.service_sid,
            "num_media": "0",
            "num_segments": "0" if unassigned else str(self.segments),
            "price": f"-{self.segments * PRICE_PER_SEGMENT:.5f}" if settled else None,
            "price_unit": "USD",
            "sid": self.sid,
            "status": self.status,
            "subresource_uris": {"media": f"{uri}/Media.json"},
            "to": self.to,
            "uri": f"{uri}.json",
        }

    def as_json(self) -> dict[str, object]:
        """What tests look at: the resource's main facts, every status and every request made."""
        return {
            "sid": self.sid,
            "direction": self.direction,
            "from": self.sender,
            "to": self.to,
            "body": self.body,
            "status": self.status,
            "error_code": self.error_code,
            "segments": self.segments,
            "messaging_service_sid": self.service_sid,
            "status_callback": self.callback,
            "validity_period": self.validity_s,
            "at": iso(self.created),
            "attempts": self.attempts,
            "statuses": [{"status": status, "at": iso(at)} for status, at in self.statuses],
            "posts": [post.as_json() for post in self.posts],
        }


def new_sid() -> str:
    """A SID no run of the carrier has used: applications remember those they have seen."""
    return f"SM{uuid4().hex}"


def iso(at: float) -> str:
    return datetime.fromtimestamp(at, UTC).isoformat(timespec="milliseconds")


def now() -> float:
    """Seconds since the epoch."""
    return time.time()


@lru_cache(maxsize=64)
def _rfc2822(second: int) -> str:
    return formatdate(second).replace("-0000", "+0000")
