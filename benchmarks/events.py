"""Events in: posted in batches of 100 and worked off, beside COPY of the same bodies."""

from __future__ import annotations

import asyncio
import json
import statistics
from collections.abc import Sequence
from typing import Any

import aiohttp
import psycopg

from benchmarks.outbox import call_event
from benchmarks.result import Result, Size, stopwatch
from benchmarks.stage import Stage, grounded, vacuum
from gateway.feeds.work import work_off
from gateway.store import agencies

SIZE = Size(4_000)
_BATCH = 100
_AT_ONCE = 2


def run(stage: Stage, size: Size = SIZE) -> list[Result]:
    """Each event is a new call whose caller is owed a message, which is the dearest that an event can be."""
    env = stage.environment()
    posted, worked, both, floors = [], [], [], []
    with grounded(env) as ground, stage.granian("wsgi:app", env, "/healthz") as url:
        with ground.database.begin() as connection:
            key = agencies.make_api_key(connection, "demo", "bench", ground.clock())
        for turn in range(size.rounds):
            numbers = range(turn * size.count, (turn + 1) * size.count)
            events = [call_event(number, ground) for number in numbers]
            batches = [events[first : first + _BATCH] for first in range(0, len(events), _BATCH)]
            vacuum(env)
            with stopwatch() as took:
                asyncio.run(_post_all(url, key, batches))
            with stopwatch() as took_to_work:
                work_off(ground, lambda: True)
            posted.append(size.count / took())
            worked.append(size.count / took_to_work())
            both.append(size.count / (took() + took_to_work()))
            floors.append(size.count / _copy(env["DATABASE_URL"], events))
    details = {
        "posted/s": round(statistics.median(posted)),
        "worked off/s": round(statistics.median(worked)),
        "in a batch": _BATCH,
    }
    rate, floor = statistics.median(both), statistics.median(floors)
    return [Result("events, posted and worked off", rate, floor, "events/s", "COPY of the bodies", details)]


async def _post_all(url: str, key: str, batches: Sequence[list[dict[str, Any]]]) -> None:
    headers = {"Authorization": f"Bearer {key}", "Content-Type": "application/cloudevents-batch+json"}
    bodies = iter([json.dumps(batch) for batch in batches])
    async with aiohttp.ClientSession(base_url=url, headers=headers) as session:

        async def post() -> None:
            for body in bodies:
                async with session.post("/v1/events", data=body) as answer:
                    told = await answer.json()
                    assert answer.status == 202, told
                    assert all(one["result"] == "accepted" for one in told["results"]), told["results"][:3]

        await asyncio.gather(*(post() for _ in range(_AT_ONCE)))


def _copy(database: str, events: Sequence[dict[str, Any]]) -> float:
    """Seconds to bring the bodies into a table and to commit."""
    with psycopg.connect(database) as connection:
        connection.execute(
            "CREATE TABLE bare (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, body jsonb)"
        )
        connection.commit()
        with stopwatch() as took:
            with connection.cursor().copy("COPY bare (body) FROM STDIN") as copy:
                for event in events:
                    copy.write_row([json.dumps(event)])
            connection.commit()
        connection.execute("DROP TABLE bare")
    return took()
