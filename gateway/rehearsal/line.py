"""What a rehearsal tells: one line for each thing that would have been told, not told, or left to a person."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

Outcome = Literal["sent", "suppressed", "task"]

NOT_YET = "not_yet"
"""The rehearsal ended before it was due."""
ALREADY_TOLD = "already_told"
"""Another notice told the same (`same_as`)."""
NO_WORDS = "missing_fact"
"""Not even its first sentence can be said for want of a fact."""
HELD = "surge"
"""A task: so many of a notice in an hour are held for a person. The rehearsal goes on as if that person let them go."""


@dataclass(frozen=True, slots=True)
class Line:
    """Each notice of each party on each occasion ends in one line, on two channels at once in one for each.

    It holds what the words of a text hold; `detail` has codes and counts, never a name or a number of a person.
    """

    at: datetime
    """UTC: when it was sent or decided; of a task, when it is due."""
    record: tuple[str, str]
    """(`call` or `case`, number)"""
    rule: str
    party_id: str
    """Empty where the record names nobody who could be told."""
    role: str
    occasion: str
    """Tells two of one rule on one record apart: the arrest, say."""
    channel: str | None
    """`text`, `email` or `letter`; None where it did not come to that."""
    outcome: Outcome
    reason: str | None
    """Of what was suppressed: a `rules.suppression.Reason`, or one of this module's. Of a task: its kind."""
    detail: str
    language: str
    """Empty, like `text`, where there are no words."""
    segments: int
    """0 for what is no text."""
    text: str
    call_type: str
    """The type of the call, or of the call that led to the case; else the case's offenses. Empty where unknown."""
