"""One text, one turn. The order in it is fixed, and no dialogue can change it:

distress -> opt-out (certain or unclear), opt-in, help -> wrong number -> language -> the open dialogue
-> the fallback answer.

A text can be distress and a command; then both happen. After an opt-out only distress, HELP and START are answered.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from conversations.dialogues import DIALOGUES, Move, Situation
from conversations.turn import Effect, Facts, OptIn, OptOut, Reply, State, Turn, Unlink
from conversations.understanding import Intent, Understanding, understand

ANSWERED_AFTER_STOP = frozenset({Intent.DISTRESS, Intent.HELP, Intent.OPT_IN})
_CARRIER_ANSWERED = frozenset({Intent.OPT_OUT, Intent.OPT_IN, Intent.HELP})


def step(state: State, text: str, facts: Facts, now: datetime) -> Turn:
    """The next state, the replies in the order of sending, and the effects to apply. `now` is aware UTC."""
    meaning = understand(text, facts.carrier_opt_out_type)
    remembered = _remember(state, meaning)
    replies: list[Reply] = []
    effects: list[Effect] = []
    known = facts
    for intent in (meaning.intent, *meaning.also):
        language = _language(intent, meaning, remembered, facts)
        move = DIALOGUES[intent](Situation(remembered, known, language, now))
        remembered = move.state
        effects += move.effects
        known = _known_after(known, move)
        if _may_answer(intent, facts, known.opted_out):
            replies += move.replies
    return Turn(remembered, meaning.intent, meaning.also, tuple(replies), tuple(effects))


def _remember(state: State, meaning: Understanding) -> State:
    if meaning.chosen_language:
        return replace(state, language=meaning.chosen_language, language_chosen=True)
    if meaning.language and not state.language_chosen:
        return replace(state, language=meaning.language)
    return state


def _language(intent: Intent, meaning: Understanding, remembered: State, facts: Facts) -> str:
    """The language that was chosen or last written, else the agency's; a cry is answered in its own."""
    if intent is Intent.DISTRESS and meaning.language:
        return meaning.language
    return remembered.language or facts.agency.language


def _known_after(facts: Facts, move: Move) -> Facts:
    """What holds for the rest of the same text: who is a stranger to the cases is told nothing of them."""
    if any(isinstance(effect, Unlink) for effect in move.effects):
        facts = replace(facts, cases=())
    return replace(facts, opted_out=_still_out(facts.opted_out, move))


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
