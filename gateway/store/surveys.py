"""What was asked and answered: every version of a survey word for word, who is asked it, what they said."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

from sqlalchemy import Connection, String, Text, bindparam, select, update
from sqlalchemy.dialects.postgresql import insert

from gateway.store.bulk import columns, insert_many
from gateway.store.tables import messages, survey_answers, survey_runs, surveys
from rules.survey import PinnedSurvey

_PINNED = ("hash", "agency_id", "survey_id", "source", "first_used_at")
_PIN = insert_many(surveys, _PINNED).on_conflict_do_nothing()


def pin(connection: Connection, agency_id: str, asked: Iterable[PinnedSurvey], now: datetime) -> None:
    """Keep the very text of surveys before a message asks their first question. Safe to repeat; one statement."""
    rows = [
        {
            "hash": pinned.hash,
            "agency_id": agency_id,
            "survey_id": pinned.survey.id,
            "source": pinned.source,
            "first_used_at": now,
        }
        for pinned in {one.hash: one for one in asked}.values()
    ]
    if rows:
        connection.execute(_PIN, columns(_PINNED, rows))


def sources(connection: Connection, hashes: Iterable[str]) -> Mapping[str, str]:
    """The texts of these versions, by hash. What was never pinned is left out."""
    statement = select(surveys.c.hash, surveys.c.source).where(surveys.c.hash.in_(list(hashes)))
    return {row.hash: row.source for row in connection.execute(statement)}


@dataclass(frozen=True, slots=True)
class Answer:
    """One answer to one question; `value` is None where it was skipped."""

    run: UUID
    """The message that asked the first question."""
    survey: str
    """The hash of the version that was asked."""
    question: str
    value: str | None = field(repr=False)
    late: bool


_TIME = survey_runs.c.began_at.type
_PIN_TOO = insert(surveys).from_select(
    list(_PINNED),
    select(
        bindparam("survey", type_=String),
        bindparam("agency", type_=String),
        bindparam("survey_id", type_=String),
        bindparam("source", type_=Text),
        bindparam("now", type_=_TIME),
    ).where(bindparam("source", type_=Text).is_not(None)),
)
_RUN = insert(survey_runs).from_select(
    ["message_id", "agency_id", "survey_hash", "phone_hash", "began_at"],
    select(
        messages.c.id,
        messages.c.agency_id,
        bindparam("survey", type_=String),
        messages.c.phone_hash,
        bindparam("now", type_=_TIME),
    ).where(
        messages.c.id == bindparam("run"),
        messages.c.agency_id == bindparam("agency"),
        messages.c.phone_hash == bindparam("phone"),
    ),
)
_FILE = insert(survey_answers).from_select(
    ["message_id", "question", "value", "late", "answered_at"],
    select(
        messages.c.id,
        bindparam("question", type_=String),
        bindparam("value", type_=survey_answers.c.value.type),
        bindparam("late", type_=survey_answers.c.late.type),
        bindparam("now", type_=_TIME),
    ).where(
        messages.c.id == bindparam("run"),
        messages.c.agency_id == bindparam("agency"),
        messages.c.phone_hash == bindparam("phone"),
    ),
)
_FILE = _FILE.on_conflict_do_update(
    index_elements=["message_id", "question"],
    set_={name: _FILE.excluded[name] for name in ("value", "late", "answered_at")},
).add_cte(_PIN_TOO.on_conflict_do_nothing().cte("pinned"), _RUN.on_conflict_do_nothing().cte("began"))


def file(
    connection: Connection,
    agency_id: str,
    phone_hash: bytes,
    answer: Answer,
    pinned: PinnedSurvey | None,
    now: datetime,
) -> None:
    """Keep an answer, and with the first one that a survey was begun. Of two to one question the newer counts.

    Only of a survey that this number was asked. `pinned` is given while the file still says what was asked.
    """
    connection.execute(
        _FILE,
        {
            "run": answer.run,
            "agency": agency_id,
            "phone": phone_hash,
            "survey": answer.survey,
            "survey_id": pinned and pinned.survey.id,
            "source": pinned and pinned.source,
            "question": answer.question,
            "value": answer.value,
            "late": answer.late,
            "now": now,
        },
    )


def end(connection: Connection, agency_id: str, run: UUID, now: datetime) -> None:
    """No further question of it is asked. One that was stopped stays so."""
    connection.execute(
        update(survey_runs)
        .where(
            survey_runs.c.message_id == run,
            survey_runs.c.agency_id == agency_id,
            survey_runs.c.ended_at.is_(None),
        )
        .values(ended_at=now, ended_by="finished")
    )
