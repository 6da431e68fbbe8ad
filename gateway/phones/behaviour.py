"""How the carrier misbehaves: one frozen value, set at run time, for all numbers or for one.

What goes wrong is decided by (seed, number, count of requests for that number), never by the clock or the
order in which requests for different numbers meet: a test that fails once fails again.
"""

from collections import Counter
from collections.abc import Mapping
from enum import StrEnum
from random import Random
from types import MappingProxyType
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

Probability = Annotated[float, Field(ge=0, le=1)]
Milliseconds = Annotated[int, Field(ge=0)]


class FaultKind(StrEnum):
    """What a request to send meets instead of a plain 201."""

    TOO_MANY = "too_many"  # 429/20429, not accepted: safe to send again
    REFUSED = "refused"  # 4xx with `code`, not accepted
    SERVER_ERROR = "server_error"  # 500/20500, not accepted
    SERVER_ERROR_AFTER_ACCEPT = "server_error_after_accept"  # accepted, and a 500 all the same
    SILENCE = "silence"  # not accepted, never answered
    SILENCE_AFTER_ACCEPT = "silence_after_accept"  # accepted, never answered
    HANG_UP = "hang_up"  # not accepted, connection closed without an answer
    HANG_UP_AFTER_ACCEPT = "hang_up_after_accept"  # accepted, connection closed without an answer


class Answer(StrEnum):
    """How a request is answered once it is known whether the message was accepted."""

    CREATED = "created"
    ERROR = "error"
    NEVER = "never"
    CLOSED = "closed"


# kind -> (is the message accepted?, how is the request answered?, with which code)
FAULTS: Mapping[FaultKind, tuple[bool, Answer, int | None]] = MappingProxyType(
    {
        FaultKind.TOO_MANY: (False, Answer.ERROR, 20429),
        FaultKind.REFUSED: (False, Answer.ERROR, 21211),
        FaultKind.SERVER_ERROR: (False, Answer.ERROR, 20500),
        FaultKind.SERVER_ERROR_AFTER_ACCEPT: (True, Answer.ERROR, 20500),
        FaultKind.SILENCE: (False, Answer.NEVER, None),
        FaultKind.SILENCE_AFTER_ACCEPT: (True, Answer.NEVER, None),
        FaultKind.HANG_UP: (False, Answer.CLOSED, None),
        FaultKind.HANG_UP_AFTER_ACCEPT: (True, Answer.CLOSED, None),
    }
)


class Order(StrEnum):
    """In which order the status callbacks of one message are posted."""

    GIVEN = "given"
    REVERSED = "reversed"
    SHUFFLED = "shuffled"


class Outcome(StrEnum):
    """How a message ends."""

    DELIVERED = "delivered"
    SENT = "sent"  # the handset's carrier never sends a receipt
    UNDELIVERED = "undelivered"
    FAILED = "failed"


class Fault(BaseModel):
    """One way in which requests to send fail."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    kind: FaultKind
    code: int | None = None
    """Twilio's error code in the answer, for the kinds that answer with an error (`refused`: 21211)."""
    times: Annotated[int, Field(ge=1)] | None = None
    """Only the next so many requests; None until the behaviour is set anew."""
    probability: Probability = 1.0


class Behaviour(BaseModel):
    """How the carrier treats what goes to (or comes from) a number. The default treats it well."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    latency_ms: Milliseconds = 0
    """From accepting a message to answering the request."""
    faults: tuple[Fault, ...] = ()
    """Tried in order; the first that strikes decides."""
    segments_per_second: Annotated[float, Field(gt=0)] | None = None
    """Rate of each sender; what exceeds it (after one second's burst) is answered 429. None: no limit."""
    list_lag_ms: Milliseconds = 0
    """How long an accepted message stays out of the list of messages."""

    queue_ms: Milliseconds = 0
    """How long a message waits in the carrier's queue; beyond its ValidityPeriod it fails with 30036."""
    outcome: Outcome = Outcome.DELIVERED
    outcome_probability: Probability = 1.0
    """Chance of `outcome`; otherwise the message is delivered."""
    error_code: int | None = None
    """Of an outcome that fails; 30008 when it is not given."""

    callback_delay_ms: Milliseconds = 0
    """Before each status callback."""
    callback_order: Order = Order.GIVEN
    callback_loss: Probability = 0.0
    """Chance that a status callback is never posted."""
    callback_duplication: Probability = 0.0
    """Chance that a status callback is posted twice."""
    callbacks_before_answer: bool = False
    """Callbacks set out when the message is accepted, not when the request has been answered."""

    text_copies: Annotated[int, Field(ge=1)] = 1
    """How many times the webhook of one inbound text is posted (same MessageSid)."""
    text_copy_delay_ms: Milliseconds = 0
    """Between those copies."""
    advanced_opt_out: bool = False
    """The carrier answers STOP, START and HELP itself and says so with OptOutType."""
    blocks_after_stop: bool = False
    """After a text that is nothing but STOP, sending to that number is refused with 21610, until START."""


class Behaviours(BaseModel):
    """All that is set: the default, and for some numbers what differs from it."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    default: Behaviour = Behaviour()
    numbers: Mapping[str, Behaviour] = Field(default_factory=dict)
    seed: int = 0

    @classmethod
    def parse(cls, wanted: Mapping[str, object]) -> "Behaviours":
        """From JSON; a number takes every field it does not name from the default.

        Raises pydantic.ValidationError (a ValueError) that names the field.
        """
        given = cls.model_validate(wanted)
        merged = {
            number: given.default.model_copy(
                update={name: getattr(own, name) for name in own.model_fields_set}
            )
            for number, own in given.numbers.items()
        }
        return given.model_copy(update={"numbers": merged})


class Rulebook:
    """The behaviour in force, and what has been used up of it."""

    def __init__(self, behaviours: Behaviours | None = None) -> None:
        self.put(behaviours or Behaviours())

    def put(self, behaviours: Behaviours) -> None:
        """Replaces everything, counts included."""
        self.behaviours = behaviours
        self._struck: Counter[int] = Counter()  # identity of a Fault -> times it struck
        self._asked: Counter[str] = Counter()  # number -> requests seen

    def of(self, number: str) -> Behaviour:
        return self.behaviours.numbers.get(number, self.behaviours.default)

    def chance(self, number: str) -> Random:
        """The dice for the next request that concerns `number`."""
        self._asked[number] += 1
        return Random(f"{self.behaviours.seed}:{number}:{self._asked[number]}")  # noqa: S311 - not a secret

    def strike(self, number: str, dice: Random) -> Fault | None:
        """The fault this request meets, if any; counts it."""
        for fault in self.of(number).faults:
            if fault.times is not None and self._struck[id(fault)] >= fault.times:
                continue
            if fault.probability >= 1 or dice.random() < fault.probability:
                self._struck[id(fault)] += 1
                return fault
        return None
