"""Messages out: a full outbox drained to the loopback carrier, beside posting the same bodies with no database."""

from __future__ import annotations

import asyncio
import statistics
from typing import Any

import aiohttp
from sqlalchemy import select

from benchmarks.result import Result, Size, stopwatch
from benchmarks.stage import ACCOUNT, LINE, TOKEN, Stage, grounded, phone, vacuum
from gateway.feeds.door import take
from gateway.feeds.work import work_off
from gateway.ground import Ground
from gateway.jobs.drains import Workshop
from gateway.outbox.drain import AT_ONCE
from gateway.phones.client import Phones
from gateway.store.tables import messages
from gateway.wake import connect

SIZE = Size(2_000)
LATENCIES_MS = (100, 0)


def run(stage: Stage, size: Size = SIZE) -> list[Result]:
    """A message is a real notice: its record is read again at the gate. Receipts are left out."""
    env = stage.environment()
    with stage.phones() as phones, grounded(env | {"TWILIO_API_BASE": phones.url}) as ground:
        workshop = Workshop(ground, lambda: False, connect(env["REDIS_URL"], seconds=1))  # type: ignore[arg-type]
        try:
            fill(ground, size.count)
            workshop.drain_outbox()  # the first one opens connections and compiles statements
            return [_at(latency, env, phones, ground, workshop, size) for latency in LATENCIES_MS]
        finally:
            workshop.close()


def _at(
    latency: int, env: dict[str, str], phones: Phones, ground: Ground, workshop: Workshop, size: Size
) -> Result:
    drained, posted = [], []
    for _ in range(size.rounds):
        fill(ground, size.count)
        vacuum(env)
        forms = _forms(ground)
        phones.reset()
        phones.behave({"latency_ms": latency, "callback_loss": 1.0})
        with stopwatch() as took:
            while workshop.drain_outbox():
                pass
        drained.append(len(forms) / took())
        _check(phones, len(forms))
        phones.reset()
        phones.behave({"latency_ms": latency, "callback_loss": 1.0})
        with stopwatch() as took:
            asyncio.run(_post_all(phones.url, forms))
        posted.append(len(forms) / took())
        _check(phones, len(forms))
    return Result(
        f"outbox at {latency} ms",
        statistics.median(drained),
        statistics.median(posted),
        "messages/s",
        f"bare aiohttp, {AT_ONCE} at once",
        {"messages": size.count, "rounds": [round(rate) for rate in drained]},
    )


def fill(ground: Ground, count: int) -> None:
    """As many calls, each of which owes its caller a message that is due now."""
    with ground.database.connect() as connection:
        begun = len(connection.execute(select(messages.c.id)).all())
    for first in range(begun, begun + count, 500):
        numbers = range(first, min(first + 500, begun + count))
        results = take(ground, "demo", [call_event(number, ground) for number in numbers], ground.clock())
        assert all(result.result == "accepted" for result in results), results[:3]
    work_off(ground, lambda: True)


def call_event(number: int, ground: Ground) -> dict[str, Any]:
    """A harmless call from a mobile phone, a new one for each number."""
    caller = {"role": "caller", "phone": phone(number), "class_of_service": "WRLS", "language": "en"}
    return {
        "specversion": "1.0",
        "source": "bench",
        "id": f"e{number}",
        "type": "call.received",
        "subject": f"P{number:06}",
        "time": ground.clock().isoformat(),
        "data": {"type_code": "THEFT", "priority": "3", "parties": [caller]},
    }


def _forms(ground: Ground) -> list[dict[str, str]]:
    statement = select(messages.c.id, messages.c.phone, messages.c.body).where(messages.c.state == "queued")
    with ground.database.connect() as connection:
        return [
            {
                "To": row.phone,
                "From": LINE,
                "Body": row.body,
                "StatusCallback": f"{ground.settings.public_url}/twilio/status?message={row.id}",
                "ValidityPeriod": "1700",
            }
            for row in connection.execute(statement)
        ]


async def _post_all(url: str, forms: list[dict[str, str]]) -> None:
    address = f"{url}/2010-04-01/Accounts/{ACCOUNT}/Messages.json"
    auth = aiohttp.encode_basic_auth(ACCOUNT, TOKEN)
    left = iter(forms)
    connector = aiohttp.TCPConnector(limit=AT_ONCE)
    async with aiohttp.ClientSession(connector=connector, headers={"Authorization": auth}) as session:

        async def post() -> None:
            for form in left:
                async with session.post(address, data=form) as answer:
                    await answer.text()

        await asyncio.gather(*(post() for _ in range(AT_ONCE)))


def _check(phones: Phones, count: int) -> None:
    got = len(phones.messages())
    assert got == count, f"{got} of {count} arrived"
