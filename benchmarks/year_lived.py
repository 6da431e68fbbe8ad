"""The year is lived on a simulated clock, by a worker and a sender that die at every so many commits.

Everything but the clock and the carrier is real: events are recorded and worked off, timers fire, the outbox is
claimed, gated, posted, settled and, after a crash, reconciled.
"""

from __future__ import annotations

import asyncio
import gc
import random
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from functools import partial
from multiprocessing import get_context
from multiprocessing.connection import Connection
from typing import Any
from uuid import UUID

from sqlalchemy import text

from benchmarks.stage import LINE, SEGMENTS_PER_SECOND, calm
from benchmarks.year_told import BEGIN, SEED, Year
from gateway.app import lay_ground
from gateway.feeds.door import take
from gateway.feeds.work import work_off
from gateway.ground import Ground
from gateway.outbox.carriers.answers import Accepted, Answer, Listed, Outgoing, Refused, Unknown
from gateway.outbox.drain import drain
from gateway.outbox.pace import Pace
from gateway.settings import from_environ
from gateway.store import agencies
from rules.policy import PinnedPolicy

POLICY = "tucson"
STEP = timedelta(hours=30)
"""So that it is noon, six in the evening, midnight, six in the morning: quiet hours hold at two of four."""
AFTERWARDS = timedelta(days=12)
"""Until the last notice's life is over."""
CRASHES = 0.02
"""The share of transactions at whose end the process dies: half before the commit, half after it."""


class Crash(BaseException):
    """The process is gone. No `except Exception` of ours catches it, as none would catch a SIGKILL."""


@dataclass
class Shop:
    """A carrier in this process: takes most, refuses some, and sometimes does not say that it took one."""

    clock: Callable[[], datetime]
    draw: random.Random
    taken: dict[str, Outgoing] = field(default_factory=dict)
    by_phone: dict[str, list[Listed]] = field(default_factory=dict)

    async def send(self, message: Outgoing) -> Answer:
        luck = self.draw.random()
        if luck < 0.01:
            return Refused(30006)
        if luck < 0.015:
            return Unknown("it never arrived")
        sid = f"SM{len(self.taken):030}"
        self.taken[sid] = message
        self.by_phone.setdefault(message.to, []).append(Listed(sid, message.body, self.clock()))
        return Unknown("no answer") if luck < 0.02 else Accepted(sid)

    async def newest_to(self, number: str, sender_number: str | None, since: datetime) -> list[Listed]:
        return [one for one in self.by_phone.get(number, []) if one.created_at >= since]


class Mortal:
    """A database (`engine`) at the end of whose transactions the process may die, before the commit or right after."""

    def __init__(self, engine: Any, draw: random.Random, crashes: float) -> None:
        self.engine, self._draw, self._crashes = engine, draw, crashes
        self.deaths = 0

    def __getattr__(self, name: str) -> Any:
        return getattr(self.engine, name)

    @contextmanager
    def begin(self) -> Iterator[Any]:
        luck = self._draw.random()
        with self.engine.begin() as connection:
            yield connection
            if luck < self._crashes / 2:
                self.deaths += 1
                raise Crash
        if luck < self._crashes:
            self.deaths += 1
            raise Crash


def until_it_lives(work: Callable[[], Any]) -> None:
    """A process that died is started again, and does what is left."""
    while True:
        try:
            work()
            return
        except Crash:
            continue


@dataclass
class Clock:
    """The simulated time."""

    now: datetime = BEGIN

    def __call__(self) -> datetime:
        return self.now


def mortal(
    env: Mapping[str, str], clock: Clock, draw: random.Random, crashes: float
) -> tuple[Ground, Mortal]:
    """The ground on a simulated clock. Many hours are played at once, so that no number of notices is a surge."""
    ground = calm(lay_ground(from_environ(env)))
    database = Mortal(ground.database, draw, crashes)
    return replace(ground, database=database, clock=clock), database  # type: ignore[arg-type]


def send_when_told(pipe: Connection, env: Mapping[str, str], crashes: float) -> None:
    """The sender's process: drains the outbox at each time it is given, and tells in the end what it posted."""
    clock, draw = Clock(), random.Random(SEED)
    ground, database = mortal(env, clock, draw, crashes)
    shop = Shop(clock, draw)
    with asyncio.Runner() as runner:
        while (now := pipe.recv()) is not None:
            clock.now = now
            until_it_lives(lambda: runner.run(drain(ground, shop, Pace(None), lambda: False)))
            pipe.send(None)
    ground.database.dispose()
    pipe.send((Counter(message.id for message in shop.taken.values()), database.deaths))


@dataclass
class Life:
    """The line, with a worker in this process and a sender beside it."""

    ground: Ground
    pinned: PinnedPolicy
    database: Mortal
    clock: Clock
    _sender: Connection
    posted: Counter[UUID] = field(default_factory=Counter)
    """Message -> how often the carrier took it. Known when the year is over, and so are the deaths."""
    deaths: int = 0

    @classmethod
    @contextmanager
    def begin(cls, env: Mapping[str, str], crashes: float = CRASHES) -> Iterator[Life]:
        """On these settings' database, which is new."""
        clock = Clock()
        ground, database = mortal(env, clock, random.Random(SEED + 1), crashes)
        with database.engine.begin() as connection:
            agencies.add_agency(connection, POLICY, BEGIN)
            agencies.add_sender(connection, POLICY, LINE, segments_per_second=SEGMENTS_PER_SECOND)
        spawning = get_context("spawn")
        here, there = spawning.Pipe()
        process = spawning.Process(target=send_when_told, args=(there, env, crashes), daemon=True)
        process.start()
        there.close()
        try:
            yield cls(ground, ground.policies.of(POLICY), database, clock, here)
        finally:
            here.close()
            process.join(20)
            ground.database.dispose()

    def live(self, year: Year) -> None:
        """To the end of the year and of all that came of it."""
        waiting = list(reversed(year.arrivals))
        gc.freeze()  # a line has no year lying in its memory, for the collector to walk through again and again
        end = year.arrivals[-1][0] + AFTERWARDS
        while self.clock.now < end:
            self.clock.now += STEP
            due = []
            while waiting and waiting[-1][0] <= self.clock.now:
                due.append(waiting.pop()[1])
            self._sender.send(self.clock.now)
            for first in range(0, len(due), 500):
                until_it_lives(partial(self._take, due[first : first + 500]))
            until_it_lives(lambda: work_off(self.ground, lambda: True))
            self._sender.recv()
        self._send_what_is_left()
        self._sender.send(None)
        self.posted, deaths = self._sender.recv()
        self.deaths = self.database.deaths + deaths

    def _take(self, batch: list[dict[str, Any]]) -> None:
        results = take(self.ground, self.pinned.policy.agency.id, batch, self.clock.now)
        rejected = [one for one in results if one.reason]
        assert not rejected, rejected[:3]

    def _send_what_is_left(self) -> None:
        for _ in range(200):
            self.clock.now += timedelta(minutes=10)
            self._sender.send(self.clock.now)
            self._sender.recv()
            with self.ground.database.connect() as connection:
                if not connection.scalar(text(_ON_THE_WAY)):
                    return


_ON_THE_WAY = "SELECT count(*) FROM messages WHERE state IN ('queued', 'leased', 'sending', 'doubtful')"
