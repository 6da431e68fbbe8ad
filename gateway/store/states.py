"""The life of a message, as a table: what can happen to it, from where, and where it leads.

Only forward: a receipt that comes late or twice finds no row here, and changes nothing.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum


class State(StrEnum):
    """Where a message stands."""

    QUEUED = "queued"
    """Written; due now or later."""
    LEASED = "leased"
    """A sender has taken it and not yet begun; safe to take back when the lease runs out."""
    SENDING = "sending"
    """About to be posted, or posted and not answered: after a crash nobody knows."""
    DOUBTFUL = "doubtful"
    """Its fate is unknown; the carrier's list or a receipt will tell."""
    SENT = "sent"
    """The carrier has it."""
    DELIVERED = "delivered"
    UNDELIVERED = "undelivered"
    """The carrier could not deliver it; may be tried again."""
    FAILED = "failed"
    SUPPRESSED = "suppressed"
    """The gate let it not pass; the reason stands beside it."""
    CANCELED = "canceled"
    """Taken back before it left: an opt-out, a recall."""


class Input(StrEnum):
    """What can happen to a message."""

    CLAIM = "claim"
    LEASE_RAN_OUT = "lease_ran_out"
    WAIT = "wait"
    DROP = "drop"
    CANCEL = "cancel"
    DISPATCH = "dispatch"
    ACCEPT = "accept"
    REFUSE = "refuse"
    TRY_AGAIN = "try_again"
    LOSE_SIGHT = "lose_sight"
    NOT_FOUND = "not_found"
    RECEIPT_SENT = "receipt_sent"
    RECEIPT_DELIVERED = "receipt_delivered"
    RECEIPT_UNDELIVERED = "receipt_undelivered"
    RECEIPT_FAILED = "receipt_failed"
    SEND_AGAIN = "send_again"
    NO_WORD = "no_word"


@dataclass(frozen=True, slots=True)
class Move:
    """From any of these states to that one, and why that is right."""

    sources: tuple[State, ...]
    target: State
    why: str


S = State
_PERHAPS_POSTED = (S.SENDING, S.DOUBTFUL, S.QUEUED, S.LEASED)
"""Queued and leased too: a doubt that the carrier's list did not show in time is queued again, and then proven."""

MOVES: Mapping[Input, Move] = {
    Input.CLAIM: Move((S.QUEUED,), S.LEASED, "a sender takes what is due"),
    Input.LEASE_RAN_OUT: Move((S.LEASED,), S.QUEUED, "its sender died before it began: nothing was sent"),
    Input.WAIT: Move((S.LEASED,), S.QUEUED, "quiet hours, a hold or the pace: later"),
    Input.DROP: Move((S.LEASED,), S.SUPPRESSED, "the gate says no, for the reason beside it"),
    Input.CANCEL: Move((S.QUEUED, S.LEASED), S.CANCELED, "taken back before it left"),
    Input.DISPATCH: Move((S.LEASED,), S.SENDING, "set just before the post, so that few are ever in doubt"),
    Input.ACCEPT: Move((S.SENDING, S.DOUBTFUL), S.SENT, "the carrier answered 201, or its list holds it"),
    Input.REFUSE: Move((S.SENDING,), S.FAILED, "the carrier said no, and will say no again"),
    Input.TRY_AGAIN: Move((S.SENDING,), S.QUEUED, "the carrier surely did not take it (429, no connection)"),
    Input.LOSE_SIGHT: Move((S.SENDING,), S.DOUBTFUL, "no answer, a 5xx, or the sender died"),
    Input.NOT_FOUND: Move((S.DOUBTFUL,), S.QUEUED, "the carrier's list does not hold it: it never arrived"),
    Input.RECEIPT_SENT: Move(
        _PERHAPS_POSTED, S.SENT, "a receipt proves that it arrived, before our own answer or the list did"
    ),
    Input.RECEIPT_DELIVERED: Move(
        (*_PERHAPS_POSTED, S.SENT, S.UNDELIVERED),
        S.DELIVERED,
        "carriers do correct themselves, to the good only",
    ),
    Input.RECEIPT_UNDELIVERED: Move(
        (*_PERHAPS_POSTED, S.SENT), S.UNDELIVERED, "the error code says what now"
    ),
    Input.RECEIPT_FAILED: Move((*_PERHAPS_POSTED, S.SENT), S.FAILED, "the carrier gave it up"),
    Input.SEND_AGAIN: Move(
        (S.UNDELIVERED, S.FAILED),
        S.QUEUED,
        "a receipt's code says that another try may help: out of reach, or our own sender was at fault",
    ),
    Input.NO_WORD: Move(
        (S.SENT,), S.UNDELIVERED, "nobody said in time that it was delivered: it is told another way"
    ),
}

RECEIPTS: Mapping[str, Input] = {
    "accepted": Input.RECEIPT_SENT,
    "scheduled": Input.RECEIPT_SENT,
    "queued": Input.RECEIPT_SENT,
    "sending": Input.RECEIPT_SENT,
    "sent": Input.RECEIPT_SENT,
    "delivered": Input.RECEIPT_DELIVERED,
    "read": Input.RECEIPT_DELIVERED,
    "partially_delivered": Input.RECEIPT_SENT,
    "undelivered": Input.RECEIPT_UNDELIVERED,
    "failed": Input.RECEIPT_FAILED,
    "canceled": Input.RECEIPT_FAILED,
}
"""The carrier's words for what became of a message."""

TROUBLE = frozenset({Input.RECEIPT_UNDELIVERED, Input.RECEIPT_FAILED})
"""The receipts that end a try."""
