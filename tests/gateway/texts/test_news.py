"""News of an arrest, or of what changes in a case: each asked for by itself, and ended by itself."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest
from sqlalchemy import select

from gateway.ground import Ground, Policies
from gateway.store import records
from gateway.store.tables import consent_changes, contacts, enrollments, opt_outs
from tests.gateway.texts.talking import BORN, REPORT, STRANGER, file, last, notices, talk
from tests.gateway.world import JAMIE, World, report


def enrolled(world: World) -> list[tuple[str, str]]:
    rows = world.rows(enrollments, ended_at=None)
    return sorted((row.report_number, row.topic) for row in rows)


def test_alerts_and_updates_are_two_things(world: World) -> None:
    file(world)
    assert talk(world, JAMIE, "ALERTS", "UPDATES") == ["enroll.confirmed", "enroll.updates.confirmed"]
    assert enrolled(world) == [(REPORT, "arrests"), (REPORT, "updates")]
    assert talk(world, JAMIE, "UPDATES OFF") == ["unenroll.updates.confirmed"]
    assert enrolled(world) == [(REPORT, "arrests")]
    assert talk(world, JAMIE, "UPDATES") == ["enroll.updates.confirmed"]
    assert talk(world, JAMIE, "UPDATES") == ["enroll.updates.already"]


def test_all_enrolls_every_case_of_the_number(world: World) -> None:
    file(world)
    file(world, "2411-00391")
    assert talk(world, JAMIE, "ALERTS", "ALL")[-1] == "enroll.confirmed"
    assert enrolled(world) == [(REPORT, "arrests"), ("2411-00391", "arrests")]


def test_who_is_told_of_what_is_read_by_topic_and_without_unconfirmed_contacts(world: World) -> None:
    file(world)
    talk(world, JAMIE, "ALERTS", "UPDATES")
    with world.ground.database.begin() as connection:
        assert records.enrolled_phones(connection, "demo", [REPORT, "none"]) == {
            REPORT: {"arrests": frozenset({JAMIE}), "updates": frozenset({JAMIE})}
        }
        connection.execute(
            contacts.insert().from_select(
                ["agency_id", "report_number", "phone_hash", "phone", "state", "added_at"],
                select(
                    enrollments.c.agency_id,
                    enrollments.c.report_number,
                    enrollments.c.phone_hash,
                    enrollments.c.phone,
                    enrollments.c.topic,
                    enrollments.c.since,
                ).where(enrollments.c.topic == "arrests"),
            )
        )
        for state in ("pending", "refused"):
            connection.execute(contacts.update().values(state=state))
            assert records.enrolled_phones(connection, "demo", [REPORT]) == {}
        connection.execute(contacts.update().values(state="confirmed"))
        assert set(records.enrolled_phones(connection, "demo", [REPORT])) == {REPORT}


class TestWhatToStop:
    """With the policy that asks it (47 CFR 64.1200(a)(12))."""

    @pytest.fixture
    def ground(self, ground: Ground) -> Ground:
        pinned = ground.policies.of("demo")
        talk_so = pinned.policy.conversation.model_copy(update={"ask_what_to_stop": True})
        policy = pinned.policy.model_copy(update={"conversation": talk_so})
        return replace(ground, policies=Policies({"demo": replace(pinned, policy=policy)}))

    def test_one_keeps_news_of_an_arrest_and_nothing_else(self, world: World) -> None:
        file(world)
        assert talk(world, JAMIE, "ALERTS", "STOP", "1")[1:] == ["opt_out.confirmed", "opt_out.arrests_kept"]
        (row,) = world.rows(opt_outs)
        assert row.keeps_statutory
        before = notices(world, JAMIE)
        world.tell(world.event("arrest.made", REPORT, {"arrest_id": "A1"}))
        world.tell(world.event("report.filed", "R2", report()))
        world.send()
        got = world.received(JAMIE)
        assert "arrest" in got[-1]
        assert len(got) == len(before) + 1, "the confirmation of another report stays unsent"
        assert [row.change for row in world.rows(consent_changes)] == ["opt_out", "keep_statutory"]

    def test_another_stop_ends_that_too_and_start_begins_anew(self, world: World) -> None:
        file(world)
        talk(world, JAMIE, "STOP", "1", "STOP")
        (row,) = world.rows(opt_outs)
        assert not row.keeps_statutory
        heard = len(world.received(JAMIE))
        world.tell(world.event("arrest.made", REPORT, {"arrest_id": "A1"}))
        world.send()
        assert len(world.received(JAMIE)) == heard
        talk(world, JAMIE, "START")
        assert world.rows(opt_outs) == []

    def test_no_answer_means_all(self, world: World) -> None:
        file(world)
        talk(world, JAMIE, "ALERTS", "STOP")
        heard = len(world.received(JAMIE))
        world.tell(world.event("arrest.made", REPORT, {"arrest_id": "A1"}))
        world.send()
        assert len(world.received(JAMIE)) == heard


def test_a_number_that_was_proven_is_told_of_an_arrest_until_it_is_refused(world: World) -> None:
    file(world)
    talk(world, STRANGER, "ALERTS", REPORT, BORN)
    talk(
        world, STRANGER, next(word for word in re.findall("[0-9]+", last(world, STRANGER)) if len(word) == 4)
    )
    world.tell(world.event("arrest.made", REPORT, {"arrest_id": "A1"}))
    world.send()
    assert "arrest" in last(world, STRANGER)
    heard = len(world.received(STRANGER))
    world.tell(world.event("arrest.made", REPORT, {"arrest_id": "A2"}))
    assert world.phones.text(JAMIE, "NO")
    world.send()
    world.tell(world.event("arrest.made", REPORT, {"arrest_id": "A3"}))
    world.send()
    assert len(world.received(STRANGER)) == heard, "also what was queued before the NO"
