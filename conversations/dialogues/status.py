"""What is happening with a case: its status, who has it, what comes next."""

from __future__ import annotations

from datetime import timedelta

from conversations.dialogues.cases import (
    STATUS_SENTENCES,
    chosen,
    in_question,
    named,
    to_choose,
    which,
    which_again,
)
from conversations.dialogues.table import (
    Dialogue,
    Lives,
    Opening,
    Outcome,
    Question,
    Situation,
    Way,
    task,
)
from conversations.dialogues.verification import ASKS_FOR_REPORT, GIVEN_UP, ask_for_report
from conversations.effects import Topic
from conversations.turn import LinkedCase
from conversations.understanding import Intent
from rules.facts import case_facts

GOAL = "status"

TELLS = {
    "told": Way((*STATUS_SENTENCES, "status.one.updates")),
    "told_without_offer": Way(STATUS_SENTENCES),
    "by_person": Way(("status.by_person",)),
    "unconfirmed": Way(("contact.pending",), (task("new_contact"),)),
}


def tell(one: LinkedCase) -> Outcome:
    """A status that nobody told, or that we have no words for, is not made up: a person tells it."""
    case = one.case
    if one.accused or not one.may_automate or (case.status is None and one.confirmed):
        return Outcome("by_person")
    if not one.confirmed:
        return Outcome("unconfirmed", about={"report_number": case.number})
    hears_already = Topic.UPDATES in one.enrolled or case.status == "closed"
    way = "told_without_offer" if hears_already else "told"
    return Outcome(way, case_facts(case))


def _status(s: Situation) -> Outcome:
    match in_question(s):
        case ():
            return ask_for_report(s, GOAL)
        case (only,):
            return tell(only)
        case several:
            one = named(s, several)
            return tell(one) if one else to_choose(s, GOAL)


def _chosen(s: Situation) -> Outcome | None:
    one = chosen(s)
    return tell(one) if one else None


STATUS = Dialogue(
    "status",
    "The status of a case, who is assigned to it, and what comes next.",
    openings=(
        Opening(Intent.STATUS, _status, {**TELLS, **ASKS_FOR_REPORT, "several": Way(to="status.which")}),
    ),
    questions=(
        Question(
            "status.which",
            "the place in the list, or the report number",
            asks=which,
            explains=which_again,
            read=_chosen,
            ways=TELLS,
            lives=Lives(timedelta(hours=24)),
            given_up=GIVEN_UP,
        ),
    ),
)
