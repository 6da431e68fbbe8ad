"""Texts in: signed webhooks by HTTP, beside a server that does nothing and beside the bare transaction."""

from __future__ import annotations

import asyncio
import json
import statistics
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import Any
from uuid import uuid4

import aiohttp
import psycopg
from twilio.request_validator import RequestValidator

from benchmarks.result import Result, Size, percentiles, stopwatch
from benchmarks.stage import ACCOUNT, LINE, TOKEN, Stage, grounded, phone, vacuum
from gateway.feeds.door import take
from gateway.feeds.work import work_off
from gateway.ground import Ground

SIZE = Size(1_000)
AT_ONCE = 4
"""As many as two processes with two threads each work on at once: beyond that, time is only waiting time."""
_LINKED = 200
_WARM_UP = 40
_PATH = "/twilio/sms"
Form = tuple[dict[str, str], dict[str, str]]
"""Fields and headers."""


def run(stage: Stage, size: Size = SIZE) -> list[Result]:
    """STATUS from numbers that stand on a case, and STOP from as many strangers; no two alike."""
    env = stage.environment()
    makers = {"STATUS": _Maker(env, "STATUS", _LINKED), "STOP": _Maker(env, "STOP")}
    told: dict[str, _Told] = {body: _Told() for body in makers}
    bare: list[float] = []
    with grounded(env) as ground:
        _link(ground)
        with (
            stage.granian("wsgi:app", env, "/healthz") as url,
            stage.granian("benchmarks.hello:app", {}, "/") as hello,
        ):
            for maker in makers.values():
                asyncio.run(_post_all(url, maker.make(_WARM_UP)))
            for _ in range(size.rounds):
                vacuum(env)
                bare.append(_transactions(env["DATABASE_URL"], size.count))
                for body, maker in makers.items():
                    told[body].note(asyncio.run(_post_all(url, maker.make(size.count))), size.count)
                    told[body].note_floor(asyncio.run(_post_all(hello, maker.make(size.count))), size.count)
    results = []
    for body, one in told.items():
        rate = statistics.median(one.rates)
        details = percentiles(one.milliseconds) | {"ms at once": AT_ONCE}
        floor = statistics.median(one.floors)
        results.append(Result(f"webhook {body}", rate, floor, "posts/s", "WSGI hello, same server", details))
        floor = statistics.median(bare)
        results.append(Result(f"webhook {body}", rate, floor, "posts/s", "dedupe, lock, insert in SQL", {}))
    return results


@dataclass
class _Told:
    """What the rounds of one kind of text gave."""

    rates: list[float] = field(default_factory=list)
    floors: list[float] = field(default_factory=list)
    milliseconds: list[float] = field(default_factory=list)

    def note(self, posted: tuple[float, list[float]], count: int) -> None:
        self.rates.append(count / posted[0])
        self.milliseconds += posted[1]

    def note_floor(self, posted: tuple[float, list[float]], count: int) -> None:
        self.floors.append(count / posted[0])


@dataclass
class _Maker:
    """Signed texts of one body, each with a sid of its own; from a new number each, or from some by turns."""

    env: dict[str, str]
    body: str
    numbers: int | None = None
    _made: int = 100_000

    def make(self, count: int) -> list[Form]:
        validator = RequestValidator(TOKEN)
        return [self._sign(validator, self._next()) for _ in range(count)]

    def _next(self) -> dict[str, str]:
        self._made += 1
        return {
            "MessageSid": f"SM{uuid4().hex}",
            "AccountSid": ACCOUNT,
            "From": phone(self._made % self.numbers if self.numbers else self._made),
            "To": LINE,
            "Body": self.body,
            "NumMedia": "0",
            "NumSegments": "1",
        }

    def _sign(self, validator: RequestValidator, fields: dict[str, str]) -> Form:
        signature = validator.compute_signature(self.env["PUBLIC_URL"] + _PATH, fields)
        return fields, {"X-Twilio-Signature": signature}


def _link(ground: Ground) -> None:
    """A report for each of the linked numbers."""
    events = [
        {
            "specversion": "1.0",
            "source": "bench",
            "id": f"r{number}",
            "type": "report.filed",
            "subject": f"26-{number:05}",
            "time": ground.clock().isoformat(),
            "data": {
                "offenses": ["220"],
                "division": "west",
                "unit": "property",
                "parties": [{"role": "victim", "phone": phone(number), "language": "en", "victim_type": "I"}],
            },
        }
        for number in range(_LINKED)
    ]
    results = take(ground, "demo", events, ground.clock())
    assert all(result.result == "accepted" for result in results), results[:3]
    work_off(ground, lambda: True)


async def _post_all(url: str, forms: Sequence[Form]) -> tuple[float, list[float]]:
    """Seconds for all, and milliseconds of each."""
    milliseconds: list[float] = []
    left = iter(forms)
    async with aiohttp.ClientSession(base_url=url) as session:

        async def post() -> None:
            for fields, headers in left:
                began = time.perf_counter()
                async with session.post(_PATH, data=fields, headers=headers) as answer:
                    await answer.read()
                    assert answer.status == 204, answer.status
                milliseconds.append((time.perf_counter() - began) * 1000)

        with stopwatch() as took:
            await asyncio.gather(*(post() for _ in range(AT_ONCE)))
    return took(), milliseconds


_LOCK = """INSERT INTO conversations (agency_id, phone_hash, phone, updated_at) VALUES ('demo', %s, %s, now())
    ON CONFLICT (agency_id, phone_hash) DO UPDATE SET updated_at = now() RETURNING id"""
_TEXT = """INSERT INTO texts (agency_id, message_sid, conversation_id, sender_id, params, received_at)
    SELECT 'demo', %s, %s, min(id), %s, now() FROM senders ON CONFLICT (message_sid) DO NOTHING RETURNING id"""


def _transactions(database: str, count: int) -> float:
    """A second: transactions that only lock a conversation and record a text, through psycopg alone."""
    params = json.dumps(_Maker({"PUBLIC_URL": ""}, "STATUS")._next()).encode()

    def work(share: int) -> None:
        with psycopg.connect(database) as connection:
            for _ in range(share):
                key = uuid4()
                row: Any = connection.execute(_LOCK, [key.bytes, params[:20]]).fetchone()
                connection.execute(_TEXT, [f"SM{key.hex}", row[0], params])
                connection.commit()

    with ThreadPoolExecutor(AT_ONCE) as threads, stopwatch() as took:
        list(threads.map(work, [count // AT_ONCE or 1] * AT_ONCE))
    return (count // AT_ONCE or 1) * AT_ONCE / took()
