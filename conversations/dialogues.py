"""What each intent leads to: one function an intent, in one table. The next dialogues are added here."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from conversations.turn import (
    Effect,
    Enroll,
    Facts,
    HoldAutomated,
    LinkedCase,
    OpenTask,
    OptIn,
    OptOut,
    Reply,
    State,
    Unenroll,
    Unlink,
)
from conversations.understanding import Intent
from locales import Fact, Phone, Say
from rules.policy import NoticeClass

FALLBACK_AT_MOST_EVERY = timedelta(minutes=10)
UNCLEAR_HOLDS_FOR = timedelta(hours=24)


@dataclass(frozen=True, slots=True)
class Situation:
    """Where a dialogue stands when its turn comes."""

    state: State
    facts: Facts
    language: str
    now: datetime

    def say(self, *parts: str, notice_class: NoticeClass = NoticeClass.ANSWER, **facts: Fact | None) -> Reply:
        """A reply with the facts that every reply may use, and these."""
        agency = self.facts.agency
        known: dict[str, Fact | None] = {"agency": agency.name, "phone": Phone(agency.phone), **facts}
        return Reply(parts, self.language, {k: v for k, v in known.items() if v is not None}, notice_class)


@dataclass(frozen=True, slots=True)
class Move:
    """What a dialogue does with its turn."""

    state: State
    replies: tuple[Reply, ...] = ()
    effects: tuple[Effect, ...] = ()


Dialogue = Callable[[Situation], Move]


def distress(s: Situation) -> Move:
    """The fixed safety answer at once, whatever else is open, and a page to staff."""
    message = "distress" if s.facts.agency.text_to_911 else "distress.no_text_to_911"
    return Move(
        s.state,
        (s.say(message, notice_class=NoticeClass.SAFETY),),
        (OpenTask("distress", hours=0, urgent=True),),
    )


def opt_out(s: Situation) -> Move:
    """One confirmation, and silence; ends whatever dialogue is open."""
    return Move(replace(s.state, dialogue=None), (s.say("opt_out.confirmed"),), (OptOut(),))


def unclear_opt_out(s: Situation) -> Move:
    """Perhaps "send me no more": nothing automated goes out until a person has looked, a day at most."""
    if s.facts.opted_out:
        return Move(s.state)
    held = fallback(s)
    hold = HoldAutomated(s.now + UNCLEAR_HOLDS_FOR)
    return Move(held.state, held.replies, (hold, OpenTask("unclear_opt_out", hours=24)))


def opt_in(s: Situation) -> Move:
    return Move(s.state, (s.say("opt_in.confirmed"),), (OptIn(),))


def help_(s: Situation) -> Move:
    return Move(s.state, (s.say("help"),))


def wrong_number(s: Situation) -> Move:
    """Reveals nothing: the same words whether or not the number stood on a case."""
    return Move(s.state, (s.say("wrong_number.confirmed"),), (Unlink(), OpenTask("wrong_number", hours=24)))


def language(s: Situation) -> Move:
    return Move(s.state, (s.say("language.changed"),))


def status(s: Situation) -> Move:
    """The status of the one linked case; nothing about one that may not be talked about by text."""
    return _about_the_one_case(s, "status", _tell_status)


def _tell_status(s: Situation, linked: LinkedCase) -> Move:
    """A status that nobody told, or that we have no words for, is not made up: a person tells it."""
    case = linked.case
    if not linked.may_automate or case.status is None:
        return Move(s.state, (s.say("status.by_person"),))
    told = s.say(
        "status.one",
        "status.one.assigned",
        "status.one.phone",
        report_number=case.number,
        status=Say(f"case_status.{case.status}"),
        assigned_to=case.assigned_to,
    )
    return Move(s.state, (told,))


def enroll(s: Situation) -> Move:
    """Arrest alerts on the one linked case. Never a silent yes: where no alert can go out, a person calls."""
    return _about_the_one_case(s, "enroll", _enroll)


def _enroll(s: Situation, linked: LinkedCase) -> Move:
    number = linked.case.number
    if not linked.may_automate or s.facts.opted_out:
        return Move(s.state, (s.say("enroll.by_person"),), (OpenTask("alerts_by_person", hours=24),))
    if linked.enrolled:
        return Move(s.state, (s.say("enroll.already", report_number=number),))
    return Move(s.state, (s.say("enroll.confirmed", report_number=number),), (Enroll(number),))


def unenroll(s: Situation) -> Move:
    """Ends the alerts on every case of this number: leaving needs no question."""
    enrolled = [linked.case.number for linked in s.facts.cases if linked.enrolled]
    message = "unenroll.confirmed" if enrolled else "unenroll.none"
    return Move(s.state, (s.say(message),), tuple(Unenroll(number) for number in enrolled))


def callback(s: Situation) -> Move:
    return Move(s.state, (s.say("callback.confirmed"),), (OpenTask("callback", hours=24),))


def menu(s: Situation) -> Move:
    return help_(s)


def fallback(s: Situation) -> Move:
    """The police did not receive this. In full once a day, then short, at most one in ten minutes."""
    if s.facts.opted_out:
        return Move(s.state)
    last = s.state.fallback_at
    if last and s.now - datetime.fromisoformat(last) < FALLBACK_AT_MOST_EVERY:
        return Move(s.state)
    today = s.now.astimezone(s.facts.agency.zone).date().isoformat()
    message = "fallback.short" if s.state.fallback_in_full_on == today else "fallback"
    state = replace(s.state, fallback_in_full_on=today, fallback_at=s.now.isoformat())
    return Move(state, (s.say(message),))


def _about_the_one_case(s: Situation, what: str, then: Callable[[Situation, LinkedCase], Move]) -> Move:
    match s.facts.cases:
        case ():
            return Move(s.state, (s.say(f"{what}.none"),))
        case (only,):
            return then(s, only)
        case _:
            return Move(s.state, (s.say(f"{what}.several"),))


DIALOGUES: Mapping[Intent, Dialogue] = {
    Intent.DISTRESS: distress,
    Intent.OPT_OUT: opt_out,
    Intent.UNCLEAR_OPT_OUT: unclear_opt_out,
    Intent.OPT_IN: opt_in,
    Intent.HELP: help_,
    Intent.WRONG_NUMBER: wrong_number,
    Intent.LANGUAGE: language,
    Intent.STATUS: status,
    Intent.ENROLL: enroll,
    Intent.UNENROLL: unenroll,
    Intent.CALLBACK: callback,
    Intent.THANKS: fallback,
    Intent.MENU: menu,
    Intent.ANSWER: fallback,
    Intent.UNKNOWN: fallback,
}
