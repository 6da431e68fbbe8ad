"""Which question waits when a text comes in: those whose time is over do not, one that a notice asked may."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from conversations.dialogues import QUESTIONS
from conversations.dialogues.table import lives_of, opened
from conversations.turn import Asked, Facts, Open, State


def begin(state: State, facts: Facts, now: datetime) -> State:
    """The state as the text finds it."""
    for asked in facts.asked:
        state = _heard(state, facts, asked)
    return _in_time(state, facts, now)


def is_late(question: Open, now: datetime) -> bool:
    """Whether only an answer that fits is still filed."""
    return datetime.fromisoformat(question.until) <= now


def _heard(state: State, facts: Facts, asked: Asked) -> State:
    """What a message asked is what was asked last, unless the person was asked something since."""
    question = QUESTIONS.get(asked.question)
    if question is None:
        return state
    heard_at = state.survey_heard_at if question.survey else state.heard_at
    if heard_at and asked.at <= datetime.fromisoformat(heard_at):
        return state
    if question.survey and asked.about.get("survey") not in facts.surveys:
        return state
    waiting = None if question.survey else state.open
    if waiting and datetime.fromisoformat(waiting.asked_at) > asked.at:
        return state
    now_open = opened(question, asked.about, asked.at, lives_of(question, facts, asked.about))
    at = asked.at.isoformat()
    if question.survey:
        return replace(state, survey=now_open, survey_heard_at=at)
    return replace(state, open=now_open, heard_at=at)


def _in_time(state: State, facts: Facts, now: datetime) -> State:
    if state.open and (state.open.question not in QUESTIONS or is_late(state.open, now)):
        state = replace(state, open=None, then=())
    survey = state.survey
    if survey and (
        survey.question not in QUESTIONS
        or survey.about.get("survey") not in facts.surveys
        or datetime.fromisoformat(survey.late_until or survey.until) <= now
    ):
        state = replace(state, survey=None)
    return state
