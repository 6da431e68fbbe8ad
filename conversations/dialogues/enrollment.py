"""Being told without asking: of an arrest, or of what changes in a case. Never a silent yes."""

from __future__ import annotations

import hmac
import re
from collections.abc import Sequence
from datetime import timedelta
from typing import Any

from conversations.dialogues.cases import chosen, in_question, named, to_choose, which_again, which_or_all
from conversations.dialogues.table import (
    STAY,
    Dialogue,
    Lives,
    Opening,
    Outcome,
    Question,
    Said,
    Situation,
    Way,
    task,
)
from conversations.dialogues.verification import (
    ASKS_FOR_REPORT,
    GIVEN_UP,
    add_contact,
    ask_for_report,
    count_failure,
)
from conversations.effects import Effect, Enroll, OpenTask, Topic, Unenroll
from conversations.turn import About, LinkedCase
from conversations.understanding import Intent
from conversations.understanding.answers import everything
from conversations.understanding.normalise import normalise


def _topic(s: Situation) -> Topic:
    return Topic.UPDATES if s.meaning.topic == "updates" else Topic.ARRESTS


def _enroll(s: Situation) -> Outcome:
    goal = f"enroll.{_topic(s)}"
    match in_question(s):
        case ():
            return ask_for_report(s, goal)
        case (only,):
            return _on(s, [only], _topic(s))
        case several:
            one = named(s, several)
            return _on(s, [one], _topic(s)) if one else to_choose(s, goal)


def _on(s: Situation, cases: Sequence[LinkedCase], topic: Topic) -> Outcome:
    """Every case that was asked for. That a person must act is said only where no text may."""
    about: dict[str, Any] = {"topic": topic.value, "report_number": cases[0].case.number}
    if any(one.accused for one in cases):
        return Outcome("refused", about=about)
    open_to = [one for one in cases if one.may_automate and one.confirmed and not s.facts.opted_out]
    if not open_to:
        by_person = any(not one.may_automate or s.facts.opted_out for one in cases)
        return Outcome("by_person" if by_person else "unconfirmed", about=about)
    new = [one.case.number for one in open_to if topic not in one.enrolled]
    said = {"report_number": ", ".join(new or [one.case.number for one in open_to])}
    about["reports"] = new
    if not new:
        return Outcome(f"already_{topic}", said, about)
    if any(not (one.on_report or one.enrolled) for one in open_to):
        return Outcome("code", about={**about, "goal": f"enroll.{topic}"})
    return Outcome(f"on_{topic}", said, about)


def _chosen(s: Situation) -> Outcome | None:
    topic = Topic(s.about["goal"].removeprefix("enroll."))
    if everything(s.text):
        wanted = [one for one in s.facts.cases if one.case.number in s.about["reports"]]
        return _on(s, wanted, topic) if wanted else None
    one = chosen(s)
    return _on(s, [one], topic) if one else None


def enroll_chosen(s: Situation, outcome: Outcome) -> tuple[Effect, ...]:
    topic = Topic(outcome.about["topic"])
    return tuple(Enroll(number, topic) for number in outcome.about["reports"])


def ask_person_about_the_rest(s: Situation, outcome: Outcome) -> tuple[Effect, ...]:
    """On a case that no text may speak of, a person calls, and the text does not even say that there is one."""
    barred = [one.case.number for one in s.facts.cases if not one.may_automate]
    return tuple(OpenTask("alerts_by_person", hours=24, report_number=number) for number in barred)


_BY_PERSON = task("alerts_by_person")
ENROLLS = {
    "on_arrests": Way(("enroll.confirmed",), (enroll_chosen, ask_person_about_the_rest)),
    "on_updates": Way(("enroll.updates.confirmed",), (enroll_chosen, ask_person_about_the_rest)),
    "code": Way(to="enroll.code"),
    "already_arrests": Way(("enroll.already",)),
    "already_updates": Way(("enroll.updates.already",)),
    "by_person": Way(("enroll.by_person",), (_BY_PERSON,)),
    "unconfirmed": Way(("contact.pending",), (task("new_contact"),)),
    "refused": Way(("refused",), (task("shared_number"),)),
}


def _code(s: Situation) -> Outcome | None:
    """The code that was texted to this number, in any digits. A wrong one counts as a failure."""
    told = re.findall("[0-9]+", normalise(s.text))
    if not any(hmac.compare_digest(one, s.facts.code) for one in told):
        if not told:
            return None
        return Outcome("wrong" if s.facts.tries_left > 1 else "locked", about=s.about)
    report, topic = s.about["report_number"], Topic(s.about["goal"].removeprefix("enroll."))
    reports = s.about.get("reports", [report])
    about = {"topic": topic.value, "report_number": report, "reports": reports}
    return Outcome(f"proven_{topic}", {"report_number": ", ".join(reports)}, about)


def _asks_code(s: Situation, about: About) -> Said:
    return Said(("enroll.code",), {"code": s.facts.code})


def _unenroll(s: Situation) -> Outcome:
    """Leaving needs no question: it ends on every case of this number."""
    on = [(one.case.number, topic) for one in s.facts.cases for topic in sorted(one.enrolled)]
    topic = _topic(s)
    reports = [number for number, on_topic in on if on_topic is topic]
    way = f"off_{topic}" if reports else f"none_{topic}"
    return Outcome(way, about={"topic": topic.value, "reports": reports})


def unenroll_all(s: Situation, outcome: Outcome) -> tuple[Effect, ...]:
    topic = Topic(outcome.about["topic"])
    return tuple(Unenroll(number, topic) for number in outcome.about["reports"])


ENROLLMENT = Dialogue(
    "enrollment",
    "News of an arrest, or of what changes in a case, without asking each time.",
    openings=(
        Opening(Intent.ENROLL, _enroll, {**ENROLLS, **ASKS_FOR_REPORT, "several": Way(to="enroll.which")}),
        Opening(
            Intent.UNENROLL,
            _unenroll,
            {
                "off_arrests": Way(("unenroll.confirmed",), (unenroll_all,), STAY),
                "off_updates": Way(("unenroll.updates.confirmed",), (unenroll_all,), STAY),
                "none_arrests": Way(("unenroll.none",), to=STAY),
                "none_updates": Way(("unenroll.updates.none",), to=STAY),
            },
        ),
    ),
    questions=(
        Question(
            "enroll.which",
            "the place in the list, the report number, or ALL",
            asks=which_or_all,
            explains=which_again,
            read=_chosen,
            ways=ENROLLS,
            lives=Lives(timedelta(hours=24)),
            given_up=GIVEN_UP,
        ),
        Question(
            "enroll.code",
            "the code that was texted to this number",
            asks=_asks_code,
            explains=_asks_code,
            read=_code,
            ways={
                "wrong": Way(("enroll.code.wrong",), (count_failure,), STAY),
                "locked": Way(("verify.locked",), (count_failure,)),
                "proven_arrests": Way(("enroll.confirmed",), (add_contact, enroll_chosen)),
                "proven_updates": Way(("enroll.updates.confirmed",), (add_contact, enroll_chosen)),
            },
            lives=Lives(timedelta(minutes=10)),
            tries=2,
            given_up=GIVEN_UP,
        ),
    ),
)
