"""What a turn changes in the world, as plain values. The gateway does it; nothing here can."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum


class Topic(StrEnum):
    """What one can be told of without asking each time."""

    ARRESTS = "arrests"
    UPDATES = "updates"


@dataclass(frozen=True, slots=True)
class OptOut:
    """No automated message to this number any more; everything that waits is canceled."""


@dataclass(frozen=True, slots=True)
class KeepStatutory:
    """After an opt-out: what the law owes may still be texted. The person chose so."""


@dataclass(frozen=True, slots=True)
class OptIn:
    """Automated messages are welcome again."""


@dataclass(frozen=True, slots=True)
class Enroll:
    """Tell this number of a case's arrests, or of its changes."""

    report_number: str
    topic: Topic = Topic.ARRESTS


@dataclass(frozen=True, slots=True)
class Unenroll:
    """No longer."""

    report_number: str
    topic: Topic = Topic.ARRESTS


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
    report_number: str | None = None


@dataclass(frozen=True, slots=True)
class CountFailure:
    """Somebody did not prove who they are; counted for the number and for the report that was named."""

    report_number: str


@dataclass(frozen=True, slots=True)
class AddContact:
    """This number belongs to a victim of the case, who proved it. Unconfirmed, it is told nothing yet.

    The older contacts of the case are told, and may object; where `confirmed` is false they are asked.
    """

    report_number: str
    confirmed: bool


@dataclass(frozen=True, slots=True)
class RuleOnContact:
    """An older contact's word on a newer one, named by the keyed hash (hex) of its number."""

    report_number: str
    contact: str = field(repr=False)
    welcome: bool


@dataclass(frozen=True, slots=True)
class FileAnswer:
    """One answer of a survey. `value` is None for a skipped question; `late` came after the survey's time."""

    run: str
    survey: str
    """The hash of the version that was asked."""
    question: str
    value: str | None = field(repr=False)
    late: bool = False


@dataclass(frozen=True, slots=True)
class EndSurvey:
    """No further question of it is asked."""

    run: str


Effect = (
    OptOut
    | KeepStatutory
    | OptIn
    | Enroll
    | Unenroll
    | Unlink
    | HoldAutomated
    | OpenTask
    | CountFailure
    | AddContact
    | RuleOnContact
    | FileAnswer
    | EndSurvey
)
