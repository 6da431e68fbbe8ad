"""The words in which dialogues are declared: openings, questions, and the ways that lead on from them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from conversations.effects import Effect, OpenTask
from conversations.turn import About, Facts, Open, Reply, State
from conversations.understanding import Intent, Understanding
from locales import Fact, Phone
from rules.policy import NoticeClass

END = "end"
"""Nothing waits afterwards."""
STAY = "stay"
"""What waited before still does."""
AGAIN = "again"
"""The same, and it is asked once more."""


@dataclass(frozen=True, slots=True)
class Situation:
    """Where a dialogue stands when its turn comes."""

    state: State
    facts: Facts
    language: str
    now: datetime
    text: str = field(repr=False)
    meaning: Understanding
    answers: Open | None = None
    """The question that the text answers, if it answers one."""

    @property
    def about(self) -> About:
        return self.answers.about if self.answers else {}


@dataclass(frozen=True, slots=True)
class Outcome:
    """What was decided: the name of the way to go, what its sentences say, and what the next question is about."""

    way: str
    facts: Mapping[str, Fact | None] = field(default_factory=dict)
    about: About = field(default_factory=dict)
    given: About = field(default_factory=dict, repr=False)
    """What was answered. Unlike `about` it is not remembered: a person's words don't belong into the state."""
    language: str | None = None
    """The language that was chosen by it."""


Decide = Callable[[Situation], Outcome]
Read = Callable[[Situation], Outcome | None]
"""None where the text is no answer to the question."""
Change = Callable[[Situation, Outcome], tuple[Effect, ...]]
"""What a way does. Its name stands in the drawing."""


@dataclass(frozen=True, slots=True)
class Way:
    """Where an outcome leads: what is said, what is done, and what waits afterwards."""

    says: tuple[str, ...] = ()
    does: tuple[Change, ...] = ()
    to: str = END
    asks: bool = True
    """Whether the question that it leads to is asked in its own words; not where `says` asks it already."""
    notice_class: NoticeClass = NoticeClass.ANSWER
    adds: Callable[[Situation, About], Said] | None = None
    """What else is said, where the sentence is in no catalog."""


@dataclass(frozen=True, slots=True)
class Said:
    """Message ids with what their sentences hold."""

    parts: tuple[str, ...]
    facts: Mapping[str, Fact | None] = field(default_factory=dict)
    wording: Mapping[tuple[str, str], str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Lives:
    """How long a question waits, and how long after that an answer that fits is still filed."""

    open_for: timedelta
    late_for: timedelta = timedelta(0)


@dataclass(frozen=True, slots=True)
class Question:
    """A state that waits for an answer."""

    name: str
    waits_for: str
    """In words, for the drawing."""
    asks: Callable[[Situation, About], Said]
    explains: Callable[[Situation, About], Said]
    """Said when an answer can't be read, at most `tries` times."""
    read: Read
    ways: Mapping[str, Way]
    lives: Lives | None
    """None for a survey's question: the survey says."""
    given_up: Way | None
    """After the last try. None: it goes on waiting, and the text is taken as if nothing had been asked."""
    tries: int = 1
    takes_any_text: bool = False
    """True for free text: what is not a command is the answer."""
    knows_commands: bool = False
    """True if words that are a command elsewhere may be its answer: a choice that reads "phone call"."""
    survey: bool = False
    """True if it waits in the survey's slot."""
    after_stop: bool = False
    """True if it is answered after an opt-out too."""
    late: Way | None = None


@dataclass(frozen=True, slots=True)
class Opening:
    """An intent that leads into a dialogue whatever waits."""

    intent: Intent
    decide: Decide
    ways: Mapping[str, Way]


@dataclass(frozen=True, slots=True)
class Dialogue:
    """One thing that can be talked about."""

    name: str
    about: str
    """A sentence for the drawing."""
    openings: tuple[Opening, ...] = ()
    questions: tuple[Question, ...] = ()


@dataclass(frozen=True, slots=True)
class Move:
    """What a turn, or a part of one, comes to."""

    state: State
    replies: tuple[Reply, ...] = ()
    effects: tuple[Effect, ...] = ()


def lives_of(question: Question, facts: Facts, about: About) -> Lives:
    """How long it waits; of a survey's question, as the version says that was begun."""
    if question.lives:
        return question.lives
    survey = facts.surveys[about["survey"]]
    return Lives(survey.open_for, survey.late_for)


def says(*parts: str) -> Callable[[Situation, About], Said]:
    """Sentences that hold nothing but what every reply may."""
    return lambda situation, about: Said(parts)


def task(kind: str, hours: int = 24, *, urgent: bool = False) -> Change:
    """Something for a person to do, on the report that the outcome is about, if it is about one."""

    def open_task(situation: Situation, outcome: Outcome) -> tuple[Effect, ...]:
        return (OpenTask(kind, hours, urgent, outcome.about.get("report_number")),)

    open_task.__name__ = f"task {kind}"
    return open_task


def change(effect: Effect) -> Change:
    """Always the same change."""

    def same(situation: Situation, outcome: Outcome) -> tuple[Effect, ...]:
        return (effect,)

    same.__name__ = type(effect).__name__
    return same


def reply(s: Situation, said: Said, notice_class: NoticeClass = NoticeClass.ANSWER) -> Reply:
    """Put together with what every reply may say."""
    agency = s.facts.agency
    known: dict[str, Fact | None] = {"agency": agency.name, "phone": Phone(agency.phone), **said.facts}
    facts = {name: value for name, value in known.items() if value is not None}
    return Reply(said.parts, s.language, facts, notice_class, said.wording)


def go(s: Situation, outcome: Outcome, way: Way, questions: Mapping[str, Question]) -> Move:
    """Take a way: its sentences and the next question are one text."""
    if outcome.language:
        state = replace(s.state, language=outcome.language, language_chosen=True)
        s = replace(s, state=state, language=outcome.language)
    said = Said(way.says, outcome.facts)
    state, asked = _where(s, outcome, way, questions)
    if asked and way.asks:
        said = _together(said, questions[asked.question].asks(s, asked.about))
    if way.adds:
        said = _together(said, way.adds(s, s.about))
    replies = (reply(s, said, way.notice_class),) if said.parts else ()
    return Move(state, replies, tuple(effect for does in way.does for effect in does(s, outcome)))


def _where(
    s: Situation, outcome: Outcome, way: Way, questions: Mapping[str, Question]
) -> tuple[State, Open | None]:
    """What waits afterwards, and the question that is asked now."""
    match way.to:
        case "stay":
            return s.state, None
        case "again":
            return s.state, next(iter(s.state.questions), None)
        case "end" if s.answers and questions[s.answers.question].survey:
            return replace(s.state, survey=None), None
        case "end":
            return replace(s.state, open=None), None
    question = questions[way.to]
    asked = opened(question, outcome.about, s.now, lives_of(question, s.facts, outcome.about))
    return replace(s.state, survey=asked) if question.survey else replace(s.state, open=asked), asked


def opened(question: Question, about: About, asked_at: datetime, lives: Lives) -> Open:
    """The question as it waits for its answer."""
    until = asked_at + lives.open_for
    return Open(
        question.name,
        asked_at=asked_at.isoformat(),
        until=until.isoformat(),
        late_until=(until + lives.late_for).isoformat() if lives.late_for else None,
        about=dict(about),
    )


def _together(first: Said, second: Said) -> Said:
    return Said(
        (*first.parts, *second.parts), {**first.facts, **second.facts}, {**first.wording, **second.wording}
    )
