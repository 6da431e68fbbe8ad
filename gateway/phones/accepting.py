"""Whether a request to send is accepted, and how it will be answered."""

from collections.abc import Mapping
from dataclasses import dataclass

from gateway.phones.archive import Attempt
from gateway.phones.behaviour import FAULTS, Answer, Behaviour, Fault
from gateway.phones.carrier import Carrier
from gateway.phones.errors import Refusal
from gateway.phones.message import Message, now
from gateway.phones.receipts import Step, plan
from gateway.phones.sending import message_from


@dataclass(frozen=True)
class Decision:
    """What becomes of one request: a message or none, and an answer that need not agree with that."""

    behaviour: Behaviour
    answer: Answer
    message: Message | None = None
    refusal: Refusal | None = None
    steps: tuple[Step, ...] = ()


def decide(carrier: Carrier, form: Mapping[str, str]) -> Decision:
    """Accepts the message into the archive, or does not; never raises for what the form holds."""
    to = form.get("To", "")
    dice = carrier.rules.chance(to)
    behaviour, fault = carrier.rules.of(to), carrier.rules.strike(to, dice)
    accepts, answer, code = _fate(fault)
    refusal = None if code is None else Refusal(code)
    message, steps = None, ()
    if accepts:
        try:
            message = _admitted(carrier, form, behaviour)
            steps = tuple(plan(behaviour, message.validity_s, dice))
        except Refusal as error:
            answer, refusal = Answer.ERROR, error
    _record(carrier, form, message, answer, refusal)
    return Decision(behaviour, answer, message, refusal, steps)


def _fate(fault: Fault | None) -> tuple[bool, Answer, int | None]:
    if fault is None:
        return True, Answer.CREATED, None
    accepts, answer, code = FAULTS[fault.kind]
    return accepts, answer, code and (fault.code or code)


def _admitted(carrier: Carrier, form: Mapping[str, str], behaviour: Behaviour) -> Message:
    """Raises Refusal: for what is wrong with the form, 21610 after STOP, 20429 beyond the sender's rate."""
    message = message_from(form, carrier.line)
    if carrier.opt_outs.blocks(message.to, message.sender):
        raise Refusal(21610)
    rate = behaviour.segments_per_second
    if rate is not None and not carrier.paces[message.sender].admits(message.segments, rate, message.created):
        raise Refusal(20429)
    message.move(message.status, message.created)
    carrier.archive.keep(message)
    return message


def _record(
    carrier: Carrier,
    form: Mapping[str, str],
    message: Message | None,
    answer: Answer,
    refusal: Refusal | None,
) -> None:
    attempt = Attempt(
        at=now(),
        to=form.get("To", ""),
        body=form.get("Body", ""),
        callback=form.get("StatusCallback"),
        sid=message.sid if message else None,
        answer=str(refusal.status) if refusal else ("201" if answer is Answer.CREATED else answer.value),
        code=refusal.code if refusal else None,
    )
    carrier.archive.attempt(attempt)
    if message:
        message.attempts = carrier.archive.tried(attempt.to, attempt.body, attempt.callback)
