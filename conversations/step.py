"""One text, one turn. The order in it is fixed, and no dialogue can change it:

distress -> opt-out, opt-in, help -> wrong number -> language -> the open dialogue -> the fallback answer.

A text can be distress and a command; then both happen. After an opt-out only distress, HELP and START are answered.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from conversations.dialogues import DIALOGUES, Move, Situation
from conversations.turn import Effect, Facts, OptIn, OptOut, Reply, State, Turn
from conversations.understanding import Intent, understand

ANSWERED_AFTER_STOP = frozenset({Intent.DISTRESS, Intent.HELP, Intent.OPT_IN})
_CARRIER_ANSWERED = frozenset({Intent.OPT_OUT, Intent.OPT_IN, Intent.HELP})


def step(state: State, text: str, facts: Facts, now: datetime) -> Turn:
    """The next state, the replies in the order of sending, and the effects to apply. `now` is aware UTC."""
    meaning = understand(text, facts.carrier_opt_out_type)
    language = _language(state, meaning.chosen_language, meaning.language, facts)
    remembered = state if state.language else replace(state, language=meaning.language)
    if meaning.chosen_language:
        remembered = replace(remembered, language=meaning.chosen_language)

    replies: list[Reply] = []
    effects: list[Effect] = []
    opted_out = facts.opted_out
    for intent in (meaning.intent, *meaning.also):
        situation = Situation(remembered, replace(facts, opted_out=opted_out), language, now)
        move = DIALOGUES[intent](situation)
        remembered = move.state
        effects += move.effects
        opted_out = _still_out(opted_out, move)
        if _may_answer(intent, facts, opted_out):
            replies += move.replies
    return Turn(remembered, meaning.intent, meaning.also, tuple(replies), tuple(effects))


def _language(state: State, chosen: str | None, spoken: str | None, facts: Facts) -> str:
    """What the reply is written in: what was just asked for, what was just written, what was kept, the agency's."""
    return chosen or spoken or state.language or facts.agency.language


def _still_out(opted_out: bool, move: Move) -> bool:
    if any(isinstance(effect, OptOut) for effect in move.effects):
        return True
    if any(isinstance(effect, OptIn) for effect in move.effects):
        return False
    return opted_out


def _may_answer(intent: Intent, facts: Facts, opted_out: bool) -> bool:
    if facts.carrier_opt_out_type and intent in _CARRIER_ANSWERED:
        return False
    if intent is Intent.OPT_OUT:
        return not facts.opted_out
    return intent in ANSWERED_AFTER_STOP or not opted_out
