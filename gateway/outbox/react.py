"""The carrier said an error code: what becomes of the message, of its sender, of the person's wish."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import Connection

from gateway.outbox.reactions import (
    ATTEMPTS_OUT_OF_REACH,
    DAILY_CAP,
    Reaction,
    reaction_to,
    seconds_until_retry,
)
from gateway.store import conversations, messages, tasks
from gateway.store.messages import Ruled
from gateway.store.states import Input
from gateway.store.tasks import NewTask

HELD_UNTIL_RELEASED = timedelta(days=3650)
"""A sender that is held stays so until a person has mended the cause and released it."""


@dataclass(frozen=True, slots=True)
class InTrouble:
    """A message with an error code, as far as the reaction needs it."""

    id: UUID
    agency_id: str
    sender_id: int
    phone_hash: bytes
    notice: str
    attempts: int
    record_number: str | None


def to_refusal(connection: Connection, message: InTrouble, code: int, now: datetime) -> tuple[Input, Ruled]:
    """The carrier refused it at the door. Returns the move of the message; the rest is done here."""
    reaction = reaction_to(code)
    _beside(connection, message, code, reaction, now)
    if reaction in {Reaction.HOLD_SENDER, Reaction.STOP_EVERYTHING, Reaction.SLOW_DOWN}:
        return Input.TRY_AGAIN, Ruled(message.id, error_code=code, due_at=_later(message, code, now))
    return Input.REFUSE, Ruled(message.id, error_code=code, reason=reaction.value)


def to_receipt(
    connection: Connection, message: InTrouble, code: int, now: datetime
) -> tuple[Input, Ruled] | None:
    """A receipt told of an error, and the message stands as undelivered or failed. Returns a further move, if any."""
    reaction = reaction_to(code)
    again = reaction in {Reaction.HOLD_SENDER, Reaction.SLOW_DOWN} or (
        reaction is Reaction.OUT_OF_REACH and message.attempts < ATTEMPTS_OUT_OF_REACH
    )
    if reaction is Reaction.OUT_OF_REACH and again:
        reaction = Reaction.SLOW_DOWN
    _beside(connection, message, code, reaction, now)
    if not again:
        return None
    return Input.SEND_AGAIN, Ruled(message.id, error_code=code, due_at=_later(message, code, now))


def _later(message: InTrouble, code: int, now: datetime) -> datetime:
    if code in DAILY_CAP:
        return now + timedelta(days=1)
    return now + timedelta(seconds=seconds_until_retry(message.attempts))


def _beside(connection: Connection, message: InTrouble, code: int, reaction: Reaction, now: datetime) -> None:
    """What the error means for more than this one message."""
    match reaction:
        case Reaction.OPT_OUT:
            conversations.opt_out(
                connection, message.agency_id, message.phone_hash, f"carrier error {code}", now
            )
            messages.cancel_waiting(connection, message.agency_id, message.phone_hash, "opted_out")
        case Reaction.HOLD_SENDER:
            until = now + HELD_UNTIL_RELEASED
            messages.hold_sender(connection, message.sender_id, until, f"carrier error {code}")
            _task(
                connection,
                message,
                "sender_held",
                f"sender:{message.sender_id}:{code}",
                code,
                now,
                urgent=True,
            )
        case Reaction.STOP_EVERYTHING:
            messages.hold_sender(connection, None, now + HELD_UNTIL_RELEASED, f"carrier error {code}")
            _task(connection, message, "credentials_refused", f"credentials:{code}", code, now, urgent=True)
        case Reaction.NO_SUCH_PHONE | Reaction.OUT_OF_REACH:
            _task(connection, message, "reach_otherwise", f"reach:{message.id}", code, now)
        case Reaction.FILTERED | Reaction.GIVE_UP:
            _task(connection, message, "message_refused", f"refused:{message.id}", code, now)
        case Reaction.SLOW_DOWN:
            pass


def _task(
    connection: Connection,
    message: InTrouble,
    kind: str,
    key: str,
    code: int,
    now: datetime,
    urgent: bool = False,
) -> None:
    detail = {"notice": message.notice, "code": str(code), "number": message.record_number or ""}
    due = now if urgent else now + timedelta(days=1)
    tasks.open_tasks(connection, [NewTask(message.agency_id, kind, key, detail, now, due, urgent=urgent)])
