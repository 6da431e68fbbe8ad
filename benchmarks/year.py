"""A year of a department of Tucson's size: told twice, late and out of order, with crashes at commits; then the books.

3,000 victims a month. The clock is simulated, 18 hours at a time; everything else is real: events are recorded and
worked off, timers fire, the outbox is claimed, gated, posted to a carrier in this process, settled and, after a crash,
reconciled. In the end each notice that the policy owes must have been sent once, or be suppressed with a reason and
stand as a task of a person; nothing may be left on the way, and the carrier may hold no message twice.
"""

from __future__ import annotations

import asyncio
import random
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any

from sqlalchemy import text

from benchmarks.result import Result, Size, stopwatch
from benchmarks.stage import LINE, SEGMENTS_PER_SECOND, Stage, calm, phone
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
SIZE = Size(36_000, rounds=1)
"""Victims in a year."""
BEGIN = datetime(2026, 1, 1, 19, 0, tzinfo=UTC)
"""Noon in Tucson."""
STEP = timedelta(hours=18)
"""So that it is noon, six in the morning, midnight, six in the evening: quiet hours hold at two of four."""
DAYS = 365
"""Fewer victims fill fewer days: how many there are in one stays the same."""
AFTERWARDS = timedelta(days=12)
"""Until the last notice's life is over."""
CRASHES = 0.02
"""The share of transactions at whose end the process dies: half before the commit, half after it."""
_SEED = 20260101


class Crash(BaseException):
    """The process is gone. No `except Exception` of ours catches it, as none would catch a SIGKILL."""


def run(stage: Stage, size: Size = SIZE) -> list[Result]:
    """The floor is the time allowed: two minutes for a whole year."""
    year = year_of(size.count)
    env = stage.environment()
    # It is our processes that die here and not the machine, so that no commit need wait for the disk.
    quick = {"DATABASE_URL": env["DATABASE_URL"] + "&options=-csynchronous_commit%3Doff"}
    ground = lay_ground(from_environ(env | quick))
    try:
        with ground.database.begin() as connection:
            agencies.add_agency(connection, POLICY, BEGIN)
            agencies.add_sender(connection, POLICY, LINE, segments_per_second=SEGMENTS_PER_SECOND)
        life = Life.of(ground)
        with stopwatch() as took:
            life.live(year)
        seconds = took()
        books = balance(life, year)
    finally:
        ground.database.dispose()
    allowed = 120 * size.count / SIZE.count
    details = books | {"deaths": life.database.deaths, "seconds": round(seconds, 1)}
    return [
        Result("a year", size.count / seconds, size.count / allowed, "victims/s", "a year in 120 s", details)
    ]


# What happens in a year


@dataclass(frozen=True)
class Year:
    """The events in their order of arrival, and what is owed because of them."""

    arrivals: Sequence[tuple[datetime, dict[str, Any]]]
    victims: int


OFFENSES = {"220": 8, "23F": 20, "23H": 20, "240": 12, "290": 15, "26A": 10, "13B": 8, "11A": 2, "250": 5}
"""NIBRS code -> its share."""


