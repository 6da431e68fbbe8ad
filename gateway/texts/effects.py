"""What a turn changes in the world. One function for each kind of effect, given all of that kind at once."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import Connection

from conversations.effects import (
    AddContact,
    CountFailure,
    Effect,
    EndSurvey,
    Enroll,
    FileAnswer,
    HoldAutomated,
    KeepStatutory,
    OpenTask,
    OptIn,
    OptOut,
    RuleOnContact,
    Unenroll,
    Unlink,
)
from gateway.outbox import elsewhere
from gateway.store import attempts, contacts, conversations, surveys, tasks
from gateway.store.surveys import Answer
from gateway.store.tasks import NewTask
from gateway.texts import definitions, newcomers
from gateway.texts.facts import Asking, Known, report_key


@dataclass(frozen=True, slots=True)
class Applying:
    """The turn whose effects are applied."""

    connection: Connection
    asking: Asking
    known: Known
    conversation_id: int
    text_id: int

    @property
    def cause(self) -> str:
        return f"text {self.text_id}"

    @property
    def of(self) -> tuple[Connection, str, bytes]:
        """With what most statements begin: the connection, the agency and the number's hash."""
        return self.connection, self.asking.to.agency_id, self.asking.to.phone_hash


def apply(turn: Applying, effects: Sequence[Effect]) -> None:
    """In the order in which each kind first comes; several of a kind are one statement where that matters."""
    by_kind: dict[type[Effect], list[Any]] = {}
    for effect in effects:
        by_kind.setdefault(type(effect), []).append(effect)
    for kind, same in by_kind.items():
        _DOES[kind](turn, same)


def _opt_out(turn: Applying, _: Sequence[OptOut]) -> None:
    """A second STOP must not take the confirmation back: nothing else waits then."""
    conversations.opt_out(*turn.of, turn.cause, turn.asking.now)
    facts = turn.known.facts
    if not facts.opted_out or facts.keeps_arrests:
        _take_back(turn, "opted_out")


def _keep_statutory(turn: Applying, _: Sequence[KeepStatutory]) -> None:
    conversations.keep_statutory(*turn.of, turn.cause, turn.asking.now)


def _opt_in(turn: Applying, _: Sequence[OptIn]) -> None:
    conversations.opt_in(*turn.of, turn.cause, turn.asking.now)


def _enroll(turn: Applying, wanted: Sequence[Enroll]) -> None:
    connection, agency_id, phone_hash = turn.of
    on = [(one.report_number, one.topic.value) for one in wanted]
    conversations.enroll(connection, agency_id, turn.asking.to.phone, phone_hash, on, turn.asking.now)


def _unenroll(turn: Applying, wanted: Sequence[Unenroll]) -> None:
    on = [(one.report_number, one.topic.value) for one in wanted]
    conversations.unenroll(*turn.of, on, turn.asking.now)


def _unlink(turn: Applying, _: Sequence[Unlink]) -> None:
    conversations.wrong_number(*turn.of, turn.cause, turn.asking.now)
    conversations.unenroll_all(*turn.of, turn.asking.now)
    contacts.leave(*turn.of, turn.asking.now)
    _take_back(turn, "wrong_number")


def _take_back(turn: Applying, why: str) -> None:
    connection, agency_id, phone_hash = turn.of
    elsewhere.cancel_waiting(turn.asking.ground, connection, agency_id, phone_hash, why, turn.asking.now)


def _hold(turn: Applying, holds: Sequence[HoldAutomated]) -> None:
    conversations.hold(turn.connection, turn.conversation_id, max(one.until for one in holds))


def _open_tasks(turn: Applying, wanted: Sequence[OpenTask]) -> None:
    now = turn.asking.now
    tasks.open_tasks(
        turn.connection,
        [
            NewTask(
                agency_id=turn.asking.to.agency_id,
                kind=one.kind,
                key=":".join((one.kind, str(turn.text_id), one.report_number or "")).rstrip(":"),
                detail={
                    "text": str(turn.text_id),
                    "conversation": str(turn.conversation_id),
                    **({"number": one.report_number} if one.report_number else {}),
                },
                opened_at=now,
                due_at=now + timedelta(hours=one.hours),
                urgent=one.urgent,
            )
            for one in wanted
        ],
    )


def _count_failure(turn: Applying, failed: Sequence[CountFailure]) -> None:
    connection, agency_id, phone_hash = turn.of
    report = report_key(turn.asking.ground, agency_id, failed[-1].report_number)
    attempts.count(connection, agency_id, phone_hash.hex(), report, turn.asking.now)


def _add_contact(turn: Applying, added: Sequence[AddContact]) -> None:
    newcomers.add(turn.connection, turn.asking, turn.known, added[-1])


def _rule_on_contact(turn: Applying, ruled: Sequence[RuleOnContact]) -> None:
    newcomers.rule(turn.connection, turn.asking, turn.known, ruled[-1])


def _file_answer(turn: Applying, filed: Sequence[FileAnswer]) -> None:
    one = filed[-1]
    answer = Answer(UUID(one.run), one.survey, one.question, one.value, one.late)
    pinned = definitions.current(turn.asking.ground).get(one.survey)
    surveys.file(*turn.of, answer, pinned, turn.asking.now)


def _end_survey(turn: Applying, ended: Sequence[EndSurvey]) -> None:
    surveys.end(turn.connection, turn.asking.to.agency_id, UUID(ended[-1].run), turn.asking.now)


_DOES: Mapping[type[Effect], Callable[[Applying, Any], None]] = {
    OptOut: _opt_out,
    KeepStatutory: _keep_statutory,
    OptIn: _opt_in,
    Enroll: _enroll,
    Unenroll: _unenroll,
    Unlink: _unlink,
    HoldAutomated: _hold,
    OpenTask: _open_tasks,
    CountFailure: _count_failure,
    AddContact: _add_contact,
    RuleOnContact: _rule_on_contact,
    FileAnswer: _file_answer,
    EndSurvey: _end_survey,
}
"""Of the kinds that have a function for one only, a turn never has two: a text answers one question."""
