"""One text, one turn, one transaction: recorded once, understood, answered into the outbox, its effects applied."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import Connection
from sqlalchemy.exc import OperationalError

from conversations.effects import Enroll, HoldAutomated, OpenTask, OptIn, OptOut, Unenroll, Unlink
from conversations.step import step
from conversations.turn import Facts, LinkedCase, State, Turn
from gateway.ground import Ground
from gateway.outbox import owed
from gateway.outbox.writing import Address, message, put_into_words
from gateway.store import agencies, conversations, messages, records, tasks
from gateway.store.conversations import Opened
from gateway.store.database import was_deadlock
from gateway.store.tasks import NewTask
from gateway.texts.paging import page_staff
from rules.policy import PinnedPolicy
from rules.suppression import may_automate
from rules.values import TEXTED_ROLES, Case, Party

_E164 = re.compile(r"\+[1-9][0-9]{6,14}")
_CONFIRMED_WITHIN = timedelta(minutes=5)
"""47 CFR 64.1200(a)(12): an opt-out may be confirmed once, within five minutes."""
_ANSWERED_WITHIN = timedelta(hours=4)
"""An answer that a broken line held up longer would puzzle more than it helps."""


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
    to = Address(sender.agency_id, sender.id, text.phone, phone_hash)
    opened = conversations.open_turn(
        connection,
        agency_id=sender.agency_id,
        sender_id=sender.id,
        phone=text.phone,
        phone_hash=phone_hash,
        message_sid=text.message_sid,
        params=text.params,
        now=now,
    )
    if opened.text_id is None:
        return Taken(None)
    pinned = ground.policies.of(sender.agency_id)
    facts = _facts(connection, pinned, to, opened, text, now)
    turn = step(State.from_json(opened.state), text.body, facts, now)
    _apply(connection, ground, turn, to, opened, now)
    replies = _answer(ground, connection, pinned, turn, to, opened, now)
    if any(isinstance(effect, OpenTask) and effect.urgent for effect in turn.effects):
        page_staff(connection, ground, pinned, to.sender_id, opened.text_id, now)
    conversations.close_turn(
        connection, opened, turn.state.to_json(), turn.intent.value, [also.value for also in turn.also]
    )
    return Taken(turn, replies)


def _facts(
    connection: Connection, pinned: PinnedPolicy, to: Address, opened: Opened, text: Text, now: datetime
) -> Facts:
    cases = records.cases_of_phone(connection, to.agency_id, to.phone_hash)
    linked = records.linked(connection, to.agency_id, cases)
    return Facts(
        agency=pinned.policy.agency,
        cases=tuple(
            LinkedCase(
                case=case,
                may_automate=may_automate(
                    pinned.policy, case, now, linked["case", case.number].calls, asking=_asking(case, to)
                ),
            )
            for case in cases
        ),
        opted_out=opened.opted_out,
        carrier_opt_out_type=text.opt_out_type,
    )


def _asking(case: Case, to: Address) -> Party | None:
    """Who on the case has this number, so that a minor is told nothing."""
    return next((p for p in case.parties if p.phone == to.phone and p.role in TEXTED_ROLES), None)


def _apply(
    connection: Connection, ground: Ground, turn: Turn, to: Address, opened: Opened, now: datetime
) -> None:
    cause = f"text {opened.text_id}"
    wanted: list[NewTask] = []
    for effect in turn.effects:
        match effect:
            case OptOut():
                conversations.opt_out(connection, to.agency_id, to.phone_hash, cause, now)
                if (
                    not opened.opted_out
                ):  # else only the confirmation waits, and a second STOP must not take it back
                    _take_back(connection, ground, to, "opted_out", now)
            case OptIn():
                conversations.opt_in(connection, to.agency_id, to.phone_hash, cause, now)
            case Enroll(number, topic):
                conversations.enroll(connection, to.agency_id, number, topic, to.phone, to.phone_hash, now)
            case Unenroll(number, topic):
                conversations.unenroll(connection, to.agency_id, to.phone_hash, now, number, topic)
            case Unlink():
                conversations.wrong_number(connection, to.agency_id, to.phone_hash, cause, now)
                conversations.unenroll(connection, to.agency_id, to.phone_hash, now)
                _take_back(connection, ground, to, "wrong_number", now)
            case HoldAutomated(until):
                conversations.hold(connection, opened.id, until)
            case OpenTask(kind, hours, urgent):
                wanted.append(
                    NewTask(
                        agency_id=to.agency_id,
                        kind=kind,
                        key=f"{kind}:{opened.text_id}",
                        detail={"text": str(opened.text_id), "conversation": str(opened.id)},
                        opened_at=now,
                        due_at=now + timedelta(hours=hours),
                        urgent=urgent,
                    )
                )
    tasks.open_tasks(connection, wanted)


def _take_back(connection: Connection, ground: Ground, to: Address, why: str, now: datetime) -> None:
    owed.cancel_waiting(connection, ground.policies, to.agency_id, to.phone_hash, why, now)


def _answer(
    ground: Ground,
    connection: Connection,
    pinned: PinnedPolicy,
    turn: Turn,
    to: Address,
    opened: Opened,
    now: datetime,
) -> tuple[UUID, ...]:
    if not _E164.fullmatch(to.phone):
        return ()  # a short code or a name: nobody to answer
    new = [
        message(
            put_into_words(ground, pinned.policy, reply.parts, reply.language, reply.facts),
            to,
            intent_key=f"reply:{opened.text_id}:{place}",
            notice=f"reply.{reply.parts[0]}",
            notice_class=reply.notice_class.value,
            due_at=now,
            now=now,
            expires_at=now + (_CONFIRMED_WITHIN if "opt_out.confirmed" in reply.parts else _ANSWERED_WITHIN),
            text_id=opened.text_id,
        )
        for place, reply in enumerate(turn.replies)
    ]
    written = messages.add(connection, new)
    return tuple(written[one.intent_key] for one in new)
