"""How many notices of one kind are too many for an hour: a bad import or a replay looks like ordinary work."""

from __future__ import annotations

from rules.policy_keys import Surge


def most_in_an_hour(surge: Surge, busiest: int) -> int:
    """Above this, notices are held. `busiest` is how many there were in the busiest hour of the last four weeks."""
    return min(surge.hourly, max(surge.at_least, int(busiest * surge.times_usual)))
