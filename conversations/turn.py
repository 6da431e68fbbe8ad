"""The values of one turn: what is known before it, and what it leads to."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from datetime import datetime
from typing import Any

from conversations.understanding.intents import Intent
from locales import Fact
from rules.policy import Agency, NoticeClass
from rules.values import Case


@dataclass(frozen=True, slots=True)
class State:
    """What a conversation remembers between turns; lives in the database as plain JSON."""

    language: str | None = None
    """The language that the person chose or last wrote in; None while nobody knows."""
    language_chosen: bool | None = None
    """True once it was asked for by name: then a word of another language does not change it."""
    fallback_in_full_on: str | None = None
    """The local date of the last full "the police did not receive this" (ISO)."""
    fallback_at: str | None = None
    """When any fallback was last sent (ISO, UTC): at most one in ten minutes."""
    dialogue: str | None = None
    """The open dialogue, if one waits for an answer."""

    def to_json(self) -> dict[str, Any]:
        """Only what is set, so that a new field needs no migration."""
        return {name: value for name, value in asdict(self).items() if value is not None}

    @classmethod
    def from_json(cls, kept: Mapping[str, Any]) -> State:
        """What an older version kept and this one does not know is dropped."""
        return cls(**{name: kept[name] for name in cls.__slots__ if name in kept})


@dataclass(frozen=True, slots=True)
class LinkedCase:
    """A case that the number stands on, as victim, caller or representative."""

    case: Case
    may_automate: bool
    """False where nothing about it may be told by text."""
    enrolled: bool = False


@dataclass(frozen=True, slots=True)
class Facts:
    """What is known about the (agency, number) when the text comes in."""

    agency: Agency
    cases: tuple[LinkedCase, ...] = ()
    opted_out: bool = False
    carrier_opt_out_type: str | None = None
    """Twilio's OptOutType: the carrier has handled the keyword and already replied."""


@dataclass(frozen=True, slots=True)
class Reply:
    """One message back: message ids of `locales/` with the facts they hold."""

    parts: tuple[str, ...]
    language: str
    facts: Mapping[str, Fact] = field(default_factory=dict)
    notice_class: NoticeClass = NoticeClass.ANSWER


@dataclass(frozen=True, slots=True)
class OptOut:
    """No automated message to this number any more; everything that waits is canceled."""


@dataclass(frozen=True, slots=True)
class OptIn:
    """Automated messages are welcome again."""


@dataclass(frozen=True, slots=True)
class Enroll:
    """Arrest alerts on a case, to this number."""

    report_number: str


@dataclass(frozen=True, slots=True)
class Unenroll:
    """No more arrest alerts on a case to this number."""

    report_number: str


@dataclass(frozen=True, slots=True)
class Unlink:
    """The number is not who we think: take it off every case of the agency."""


@dataclass(frozen=True, slots=True)
class HoldAutomated:
    """Keep automated messages back until a person has looked, or until then."""

    until: datetime


@dataclass(frozen=True, slots=True)
class OpenTask:
    """Something for a person to do. `urgent` pages staff."""

    kind: str
    hours: int
    urgent: bool = False


Effect = OptOut | OptIn | Enroll | Unenroll | Unlink | HoldAutomated | OpenTask


@dataclass(frozen=True, slots=True)
class Turn:
    """What one text leads to."""

    state: State
    intent: Intent
    also: tuple[Intent, ...] = ()
    replies: tuple[Reply, ...] = ()
    effects: tuple[Effect, ...] = ()
