"""The carrier's error codes and what we do about each (Twilio's error dictionary)."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from enum import StrEnum


class Reaction(StrEnum):
    """What an error calls for."""

    OPT_OUT = "opt_out"
    """The person said stop to the carrier: record it, never try again."""
    NO_SUCH_PHONE = "no_such_phone"
    """Not a number that can be texted: reach the person otherwise."""
    OUT_OF_REACH = "out_of_reach"
    """Try once or twice more, then otherwise."""
    FILTERED = "filtered"
    """The carrier did not like the body: don't repeat it; tell staff."""
    HOLD_SENDER = "hold_sender"
    """Registration or configuration: nothing leaves from this number until someone has looked."""
    SLOW_DOWN = "slow_down"
    STOP_EVERYTHING = "stop_everything"
    """Our credentials are not accepted."""
    TOO_LATE = "too_late"
    """Its time was over while it waited at the carrier: better not at all than stale."""
    GIVE_UP = "give_up"
    """A code that we don't know: fail it and tell staff."""


_CODES: Mapping[Reaction, tuple[int, ...]] = {
    Reaction.OPT_OUT: (21610,),
    Reaction.NO_SUCH_PHONE: (21211, 21614, 21635, 30005, 30006),
    Reaction.OUT_OF_REACH: (30003, 30008, 30017, 30500),
    Reaction.FILTERED: (30004, 30007),
    Reaction.HOLD_SENDER: (30032, 30034, 21408, 21606, 21612, 21703, 21704, 21705),
    Reaction.SLOW_DOWN: (20429, 21611, 30001, 30022, 30023, 30027),
    Reaction.STOP_EVERYTHING: (20003,),
    Reaction.TOO_LATE: (30036,),
}
_REACTION = {code: reaction for reaction, codes in _CODES.items() for code in codes}

ATTEMPTS_OUT_OF_REACH = 3
"""The first and two more."""

TOO_MANY_REQUESTS = 20429

DAILY_CAP = frozenset({30023, 30027})
"""A cap that is lifted the next day only."""


def reaction_to(code: int) -> Reaction:
    """What to do about an error code; GIVE_UP for one that is not in the table."""
    return _REACTION.get(code, Reaction.GIVE_UP)


def wait_after(code: int, attempts: int) -> timedelta:
    """Before the next try: 30 s, then 2 min, 8 min, half an hour at most. A busy carrier is asked sooner: after 1 s,
    2, 4, a minute at most."""
    if code in DAILY_CAP:
        return timedelta(days=1)
    tries = min(max(attempts - 1, 0), 9)
    seconds = min(2**tries, 60) if code == TOO_MANY_REQUESTS else min(30 * 4**tries, 1800)
    return timedelta(seconds=seconds)
