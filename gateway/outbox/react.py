"""The carrier said an error code: what becomes of the message, of its sender, of the person's wish."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import Connection, Row

from gateway.ground import Ground
from gateway.outbox import elsewhere
from gateway.outbox.elsewhere import Failed
from gateway.outbox.reactions import (
    ATTEMPTS_OUT_OF_REACH,
    Reaction,
    reaction_to,
    wait_after,
)
from gateway.store import conversations, messages, tasks
from gateway.store.messages import Ruled
from gateway.store.states import Input
from gateway.store.tasks import NewTask
from rules.policy import NoticeClass
from rules.suppression import Reason

HELD_UNTIL_RELEASED = timedelta(days=3650)
"""A sender that is held stays so until a person has mended the cause and released it."""


@dataclass(frozen=True, slots=True)
class InTrouble:
    """A message with an error code, as far as the reaction needs it."""

    id: UUID
    agency_id: str
    sender_id: int
    phone_hash: bytes
    intent_key: str
    notice: str
    notice_class: str
    attempts: int
    """Of a refusal: how often it was posted. Of a receipt: how often the handset was not reached."""
    record_kind: str | None
    record_number: str | None
    party_id: str | None
    policy_hash: str | None
    expires_at: datetime | None

    @classmethod
    def of(cls, row: Row[Any], attempts: int) -> InTrouble:
        """From a row of the outbox."""
        return cls(
            id=row.id,
            agency_id=row.agency_id,
            sender_id=row.sender_id,
            phone_hash=bytes(row.phone_hash),
            intent_key=row.intent_key,
            notice=row.notice,
            notice_class=row.notice_class,
            attempts=attempts,
            record_kind=row.record_kind,
            record_number=row.record_number,
            party_id=row.party_id,
            policy_hash=row.policy_hash,
            expires_at=row.expires_at,
        )


def to_refusal(
    ground: Ground, connection: Connection, message: InTrouble, code: int, now: datetime
) -> tuple[Input, Ruled]:
    """The carrier refused it at the door. Returns the move of the message; the rest is done here."""
    reaction = reaction_to(code)
    _beside(ground, connection, message, code, reaction, now)
    if reaction in {Reaction.HOLD_SENDER, Reaction.STOP_EVERYTHING, Reaction.SLOW_DOWN}:
        return Input.TRY_AGAIN, Ruled(
            message.id, error_code=code, due_at=now + wait_after(code, message.attempts)
        )
    return Input.REFUSE, Ruled(message.id, error_code=code, reason=reaction.value)


def to_receipt(
    ground: Ground, connection: Connection, message: InTrouble, code: int, now: datetime
) -> tuple[Input, Ruled] | None:
    """A receipt told of an error, and the message stands as undelivered or failed. Returns a further move, if any."""
    reaction = reaction_to(code)
    again = reaction in {Reaction.HOLD_SENDER, Reaction.STOP_EVERYTHING, Reaction.SLOW_DOWN} or (
        reaction is Reaction.OUT_OF_REACH and message.attempts < ATTEMPTS_OUT_OF_REACH
    )
    if reaction is Reaction.OUT_OF_REACH and again:
        reaction = Reaction.SLOW_DOWN
    _beside(ground, connection, message, code, reaction, now)
    if not again:
        return None
    return Input.SEND_AGAIN, Ruled(
        message.id, error_code=code, due_at=now + wait_after(code, message.attempts)
    )


def _beside(
    ground: Ground,
    connection: Connection,
    message: InTrouble,
    code: int,
    reaction: Reaction,
    now: datetime,
) -> None:
    """What the error means for more than this one message."""
    match reaction:
        case Reaction.OPT_OUT:
            conversations.opt_out(
                connection, message.agency_id, message.phone_hash, f"carrier error {code}", now
            )
            elsewhere.cancel_waiting(
                ground, connection, message.agency_id, message.phone_hash, Reason.OPTED_OUT, now
            )
            elsewhere.go_on(ground, connection, [Failed.of(message, Reason.OPTED_OUT, str(code))], now)
            if _answers_a_cry(message):
                _task(connection, message, "answer_blocked", f"blocked:{message.id}", code, now, urgent=True)
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
            if not elsewhere.go_on(ground, connection, [Failed.of(message, reaction, str(code))], now):
                _task(connection, message, "reach_otherwise", f"reach:{message.id}", code, now)
        case Reaction.FILTERED | Reaction.GIVE_UP:
            urgent = message.notice_class == NoticeClass.SAFETY
            _task(connection, message, "message_refused", f"refused:{message.id}", code, now, urgent=urgent)
            elsewhere.go_on(ground, connection, [Failed.of(message, reaction, str(code))], now)
        case Reaction.TOO_LATE:
            elsewhere.go_on(ground, connection, [Failed.of(message, Reason.STALE, str(code))], now)
        case Reaction.SLOW_DOWN:
            pass


def _answers_a_cry(message: InTrouble) -> bool:
    """Whoever asks for help after STOP may be blocked by the carrier: then only a person can answer."""
    return message.notice_class == NoticeClass.SAFETY or message.notice == "reply.help"


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
