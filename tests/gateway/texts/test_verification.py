"""Who asks must prove who they are, and learns nothing from being wrong."""

from __future__ import annotations

from datetime import timedelta

import pytest

from gateway.store.tables import attempts, contacts, conversations, enrollments, tasks
from tests.gateway.outbox.outbox import Clock
from tests.gateway.texts.talking import (
    ANOTHER,
    BORN,
    REPORT,
    STRANGER,
    WRONG,
    code,
    counted,
    file,
    talk,
)
from tests.gateway.world import JAMIE, World

A_TURN_AT_MOST = 8
"""Statements; a claim that fails is counted and a task opened on top of it."""


@pytest.fixture
def burglary(world: World) -> World:
    file(world)
    return world


def test_a_victim_with_another_phone_proves_it_and_hears_the_status(burglary: World) -> None:
    asked = talk(burglary, STRANGER, "STATUS", "#2411-00372", "June 5, 1987")
    assert asked == ["verify.report.status", "verify.birth_date", "status.one"]
    (row,) = burglary.rows(contacts)
    assert (row.report_number, row.state, row.decided_by, row.phone) == (
        REPORT,
        "confirmed",
        "proof",
        STRANGER,
    )
    assert talk(burglary, STRANGER, "STATUS") == ["status.one"]


@pytest.mark.parametrize("told", [REPORT, "2411-99999"], ids=["another's report", "no report"])
def test_whoever_is_wrong_is_told_so_and_no_more(burglary: World, told: str) -> None:
    assert talk(burglary, STRANGER, "STATUS", told, WRONG)[-1] == "verify.no_match"
    assert burglary.rows(contacts) == []
    assert {row.failures for row in burglary.rows(attempts)} == {1}


def test_wrong_and_unknown_take_the_same_words_and_the_same_statements(burglary: World) -> None:
    said, statements = [], []
    for phone, told in ((STRANGER, REPORT), (ANOTHER, "2411-99999")):
        with counted(burglary) as seen:
            for body in ("STATUS", told, WRONG, told, WRONG):
                burglary.phones.text(phone, body)
        statements.append(seen)
        burglary.send()
        said.append(burglary.received(phone))
    assert said[0] == said[1]
    assert statements[0] == statements[1]
    assert len(seen) <= 5 * A_TURN_AT_MOST


@pytest.mark.parametrize(("phone", "body"), [(JAMIE, "STATUS"), (JAMIE, "hello?"), (STRANGER, "STATUS")])
def test_an_ordinary_turn_takes_few_statements(burglary: World, phone: str, body: str) -> None:
    with counted(burglary) as seen:
        burglary.phones.text(phone, body)
    assert len(seen) < A_TURN_AT_MOST, seen


def test_five_failures_lock_the_number_for_ten_minutes(burglary: World, clock: Clock) -> None:
    talk(burglary, STRANGER, "STATUS")
    said = [talk(burglary, STRANGER, f"2411-9999{place}", WRONG)[-1] for place in range(5)]
    assert said == ["verify.no_match"] * 4 + ["verify.locked"]
    assert talk(burglary, STRANGER, "STATUS") == ["verify.locked"]
    clock.advance(timedelta(minutes=9))
    assert talk(burglary, STRANGER, "STATUS") == ["verify.locked"]
    clock.advance(timedelta(minutes=2))
    assert talk(burglary, STRANGER, "STATUS", REPORT, BORN)[-1] == "status.one"
    assert burglary.rows(attempts, scope="phone") == []


def test_five_failures_on_one_report_lock_it_for_every_number(burglary: World, clock: Clock) -> None:
    for place in range(5):
        said = talk(burglary, f"+1520555020{place}", "STATUS", REPORT, WRONG)[-1]
    assert said == "verify.locked"
    assert talk(burglary, STRANGER, "STATUS", REPORT, BORN)[-1] == "verify.locked"
    assert burglary.rows(contacts) == []
    clock.advance(timedelta(minutes=11))
    assert talk(burglary, STRANGER, "STATUS", REPORT, BORN)[-1] == "status.one"


