"""Who is on no report proves who they are: what each case lets a proof lead to."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest

from conversations.dialogues.verification import last_names
from conversations.effects import AddContact, CountFailure, Enroll, OpenTask
from conversations.step import step
from conversations.turn import Facts, LinkedCase, State, Turn
from rules.policy import Conversation
from rules.values import Case, Party, Role
from tests.conversations.test_step import AGENCY, NOON, parts

ANA = Party("1", Role.VICTIM, name="Ana García Lopez", birth_date=date(1990, 5, 14))
THEFT = Case("2411-00372", offenses=("23H",), status="open", parties=(ANA,))
CLAIMED = LinkedCase(THEFT, may_automate=True, on_report=False)
STRANGER = Facts(AGENCY, Conversation(offer_languages=()), code="4821")


def talk(*texts: str, claimed: LinkedCase | None = CLAIMED, by: Facts = STRANGER) -> Turn:
    """The last turn of a talk; the claimed case is brought as soon as its number was named."""
    turn = None
    state = State()
    for text in texts:
        facts = replace(by, claimed=claimed if state.claimed_report else None)
        turn = step(state, text, facts, NOON)
        state = turn.state
    assert turn is not None
    return turn


@pytest.mark.parametrize(
    "report", ["2411-00372", "2411 00372", "#2411-00372", "٢٤١١-٠٠٣٧٢", "it is 2411-00372 I think"]
)
@pytest.mark.parametrize("born", ["05/14/1990", "14.5.1990", "May 14, 1990", "14 mai 1990", "١٤/٥/١٩٩٠"])
def test_the_right_report_and_date_of_birth_are_told_the_status(report: str, born: str) -> None:
    turn = talk("status", report, born)
    assert parts(turn) == ["status.one"]
    assert turn.effects == (AddContact("2411-00372", confirmed=True),)


def test_a_report_number_in_the_first_text_is_not_asked_for_again() -> None:
    assert parts(talk("status of 2411-00372")) == ["verify.birth_date"]


def test_wrong_and_unknown_are_the_same_to_the_letter() -> None:
    wrong = talk("status", "2411-00372", "05/15/1990")
    unknown = talk("status", "2411-00372", "05/15/1990", claimed=None)
    unknown_right = talk("status", "2411-00372", "05/14/1990", claimed=None)
    assert wrong == unknown == unknown_right
    assert parts(wrong) == ["verify.no_match"]
    assert wrong.effects == (CountFailure("2411-00372"),)


@pytest.mark.parametrize("claimed", [CLAIMED, None])
def test_the_fifth_failure_locks_and_the_right_answer_does_not_help_then(claimed: LinkedCase | None) -> None:
    last = talk("status", "2411-00372", "05/15/1990", claimed=claimed, by=replace(STRANGER, tries_left=1))
    assert (parts(last), last.effects) == (["verify.locked"], (CountFailure("2411-00372"),))
    assert last.state.open is None
    locked = replace(STRANGER, tries_left=0)
    assert parts(talk("status", claimed=claimed, by=locked)) == ["verify.locked"]
    asked = talk("status", "2411-00372").state
    right = step(asked, "05/14/1990", replace(locked, claimed=claimed), NOON)
    assert (parts(right), right.effects) == (["verify.locked"], ())


@pytest.mark.parametrize(
    ("differs", "told", "task"),
    [
        ({"accused": True}, "refused", "shared_number"),
        ({"may_automate": False}, "status.by_person", "new_contact"),
        ({"case": replace(THEFT, offenses=("120",))}, "contact.pending", "new_contact"),
        ({"case": replace(THEFT, offenses=("13B",))}, "contact.pending", "new_contact"),
        ({"case": replace(THEFT, offenses=None)}, "contact.pending", "new_contact"),
        ({"case": replace(THEFT, status=None)}, "status.by_person", None),
    ],
)
def test_how_far_a_proof_carries_depends_on_the_case(
    differs: dict[str, object], told: str, task: str | None
) -> None:
    turn = talk("status", "2411-00372", "05/14/1990", claimed=replace(CLAIMED, **differs))  # type: ignore[arg-type]
    assert parts(turn) == [told]
    assert [effect.kind for effect in turn.effects if isinstance(effect, OpenTask)] == (
        [task] if task else []
    )
    assert "status" not in turn.replies[0].facts
    assert "2411-00372" not in str(turn.replies)


def test_a_minors_date_of_birth_opens_nothing() -> None:
    minor = replace(ANA, birth_date=date(2012, 5, 14))
    turn = talk(
        "status", "2411-00372", "05/14/2012", claimed=replace(CLAIMED, case=replace(THEFT, parties=(minor,)))
    )
    assert parts(turn) == ["status.by_person"]


@pytest.mark.parametrize("role", [Role.SUSPECT, Role.WITNESS, Role.OFFICER])
def test_another_partys_date_of_birth_is_a_wrong_one(role: Role) -> None:
    other = replace(CLAIMED, case=replace(THEFT, parties=(replace(ANA, role=role),)))
    assert parts(talk("status", "2411-00372", "05/14/1990", claimed=other)) == ["verify.no_match"]


def test_alerts_need_the_code_that_was_texted_to_the_new_number() -> None:
    asked = talk("alerts", "2411-00372", "05/14/1990")
    assert (parts(asked), asked.effects) == (["enroll.code"], ())
    assert asked.replies[0].facts["code"] == "4821"
    assert "4821" not in str(asked.state.to_json())
    proven = talk("alerts", "2411-00372", "05/14/1990", "4821")
    assert parts(proven) == ["enroll.confirmed"]
    assert proven.effects == (AddContact("2411-00372", confirmed=True), Enroll("2411-00372"))
    wrong = talk("alerts", "2411-00372", "05/14/1990", "1111")
    assert (parts(wrong), wrong.effects) == (["enroll.code.wrong"], (CountFailure("2411-00372"),))


def test_a_last_name_is_asked_for_where_the_policy_says_so() -> None:
    by_name = replace(STRANGER, conversation=Conversation(verify_by="last_name", offer_languages=()))
    assert parts(talk("status", "2411-00372", by=by_name)) == ["verify.last_name"]
    for name in ("Lopez", "lópez", "my last name is LOPEZ", "Garcia Lopez", "García-López"):
        assert parts(talk("status", "2411-00372", name, by=by_name)) == ["status.one"], name
    for name in ("Ana", "Lope", "Rivera", "2411"):
        assert parts(talk("status", "2411-00372", name, by=by_name)) == ["verify.no_match"], name


@pytest.mark.parametrize(
    ("name", "last"),
    [
        ("Jamie Rivera", ("Rivera",)),
        ("RIVERA, JAMIE", ("RIVERA",)),
        ("Ana García Lopez", ("Lopez", "García Lopez")),
        ("Cher", ("Cher",)),
        ("", ()),
        (None, ()),
    ],
)
def test_what_counts_as_a_last_name(name: str | None, last: tuple[str, ...]) -> None:
    assert last_names(name) == last


def test_status_and_alerts_in_one_text_come_one_after_the_other() -> None:
    turn = talk("status and alerts", "2411-00372", "05/14/1990")
    assert [reply.parts[0] for reply in turn.replies] == ["status.one", "enroll.code"]
