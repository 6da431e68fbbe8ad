"""The values of one turn: what is known before it, and what it leads to."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, fields
from datetime import datetime
from typing import Any

from conversations.effects import Effect, Topic
from conversations.understanding.intents import Intent
from locales import Fact
from rules.policy import Agency, Conversation, NoticeClass
from rules.survey import Survey
from rules.values import Case

About = Mapping[str, Any]
"""What a question is about, as plain JSON: which reports there are to choose from, which survey."""


@dataclass(frozen=True, slots=True)
class Open:
    """A question that was asked and not answered yet. Times are ISO, UTC."""

    question: str
    """Its name in the dialogue tables."""
    asked_at: str
    until: str
    """From then on it is as if it had never been asked..."""
    late_until: str | None = None
    """...save that an answer that fits is still filed, until then."""
    tries: int = 0
    """How often it was asked again."""
    about: About = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class State:
    """What a conversation remembers between turns; lives in the database as plain JSON."""

    language: str | None = None
    """The language that the person chose or last wrote in; None while nobody knows."""
    language_chosen: bool | None = None
    """True once it was asked for by name: then a word of another language does not change it."""
    languages_offered: bool | None = None
    """True once the person was told, in other languages, that there are others."""
    fallback_in_full_on: str | None = None
    """The local date of the last full "the police did not receive this" (ISO)."""
    fallback_at: str | None = None
    """When any fallback was last sent (ISO, UTC): at most one in ten minutes."""
    safety_at: str | None = None
    """When the safety answer was last given (ISO, UTC)."""
    heard_at: str | None = None
    """When the latest message left whose question became the open one (ISO, UTC)."""
    survey_heard_at: str | None = None
    """The same of a survey."""
    open: Open | None = None
    """The short dialogue that waits for an answer."""
    survey: Open | None = None
    """The survey that waits for an answer, perhaps for days."""
    then: tuple[str, ...] = ()
    """What else was asked for in the same text, and comes when the open dialogue ends."""

    def to_json(self) -> dict[str, Any]:
        """Only what is set, so that a new field needs no migration."""
        return {name: value for name, value in asdict(self).items() if value not in (None, ())}

    @classmethod
    def from_json(cls, kept: Mapping[str, Any]) -> State:
        """What an older version kept and this one does not know is dropped."""
        known: dict[str, Any] = {f.name: kept[f.name] for f in fields(cls) if f.name in kept}
        for slot in ("open", "survey"):
            if slot in known:
                known[slot] = _open_from(known[slot])
        known["then"] = tuple(known.get("then", ()))
        return cls(**known)

    @property
    def questions(self) -> tuple[Open, ...]:
        """What waits for an answer, asked last first."""
        waiting = [question for question in (self.open, self.survey) if question]
        return tuple(sorted(waiting, key=lambda question: question.asked_at, reverse=True))

    @property
    def claimed_report(self) -> str | None:
        """The report number that somebody named who has yet to prove that it is theirs."""
        return self.open.about.get("report_number") if self.open else None


def _open_from(kept: Any) -> Open | None:
    names = {f.name for f in fields(Open)}
    try:
        return Open(**{name: value for name, value in kept.items() if name in names})
    except (TypeError, AttributeError):
        return None


@dataclass(frozen=True, slots=True)
class LinkedCase:
    """A case that the number stands on, as victim, caller or representative, or has proven to be a victim's of."""

    case: Case
    may_automate: bool
    """False where nothing about it may be told by text."""
    enrolled: frozenset[Topic] = frozenset()
    confirmed: bool = True
    """False for a new number on a case about a person that no older contact and nobody of the agency has confirmed."""
    on_report: bool = True
    """False for a number that was added to the case by proof: it is told of nothing before it answered a code."""
    accused: bool = False
    """True where the number stands on the case as a suspect's too."""


@dataclass(frozen=True, slots=True)
class Asked:
    """A question that a message asked which nobody's text had led to."""

    question: str
    about: About
    at: datetime
    """When the message left."""


@dataclass(frozen=True, slots=True)
class Facts:
    """What is known about the (agency, number) when the text comes in."""

    agency: Agency
    conversation: Conversation = field(default_factory=Conversation)
    cases: tuple[LinkedCase, ...] = ()
    claimed: LinkedCase | None = None
    """The case with the report number in `State.claimed_report`; None if there is none."""
    tries_left: int = 5
    """How often the number may still fail to prove who it is; 0 while locked."""
    code: str = ""
    """What proves that this number receives our texts: four digits that nobody can guess."""
    asked: tuple[Asked, ...] = ()
    """The latest question that a message asked, of a survey and of any other kind."""
    surveys: Mapping[str, Survey] = field(default_factory=dict)
    """The surveys that `State.survey` and `asked` speak of, by the hash of the version that was begun."""
    opted_out: bool = False
    keeps_arrests: bool = False
    """True after an opt-out whose sender chose to be told of an arrest all the same."""
    carrier_opt_out_type: str | None = None
    """Twilio's OptOutType: the carrier has handled the keyword and already replied."""


@dataclass(frozen=True, slots=True)
class Reply:
    """One message back: message ids of `locales/` with the facts they hold."""

    parts: tuple[str, ...]
    language: str
    facts: Mapping[str, Fact] = field(default_factory=dict)
    notice_class: NoticeClass = NoticeClass.ANSWER
    wording: Mapping[tuple[str, str], str] = field(default_factory=dict, repr=False)
    """Sentences that are in no catalog: a survey's. (message id, language) -> sentence."""
    offers: tuple[str, ...] = ()
    """Languages in which the person is told, at the end, that there are others."""


@dataclass(frozen=True, slots=True)
class Turn:
    """What one text leads to."""

    state: State
    intent: Intent
    also: tuple[Intent, ...] = ()
    replies: tuple[Reply, ...] = ()
    effects: tuple[Effect, ...] = ()
