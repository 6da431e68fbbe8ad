"""One text, one turn. The order in it is fixed, and no dialogue can change it:

distress -> opt-out (certain or unclear), opt-in, help -> wrong number -> language -> the open question
-> what else was asked for -> the fallback answer.

A text can be distress and a command; then both happen. After an opt-out only distress, HELP and START are answered,
and what the confirmation itself asked.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime

from conversations.dialogues import OPENINGS, QUESTIONS
from conversations.dialogues.cases import the_report_number
from conversations.dialogues.fallback import after_fallback
from conversations.dialogues.table import Outcome, Said, Situation, Way, go, reply
from conversations.effects import AddContact, Effect, Enroll, OptIn, OptOut, Topic, Unlink
from conversations.turn import Facts, LinkedCase, Open, Reply, State, Turn
from conversations.understanding import BOTH, Intent, Understanding, understand
from conversations.waiting import begin, is_late

ANSWERED_AFTER_STOP = frozenset({Intent.DISTRESS, Intent.HELP, Intent.OPT_IN})
CARRIER_ANSWERED = frozenset({Intent.OPT_OUT, Intent.OPT_IN, Intent.HELP})
BEFORE_ANY_QUESTION = frozenset(
    {
        Intent.DISTRESS,
        Intent.OPT_OUT,
        Intent.UNCLEAR_OPT_OUT,
        Intent.OPT_IN,
        Intent.HELP,
        Intent.WRONG_NUMBER,
        Intent.LANGUAGE,
    }
)
"""What is heard whatever waits for an answer."""
COMMANDS = frozenset({Intent.STATUS, Intent.ENROLL, Intent.UNENROLL, Intent.CALLBACK, Intent.MENU})
"""What a text that is nothing else is taken for, whatever waits for an answer."""
_BESIDE_AN_ANSWER = frozenset({Intent.UNENROLL, Intent.CALLBACK})
"""What is done though the text was an answer too."""
_ASKED_AGAIN = frozenset({Intent.UNKNOWN, Intent.ANSWER, Intent.THANKS})
"""What a question is asked again after, if it could not read it."""
_OFFERED_WITH = ("fallback", "help", "status", "verify", "enroll", "callback")
"""The replies that bear another segment, by which whoever can't read them learns that there are other languages."""


def step(state: State, text: str, facts: Facts, now: datetime) -> Turn:
    """The next state, the replies in the order of sending, and the effects to apply. `now` is aware UTC."""
    return answer(state, text, understand(text, facts.carrier_opt_out_type), facts, now)


def answer(state: State, text: str, meaning: Understanding, facts: Facts, now: datetime) -> Turn:
    """The same, for a text whose meaning is known."""
    known = _remember(begin(state, facts, now), meaning)
    so_far = _SoFar(Situation(known, facts, facts.agency.language, now, text, meaning))
    found = (meaning.intent, *meaning.also)
    if _is_carriers_yes(so_far) and (answered := _answered(so_far)):
        return _turn(answered)
    for intent in found:
        if intent in BEFORE_ANY_QUESTION:
            so_far = _open(so_far, intent)
    rest = [intent for intent in found if intent not in BEFORE_ANY_QUESTION]
    if rest or _is_mild(so_far, found):
        if answered := _answered(so_far):
            beside = frozenset() if meaning.whole else _BESIDE_AN_ANSWER
            so_far, rest = answered, [intent for intent in rest if intent in beside]
        elif rest and _ASKED_AGAIN.issuperset(rest) and (asked := _asked_again(so_far, rest[0])):
            so_far, rest = asked, []
    for intent in rest:
        so_far = _open_each(so_far, intent)
    return _turn(_offering(state, so_far))


def _is_carriers_yes(so_far: _SoFar) -> bool:
    """Whether the carrier took a YES for START (it is on its list), though nobody had stopped: an answer, perhaps."""
    facts = so_far.s.facts
    carrier = (facts.carrier_opt_out_type or "").strip().upper()
    return carrier == "START" and not facts.opted_out and so_far.s.meaning.intent is Intent.OPT_IN


@dataclass(frozen=True, slots=True)
class _SoFar:
    """A turn while it is put together; the situation is that after what has been done."""

    s: Situation
    intents: tuple[Intent, ...] = ()
    replies: tuple[Reply, ...] = ()
    effects: tuple[Effect, ...] = ()
    asked: bool = False
    """Whether a question was opened by this text."""


