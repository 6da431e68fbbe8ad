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

from sqlalchemy.exc import IntegrityError, OperationalError

from gateway.ground import Ground
from gateway.outbox import react
from gateway.outbox.carriers.answers import Accepted, Answer, Carrier, NotTaken, Refused, Unknown
from gateway.outbox.gate import Taken, take
from gateway.outbox.pace import Pace
from gateway.outbox.reactions import wait_after
from gateway.outbox.reconcile import reconcile
from gateway.store import messages
from gateway.store.database import was_deadlock
from gateway.store.messages import Ruled
from gateway.store.states import Input

log = logging.getLogger(__name__)

AT_ONCE = 256
_SMALLEST_BATCH = 32
_LONGEST_SECONDS = 20.0
_LAST_POSTS_SECONDS = 12.0
_SETTLE_EVERY_SECONDS = 0.02
_LOOK_AGAIN_SECONDS = 0.25
"""While posts are under way: one that hangs must not keep a new answer waiting."""
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
    looked = 0.0
    try:
        while posts or (more and _may_go_on(stop, deadline)):
            room = AT_ONCE - len(posts)
            look = more or time.monotonic() - looked > _LOOK_AGAIN_SECONDS
            if look and room >= _SMALLEST_BATCH and _may_go_on(stop, deadline):
                taking = await asyncio.to_thread(take, ground, pace, room)
                more, looked = taking.found > 0, time.monotonic()
                posts |= {asyncio.create_task(_post(carrier, taken)) for taken in taking.ready}
            if posts:
                if stop() or time.monotonic() > deadline + _LAST_POSTS_SECONDS:
                    break
                done, posts = await asyncio.wait(posts, timeout=_SETTLE_EVERY_SECONDS)
                if done:
                    await asyncio.to_thread(settle, ground, [task.result() for task in done])
                    more = True
    finally:
        if posts:
            await _finish(ground, posts)
    return more


def _may_go_on(stop: Callable[[], bool], deadline: float) -> bool:
    return not stop() and time.monotonic() < deadline


def _take_back(ground: Ground) -> None:
    with ground.database.begin() as connection:
        messages.take_back_leases(connection, ground.clock())


async def _post(carrier: Carrier, taken: Taken) -> Posted:
    """Always has an outcome: one message that breaks the carrier's client must not take the others with it."""
    try:
        return Posted(taken, await carrier.send(taken.outgoing))
    except asyncio.CancelledError:
        return Posted(taken, Unknown("stopped while posting"))
    except Exception as error:
        log.exception("a post broke", extra={"message_id": str(taken.message.id)})
        return Posted(taken, Unknown(type(error).__name__))


async def _finish(ground: Ground, posts: set[asyncio.Task[Posted]]) -> None:
    """The process is to end: the posts under way get their time, and what has no answer then is in doubt."""
    _, late = await asyncio.wait(posts, timeout=_LAST_POSTS_SECONDS)
    for task in late:
        task.cancel()
    posted = await asyncio.gather(*posts)
    await asyncio.to_thread(settle, ground, posted)


def settle(ground: Ground, posted: Sequence[Posted]) -> None:
    """Write down what became of posts, in one transaction."""
    try:
        _settle(ground, posted)
    except (IntegrityError, OperationalError) as error:
        # A receipt or the list gave one of these sids to a message with the same words; or a STOP was in the way.
        if isinstance(error, OperationalError) and not was_deadlock(error):
            raise
        for one in posted:
            try:
                _settle(ground, [one])
            except IntegrityError:
                _settle(ground, [Posted(one.taken, Unknown("its sid is another's"))])


def _settle(ground: Ground, posted: Sequence[Posted]) -> None:
    now = ground.clock()
    moves: dict[Input, list[Ruled]] = {}
    with ground.database.begin() as connection:
        for one in posted:
            message = one.taken.message
            match one.answer:
                case Accepted(sid):
                    happened, ruled = Input.ACCEPT, Ruled(message.id, carrier_sid=sid, sent_at=now)
                case Refused(code):
                    happened, ruled = react.to_refusal(ground, connection, message, code, now)
                case NotTaken(code):
                    happened = Input.TRY_AGAIN
                    due = now + wait_after(code, message.attempts)
                    ruled = Ruled(message.id, due_at=due, error_code=code or None)
                case Unknown(why):
                    log.warning("fate unknown", extra={"message_id": str(message.id), "why": why})
                    happened, ruled = Input.LOSE_SIGHT, Ruled(message.id)
            moves.setdefault(happened, []).append(ruled)
        for happened, ruled_ones in moves.items():
            messages.move_each(connection, happened, ruled_ones)
        doubts = [ruled.id for ruled in moves.get(Input.LOSE_SIGHT, ())]
        messages.ask_later(connection, doubts, now + ASK_AFTER)
