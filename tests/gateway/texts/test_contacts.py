"""A number that is new on a case: older contacts are told and may undo it, and a case about a person stays silent."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from gateway.ground import Ground, Policies
from gateway.store import contacts as contact_store
from gateway.store.tables import contacts, enrollments, tasks
from gateway.store.tables import messages as messages_table
from tests.gateway.texts.talking import ANOTHER, BORN, REPORT, STRANGER, code, file, last, notices, talk
from tests.gateway.world import JAMIE, OTHER, World

THIRD = "+15205550143"


@pytest.fixture
def ground(ground: Ground) -> Ground:
    """A policy under which robberies are texted about too."""
    pinned = ground.policies.of("demo")
    allowed = pinned.policy.allowed.model_copy(update={"offenses": pinned.policy.allowed.offenses | {"120"}})
    policy = pinned.policy.model_copy(update={"allowed": allowed})
    return replace(ground, policies=Policies({"demo": replace(pinned, policy=policy)}))


def standing(world: World) -> dict[str, str]:
    return {row.phone: row.state for row in world.rows(contacts)}


def prove(world: World, phone: str, report: str = REPORT) -> str:
    return talk(world, phone, "STATUS", report, BORN)[-1]


def test_older_contacts_are_told_of_a_new_number_each_in_their_language_and_once(world: World) -> None:
    caller = {"role": "caller", "phone": OTHER, "language": "es"}
    victim = {"role": "victim", "phone": JAMIE, "language": "en", "victim_type": "I", "birth_date": BORN}
    file(world, parties=[victim, caller])
    assert prove(world, STRANGER) == "status.one"
    for phone, words in ((JAMIE, "A new phone was added"), (OTHER, "teléfono nuevo")):
        assert notices(world, phone).count("contact.added") == 1
        assert words.casefold() in last(world, phone).casefold()
        assert STRANGER[-4:] not in last(world, phone)
    assert "contact.added" not in notices(world, STRANGER)
    prove(world, ANOTHER)
    assert notices(world, STRANGER).count("contact.added") == 1, "the first newcomer is older than the second"


def test_no_from_an_older_contact_takes_the_new_number_off_again(world: World) -> None:
    file(world)
    prove(world, STRANGER)
    talk(world, STRANGER, "ALERTS")
    talk(world, STRANGER, code(world, STRANGER))
    assert [row.ended_at for row in world.rows(enrollments)] == [None]
    assert talk(world, JAMIE, "NO") == ["contact.removed"]
    assert standing(world) == {STRANGER: "refused"}
    assert [row.ended_at is None for row in world.rows(enrollments)] == [False]
    (task,) = world.rows(tasks, kind="contact_disputed")
    assert task.detail["number"] == REPORT
    assert talk(world, STRANGER, "STATUS") == ["verify.report.status"]
    assert talk(world, STRANGER, REPORT, BORN)[-1] == "status.by_person", (
        "who was thrown out does not prove back"
    )
    assert standing(world) == {STRANGER: "refused"}
    assert notices(world, JAMIE).count("contact.added") == 1


def test_a_yes_keeps_it_and_nobody_is_told_more(world: World) -> None:
    file(world)
    prove(world, STRANGER)
    assert talk(world, JAMIE, "yes") == ["contact.kept"]
    assert standing(world) == {STRANGER: "confirmed"}
    assert "contact.confirmed" not in notices(world, STRANGER)


def test_a_case_about_a_person_stays_silent_until_an_older_contact_agrees(world: World) -> None:
    file(world, offenses=["120"], victim={"relationships": ["ST"]})
    assert prove(world, STRANGER) == "contact.pending"
    assert standing(world) == {STRANGER: "pending"}
    assert talk(world, STRANGER, "STATUS", "ALERTS") == ["contact.pending", "contact.pending"]
    assert world.rows(enrollments) == []
    assert notices(world, JAMIE)[-1] == "contact.asked"
    assert talk(world, JAMIE, "YES") == ["contact.kept"]
    assert standing(world) == {STRANGER: "confirmed"}
    assert notices(world, STRANGER)[-1] == "contact.confirmed"
    assert REPORT not in last(world, STRANGER)
    assert talk(world, STRANGER, "STATUS") == ["status.one"]


def test_without_anybody_to_ask_it_stays_with_a_person(world: World) -> None:
    file(world, offenses=["120"], victim={"relationships": ["ST"], "phone": None})
    assert prove(world, STRANGER) == "contact.pending"
    assert standing(world) == {STRANGER: "pending"}
    assert {row.kind for row in world.rows(tasks)} >= {"new_contact"}
    assert [row.notice for row in world.rows(messages_table) if row.notice.startswith("contact.")] == []


def test_staff_agree_and_an_older_contacts_no_does_not_overturn_it(world: World) -> None:
    file(world, offenses=["120"], victim={"relationships": ["ST"]})
    prove(world, STRANGER)
    one = contact_store.OnReport("demo", REPORT, world.ground.vault.lookup("demo", "phone", STRANGER))
    with world.ground.database.begin() as connection:
        contact_store.decide(connection, one, contact_store.State.CONFIRMED, "clerk", world.ground.clock())
    talk(world, JAMIE, "NO")
    (row,) = world.rows(contacts)
    assert (row.state, row.decided_by) == ("confirmed", "staff:clerk")
    assert [task.kind for task in world.rows(tasks, kind="contact_disputed")] == ["contact_disputed"]


@pytest.mark.parametrize(
    "data",
    [
        {"offenses": ["11A"]},
        {"offenses": ["220"], "victim": {"relationships": ["SE"]}},
        {"offenses": ["13A"]},
    ],
    ids=["sensitive", "domestic by its relationship", "assault with no relationship told"],
)
def test_of_a_domestic_or_sensitive_case_nobody_but_staff_is_told(world: World, data: dict) -> None:
    file(world, **data)
    before = notices(world, JAMIE)
    assert prove(world, STRANGER) == "status.by_person"
    assert notices(world, JAMIE) == before
    assert standing(world) == {}
    assert "new_contact" in {row.kind for row in world.rows(tasks)}


def test_nobody_rules_on_an_older_contact(world: World) -> None:
    """The second newcomer may be the offender: they can't take the first off the case."""
    file(world, victim={"phone": None})
    prove(world, STRANGER)
    prove(world, ANOTHER)
    assert notices(world, STRANGER)[-1] == "contact.added"
    talk(world, STRANGER, "NO")
    assert standing(world) == {STRANGER: "confirmed", ANOTHER: "refused"}
    prove(world, THIRD)
    talk(world, THIRD, "NO")
    assert standing(world) == {STRANGER: "confirmed", ANOTHER: "refused", THIRD: "confirmed"}


