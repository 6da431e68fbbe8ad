"""Which case: the one there is, the one that was named, or a numbered choice. And what may be said of it."""

from __future__ import annotations

from collections.abc import Sequence

from conversations.dialogues.table import Outcome, Said, Situation
from conversations.turn import About, LinkedCase
from conversations.understanding.answers import number, report_numbers, same_report
from locales import language

STATUS_SENTENCES = ("status.one", "status.one.assigned", "status.one.next", "status.one.phone")
"""The sentences of a status; one whose fact is not known is left out."""


def named(s: Situation, cases: Sequence[LinkedCase]) -> LinkedCase | None:
    """The linked case whose report number stands in the text."""
    told = report_numbers(s.text)
    return next((one for one in cases if any(same_report(one.case.number, t) for t in told)), None)


def the_report_number(s: Situation) -> str | None:
    """The one report number in the text; of "26 000123", which could be two, the whole. None for none or several."""
    told = report_numbers(s.text)
    longest = max(told, key=len, default=None)
    if longest is None or not all(_letters_and_digits(one) in _letters_and_digits(longest) for one in told):
        return None
    return longest


def _letters_and_digits(number: str) -> str:
    return "".join(character for character in number if character.isalnum())


def in_question(s: Situation) -> tuple[LinkedCase, ...]:
    """The cases that may be spoken of by text; all of them where there is none, so that a person is asked.

    Of the others not even the number is shown: whoever shares the phone would learn that there is another report.
    """
    return tuple(one for one in s.facts.cases if one.may_automate and not one.accused) or s.facts.cases


def to_choose(s: Situation, goal: str) -> Outcome:
    """The numbered choice, in the order of the report numbers."""
    return Outcome("several", about={"goal": goal, "reports": [one.case.number for one in in_question(s)]})


def chosen(s: Situation) -> LinkedCase | None:
    """The case that was chosen by its place in the list or by its number, if the number still stands on it."""
    reports: list[str] = s.about["reports"]
    place = number(s.text)
    if place is not None:
        wanted = reports[place - 1] if 1 <= place <= len(reports) else None
        return next((one for one in s.facts.cases if one.case.number == wanted), None)
    return named(s, s.facts.cases)


def choices(s: Situation, about: About) -> str:
    """The list as it is read: "1: 2411-00372, 2: 2411-00391"."""
    comma = "، " if language(s.language).right_to_left else ", "
    return comma.join(f"{place}: {report}" for place, report in enumerate(about["reports"], start=1))


def which(s: Situation, about: About) -> Said:
    """Asks which report it is."""
    return Said(("which_report",), {"choices": choices(s, about), "count": len(about["reports"])})


def which_or_all(s: Situation, about: About) -> Said:
    """The same, where all of them may be meant."""
    said = which(s, about)
    return Said((*said.parts, "which_report.all"), said.facts)


def which_again(s: Situation, about: About) -> Said:
    """Explains that one of these numbers is wanted."""
    return Said(("which_report.explain",), {"choices": choices(s, about)})
