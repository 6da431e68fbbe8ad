"""A clerk agrees to a new number on a case, or refuses it."""

from __future__ import annotations

from dataclasses import replace

import pytest

from conversations.dialogues import DIALOGUES
from gateway.ground import Ground, Policies
from gateway.spotlight.wording import TASKS
from gateway.store.tables import contacts, tasks
from tests.gateway.spotlight.conftest import Browser
from tests.gateway.texts.talking import BORN, REPORT, STRANGER, file, notices, talk
from tests.gateway.world import World


@pytest.fixture
def ground(ground: Ground) -> Ground:
    """A policy under which robberies are texted about too: a case about a person."""
    pinned = ground.policies.of("demo")
    allowed = pinned.policy.allowed.model_copy(update={"offenses": pinned.policy.allowed.offenses | {"120"}})
    policy = pinned.policy.model_copy(update={"allowed": allowed})
    policies = {**ground.policies.by_agency, "demo": replace(pinned, policy=policy)}
    return replace(ground, policies=Policies(policies))


@pytest.fixture
def task(world: World) -> int:
    """The task of a stranger who proved to know the report and the birth date of somebody who was robbed."""
    file(world, offenses=["120"], victim={"relationships": ["ST"]})
    assert talk(world, STRANGER, "STATUS", REPORT, BORN)[-1] == "contact.pending"
    (row,) = world.rows(tasks, kind="new_contact")
    return int(row.id)


def test_the_page_of_the_task_offers_both(clerk: Browser, task: int) -> None:
    page = clerk.get(f"/spotlight/tasks/{task}").text
    assert ">Agree<" in page
    assert ">Refuse<" in page


@pytest.mark.parametrize(("ruling", "state"), [("agree", "confirmed"), ("refuse", "refused")])
def test_the_clerks_word_is_kept_with_the_clerks_name_and_ends_the_task(
    clerk: Browser, world: World, task: int, ruling: str, state: str
) -> None:
    assert clerk.post(f"/spotlight/tasks/{task}/contact", ruling=ruling).status_code == 303
    (contact,) = world.rows(contacts)
    assert (contact.state, contact.decided_by) == (state, "staff:clerk")
    assert world.rows(tasks, id=task)[0].closed_at is not None
    assert ("contact.confirmed" in notices(world, STRANGER)) is (ruling == "agree")
    answer = talk(world, STRANGER, "STATUS")
    assert answer == (["status.one"] if ruling == "agree" else ["verify.report.status"])


@pytest.mark.parametrize("ruling", ["", "perhaps"])
def test_another_word_changes_nothing(clerk: Browser, world: World, task: int, ruling: str) -> None:
    assert clerk.post(f"/spotlight/tasks/{task}/contact", ruling=ruling).status_code == 404
    assert [row.state for row in world.rows(contacts)] == ["pending"]


def test_what_was_ruled_once_is_not_ruled_again_here(clerk: Browser, world: World, task: int) -> None:
    clerk.post(f"/spotlight/tasks/{task}/contact", ruling="refuse")
    assert clerk.post(f"/spotlight/tasks/{task}/contact", ruling="agree").status_code == 404
    assert [row.state for row in world.rows(contacts)] == ["refused"]
    assert ">Agree<" not in clerk.get(f"/spotlight/tasks/{task}").text


def test_other_tasks_and_other_agencies_have_no_such_door(
    clerk: Browser, stranger: Browser, world: World, task: int
) -> None:
    talk(world, STRANGER, "call me")
    (other,) = world.rows(tasks, kind="callback")
    assert clerk.post(f"/spotlight/tasks/{other.id}/contact", ruling="agree").status_code == 404
    assert clerk.post("/spotlight/tasks/999999/contact", ruling="agree").status_code == 404
    assert stranger.post(f"/spotlight/tasks/{task}/contact", ruling="agree").status_code == 404
    assert clerk.post(f"/spotlight/tasks/{task}/contact", token="", ruling="agree").status_code == 400
    assert [row.state for row in world.rows(contacts)] == ["pending"]


def test_every_kind_of_task_that_a_dialogue_opens_has_words() -> None:
    rules = [rule for dialogue in DIALOGUES for rule in (*dialogue.openings, *dialogue.questions)]
    opened = {
        change.__name__.removeprefix("task ")
        for rule in rules
        for way in rule.ways.values()
        for change in way.does
        if change.__name__.startswith("task ")
    }
    assert "new_contact" in opened
    assert opened <= TASKS.keys()