def test_who_opted_out_or_is_a_wrong_number_or_a_minor_is_not_told(world: World) -> None:
    parties = [
        {"id": "v", "role": "victim", "phone": JAMIE, "victim_type": "I", "birth_date": BORN},
        {"id": "c", "role": "caller", "phone": OTHER},
        {
            "id": "m",
            "role": "victim",
            "phone": "+15205550135",
            "victim_type": "I",
            "birth_date": "2015-01-01",
        },
    ]
    file(world, parties=parties)
    talk(world, JAMIE, "STOP")
    talk(world, OTHER, "wrong number")
    assert prove(world, STRANGER) == "status.one"
    for phone in (JAMIE, OTHER, "+15205550135"):
        assert "contact.added" not in notices(world, phone)


def test_a_wrong_number_is_no_contact_any_more_and_may_prove_itself_anew(world: World) -> None:
    file(world)
    prove(world, STRANGER)
    assert talk(world, STRANGER, "wrong number") == ["wrong_number.confirmed"]
    assert standing(world) == {STRANGER: "refused"}
    assert talk(world, STRANGER, "STATUS") == ["verify.report.status"]
    assert talk(world, STRANGER, REPORT, BORN)[-1] == "status.one"
    assert standing(world) == {STRANGER: "confirmed"}
    assert notices(world, JAMIE).count("contact.added") == 1


def test_the_question_waits_a_week(world: World) -> None:
    file(world)
    prove(world, STRANGER)
    world.ground.clock.advance(timedelta(days=8))  # type: ignore[attr-defined]
    assert talk(world, JAMIE, "NO") != ["contact.removed"]
    assert standing(world) == {STRANGER: "confirmed"}
