"""What becomes of an accepted message, and the status callbacks that tell the application.

accepted -> queued -> sent -> delivered
                   \\       \\-> undelivered | failed
                    \\-> failed (validity period over)
"""

from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from random import Random

from gateway.phones.agenda import Agenda
from gateway.phones.archive import Archive
from gateway.phones.behaviour import Behaviour, Order, Outcome
from gateway.phones.contract import API_VERSION
from gateway.phones.courier import Courier
from gateway.phones.message import Message, now

VALIDITY_OVER = 30036
UNKNOWN_FAILURE = 30008

# outcome -> the statuses a message goes through
COURSES: dict[Outcome, tuple[str, ...]] = {
    Outcome.DELIVERED: ("queued", "sent", "delivered"),
    Outcome.SENT: ("queued", "sent"),
    Outcome.UNDELIVERED: ("queued", "sent", "undelivered"),
    Outcome.FAILED: ("queued", "failed"),
}
FAILING = frozenset({"undelivered", "failed"})


@dataclass(frozen=True)
class Step:
    """One move of a message: after so many seconds it takes on `status`, and `told` is posted `copies` times.

    `told` differs from `status` where callbacks come out of order.
    """

    wait: float
    status: str
    told: str
    copies: int
    error_code: int | None


def plan(behaviour: Behaviour, validity_s: int | None, dice: Random) -> list[Step]:
    """The whole course of one message, decided when it is accepted."""
    outcome, error_code = behaviour.outcome, behaviour.error_code
    if outcome is not Outcome.DELIVERED and dice.random() >= behaviour.outcome_probability:
        outcome = Outcome.DELIVERED
    if validity_s is not None and behaviour.queue_ms > validity_s * 1000:
        outcome, error_code = Outcome.FAILED, VALIDITY_OVER
    statuses = COURSES[outcome]
    told = _ordered(statuses, behaviour.callback_order, dice)
    pause = behaviour.callback_delay_ms / 1000
    queue = (0.0, behaviour.queue_ms / 1000, *(0.0,) * len(statuses))
    return [
        Step(
            wait=pause + queue[index],
            status=status,
            told=told[index],
            copies=_copies(behaviour, dice),
            error_code=(error_code or UNKNOWN_FAILURE) if statuses[-1] in FAILING else None,
        )
        for index, status in enumerate(statuses)
    ]


def _ordered(statuses: tuple[str, ...], order: Order, dice: Random) -> list[str]:
    told = list(statuses)
    if order is Order.REVERSED:
        told.reverse()
    elif order is Order.SHUFFLED:
        dice.shuffle(told)
    return told


def _copies(behaviour: Behaviour, dice: Random) -> int:
    if behaviour.callback_loss and dice.random() < behaviour.callback_loss:
        return 0
    return 1 + bool(behaviour.callback_duplication and dice.random() < behaviour.callback_duplication)


def status_params(message: Message, status: str, error_code: int | None) -> dict[str, str]:
    """The form of a status callback."""
    params = {
        "MessageSid": message.sid,
        "MessageStatus": status,
        "SmsSid": message.sid,
        "SmsStatus": status,
        "AccountSid": message.account_sid,
        "From": message.sender,
        "To": message.to,
        "ApiVersion": API_VERSION,
    }
    if message.service_sid:
        params["MessagingServiceSid"] = message.service_sid
    if status in FAILING:
        params["ErrorCode"] = str(error_code or UNKNOWN_FAILURE)
    if status == "delivered":
        params["RawDlrDoneDate"] = datetime.now(UTC).strftime("%y%m%d%H%M")
    return params


class Receipts:
    """Moves messages along their course and posts their callbacks, one step after the other."""

    def __init__(self, archive: Archive, agenda: Agenda, courier: Courier) -> None:
        self._archive, self._agenda, self._courier = archive, agenda, courier

    def begin(self, message: Message, steps: list[Step]) -> None:
        if steps:
            self._agenda.later(steps[0].wait, partial(self._take, message, steps))

    async def _take(self, message: Message, steps: list[Step]) -> None:
        step, *rest = steps
        if message.status == "canceled":
            return
        message.move(step.status, now(), step.error_code if step.status in FAILING else None)
        self._archive.touch(message)
        if message.callback is not None:
            params = status_params(message, step.told, step.error_code)
            for _ in range(step.copies):
                await self._courier.post(message, message.callback, params)
        self.begin(message, rest)
