"""Messages whose fate is unknown: ask the carrier's list, adopt what is there, post again only what surely is not."""

from __future__ import annotations

import asyncio
import logging
from collections import defaultdict
from collections.abc import Sequence
from datetime import datetime, timedelta
from itertools import islice
from typing import Any

from sqlalchemy import Row
from sqlalchemy.exc import IntegrityError

from gateway.ground import Ground
from gateway.outbox.carriers.answers import Carrier, Listed
from gateway.outbox.reactions import wait_after
from gateway.store import messages
from gateway.store.messages import Ruled
from gateway.store.states import Input

log = logging.getLogger(__name__)

_AT_ONCE = 200
_NUMBERS_AT_ONCE = 20
_ASK_AGAIN_AFTER = timedelta(seconds=60)
_CLOCKS_DIFFER_BY = timedelta(minutes=2)


async def reconcile(ground: Ground, carrier: Carrier) -> int:
    """Settle the doubts that are old enough to be asked about. Returns how many were settled."""
    now = ground.clock()
    with ground.database.begin() as connection:
        doubts = messages.doubtful(connection, now, now + _ASK_AGAIN_AFTER, _AT_ONCE)
    numbers = iter(_by_number(doubts).items())
    settled = 0
    while batch := list(islice(numbers, _NUMBERS_AT_ONCE)):
        lists = await asyncio.gather(
            *(_list(carrier, phone, sender, same) for (phone, sender), same in batch), return_exceptions=True
        )
        for (_, same), listed in zip(batch, lists, strict=True):
            if not isinstance(listed, BaseException):
                settled += await asyncio.to_thread(_settle, ground, same, listed)
        troubles = {type(listed).__name__ for listed in lists if isinstance(listed, BaseException)}
        if troubles:  # who has a doubt left is asked about in a minute; new answers must not wait for that
            log.warning("the carrier's list can't be read", extra={"error": ", ".join(sorted(troubles))})
            break
    return settled


async def _list(carrier: Carrier, phone: str, sender: str | None, same: Sequence[Row[Any]]) -> list[Listed]:
    since = min(row.created_at for row in same) - _CLOCKS_DIFFER_BY
    return await carrier.newest_to(phone, sender, since)


def _by_number(doubts: Sequence[Row[Any]]) -> dict[tuple[str, str | None], list[Row[Any]]]:
    """One question for each number; a messaging service chooses the sender itself, so there any sender counts."""
    grouped: dict[tuple[str, str | None], list[Row[Any]]] = defaultdict(list)
    for row in doubts:
        grouped[row.phone, None if row.messaging_service_sid else row.sender_number].append(row)
    return grouped


def _settle(ground: Ground, doubts: Sequence[Row[Any]], listed: Sequence[Listed]) -> int:
    now = ground.clock()
    try:
        with ground.database.begin() as connection:
            taken = messages.known_sids(connection, [one.sid for one in listed])
            found, absent = match(doubts, [one for one in listed if one.sid not in taken])
            adopted = [Ruled(message_id, carrier_sid=sid, sent_at=now) for message_id, sid in found]
            moved = messages.move_each(connection, Input.ACCEPT, adopted)
            lost = [Ruled(doubt.id, due_at=_next_try(doubt, now)) for doubt in absent]
            again = messages.move_each(connection, Input.NOT_FOUND, lost)
    except IntegrityError:
        log.info("a receipt was quicker than the list; asking again in a minute")
        return 0
    log.info("doubts settled", extra={"adopted": len(moved), "sent_again": len(again)})
    return len(moved) + len(again)


def _next_try(doubt: Any, now: datetime) -> datetime:
    """The first time at once; a carrier that swallows every post is given time."""
    return now if doubt.attempts <= 1 else now + wait_after(0, doubt.attempts - 1)


def match(doubts: Sequence[Any], listed: Sequence[Listed]) -> tuple[list[tuple[Any, str]], list[Any]]:
    """Pair each doubt with one listed message of the same body. Two alike may be paired either way: they are alike."""
    by_body: dict[str, list[str]] = defaultdict(list)
    for one in sorted(listed, key=lambda one: one.created_at, reverse=True):
        by_body[one.body.strip()].append(one.sid)
    found, absent = [], []
    for doubt in doubts:
        same = by_body[doubt.body.strip()]
        if same:
            found.append((doubt.id, same.pop()))
        else:
            absent.append(doubt)
    return found, absent
