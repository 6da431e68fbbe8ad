"""Who are you: for a number that stands on no case. Wrong and unknown take the same way, in the same words."""

from __future__ import annotations

from datetime import timedelta

from conversations.dialogues.cases import STATUS_SENTENCES, the_report_number
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
from conversations.effects import AddContact, CountFailure, Effect
from conversations.turn import About, LinkedCase
from conversations.understanding.answers import birth_dates, same_name
from rules.contacts import concerns_a_person
from rules.facts import case_facts
from rules.suppression import too_young
from rules.values import TEXTED_ROLES, Party

_WAITS = timedelta(minutes=30)

LOCKED = Way(("verify.locked",))
ASKS_FOR_REPORT = {
    "unlinked": Way(to="verify.report"),
    "unlinked_named": Way(to="verify.secret"),
    "locked": LOCKED,
}
"""The ways on which somebody who is not linked to a case is asked for a report number."""


def ask_for_report(s: Situation, goal: str) -> Outcome:
    """A report number that stands in the text already is not asked for again."""
    if not s.facts.tries_left:
        return Outcome("locked")
    if told := the_report_number(s):
        return Outcome("unlinked_named", about={"goal": goal, "report_number": told})
    return Outcome("unlinked", about={"goal": goal})


def _report(s: Situation) -> Outcome | None:
    told = the_report_number(s)
    if told:
        return Outcome("given", about={"goal": s.about["goal"], "report_number": told})
    if "report_number" in s.about and _dates(s):
        return _secret(s)  # the date was wrong, and is put right
    return None


def _ask_report(s: Situation, about: About) -> Said:
    return Said((f"verify.report.{_topic(about)}",))


def _topic(about: About) -> str:
    return "status" if about["goal"] == "status" else "enroll"


def _by(s: Situation) -> str:
    return s.facts.conversation.verify_by


def _ask_secret(s: Situation, about: About) -> Said:
    return Said((f"verify.{_by(s)}",))


def _explain_secret(s: Situation, about: About) -> Said:
    return Said((f"verify.{_by(s)}.explain",))


def _secret(s: Situation) -> Outcome | None:
    """The same steps for a report that does not exist, one that is another's, and a wrong answer."""
    about = dict(s.about)
    if not s.facts.tries_left:
        return Outcome("locked_out", about=about)
    if _by(s) == "birth_date" and not _dates(s):
        return None
    claimed = s.facts.claimed
    party = _whom_it_fits(s, claimed.case.parties if claimed else ())
    if claimed is None or party is None:
        return Outcome("wrong" if s.facts.tries_left > 1 else "locked", about=about)
    return _proven(s, claimed, party)


def _dates(s: Situation) -> frozenset[object]:
    return frozenset(birth_dates(s.text, s.now.astimezone(s.facts.agency.zone).date()))


def _whom_it_fits(s: Situation, parties: tuple[Party, ...]) -> Party | None:
    texted = [party for party in parties if party.role in TEXTED_ROLES]
    if _by(s) == "birth_date":
        return next((p for p in texted if p.birth_date and p.birth_date in _dates(s)), None)
    return next((p for p in texted if any(same_name(s.text, last) for last in last_names(p.name))), None)


def last_names(name: str | None) -> tuple[str, ...]:
    """What may count as the last name: before a comma, else the last word, or the last two of three and more."""
    if not name:
        return ()
    if "," in name:
        return (name.split(",")[0],)
    words = name.split()
    return (words[-1],) if len(words) <= len("ab") else (words[-1], " ".join(words[-2:]))


def _proven(s: Situation, claimed: LinkedCase, party: Party) -> Outcome:
    """Who knows the report and the secret may still be the offender: how far that carries depends on the case."""
    report, goal = claimed.case.number, s.about["goal"]
    about = {"goal": goal, "report_number": report}
    kind = _topic(about)
    if claimed.accused:
        return Outcome("refused", about=about)
    today = s.now.astimezone(s.facts.agency.zone).date()
    if not claimed.may_automate or too_young(party, today):
        return Outcome(f"{kind}_by_person", about=about)
    if concerns_a_person(claimed.case):
        return Outcome("unconfirmed", about=about)
    if goal != "status":
        return Outcome("code", about=about)
    if claimed.case.status is None:
        return Outcome("unsaid", about=about)
    return Outcome("told", case_facts(claimed.case), about)


def count_failure(s: Situation, outcome: Outcome) -> tuple[Effect, ...]:
    return (CountFailure(outcome.about["report_number"]),)


def add_contact(s: Situation, outcome: Outcome) -> tuple[Effect, ...]:
    """Of the report that was claimed; a code may be asked of a number that is known already."""
    return (AddContact(s.facts.claimed.case.number, confirmed=True),) if s.facts.claimed else ()


def add_unconfirmed_contact(s: Situation, outcome: Outcome) -> tuple[Effect, ...]:
    return (AddContact(s.facts.claimed.case.number, confirmed=False),) if s.facts.claimed else ()


GIVEN_UP = Way(("verify.given_up",))

_PROVES = {
    "wrong": Way(("verify.no_match",), (count_failure,), "verify.report", asks=False),
    "locked": Way(("verify.locked",), (count_failure,)),
    "locked_out": LOCKED,
    "refused": Way(("refused",), (task("shared_number"),)),
    "status_by_person": Way(("status.by_person",), (task("new_contact"),)),
    "enroll_by_person": Way(("enroll.by_person",), (task("alerts_by_person"),)),
    "unconfirmed": Way(("contact.pending",), (add_unconfirmed_contact, task("new_contact"))),
    "unsaid": Way(("status.by_person",), (add_contact,)),
    "told": Way(STATUS_SENTENCES, (add_contact,)),
    "code": Way(to="enroll.code"),
}

VERIFICATION = Dialogue(
    "verification",
    "Who asks: for a number that stands on no case.",
    questions=(
        Question(
            "verify.report",
            "a report number",
            asks=_ask_report,
            explains=lambda s, about: Said(("verify.report.explain",)),
            read=_report,
            ways={"given": Way(to="verify.secret"), **_PROVES},
            lives=Lives(_WAITS),
            tries=2,
            given_up=GIVEN_UP,
        ),
        Question(
            "verify.secret",
            "the date of birth, or the last name, by the agency's policy",
            asks=_ask_secret,
            explains=_explain_secret,
            read=_secret,
            ways=_PROVES,
            lives=Lives(_WAITS),
            tries=2,
            given_up=GIVEN_UP,
        ),
    ),
)
