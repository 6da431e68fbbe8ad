"""What an older contact of a case says to a newer one."""

from __future__ import annotations

from dataclasses import replace

import pytest

from conversations.effects import OpenTask, RuleOnContact
from conversations.step import step
from conversations.turn import Asked, Facts, State, Turn
from tests.conversations.test_step import KNOWN, NOON, parts


def asked(confirmed: bool) -> Facts:
    about = {"report_number": "26-000123", "contact": "00ff", "confirmed": confirmed}
    return replace(KNOWN, asked=(Asked("contact.added", about, NOON),))


def said(text: str, confirmed: bool) -> Turn:
    return step(State(), text, asked(confirmed), NOON)


@pytest.mark.parametrize("text", ["NO", "no gracias", "non", "لا", "hapana", "نه"])
@pytest.mark.parametrize("confirmed", [True, False])
def test_no_removes_the_new_number_and_a_person_looks_at_it(text: str, confirmed: bool) -> None:
    turn = said(text, confirmed)
    assert parts(turn) == ["contact.removed"]
    assert turn.effects == (
        RuleOnContact("26-000123", "00ff", welcome=False),
        OpenTask("contact_disputed", hours=4, report_number="26-000123"),
    )


@pytest.mark.parametrize("text", ["YES", "sí", "oui", "نعم", "ndiyo", "بله", "yes please"])
def test_yes_lets_the_new_number_in(text: str) -> None:
    turn = said(text, confirmed=False)
    assert (parts(turn), turn.effects) == (
        ["contact.kept"],
        (RuleOnContact("26-000123", "00ff", welcome=True),),
    )


@pytest.mark.parametrize("text", ["ok", "👍", "sure", "vale", "d'accord", "sawa", "yes but who is it", "5"])
def test_less_than_a_yes_lets_nobody_in(text: str) -> None:
    turn = said(text, confirmed=False)
    assert turn.effects == ()
    assert turn.state.open is not None, "it can still be answered"


def test_a_yes_is_for_what_was_asked_last() -> None:
    before = step(State(), "alerts", replace(KNOWN, cases=()), NOON).state
    later = replace(asked(confirmed=False).asked[0], at=NOON.replace(hour=20))
    turn = step(before, "YES", replace(KNOWN, cases=(), asked=(later,)), NOON.replace(hour=20, minute=5))
    assert turn.effects == (RuleOnContact("26-000123", "00ff", welcome=True),)