def _turn(so_far: _SoFar) -> Turn:
    intent, *also = so_far.intents
    return Turn(so_far.s.state, intent, tuple(also), so_far.replies, so_far.effects)


def _remember(state: State, meaning: Understanding) -> State:
    if meaning.chosen_language:
        return replace(state, language=meaning.chosen_language, language_chosen=True)
    if meaning.language and not state.language_chosen:
        return replace(state, language=meaning.language)
    return state


def _language(so_far: _SoFar, intent: Intent) -> str:
    """The language that was chosen or last written, else the agency's; a cry is answered in its own."""
    s = so_far.s
    if intent is Intent.DISTRESS and s.meaning.language:
        return s.meaning.language
    return s.state.language or s.facts.agency.language


# Intents


def _open_each(so_far: _SoFar, intent: Intent) -> _SoFar:
    """The same, where one text may ask for two topics, or for a status by its report number alone."""
    s = so_far.s
    if intent is Intent.ANSWER and not s.state.questions and not s.facts.opted_out and the_report_number(s):
        return replace(_open(so_far, Intent.STATUS), intents=(*so_far.intents, intent))
    if s.meaning.topic != BOTH or intent not in (Intent.ENROLL, Intent.UNENROLL):
        return _open(so_far, intent)
    for topic in (None, "updates"):
        meaning = replace(s.meaning, topic=topic)
        so_far = _open(replace(so_far, s=replace(so_far.s, meaning=meaning)), intent)
    return replace(
        so_far, s=replace(so_far.s, meaning=s.meaning), intents=tuple(dict.fromkeys(so_far.intents))
    )


def _open(so_far: _SoFar, intent: Intent) -> _SoFar:
    """Enter the dialogue that an intent leads to. A second one that asks something waits until the first is done."""
    opening = OPENINGS[intent]
    outcome = opening.decide(so_far.s)
    way = opening.ways[outcome.way]
    if so_far.asked and way.to in QUESTIONS:
        waits = (*so_far.s.state.then, _as_kept(intent, so_far.s.meaning))
        so_far = _in_state(so_far, replace(so_far.s.state, then=waits))
        return replace(so_far, intents=(*so_far.intents, intent))
    return _go(so_far, intent, outcome, way)


def _as_kept(intent: Intent, meaning: Understanding) -> str:
    return f"{intent}.{meaning.topic}" if meaning.topic else intent.value


def _go(so_far: _SoFar, intent: Intent, outcome: Outcome, way: Way, answers: Open | None = None) -> _SoFar:
    s = replace(so_far.s, language=_language(so_far, intent), answers=answers)
    opted_out = s.facts.opted_out
    move = go(s, outcome, way, QUESTIONS)
    facts = _facts_after(s.facts, move.effects)
    state = _state_after(move.state, move.effects)
    if intent is Intent.DISTRESS:
        state = replace(state, safety_at=s.now.isoformat())
    replies = move.replies if _may_answer(intent, s.facts, opted_out, answers) else ()
    if replies and replies[0].parts[0].startswith("fallback"):
        state = after_fallback(state, s)
    return replace(
        so_far,
        s=replace(s, state=state, facts=facts, answers=None),
        intents=(*so_far.intents, intent),
        replies=(*so_far.replies, *replies),
        effects=(*so_far.effects, *move.effects),
        asked=so_far.asked or way.to in QUESTIONS,
    )


def _in_state(so_far: _SoFar, state: State) -> _SoFar:
    return replace(so_far, s=replace(so_far.s, state=state))


def _facts_after(facts: Facts, effects: tuple[Effect, ...]) -> Facts:
    """What holds for the rest of the same text: who is a stranger to the cases is told nothing of them."""
    for effect in effects:
        match effect:
            case Unlink():
                facts = replace(facts, cases=(), claimed=None)
            case OptOut():
                facts = replace(facts, opted_out=True)
            case OptIn():
                facts = replace(facts, opted_out=False)
            case Enroll(number, topic):
                facts = replace(facts, cases=tuple(_enrolled(one, number, topic) for one in facts.cases))
            case AddContact(confirmed=confirmed) if facts.claimed:
                added = replace(facts.claimed, confirmed=confirmed, on_report=False)
                facts = replace(facts, cases=(*facts.cases, added), claimed=None)
    return facts


def _enrolled(one: LinkedCase, number: str, topic: Topic) -> LinkedCase:
    return replace(one, enrolled=one.enrolled | {topic}) if one.case.number == number else one


