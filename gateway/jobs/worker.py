"""A process that waits on RQ for wake-ups. It outlives Redis, and on SIGTERM it ends after the job in hand."""

from __future__ import annotations

import logging
from typing import Any

from redis import Redis
from redis.exceptions import RedisError
from rq import Queue, SimpleWorker

from gateway.jobs.stop import Stop

log = logging.getLogger(__name__)

_REDIS_AGAIN_SECONDS = 1.0


class DrainWorker(SimpleWorker):
    """RQ's worker in one process, which tells the drain of the first SIGTERM and never waits long for Redis."""

    exponential_backoff_factor = 1.0
    max_connection_wait_time = _REDIS_AGAIN_SECONDS

    def __init__(self, *arguments: Any, stop: Stop, **options: Any) -> None:
        super().__init__(*arguments, **options)
        self.stop = stop

    def handle_warm_shutdown_request(self) -> None:
        self.stop.ask()


def work(queues: list[str], redis: Redis, stop: Stop) -> None:
    """Work until asked to stop. Redis may come and go."""
    while not stop():
        stop.on_signals()
        try:
            redis.ping()
            # RQ takes over the signals inside work(), and gives the first one to handle_warm_shutdown_request.
            worker = DrainWorker(
                [Queue(name, connection=redis) for name in queues],
                connection=redis,
                stop=stop,
                log_job_description=False,
            )
            worker.work(logging_level="WARNING")
        except RedisError as error:
            log.warning("redis is not there; trying again", extra={"error": type(error).__name__})
            stop.wait(_REDIS_AGAIN_SECONDS)
