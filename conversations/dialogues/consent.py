"""STOP, perhaps STOP, and START."""

from __future__ import annotations

from datetime import timedelta

from conversations.dialogues.table import (
    END,
    STAY,
    Dialogue,
    Lives,
    Opening,
    Outcome,
    Question,
    Situation,
    Way,
    change,
    says,
    task,
)
from conversations.effects import Effect, HoldAutomated, KeepStatutory, OptIn, OptOut
from conversations.understanding import Intent
from conversations.understanding.answers import number

UNCLEAR_HOLDS_FOR = timedelta(hours=24)
"""47 CFR 64.1200 gives no time for doubt; a day is what the agency's people need to look."""
_KEEP_ARREST_NEWS = 1


def _opt_out(s: Situation) -> Outcome:
    """One confirmation; a question in it only where the carrier has not confirmed already."""
    if s.facts.opted_out and not s.facts.keeps_arrests:
        return Outcome("already")
    may_ask = s.facts.conversation.ask_what_to_stop and not s.facts.carrier_opt_out_type
    asks = may_ask and not s.facts.opted_out
    return Outcome("asked" if asks else "out")


def _what_to_keep(s: Situation) -> Outcome | None:
    return Outcome("arrests") if number(s.text) == _KEEP_ARREST_NEWS else None


def _unclear(s: Situation) -> Outcome:
    return Outcome("already" if s.facts.opted_out else "held")


def hold_automated(s: Situation, outcome: Outcome) -> tuple[Effect, ...]:
    return (HoldAutomated(s.now + UNCLEAR_HOLDS_FOR),)


def _always(way: str) -> Outcome:
    return Outcome(way)


CONSENT = Dialogue(
    "consent",
    "Whether this number wants our texts. STOP ends everything, from everywhere.",
    openings=(
        Opening(
            Intent.OPT_OUT,
            _opt_out,
            {
                "out": Way(("opt_out.confirmed",), (change(OptOut()),), END),
                "asked": Way(("opt_out.confirmed",), (change(OptOut()),), "opt_out.what"),
                "already": Way((), (change(OptOut()),), END),
            },
        ),
        Opening(
            Intent.UNCLEAR_OPT_OUT,
            _unclear,
            {
                "held": Way(("unclear_opt_out",), (hold_automated, task("unclear_opt_out")), STAY),
                "already": Way(to=STAY),
            },
        ),
        Opening(
            Intent.OPT_IN,
            lambda s: _always("in"),
            {"in": Way(("opt_in.confirmed",), (change(OptIn()),), END)},
        ),
    ),
    questions=(
        Question(
            "opt_out.what",
            "1 to keep news of an arrest; no answer means all (47 CFR 64.1200(a)(12))",
            asks=says("opt_out.what"),
            explains=says("opt_out.what"),
            read=_what_to_keep,
            ways={"arrests": Way(("opt_out.arrests_kept",), (change(KeepStatutory()),), END)},
            lives=Lives(timedelta(hours=24)),
            tries=0,
            given_up=None,
            after_stop=True,
        ),
    ),
)
