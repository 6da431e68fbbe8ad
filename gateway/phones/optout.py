"""The carrier's own opt-out list, as Twilio keeps it: English words, and only a text that is nothing else."""

from collections.abc import Mapping
from enum import StrEnum


class OptOut(StrEnum):
    """What a keyword asks for; the value is Twilio's OptOutType."""

    STOP = "STOP"
    START = "START"
    HELP = "HELP"


KEYWORDS: Mapping[str, OptOut] = {
    **dict.fromkeys(
        ("STOP", "STOPALL", "UNSUBSCRIBE", "CANCEL", "END", "QUIT", "REVOKE", "OPTOUT"), OptOut.STOP
    ),
    **dict.fromkeys(("START", "YES", "UNSTOP"), OptOut.START),
    **dict.fromkeys(("HELP", "INFO"), OptOut.HELP),
}

# What the carrier says itself under Advanced Opt-Out; Twilio's default wording, roughly.
REPLIES: Mapping[OptOut, str] = {
    OptOut.STOP: "You have successfully been unsubscribed. You will not receive any more messages from this"
    " number. Reply START to resubscribe.",
    OptOut.START: "You have successfully been re-subscribed to messages from this number. Reply HELP for help."
    " Reply STOP to unsubscribe. Msg&Data Rates May Apply.",
    OptOut.HELP: "Reply STOP to unsubscribe. Msg&Data Rates May Apply.",
}


def keyword(body: str) -> OptOut | None:
    """What the carrier makes of a text; None for everything that is not exactly a keyword."""
    return KEYWORDS.get(body.strip().upper())


class OptOutList:
    """Which person has stopped which sender."""

    def __init__(self) -> None:
        self._stopped: set[tuple[str, str]] = set()

    def note(self, phone: str, line: str, asked: OptOut | None) -> None:
        if asked is OptOut.STOP:
            self._stopped.add((phone, line))
        elif asked is OptOut.START:
            self._stopped.discard((phone, line))

    def blocks(self, phone: str, line: str) -> bool:
        return (phone, line) in self._stopped

    def clear(self) -> None:
        self._stopped.clear()