def _state_after(state: State, effects: tuple[Effect, ...]) -> State:
    """STOP ends everything, from everywhere, and so does a wrong number."""
    if any(isinstance(effect, OptOut | Unlink) for effect in effects):
        return replace(state, survey=None, then=())
    return state


def _may_answer(intent: Intent, facts: Facts, opted_out: bool, answers: Open | None) -> bool:
    if facts.carrier_opt_out_type and intent in CARRIER_ANSWERED:
        return False
    if not opted_out or intent in ANSWERED_AFTER_STOP:
        return True
    if intent is Intent.OPT_OUT and facts.keeps_arrests:
        return True
    return answers is not None and QUESTIONS[answers.question].after_stop


# Questions


def _is_mild(so_far: _SoFar, found: tuple[Intent, ...]) -> bool:
    """Whether a comment that was asked for was taken for a doubtful STOP: it is both."""
    newest = next(iter(so_far.s.state.questions), None)
    takes_any = newest is not None and QUESTIONS[newest.question].takes_any_text
    return found == (Intent.UNCLEAR_OPT_OUT,) and takes_any and not so_far.s.meaning.whole


def _answered(so_far: _SoFar) -> _SoFar | None:
    """The text as an answer to what was asked last, else to what was asked before. None if it is to neither."""
    s = so_far.s
    is_command = s.meaning.whole and s.meaning.intent in COMMANDS
    for place, waiting in enumerate(s.state.questions):
        question = QUESTIONS[waiting.question]
        late = is_late(waiting, s.now)
        if (s.facts.opted_out and not question.after_stop) or (question.takes_any_text and (place or late)):
            continue
        if is_command and not question.knows_commands:
            continue
        outcome = question.read(replace(s, answers=waiting))
        if outcome is None:
            continue
        way = question.late if late and question.late else question.ways[outcome.way]
        return _then(_go(so_far, Intent.ANSWER, outcome, way, waiting))
    return None


def _asked_again(so_far: _SoFar, intent: Intent) -> _SoFar | None:
    """Explain what was asked last, as often as it may be. None if nothing is to be explained any more."""
    s = so_far.s
    waiting = next(iter(s.state.questions), None)
    if waiting is None or s.facts.opted_out or is_late(waiting, s.now):
        return None
    question = QUESTIONS[waiting.question]
    if waiting.tries >= question.tries:
        if question.given_up is None:
            return None
        return _then(_go(so_far, intent, Outcome("given_up"), question.given_up, waiting))
    tried = replace(waiting, tries=waiting.tries + 1)
    state = replace(s.state, survey=tried) if question.survey else replace(s.state, open=tried)
    s = replace(s, state=state, language=_language(so_far, intent))
    explained = question.explains(s, waiting.about)
    said = Said((*explained.parts, "line.automatic"), explained.facts, explained.wording)
    return replace(
        so_far, s=s, intents=(*so_far.intents, intent), replies=(*so_far.replies, reply(s, said)), asked=True
    )


def _then(so_far: _SoFar) -> _SoFar:
    """What was asked for beside it comes when a dialogue has ended."""
    state = so_far.s.state
    while state.then and state.open is None:
        intent, _, topic = state.then[0].partition(".")
        state = replace(state, then=state.then[1:])
        meaning = Understanding(Intent(intent), topic=topic or None)
        intents, asked = so_far.intents, so_far.s
        so_far = _open(
            replace(so_far, s=replace(asked, state=state, meaning=meaning, text="")), Intent(intent)
        )
        so_far = replace(so_far, intents=intents, s=replace(so_far.s, meaning=asked.meaning, text=asked.text))
        state = so_far.s.state
    return so_far


# Other languages


def _offering(before: State, so_far: _SoFar) -> _SoFar:
    """Once, whoever's language nobody knows is told in the likeliest others that there are others."""
    s = so_far.s
    languages = tuple(
        code for code in s.facts.conversation.offer_languages if code != s.facts.agency.language
    )
    if s.state.language or before.languages_offered or not languages:
        return so_far
    for place, one in enumerate(so_far.replies):
        if one.parts[0].startswith(_OFFERED_WITH):
            offering = replace(one, offers=languages)
            replies = (*so_far.replies[:place], offering, *so_far.replies[place + 1 :])
            return replace(_in_state(so_far, replace(s.state, languages_offered=True)), replies=replies)
    return so_far
