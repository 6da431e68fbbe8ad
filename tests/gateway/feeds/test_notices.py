"""Notices on their way out: whoever enrolled hears of changes, surveys are rare, other languages offered once."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import text, update

from conversations.effects import Topic
from gateway.ground import Ground
from gateway.store import conversations as conversations_store
from gateway.store.tables import contacts, conversations, decisions, messages, surveys, timers
from rules.policy import TOPIC_OF
from tests.gateway.world import JAMIE, OTHER, World, call, report

OFFER = "Español: responda ESPAÑOL. Kiswahili: jibu KISWAHILI."
NOBODY_KNOWS = {"language": None}


def state_of(world: World, phone: str = JAMIE) -> dict[str, Any]:
    """What the conversation with this number remembers."""
    phone_hash = world.ground.vault.lookup("demo", "phone", phone)
    (row,) = world.rows(conversations, phone_hash=phone_hash)
    return dict(row.state)


def let_days_pass(world: World, days: int) -> None:
    """As if all that was sent had been sent so much earlier."""
    with world.ground.database.begin() as connection:
        connection.execute(update(messages).values(sent_at=messages.c.sent_at - timedelta(days=days)))


def make_due(world: World) -> None:
    """As if every delay were over."""
    with world.ground.database.begin() as connection:
        connection.execute(update(messages).where(messages.c.state == "queued").values(due_at=text("now()")))


def ended(world: World, number: str, **caller: Any) -> dict[str, Any]:
    """A call ended, so long ago that the survey about it is due."""
    return world.event(
        "call.closed", number, call(caller=caller), at=world.ground.clock() - timedelta(seconds=10)
    )


def close_call(world: World, number: str, **caller: Any) -> None:
    """A call ends, and what is said about it is sent."""
    world.tell(ended(world, number, **caller))
    make_due(world)
    world.send()


def asked(world: World) -> list[Any]:
    """The surveys that were written to the outbox."""
    return world.rows(messages, notice_class="survey")


def capped(world: World) -> list[Any]:
    return world.rows(decisions, reason="survey_cap")


# Who enrolled


def test_the_rules_speak_of_the_topics_that_people_enroll_for() -> None:
    assert set(TOPIC_OF.values()) == set(Topic)


@pytest.mark.parametrize(("topic", "hears"), [("updates", 1), ("arrests", 0)])
def test_a_new_status_is_told_to_who_enrolled_for_changes_and_not_to_who_enrolled_for_arrests(
    world: World, topic: str, hears: int
) -> None:
    world.tell(world.event("report.filed", "R1", report()))
    world.send()
    enroll(world, topic)
    before = len(world.received(JAMIE))
    world.tell(world.event("case.status_changed", "R1", {"status": "inactive"}))
    world.send()
    news = world.received(JAMIE)[before:]
    assert len(news) == hears
    assert all("R1" in one for one in news)


@pytest.mark.parametrize(("topic", "hears"), [("updates", 0), ("arrests", 1)])
def test_a_caller_hears_of_an_arrest_only_after_enrolling_for_that(
    world: World, topic: str, hears: int
) -> None:
    caller = {"role": "caller", "phone": OTHER, "language": "en"}
    world.tell(world.event("report.filed", "R1", {**report(), "parties": [*report()["parties"], caller]}))
    world.send()
    enroll(world, topic, OTHER)
    before = len(world.received(OTHER))
    world.tell(world.event("arrest.made", "R1", {"arrest_id": "A1"}))
    world.send()
    assert len(world.received(OTHER)[before:]) == hears


def enroll(world: World, topic: str, phone: str = JAMIE) -> None:
    """As a text does."""
    phone_hash = world.ground.vault.lookup("demo", "phone", phone)
    with world.ground.database.begin() as connection:
        conversations_store.enroll(
            connection, "demo", phone, phone_hash, [("R1", topic)], world.ground.clock()
        )


def test_a_victim_who_enrolled_for_both_gets_one_text_for_each_event(world: World) -> None:
    world.tell(world.event("report.filed", "R1", report()))
    world.send()
    enroll(world, "updates")
    enroll(world, "arrests")
    before = len(world.received(JAMIE))
    world.tell(
        world.event("arrest.made", "R1", {"arrest_id": "A1"}),
        world.event("case.status_changed", "R1", {"status": "arrest"}),
    )
    world.send()
    assert len(world.received(JAMIE)[before:]) == 1
    world.tell(world.event("case.status_changed", "R1", {"status": "prosecutor"}))
    world.send()
    assert len(world.received(JAMIE)[before:]) == 2


@pytest.mark.parametrize(("state", "hears"), [("confirmed", 1), ("pending", 0), ("refused", 0)])
def test_a_new_number_that_was_proven_hears_what_it_enrolled_for_once_it_is_confirmed(
    world: World, state: str, hears: int
) -> None:
    now = world.ground.clock()
    world.tell(world.event("report.filed", "R1", report()))
    phone_hash = world.ground.vault.lookup("demo", "phone", OTHER)
    values = {"agency_id": "demo", "report_number": "R1", "phone_hash": phone_hash, "phone": OTHER}
    with world.ground.database.begin() as connection:
        connection.execute(contacts.insert().values(**values, state=state, added_at=now))
    enroll(world, "updates", OTHER)
    world.tell(world.event("case.status_changed", "R1", {"status": "inactive"}))
    world.send()
    assert len(world.received(OTHER)) == hears


def test_of_two_changes_at_once_the_newest_is_told(world: World) -> None:
    now = world.ground.clock()
    world.tell(world.event("report.filed", "R1", report(), at=now - timedelta(hours=1)))
    world.send()
    enroll(world, "updates")
    before = len(world.received(JAMIE))
    world.tell(
        world.event("case.status_changed", "R1", {"status": "inactive"}, at=now - timedelta(minutes=2)),
        world.event("case.status_changed", "R1", {"status": "closed"}, at=now - timedelta(minutes=1)),
    )
    world.send()
    assert len(world.received(JAMIE)[before:]) == 1
    assert [row.detail for row in world.rows(decisions, reason="overtaken")] == ["closed"]


# Surveys


def test_a_survey_asks_its_first_question_and_is_kept_word_for_word(world: World, ground: Ground) -> None:
    close_call(world, "P1")
    (message,) = asked(world)
    pinned = ground.surveys["after_call"]
    assert message.asks == {
        "question": "survey.scale",
        "about": {"survey": pinned.hash, "index": 0},
    }
    (kept,) = world.rows(surveys)
    assert (kept.hash, kept.survey_id, kept.source) == (pinned.hash, "after_call", pinned.source)
    closed, survey = world.received(JAMIE)
    assert survey.startswith("Saguaro Police: Three short questions")
    assert survey.endswith("Reply 1 (not at all) to 5 (very).")
    assert "Three short questions" not in closed


def test_a_survey_speaks_the_persons_language(world: World) -> None:
    close_call(world, "P1", language="es")
    assert world.received(JAMIE)[-1].startswith("Saguaro Police: Tres preguntas breves")


def test_an_answer_by_text_brings_the_next_question(world: World) -> None:
    close_call(world, "P1")
    world.text(JAMIE, "4")
    assert "Was the person who answered the phone helpful?" in world.received(JAMIE)[-1]


def test_a_survey_waits_for_its_delay(world: World) -> None:
    now = world.ground.clock()
    world.tell(world.event("call.closed", "P1", call(), at=now + timedelta(hours=1)))
    assert asked(world) == []
    (timer,) = world.rows(timers)
    assert (timer.record_number, timer.rule) == ("P1", "survey.after_call")
    assert now < timer.due_at < now + timedelta(minutes=1), "a feed whose clock is ahead delays nothing"


def test_a_number_that_was_sent_a_survey_is_sent_no_other_for_a_month(world: World) -> None:
    close_call(world, "P1")
    let_days_pass(world, 29)
    close_call(world, "P2")
    assert len(asked(world)) == 1
    (decision,) = capped(world)
    assert (decision.record_number, decision.rule, decision.message_id) == ("P2", "survey.after_call", None)
    assert len(world.received(JAMIE)) == 3, "that the second call is closed is told all the same"
    let_days_pass(world, 2)
    close_call(world, "P3")
    assert len(asked(world)) == 2


def test_others_are_asked_though_one_was(world: World) -> None:
    close_call(world, "P1")
    close_call(world, "P2", phone=OTHER)
    assert {row.record_number for row in asked(world)} == {"P1", "P2"}
    assert capped(world) == []


def test_of_two_calls_in_one_batch_one_is_asked_about(world: World) -> None:
    world.tell(*(ended(world, number) for number in ("P1", "P2")))
    assert [row.record_number for row in asked(world)] == ["P1"]
    assert [row.record_number for row in capped(world)] == ["P2"]


def test_a_survey_that_is_still_to_be_sent_counts_and_one_that_was_taken_back_does_not(world: World) -> None:
    world.tell(ended(world, "P1"))
    world.tell(ended(world, "P2"))
    assert [row.record_number for row in asked(world)] == ["P1"]
    with world.ground.database.begin() as connection:
        connection.execute(update(messages).values(state="canceled"))
    world.tell(ended(world, "P3"))
    assert {row.record_number for row in asked(world)} == {"P1", "P3"}


def test_the_same_end_of_a_call_told_again_is_the_same_survey(world: World) -> None:
    for _ in range(2):
        close_call(world, "P1")
    assert len(asked(world)) == 1
    assert capped(world) == []


def test_a_survey_does_not_reach_who_said_stop_before_it_was_due(world: World) -> None:
    world.tell(ended(world, "P1"))
    world.text(JAMIE, "STOP")
    make_due(world)
    world.send()
    assert [row.state for row in asked(world)] == ["canceled"]


def test_nobody_is_asked_about_a_call_that_turned_out_to_be_about_violence_at_home(world: World) -> None:
    world.tell(ended(world, "P1"))
    world.tell(world.event("call.reclassified", "P1", {"type_code": "BATTERY DV"}))
    make_due(world)
    world.send()
    assert world.received(JAMIE) == []
    assert [(row.state, row.reason) for row in asked(world)] == [("canceled", "domestic_violence")]


# Other languages


def test_whoever_has_no_known_language_is_told_once_that_there_are_others(world: World) -> None:
    world.tell(world.event("call.received", "P1", call(caller=NOBODY_KNOWS)))
    world.tell(world.event("report.filed", "R1", report(victim=NOBODY_KNOWS)))
    world.send()
    first, second = world.received(JAMIE)
    assert first.endswith(f" {OFFER}")
    assert "ESPAÑOL" not in second
    assert state_of(world) == {"languages_offered": True}


def test_of_two_notices_in_one_batch_the_first_makes_the_offer(world: World) -> None:
    world.tell(
        world.event("call.received", "P1", call(caller=NOBODY_KNOWS)),
        world.event("report.filed", "R1", report(victim=NOBODY_KNOWS)),
    )
    bodies = {row.notice: row.body for row in world.rows(messages)}
    assert OFFER in bodies["call.received"]
    assert OFFER not in bodies["report.filed"]


def test_an_offer_by_notice_is_not_made_again_by_an_answer(world: World) -> None:
    world.tell(world.event("report.filed", "R1", report(victim=NOBODY_KNOWS)))
    world.send()
    world.text(JAMIE, "STATUS")
    assert OFFER in world.received(JAMIE)[0]
    assert OFFER not in world.received(JAMIE)[1]


def test_an_offer_by_answer_is_not_made_again_by_a_notice(world: World) -> None:
    world.text(JAMIE, "1234567")
    assert OFFER in world.received(JAMIE)[0]
    world.tell(world.event("report.filed", "R1", report(victim=NOBODY_KNOWS)))
    world.send()
    assert OFFER not in world.received(JAMIE)[-1]


def test_an_offer_leaves_all_else_that_the_conversation_remembers(world: World) -> None:
    kept = {"fallback_at": "2026-03-04T19:00:00+00:00", "then": ["status"]}
    phone_hash = world.ground.vault.lookup("demo", "phone", JAMIE)
    row = {"agency_id": "demo", "phone_hash": phone_hash, "phone": JAMIE, "updated_at": world.ground.clock()}
    with world.ground.database.begin() as connection:
        connection.execute(conversations.insert().values(**row, state=kept))
    world.tell(world.event("report.filed", "R1", report(victim=NOBODY_KNOWS)))
    assert state_of(world) == {**kept, "languages_offered": True}


def test_whose_language_the_feed_tells_is_not_offered_others_and_it_is_remembered(world: World) -> None:
    world.tell(world.event("report.filed", "R1", report(victim={"language": "es"})))
    world.send()
    assert "ESPAÑOL" not in world.received(JAMIE)[0]
    assert state_of(world) == {"language": "es"}


def test_what_a_person_chose_outlives_what_the_feed_says(world: World) -> None:
    world.text(JAMIE, "ESPAÑOL")
    world.tell(world.event("report.filed", "R1", report(victim={"language": "fr"})))
    world.send()
    assert state_of(world)["language"] == "es"
    assert [row.language for row in world.rows(messages, notice="report.filed")] == ["es"]


def test_whoever_was_offered_others_and_chose_one_reads_the_next_notice_in_it(world: World) -> None:
    world.tell(world.event("call.received", "P1", call(caller=NOBODY_KNOWS)))
    world.send()
    world.text(JAMIE, "KISWAHILI")
    close_call(world, "P1", language=None)
    assert all("Reply" not in body for body in world.received(JAMIE)[1:])
    assert state_of(world)["language"] == "sw"
