"""The outbox's drain: claim, post and settle as one stream, for 20 seconds at most, then a successor goes on.

Posts are many at once on one event loop; the database is spoken to in a thread beside it, in batches.
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import timedelta

from gateway.ground import Ground
from gateway.outbox import react
from gateway.outbox.carriers.answers import Accepted, Answer, Carrier, NotTaken, Refused, Unknown
from gateway.outbox.gate import Taken, take
from gateway.outbox.pace import Pace
from gateway.outbox.reactions import seconds_until_retry
from gateway.outbox.reconcile import reconcile
from gateway.store import messages
from gateway.store.messages import Ruled
from gateway.store.states import Input

log = logging.getLogger(__name__)

AT_ONCE = 256
_SMALLEST_BATCH = 32
_LONGEST_SECONDS = 20.0
_LAST_POSTS_SECONDS = 12.0
_SETTLE_EVERY_SECONDS = 0.02
ASK_AFTER = timedelta(seconds=15)
"""How long after a post without an answer the carrier's list is worth asking: longer than a request can last."""


@dataclass(frozen=True, slots=True)
class Posted:
    """A post and what came of it."""

    taken: Taken
    answer: Answer


async def drain(ground: Ground, carrier: Carrier, pace: Pace, stop: Callable[[], bool]) -> bool:
    """Send what is due until nothing is, time is up, or `stop` says so. True if work may be left."""
    deadline = time.monotonic() + _LONGEST_SECONDS
    await asyncio.to_thread(_take_back, ground)
    await reconcile(ground, carrier)
    posts: set[asyncio.Task[Posted]] = set()
    more = True
    while posts or (more and _may_go_on(stop, deadline)):
        room = AT_ONCE - len(posts)
        if more and room >= _SMALLEST_BATCH and _may_go_on(stop, deadline):
            taking = await asyncio.to_thread(take, ground, pace, room)
            more = taking.found > 0
            posts |= {asyncio.create_task(_post(carrier, taken)) for taken in taking.ready}
        if posts:
            if stop() or time.monotonic() > deadline + _LAST_POSTS_SECONDS:
                posts = await _finish(ground, posts)
                break
            done, posts = await asyncio.wait(posts, timeout=_SETTLE_EVERY_SECONDS)
            if done:
                await asyncio.to_thread(settle, ground, [task.result() for task in done])
                more = True
    return more


def _may_go_on(stop: Callable[[], bool], deadline: float) -> bool:
    return not stop() and time.monotonic() < deadline


def _take_back(ground: Ground) -> None:
    with ground.database.begin() as connection:
        messages.take_back_leases(connection, ground.clock())


async def _post(carrier: Carrier, taken: Taken) -> Posted:
    try:
        return Posted(taken, await carrier.send(taken.outgoing))
    except asyncio.CancelledError:
        return Posted(taken, Unknown("stopped while posting"))


async def _finish(ground: Ground, posts: set[asyncio.Task[Posted]]) -> set[asyncio.Task[Posted]]:
    """The process is to end: the posts under way get their time, and what has no answer then is in doubt."""
    _, late = await asyncio.wait(posts, timeout=_LAST_POSTS_SECONDS)
    for task in late:
        task.cancel()
    posted = await asyncio.gather(*posts)
    await asyncio.to_thread(settle, ground, posted)
    return set()


def settle(ground: Ground, posted: Sequence[Posted]) -> None:
    """Write down what became of posts, in one transaction."""
    now = ground.clock()
    moves: dict[Input, list[Ruled]] = {}
    with ground.database.begin() as connection:
        for one in posted:
            message = one.taken.message
            match one.answer:
                case Accepted(sid):
                    happened, ruled = Input.ACCEPT, Ruled(message.id, carrier_sid=sid, sent_at=now)
                case Refused(code):
                    happened, ruled = react.to_refusal(connection, message, code, now)
                case NotTaken(code):
                    wait = timedelta(seconds=seconds_until_retry(message.attempts) if not code else 1)
                    happened = Input.TRY_AGAIN
                    ruled = Ruled(message.id, due_at=now + wait, error_code=code or None)
                case Unknown(why):
                    log.warning("fate unknown", extra={"message_id": str(message.id), "why": why})
                    happened, ruled = Input.LOSE_SIGHT, Ruled(message.id)
            moves.setdefault(happened, []).append(ruled)
        for happened, ruled_ones in moves.items():
            messages.move_each(connection, happened, ruled_ones)
        doubts = [ruled.id for ruled in moves.get(Input.LOSE_SIGHT, ())]
        messages.ask_later(connection, doubts, now + ASK_AFTER)