def year_of(victims: int, seed: int = _SEED) -> Year:
    """Reports with one or two victims each, detectives, changes of status, arrests, spread over a year."""
    draw = random.Random(seed)
    told: list[tuple[datetime, dict[str, Any]]] = []
    made, seconds = 0, max(DAYS * 86_400 * victims // SIZE.count, 86_400)
    while made < victims:
        number = f"T26-{made:06}"
        filed = BEGIN + timedelta(seconds=draw.randrange(seconds))
        people = [_victim(draw, made + place, place) for place in range(1 if draw.random() < 0.9 else 2)]
        made += len(people)
        for event in _life(draw, number, filed, people):
            told += _as_told(draw, event)
    told.sort(key=lambda one: one[0])
    return Year(told, made)


def _victim(draw: random.Random, count: int, place: int) -> dict[str, Any]:
    person: dict[str, Any] = {
        "role": "victim",
        "id": f"victim{place}",
        "victim_type": "I",
        "birth_date": f"{draw.randrange(1940, 2015)}-0{draw.randrange(1, 10)}-1{draw.randrange(10)}",
        "language": draw.choice(["en"] * 12 + ["es"] * 6 + ["fr", "ar", "sw", "fa"]),
    }
    if draw.random() < 0.93:
        person["phone"] = phone(count)
    if draw.random() < 0.5:
        person["relationships"] = [draw.choice(["ST", "AQ", "SE", "BG", "RU"])]
    return person


def _life(
    draw: random.Random, number: str, filed: datetime, people: list[dict[str, Any]]
) -> Iterator[dict[str, Any]]:
    code = draw.choices(list(OFFENSES), list(OFFENSES.values()))[0]
    data = {"offenses": [code], "division": "west", "unit": "property", "parties": people}
    yield _event("report.filed", number, filed, data)
    at = filed
    if draw.random() < 0.3:
        at += timedelta(hours=draw.randrange(2, 90))
        yield _event("case.assigned", number, at, {"assigned_to": f"Det. {draw.choice('ABCDEFG')}. Example"})
    if draw.random() < 0.05:
        at += timedelta(hours=draw.randrange(1, 30))
        yield _event("report.updated", number, at, {"offenses": [draw.choice(["11A", "13A", "220"])]})
    for arrest in range(draw.choices([0, 1, 2], [90, 9, 1])[0]):
        at += timedelta(hours=draw.randrange(1, 300))
        yield _event("arrest.made", number, at, {"arrest_id": f"{number}-{arrest}"})
    if draw.random() < 0.4:
        at += timedelta(hours=draw.randrange(10, 600))
        yield _event("case.status_changed", number, at, {"status": draw.choice(["inactive", "closed"])})


_ids = iter(range(10**9))


def _event(kind: str, number: str, at: datetime, data: dict[str, Any]) -> dict[str, Any]:
    return {
        "specversion": "1.0",
        "source": "rms",
        "id": f"{number}:{kind}:{next(_ids)}",
        "type": kind,
        "subject": number,
        "time": at.isoformat(),
        "data": data,
    }


def _as_told(draw: random.Random, event: dict[str, Any]) -> Iterator[tuple[datetime, dict[str, Any]]]:
    """Mostly at once; some late by up to a day and so behind what followed, some twice, some anew under another id."""
    at = datetime.fromisoformat(event["time"])
    late = (
        timedelta(hours=draw.random() * 24) if draw.random() < 0.1 else timedelta(minutes=draw.random() * 5)
    )
    yield at + late, event
    if draw.random() < 0.05:
        yield at + late + timedelta(hours=draw.random() * 30), event
    if draw.random() < 0.02:
        yield at + late + timedelta(hours=draw.random() * 30), event | {"id": event["id"] + ":again"}


# The carrier, and death


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
    """A database at the end of whose transactions the process may die, before the commit or right after it."""

    def __init__(self, engine: Any, draw: random.Random, crashes: float) -> None:
        self._engine, self._draw, self._crashes = engine, draw, crashes
        self.deaths = 0

    def __getattr__(self, name: str) -> Any:
        return getattr(self._engine, name)

    @contextmanager
    def begin(self) -> Iterator[Any]:
        luck = self._draw.random()
        with self._engine.begin() as connection:
            yield connection
            if luck < self._crashes / 2:
                self.deaths += 1
                raise Crash
        if luck < self._crashes:
            self.deaths += 1
            raise Crash


# The year is lived


@dataclass
class Life:
    """The line on a simulated clock."""

    ground: Ground
    shop: Shop
    pinned: PinnedPolicy
    database: Mortal
    now: datetime = BEGIN

    @classmethod
    def of(cls, ground: Ground, crashes: float = CRASHES) -> Life:
        """Many hours are played at once, so that what is no surge in a real hour would be one here."""
        draw = random.Random(_SEED)
        ground = calm(ground)
        pinned = ground.policies.of(POLICY)
        life = cls(ground, Shop(lambda: BEGIN, draw), pinned, Mortal(ground.database, draw, crashes))
        life.ground = replace(
            ground,
            database=life.database,  # type: ignore[arg-type]
            clock=lambda: life.now,
        )
        life.shop.clock = lambda: life.now
        return life

    def live(self, year: Year) -> None:
        with asyncio.Runner() as runner, ThreadPoolExecutor(1) as beside:
            self._live(year, runner, beside)

    def _live(self, year: Year, runner: asyncio.Runner, beside: ThreadPoolExecutor) -> None:
        """The sender works beside the worker, as processes do."""
        waiting = list(reversed(year.arrivals))
        end = year.arrivals[-1][0] + AFTERWARDS
        while self.now < end:
            self.now += STEP
            due = []
            while waiting and waiting[-1][0] <= self.now:
                due.append(waiting.pop()[1])
            for first in range(0, len(due), 500):
                self._until_it_lives(partial(self._take, due[first : first + 500]))
            sent = beside.submit(self._until_it_lives, partial(self._send, runner))
            self._until_it_lives(lambda: work_off(self.ground, lambda: True))
            sent.result()
        self._settle_doubts(runner)

    def _take(self, batch: list[dict[str, Any]]) -> None:
        rejected = [
            one for one in take(self.ground, self.pinned.policy.agency.id, batch, self.now) if one.reason
        ]
        assert not rejected, rejected[:3]

    def _send(self, runner: asyncio.Runner) -> None:
        runner.run(drain(self.ground, self.shop, Pace(None), lambda: False))

    def _settle_doubts(self, runner: asyncio.Runner) -> None:
        for _ in range(200):
            self.now += timedelta(minutes=10)
            self._until_it_lives(partial(self._send, runner))
            with self.ground.database.connect() as connection:
                left = connection.scalar(text(_ON_THE_WAY))
            if not left:
                return

    @staticmethod
    def _until_it_lives(work: Callable[[], Any]) -> None:
        """A process that died is started again, and does what is left."""
        while True:
            try:
                work()
                return
            except Crash:
                continue


_ON_THE_WAY = (
    "SELECT count(*) FROM messages WHERE state IN ('leased', 'sending', 'doubtful') OR state = 'queued'"
)


# The books


def balance(life: Life, year: Year) -> dict[str, int]:
    """Raises AssertionError with what does not balance. Returns how many of what there were."""
    people = _people(year)
    owed = [rule for rule in life.pinned.policy.notices if rule.owed]
    expected = {
        (rule.id, event["subject"], person["id"], (event["data"].get("arrest_id") or ""))
        for rule in owed
        for _, event in year.arrivals
        if event["type"] == rule.on
        for person in people[event["subject"]]
    }
    with life.ground.database.connect() as connection:
        rows = connection.execute(
            text("SELECT id, notice, record_number, party_id, intent_key, state FROM messages")
        ).all()
        decided = connection.execute(
            text("SELECT rule, record_number, party_id, occasion, outcome, reason FROM decisions")
        ).all()
        tasks = {row.key for row in connection.execute(text("SELECT key FROM tasks"))}
        waiting = connection.scalar(text("SELECT count(*) FROM events WHERE state <> 'done'"))
        timers = connection.scalar(text("SELECT count(*) FROM timers"))
    sent = {
        (r.notice, r.record_number, r.party_id, r.intent_key.split(":")[-2]) for r in rows if r.state in _CAME
    }
    reasons = {
        (row.rule, row.record_number, row.party_id, row.occasion): row.reason
        for row in decided
        if row.outcome == "suppressed"
    }
    with_task = {key.removeprefix("owed:") for key in tasks if key.startswith("owed:")}
    with_task |= {row.intent_key for row in rows if f"reach:{row.id}" in tasks}
    lost = [
        one
        for one in sorted(expected)
        if one not in sent and not (_stands(one, with_task) or one[2] == "" or _minor(one, reasons))
    ]
    assert not lost, (
        f"{len(lost)} owed notices are nowhere, such as {_all_about(lost[0], rows, decided, tasks)}"
    )
    assert waiting == 0, f"{waiting} events were not worked on"
    assert timers == 0, f"{timers} timers are left"
    assert not [row for row in rows if row.state in {"queued", "leased", "sending", "doubtful"}]
    assert len(rows) == len({row.intent_key for row in rows})
    posted = Counter((message.id) for message in life.shop.taken.values())
    twice = [message_id for message_id, times in posted.items() if times > 1]
    assert not twice, f"{len(twice)} messages were posted twice"
    return {
        "events": len(year.arrivals),
        "messages": len(rows),
        "owed": len(expected),
        "owed sent": len(expected & sent),
        "tasks": len(tasks),
    }


def _all_about(one: tuple[str, ...], rows: Sequence[Any], decided: Sequence[Any], tasks: set[str]) -> str:
    number = one[1]
    told = [tuple(row) for row in (*rows, *decided) if row.record_number == number]
    return f"{one}: {told}, {[key for key in tasks if number in key]}"


_CAME = frozenset({"sent", "delivered"})


def _stands(one: tuple[str, str, str, str], with_task: set[str]) -> bool:
    """As a task, opened by the rules or when its message could not go."""
    rule, number, party, occasion = one
    return f"{rule}:{number}:{party}:{occasion}" in with_task or (
        f"{rule}:case:{number}:{party}:{occasion}:text" in with_task
    )


def _minor(one: tuple[str, str, str, str], reasons: dict[tuple[str, str, str, str], str]) -> bool:
    return reasons.get(one) == "same_number"


def _people(year: Year) -> dict[str, list[dict[str, Any]]]:
    return {
        event["subject"]: event["data"]["parties"]
        for _, event in year.arrivals
        if event["type"] == "report.filed"
    }
