"""Messages whose fate is unknown: ask the carrier's list, adopt what is there, post again only what surely is not."""

from __future__ import annotations

import logging
from collections import defaultdict
from collections.abc import Sequence
from datetime import timedelta
from typing import Any

import aiohttp
from sqlalchemy import Row
from twilio.base.exceptions import TwilioException

from gateway.ground import Ground
from gateway.outbox.carriers.answers import Carrier, Listed
from gateway.store import messages
from gateway.store.messages import Ruled
from gateway.store.states import Input

log = logging.getLogger(__name__)

_AT_ONCE = 200
_ASK_AGAIN_AFTER = timedelta(seconds=60)
_CLOCKS_DIFFER_BY = timedelta(minutes=2)


async def reconcile(ground: Ground, carrier: Carrier) -> int:
    """Settle the doubts that are old enough to be asked about. Returns how many were settled."""
    now = ground.clock()
    with ground.database.begin() as connection:
        doubts = messages.doubtful(connection, now, now + _ASK_AGAIN_AFTER, _AT_ONCE)
    settled = 0
    for (phone, sender), same in _by_number(doubts).items():
        since = min(row.created_at for row in same) - _CLOCKS_DIFFER_BY
        try:
            listed = await carrier.newest_to(phone, sender, since)
        except (TwilioException, aiohttp.ClientError, TimeoutError) as error:
            log.warning("the carrier's list can't be read", extra={"error": type(error).__name__})
            continue
        settled += _settle(ground, same, listed)
    return settled


def _by_number(doubts: Sequence[Row[Any]]) -> dict[tuple[str, str | None], list[Row[Any]]]:
    """One question for each number; a messaging service chooses the sender itself, so there any sender counts."""
    grouped: dict[tuple[str, str | None], list[Row[Any]]] = defaultdict(list)
    for row in doubts:
        grouped[row.phone, None if row.messaging_service_sid else row.sender_number].append(row)
    return grouped


def _settle(ground: Ground, doubts: Sequence[Row[Any]], listed: Sequence[Listed]) -> int:
    now = ground.clock()
    with ground.database.begin() as connection:
        taken = messages.known_sids(connection, [one.sid for one in listed])
        found, absent = match(doubts, [one for one in listed if one.sid not in taken])
        adopted = [Ruled(message_id, carrier_sid=sid, sent_at=now) for message_id, sid in found]
        moved = messages.move_each(connection, Input.ACCEPT, adopted)
        again = messages.move_each(connection, Input.NOT_FOUND, [Ruled(one, due_at=now) for one in absent])
    log.info("doubts settled", extra={"adopted": len(moved), "sent_again": len(again)})
    return len(moved) + len(again)


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
            absent.append(doubt.id)
    return found, absent
