"""The jobs: each drains its queue in Postgres until nothing is due, and wakes a successor if time was up.

RQ runs them by name, in this process, so what they need is put here once, when the process starts.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import time
from collections.abc import Callable
from dataclasses import dataclass, field

from redis import Redis
from redis.exceptions import RedisError

from gateway import wake
from gateway.feeds.work import work_off
from gateway.ground import Ground
from gateway.jobs.stop import Stop
from gateway.outbox import elsewhere
from gateway.outbox.carriers.twilio import TwilioCarrier
from gateway.outbox.drain import drain
from gateway.outbox.mail.drain import drain as drain_mail
from gateway.outbox.mail.server import MailServer
from gateway.outbox.pace import Pace

log = logging.getLogger(__name__)

_LONGEST_SECONDS = 20


@dataclass
class Workshop:
    """What a process works with: one event loop and one HTTP session for as long as it lives."""

    ground: Ground
    stop: Stop
    redis: Redis | None
    _loop: asyncio.Runner = field(default_factory=asyncio.Runner)
    _carrier: TwilioCarrier | None = None

    def drain_outbox(self) -> bool:
        """True if work may be left."""
        return self._loop.run(self._drain())

    async def _drain(self) -> bool:
        if self._carrier is None:
            settings = self.ground.settings
            self._carrier = TwilioCarrier(
                settings.twilio_api_base, settings.twilio_account_sid, settings.twilio_auth_token
            )
        return await drain(self.ground, self._carrier, Pace(self.redis), self.stop)

    def work_off_events(self) -> bool:
        """True if work may be left."""
        deadline = time.monotonic() + _LONGEST_SECONDS
        return work_off(self.ground, lambda: not self.stop() and time.monotonic() < deadline)

    def drain_mail(self) -> bool:
        """Emails, and before them what nobody said was delivered. True if work may be left."""
        elsewhere.go_on_unheard(self.ground)
        url = self.ground.settings.smtp_url
        return drain_mail(self.ground, MailServer(url) if url else None, self.stop)

    def close(self) -> None:
        """Let go of the carrier's connections and the loop."""
        if self._carrier is not None:
            self._loop.run(self._carrier.close())
        self._loop.close()


_workshop: Workshop | None = None


def open_workshop(workshop: Workshop) -> None:
    """Called once by the process, before its first job."""
    global _workshop
    _workshop = workshop


def outbox() -> None:
    """The job behind the queue `outbox`."""
    _run(wake.OUTBOX, Workshop.drain_outbox)


def events() -> None:
    """The job behind the queue `events`."""
    _run(wake.EVENTS, Workshop.work_off_events)


def mail() -> None:
    """The job behind the queue `mail`."""
    _run(wake.MAIL, Workshop.drain_mail)


def _run(queue: str, drain_it: Callable[[Workshop], bool]) -> None:
    if _workshop is None:
        raise RuntimeError("open_workshop was not called in this process")
    waker = _workshop.ground.waker
    with contextlib.suppress(RedisError):  # then the token runs out by itself
        waker.awake(queue)
    try:
        more = drain_it(_workshop)
    except (
        Exception
    ):  # RQ would write its words into the log and into Redis; the rows are safe, and the sweep comes
        log.exception("a drain broke", extra={"queue": queue})
        return
    if more and not _workshop.stop():
        waker.wake(queue)
