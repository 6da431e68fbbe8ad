"""One text, one turn, one transaction: recorded once, understood, answered into the outbox, its effects applied."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from uuid import UUID

from sqlalchemy import Connection
from sqlalchemy.exc import OperationalError

from conversations.effects import OpenTask
from conversations.step import step
from conversations.turn import State, Turn
from gateway.ground import Ground
from gateway.outbox.writing import Address
from gateway.store import agencies, conversations
from gateway.store.conversations import NewText
from gateway.store.database import was_deadlock
from gateway.texts import answers, effects, facts
from gateway.texts.effects import Applying
from gateway.texts.facts import Asking
from gateway.texts.paging import page_staff


@dataclass(frozen=True, slots=True)
class Text:
    """What a person sent, as the webhook brought it."""

    message_sid: str
    phone: str = field(repr=False)
    to: str
    body: str = field(repr=False)
    messaging_service_sid: str | None = None
    opt_out_type: str | None = None
    params: Mapping[str, str] = field(default_factory=dict, repr=False)


@dataclass(frozen=True, slots=True)
class Taken:
    """What the text led to; `turn` is None for a text that was here before."""

    turn: Turn | None
    replies: tuple[UUID, ...] = ()
    """The messages that answer it, in the order of sending."""


def take_turn(ground: Ground, text: Text) -> Taken | None:
    """Everything or nothing: when this returns, the text, the answers and the effects are stored.

    None if the number that it came to is no agency's.
    """
    try:
        return _take_turn(ground, text)
    except OperationalError as error:
        if not was_deadlock(error):
            raise
        return _take_turn(ground, text)  # a STOP and a sender met; an error would lose the text


def _take_turn(ground: Ground, text: Text) -> Taken | None:
    with ground.database.begin() as connection:
        return turn_in(connection, ground, text)


def turn_in(connection: Connection, ground: Ground, text: Text) -> Taken | None:
    """The same, in a transaction of the caller's."""
    now = ground.clock()
    sender = agencies.sender_reached(connection, text.to, text.messaging_service_sid)
    if sender is None:
        return None
    phone_hash = ground.vault.lookup(sender.agency_id, "phone", text.phone)
    locked = conversations.lock(connection, sender.agency_id, text.phone, phone_hash, now)
    state = State.from_json(locked.state)
    claimed = state.claimed_report
    new = NewText(
        agency_id=sender.agency_id,
        sender_id=sender.id,
        phone_hash=phone_hash,
        message_sid=text.message_sid,
        params=text.params,
        report_key=facts.report_key(ground, sender.agency_id, claimed) if claimed else None,
    )
    recorded = conversations.record(connection, locked, new, now)
    if recorded is None:
        return Taken(None)
    to = Address(sender.agency_id, sender.id, text.phone, phone_hash)
    asking = Asking(ground, ground.policies.of(sender.agency_id), to, now)
    known = facts.load(connection, asking, state, recorded, text.opt_out_type)
    turn = step(state, text.body, known.facts, now)
    effects.apply(Applying(connection, asking, known, locked.id, recorded.text_id), turn.effects)
    replies = answers.write(connection, asking, turn, recorded.text_id)
    if any(isinstance(effect, OpenTask) and effect.urgent for effect in turn.effects):
        page_staff(connection, ground, asking.pinned, to.sender_id, recorded.text_id, now)
    also = [intent.value for intent in turn.also]
    conversations.close_turn(
        connection, locked.id, recorded.text_id, turn.state.to_json(), turn.intent.value, also
    )
    return Taken(turn, replies)
