"""Queue names and the wake-up token: all that feeds, texts and outbox know of RQ.

Postgres holds the work; Redis only wakes who does it. A wake-up that is lost costs a second, until the sweep.
"""

from __future__ import annotations

import contextlib
import logging
import time

from redis import Redis
from redis.backoff import NoBackoff
from redis.exceptions import RedisError
from redis.retry import Retry
from rq import Queue

log = logging.getLogger(__name__)

OUTBOX = "outbox"
EVENTS = "events"
MAIL = "mail"
JOBS = {
    OUTBOX: "gateway.jobs.drains.outbox",
    EVENTS: "gateway.jobs.drains.events",
    MAIL: "gateway.jobs.drains.mail",
}
"""Queue -> the function that drains it, by name, so that nobody here imports it."""

_TOKEN_SECONDS = 30
_JOB_SECONDS = 120
_LET_REDIS_BE_SECONDS = 1.0
"""After a wake-up was lost, the next ones of this second are not even tried: the sweep comes anyway."""


class Waker:
    """Wakes a queue's worker. Never waits for Redis longer than 0.2 s, and never fails because of it."""

    def __init__(self, redis: Redis) -> None:
        self._redis = redis
        self._queues = {name: Queue(name, connection=redis) for name in JOBS}
        self._not_before = 0.0

    @classmethod
    def at(cls, url: str) -> Waker:
        """For the doors: a connection of their own, no retries, short time-outs."""
        return cls(connect(url, seconds=0.2))

    def wake(self, queue: str) -> bool:
        """False if Redis is not there: then the sweep finds the work."""
        if time.monotonic() < self._not_before:
            return False
        try:
            if self._redis.set(_token(queue), 1, nx=True, ex=_TOKEN_SECONDS):
                self._enqueue(queue)
        except RedisError as error:
            self._not_before = time.monotonic() + _LET_REDIS_BE_SECONDS
            log.warning("wake-up lost", extra={"queue": queue, "error": type(error).__name__})
            return False
        return True

    def _enqueue(self, queue: str) -> None:
        """A token without a job would silence all wake-ups until it runs out, the sweep's too."""
        try:
            self._queues[queue].enqueue(JOBS[queue], result_ttl=0, failure_ttl=60, job_timeout=_JOB_SECONDS)
        except RedisError:
            with contextlib.suppress(RedisError):
                self.awake(queue)
            raise

    def awake(self, queue: str) -> None:
        """A drain's first act: whoever wakes from now on gets a drain of its own. Raises RedisError."""
        self._redis.delete(_token(queue))


def connect(url: str, seconds: float) -> Redis:
    """A connection that gives up instead of waiting. Heroku's rediss:// has a certificate that it signed itself."""
    options = {"ssl_cert_reqs": "none"} if url.startswith("rediss://") else {}
    return Redis.from_url(
        url,
        socket_connect_timeout=seconds,
        socket_timeout=seconds,
        retry=Retry(NoBackoff(), 0),
        health_check_interval=0,
        **options,
    )


def _token(queue: str) -> str:
    return f"wake:{queue}"