def test_who_succeeds_does_not_give_others_new_tries_on_the_report(burglary: World) -> None:
    talk(burglary, STRANGER, "STATUS", REPORT, WRONG, REPORT, BORN)
    assert [(row.scope, row.failures) for row in burglary.rows(attempts)] == [("report", 1)]


def test_failures_of_an_hour_ago_are_forgotten(burglary: World, clock: Clock) -> None:
    talk(burglary, STRANGER, "STATUS", REPORT, WRONG, REPORT, WRONG, REPORT, WRONG, REPORT, WRONG)
    clock.advance(timedelta(minutes=61))
    assert talk(burglary, STRANGER, "STATUS", REPORT, WRONG)[-1] == "verify.no_match"
    assert {row.failures for row in burglary.rows(attempts)} == {1}


def test_alerts_to_a_new_number_need_the_code_that_was_texted_to_it(burglary: World) -> None:
    assert talk(burglary, STRANGER, "ALERTS", REPORT, BORN)[-1] == "enroll.code"
    assert burglary.rows(contacts) == burglary.rows(enrollments) == []
    told = code(burglary, STRANGER)
    (row,) = burglary.rows(conversations, phone_hash=burglary.ground.vault.lookup("demo", "phone", STRANGER))
    assert told not in str(row.state)
    wrong = f"{(int(told) + 1) % 10_000:04}"
    assert talk(burglary, STRANGER, wrong) == ["enroll.code.wrong"]
    assert talk(burglary, STRANGER, told) == ["enroll.confirmed"]
    assert [(row.topic, row.phone) for row in burglary.rows(enrollments)] == [("arrests", STRANGER)]
    assert [row.state for row in burglary.rows(contacts)] == ["confirmed"]


def test_who_proved_to_be_the_victim_by_a_status_needs_the_code_for_alerts_all_the_same(
    burglary: World,
) -> None:
    assert talk(burglary, STRANGER, "STATUS", REPORT, BORN)[-1] == "status.one"
    assert talk(burglary, STRANGER, "UPDATES") == ["enroll.code"]
    assert talk(burglary, STRANGER, code(burglary, STRANGER)) == ["enroll.updates.confirmed"]
    assert talk(burglary, STRANGER, "ALERTS") == ["enroll.confirmed"], "once is enough"
    assert sorted(row.topic for row in burglary.rows(enrollments)) == ["arrests", "updates"]


def test_the_number_of_a_suspect_is_told_nothing(world: World) -> None:
    victim = {"role": "victim", "phone": JAMIE, "birth_date": BORN, "victim_type": "I"}
    suspect = {"role": "suspect", "phone": "(520) 555-0141"}
    file(world, parties=[victim, suspect])
    assert talk(world, STRANGER, "STATUS", REPORT, BORN)[-1] == "refused"
    assert world.rows(contacts) == []
    assert [row.kind for row in world.rows(tasks)] == ["shared_number"]


def test_a_spelling_that_differs_finds_the_report_and_an_exact_one_comes_first(world: World) -> None:
    file(world, "24-1100372", victim={"birth_date": "1990-01-02"})
    file(world, REPORT)
    assert talk(world, STRANGER, "STATUS", REPORT, BORN)[-1] == "status.one"
    assert talk(world, ANOTHER, "STATUS", "24-1100372", "1990-01-02")[-1] == "status.one"
    assert sorted(row.report_number for row in world.rows(contacts)) == ["24-1100372", REPORT]


def test_what_a_person_is_to_do_names_the_report(world: World) -> None:
    file(world, offenses=["11A"])
    assert talk(world, STRANGER, "STATUS", REPORT, BORN)[-1] == "status.by_person"
    (task,) = world.rows(tasks, kind="new_contact")
    assert task.detail["number"] == REPORT
