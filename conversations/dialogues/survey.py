"""A survey by reply: one question a text, answered in any way that can be understood, resumed after days.

What a question is about says which survey it belongs to: `run` (the gateway's id of this person's survey), `survey`
(the hash of the version that was begun) and `index` (the question's place, from 0).
"""

from __future__ import annotations

from collections.abc import Callable

from conversations.dialogues.table import Dialogue, Outcome, Question, Said, Situation, Way
from conversations.effects import Effect, EndSurvey, FileAnswer
from conversations.turn import About
from conversations.understanding.answers import number, skip, yes_or_no
from conversations.understanding.normalise import skeleton
from rules.survey import Question as Asked
from rules.survey import QuestionType, Survey

_SCALE = range(1, 6)


def first_question(survey: Survey) -> str:
    """The name of the dialogue's question that waits for the answer to the survey's first one."""
    return f"survey.{survey.questions[0].type}"


def _survey(s: Situation, about: About) -> Survey:
    return s.facts.surveys[about["survey"]]


def _question(s: Situation, about: About) -> Asked:
    return _survey(s, about).questions[about["index"]]


def _scale(s: Situation) -> str | None:
    given = number(s.text)
    return str(given) if given in _SCALE else None


def _yes_no(s: Situation) -> str | None:
    given = yes_or_no(s.text)
    return None if given is None else ("yes" if given else "no")


def _choice(s: Situation) -> str | None:
    """Its number, or its words in any language."""
    choices = _question(s, s.about).choices
    place = number(s.text)
    if place is not None:
        return choices[place - 1].id if 1 <= place <= len(choices) else None
    said = skeleton(s.text)
    labels = {skeleton(label): choice.id for choice in choices for label in choice.label.values()}
    return labels.get(said) if said else None


def _text(s: Situation) -> str | None:
    return s.text.strip() or None


def _read_as(value_of: Callable[[Situation], str | None]) -> Callable[[Situation], Outcome | None]:
    def read(s: Situation) -> Outcome | None:
        value = None if skip(s.text) else value_of(s)
        if value is None and not skip(s.text):
            return None
        survey, index = _survey(s, s.about), s.about["index"] + 1
        about = {**s.about, "index": index}
        given = {"question": _question(s, s.about).id, "value": value}
        more = index < len(survey.questions)
        return Outcome(
            f"then_{survey.questions[index].type}" if more else "thanked", about=about, given=given
        )

    return read


def file_answer(s: Situation, outcome: Outcome) -> tuple[Effect, ...]:
    return (_filed(s, outcome, late=False),)


def file_late_answer(s: Situation, outcome: Outcome) -> tuple[Effect, ...]:
    return (_filed(s, outcome, late=True),)


def _filed(s: Situation, outcome: Outcome, late: bool) -> FileAnswer:
    given = outcome.given
    return FileAnswer(s.about["run"], s.about["survey"], given["question"], given["value"], late)


def end_survey(s: Situation, outcome: Outcome) -> tuple[Effect, ...]:
    return (EndSurvey(s.about["run"]),)


def _asks(s: Situation, about: About) -> Said:
    survey = _survey(s, about)
    return Said(survey.parts(about["index"]), wording=survey.wording)


def _explains(s: Situation, about: About) -> Said:
    survey, question = _survey(s, about), _question(s, about)
    return Said((question.explain_id(survey.id),), {"count": len(question.choices)}, survey.wording)


def _thanks(s: Situation, about: About) -> Said:
    survey = _survey(s, about)
    return Said((survey.thanks_id,), wording=survey.wording)


_WAYS = {f"then_{kind}": Way((), (file_answer,), f"survey.{kind}") for kind in QuestionType}
_WAYS["thanked"] = Way((), (file_answer, end_survey), adds=_thanks)
_LATE = Way(("survey.late",), (file_late_answer, end_survey))
"""Only what can be nothing else is taken for an answer to a question that was asked long ago."""
_WAITS_FOR = {
    QuestionType.SCALE: ("a number from 1 to 5, or SKIP", _scale),
    QuestionType.YES_NO: ("YES or NO, or SKIP", _yes_no),
    QuestionType.CHOICE: ("the number or the words of a choice, or SKIP", _choice),
    QuestionType.TEXT: ("anything, or SKIP", _text),
}

SURVEY = Dialogue(
    "survey",
    "What people think of the service, one question a text.",
    questions=tuple(
        Question(
            f"survey.{kind}",
            waits_for,
            asks=_asks,
            explains=_explains,
            read=_read_as(value_of),
            ways=_WAYS,
            lives=None,
            given_up=None,
            takes_any_text=kind is QuestionType.TEXT,
            knows_commands=kind is QuestionType.CHOICE,
            survey=True,
            late=None if kind is QuestionType.TEXT else _LATE,
        )
        for kind, (waits_for, value_of) in _WAITS_FOR.items()
    ),
)
