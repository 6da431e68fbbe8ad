"""The things a text can mean, in the order in which they win."""

from enum import StrEnum


class Intent(StrEnum):
    """One thing a text can mean. The members stand in the order of precedence: the first found is the intent, the
    rest are reported beside it."""

    DISTRESS = "distress"
    """Somebody is in danger now, is being threatened, or speaks of dying."""
    OPT_OUT = "opt_out"
    """Send me no more: certain enough to act on at once."""
    UNCLEAR_OPT_OUT = "unclear_opt_out"
    """Perhaps 'send me no more': hold automated texts and ask a person."""
    OPT_IN = "opt_in"
    """An explicit START or UNSTOP, and nothing milder."""
    HELP = "help"
    """Who are you, what is this line, how do I stop it."""
    WRONG_NUMBER = "wrong_number"
    """This phone does not belong to the person meant."""
    LANGUAGE = "language"
    """Write to me in another language."""
    STATUS = "status"
    """What is happening with my case."""
    UNENROLL = "unenroll"
    """No more alerts about an arrest; other messages may go on."""
    ENROLL = "enroll"
    """Tell me when an arrest is made."""
    CALLBACK = "callback"
    """A person should call me."""
    THANKS = "thanks"
    """Thank you, and nothing else that asks for an answer."""
    MENU = "menu"
    """What can I write here; also a bare greeting."""
    ANSWER = "answer"
    """Nothing but what could answer an open question (yes, no, a number, a date, a report number, skip): what it
    answers, the dialogue knows."""
    UNKNOWN = "unknown"
    """None of these."""


PRECEDENCE: tuple[Intent, ...] = tuple(Intent)

# What is found beside a stronger meaning and says nothing of its own then: "Stop. Thank you" is an opt-out, not
# an opt-out and thanks; "no more texts" is certain, so it is not unclear as well.
_POLITE = frozenset({Intent.THANKS, Intent.MENU})
DISPLACES: dict[Intent, frozenset[Intent]] = {
    Intent.DISTRESS: _POLITE,
    Intent.OPT_OUT: _POLITE | {Intent.UNCLEAR_OPT_OUT, Intent.OPT_IN, Intent.ENROLL},
    Intent.UNCLEAR_OPT_OUT: _POLITE | {Intent.OPT_IN},
    Intent.OPT_IN: _POLITE,
    Intent.HELP: _POLITE,
    Intent.WRONG_NUMBER: _POLITE,
    Intent.LANGUAGE: _POLITE,
    Intent.STATUS: _POLITE,
    Intent.UNENROLL: _POLITE | {Intent.ENROLL},
    Intent.ENROLL: _POLITE,
    Intent.CALLBACK: _POLITE,
    Intent.THANKS: frozenset({Intent.MENU}),
}


def by_precedence(found: set[Intent]) -> tuple[Intent, ...]:
    """Return what was found, strongest first, without what a stronger meaning makes idle."""
    idle = frozenset[Intent]().union(*(DISPLACES.get(intent, frozenset()) for intent in found))
    return tuple(intent for intent in PRECEDENCE if intent in found and intent not in idle)
