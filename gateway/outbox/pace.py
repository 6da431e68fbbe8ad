"""How many segments a sender may post now: a bucket that holds one second's worth.

The bucket is in Redis, so that all processes share it; without Redis each keeps its own, which knows nothing of the
others but never stops.
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass

from redis import Redis
from redis.exceptions import RedisError

BURST_SECONDS = 1.0

# KEYS[1] the bucket: when it will be empty of debt. ARGV: now, seconds a segment takes, burst, costs ...
_RESERVE = """
local free_at = math.max(tonumber(redis.call('GET', KEYS[1]) or '0'), tonumber(ARGV[1]))
local granted = 0
for i = 4, #ARGV do
  if free_at - tonumber(ARGV[1]) >= tonumber(ARGV[3]) then break end
  free_at = free_at + tonumber(ARGV[i]) * tonumber(ARGV[2])
  granted = granted + 1
end
redis.call('SET', KEYS[1], tostring(free_at), 'PX', 60000)
return {granted, tostring(free_at)}
"""


@dataclass(frozen=True, slots=True)
class Grant:
    """The first `count` messages may go now; the next not before `free_at` (Unix seconds)."""

    count: int
    free_at: float


def reserve(free_at: float, now: float, costs: Sequence[int], rate: float) -> Grant:
    """The rule itself, pure: grant while the debt is less than a second's worth."""
    free_at = max(free_at, now)
    granted = 0
    for cost in costs:
        if free_at - now >= BURST_SECONDS:
            break
        free_at += cost / rate
        granted += 1
    return Grant(granted, free_at)


class Pace:
    """The buckets of all senders."""

    def __init__(self, redis: Redis | None) -> None:
        self._redis = redis
        self._script = redis.register_script(_RESERVE) if redis is not None else None
        self._own: dict[int, float] = {}

    def reserve(self, sender_id: int, costs: Sequence[int], rate: float) -> Grant:
        """`costs` in segments, `rate` in segments a second. One round trip for a whole batch."""
        now = time.time()
        if self._script is not None:
            try:
                granted, free_at = self._script(
                    keys=[f"pace:{sender_id}"], args=[now, 1 / rate, BURST_SECONDS, *costs]
                )
                return Grant(int(granted), float(free_at))
            except RedisError:
                pass
        grant = reserve(self._own.get(sender_id, 0.0), now, costs, rate)
        self._own[sender_id] = grant.free_at
        return grant
