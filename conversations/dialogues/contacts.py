"""A newer number on the case, and what an older contact says to it. The offender may know all that a victim knows."""

from __future__ import annotations

from datetime import timedelta

from conversations.dialogues.table import (
    Dialogue,
    Lives,
    Outcome,
    Question,
    Said,
    Situation,
    Way,
    task,
)
from conversations.effects import Effect, RuleOnContact
from conversations.turn import About
from conversations.understanding.answers import plainly_yes, yes_or_no


def _says(s: Situation) -> Outcome | None:
    welcome = yes_or_no(s.text)
    if welcome is None or (welcome and not s.about["confirmed"] and not plainly_yes(s.text)):
        return None
    facts = {"report_number": s.about["report_number"]}
    return Outcome("welcome" if welcome else "unknown", facts, s.about)


def welcome_contact(s: Situation, outcome: Outcome) -> tuple[Effect, ...]:
    return (RuleOnContact(outcome.about["report_number"], outcome.about["contact"], welcome=True),)


def remove_contact(s: Situation, outcome: Outcome) -> tuple[Effect, ...]:
    return (RuleOnContact(outcome.about["report_number"], outcome.about["contact"], welcome=False),)


def _asked(s: Situation, about: About) -> Said:
    message = "contact.added" if about["confirmed"] else "contact.asked"
    return Said((message,), {"report_number": about["report_number"]})


CONTACTS = Dialogue(
    "contacts",
    "A number was added to a case, or wants to be: what its older contacts were asked by a notice.",
    questions=(
        Question(
            "contact.added",
            "YES or NO",
            asks=_asked,
            explains=_asked,
            read=_says,
            ways={
                "welcome": Way(("contact.kept",), (welcome_contact,)),
                "unknown": Way(("contact.removed",), (remove_contact, task("contact_disputed", hours=4))),
            },
            lives=Lives(timedelta(days=7)),
            given_up=None,
        ),
    ),
)
