"""Work that is due later: status callbacks and webhooks, done in the order in which they fall due."""

import asyncio
import logging
from collections.abc import Awaitable, Callable

log = logging.getLogger("phones")

Job = Callable[[], Awaitable[None]]


class Agenda:
    """Runs jobs when they are due, a bounded number at once; knows whether anything is still to do.

    A job is a timer and a queue entry until it runs, so that 100,000 messages cost no 100,000 tasks.
    """

    def __init__(self, workers: int) -> None:
        self._size = workers
        self._due: asyncio.Queue[tuple[int, Job]] = asyncio.Queue()
        self._workers: list[asyncio.Task[None]] = []
        self._generation = 0
        self.pending = 0

    def start(self) -> None:
        self._workers = [asyncio.create_task(self._work()) for _ in range(self._size)]

    def later(self, seconds: float, job: Job) -> None:
        self.pending += 1
        entry = (self._generation, job)
        if seconds <= 0:
            self._due.put_nowait(entry)
        else:
            asyncio.get_running_loop().call_later(seconds, self._due.put_nowait, entry)

    def forget(self) -> None:
        """Drops all that has not begun; what runs now runs to its end."""
        self._generation += 1
        self.pending = 0

    async def stop(self) -> None:
        self.forget()
        for worker in self._workers:
            worker.cancel()
        await asyncio.gather(*self._workers, return_exceptions=True)

    async def _work(self) -> None:
        while True:
            generation, job = await self._due.get()
            if generation != self._generation:
                continue
            try:
                await job()
            except Exception:
                log.exception("a job of the carrier failed")
            if generation == self._generation:
                self.pending -= 1
