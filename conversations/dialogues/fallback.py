"""What nobody can answer: the person is told that the police do not read this line."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

from conversations.dialogues.table import STAY, Dialogue, Opening, Outcome, Situation, Way
from conversations.turn import State
from conversations.understanding import Intent

AT_MOST_EVERY = timedelta(minutes=10)
_ANSWERED_SO = (Intent.THANKS, Intent.ANSWER, Intent.UNKNOWN)


def _fallback(s: Situation) -> Outcome:
    """In full once a day, then short, at most one in ten minutes: two robots shall not talk for ever."""
    last = s.state.fallback_at
    if last and s.now - datetime.fromisoformat(last) < AT_MOST_EVERY:
        return Outcome("silent")
    return Outcome("short" if s.state.fallback_in_full_on == _today(s) else "full")


def after_fallback(state: State, s: Situation) -> State:
    """The state after a fallback was said."""
    return replace(state, fallback_in_full_on=_today(s), fallback_at=s.now.isoformat())


def _today(s: Situation) -> str:
    return s.now.astimezone(s.facts.agency.zone).date().isoformat()


_WAYS = {
    "full": Way(("fallback",), to=STAY),
    "short": Way(("fallback.short",), to=STAY),
    "silent": Way(to=STAY),
}

FALLBACK = Dialogue(
    "fallback",
    "Thanks and worried questions alike: nobody reads this line, and where to turn.",
    openings=tuple(Opening(intent, _fallback, _WAYS) for intent in _ANSWERED_SO),
)
