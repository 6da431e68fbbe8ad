"""A survey by reply: begun by a message, answered over days, and always in the words in which it was begun."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from types import MappingProxyType
from uuid import UUID

import pytest

from conversations.dialogues.survey import first_question
from gateway.ground import Ground
from gateway.outbox.writing import Address, message, put_into_words
from gateway.store import agencies, messages, surveys
from gateway.store.tables import messages as messages_table
from gateway.store.tables import survey_answers, survey_runs
from gateway.store.tables import surveys as surveys_table
from gateway.texts import definitions
from gateway.texts.turn import Text, take_turn
from rules.survey import PinnedSurvey, parse
from tests.gateway.outbox.outbox import Clock
from tests.gateway.texts.talking import file, last, talk
from tests.gateway.texts.webhook import new_sid
from tests.gateway.world import JAMIE, LINE, World

SURVEY = """
id: short
title: Short
questions:
  - {id: kind, type: scale, ask: {en: "How kind were we, 1 to 5?", es: K?, fr: K?, ar: K?, sw: K?, fa: K?}}
  - {id: words, type: text, ask: {en: "Anything to add?", es: W?, fr: W?, ar: W?, sw: W?, fa: W?}}
  - {id: again, type: yes_no, ask: {en: "Would you call again?", es: A?, fr: A?, ar: A?, sw: A?, fa: A?}}
thanks: {en: "{agency}: Thank you.", es: T, fr: T, ar: T, sw: T, fa: T}
open_for: 14d
late_for: 30d
"""
WORDS = "The officer at the door was patient"


@pytest.fixture
def short() -> PinnedSurvey:
    return parse(SURVEY, "short.yaml")


@pytest.fixture
def ground(ground: Ground, short: PinnedSurvey) -> Ground:
    return replace(ground, surveys=MappingProxyType({"short": short}))


@pytest.fixture(autouse=True)
def _nothing_read_before(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(definitions, "_read", {})


def ask(world: World, pinned: PinnedSurvey, occasion: str = "1", phone: str = JAMIE) -> UUID:
    """The message that asks the first question leaves. Returns its id, which is the run's."""
    ground, now = world.ground, world.ground.clock()
    policy = ground.policies.of("demo").policy
    words = put_into_words(
        ground,
        policy,
        pinned.survey.parts(0),
        "en",
        {"agency": policy.agency.name},
        wording=pinned.survey.wording,
    )
    with ground.database.begin() as connection:
        surveys.pin(connection, "demo", [pinned], now)
        sender = agencies.sender_of(connection, "demo")
        assert sender is not None
        new = message(
            words,
            Address("demo", sender.id, phone, ground.vault.lookup("demo", "phone", phone)),
            intent_key=f"survey:{occasion}",
            notice="survey.short",
            notice_class="survey",
            due_at=now,
            now=now,
            asks={"question": first_question(pinned.survey), "about": {"survey": pinned.hash, "index": 0}},
        )
        ids = messages.add(connection, [new])
    world.send()
    return ids[new.intent_key]


def answers(world: World) -> dict[str, tuple[str | None, bool]]:
    return {row.question: (row.value, row.late) for row in world.rows(survey_answers)}


def test_a_survey_is_answered_question_by_question(world: World, short: PinnedSurvey) -> None:
    run = ask(world, short)
    assert last(world, JAMIE) == "How kind were we, 1 to 5?"
    assert world.rows(survey_runs) == [], "who does not answer leaves nothing"
    for said, asked in (("4", "Anything to add?"), (WORDS, "Would you call again?"), ("yes", "Thank you.")):
        talk(world, JAMIE, said)
        assert asked in last(world, JAMIE)
    assert answers(world) == {"kind": ("4", False), "words": (WORDS, False), "again": ("yes", False)}
    (row,) = world.rows(survey_runs)
    assert (row.message_id, row.survey_hash, row.ended_by) == (run, short.hash, "finished")
    assert [row.source for row in world.rows(surveys_table)] == [SURVEY]


def test_a_skipped_question_is_kept_as_one_without_an_answer(world: World, short: PinnedSurvey) -> None:
    ask(world, short)
    talk(world, JAMIE, "SKIP")
    assert answers(world) == {"kind": (None, False)}


def test_the_survey_goes_on_as_it_was_begun_though_its_file_has_changed(
    world: World, short: PinnedSurvey
) -> None:
    ask(world, short)
    edited = parse(SURVEY.replace("Anything to add?", "Something else?"), "short.yaml")
    ground = replace(world.ground, surveys=MappingProxyType({"short": edited}))
    first, second = (
        take_turn(ground, Text(new_sid(), JAMIE, LINE.numbers[0], said)) for said in ("5", WORDS)
    )
    world.send()
    assert first is not None
    assert second is not None
    assert "Anything to add?" in world.received(JAMIE)
    assert "Something else?" not in world.received(JAMIE)
    assert set(answers(world)) == {"kind", "words"}
    assert {row.survey_hash for row in world.rows(survey_runs)} == {short.hash}


def test_a_file_that_is_gone_ends_no_survey(world: World, short: PinnedSurvey) -> None:
    ask(world, short)
    ground = replace(world.ground, surveys=MappingProxyType({}))
    assert take_turn(ground, Text(new_sid(), JAMIE, LINE.numbers[0], "5"))
    assert answers(world) == {"kind": ("5", False)}


def test_stop_ends_the_survey_and_start_does_not_bring_it_back(world: World, short: PinnedSurvey) -> None:
    ask(world, short)
    talk(world, JAMIE, "4", "STOP")
    (row,) = world.rows(survey_runs)
    assert (row.ended_by, row.ended_at is not None) == ("stopped", True)
    talk(world, JAMIE, "START", "fine")
    assert set(answers(world)) == {"kind"}


def test_a_late_answer_is_kept_and_marked(world: World, short: PinnedSurvey, clock: Clock) -> None:
    ask(world, short)
    clock.advance(timedelta(days=20))
    talk(world, JAMIE, "2")
    assert answers(world) == {"kind": ("2", True)}
    assert [row.ended_by for row in world.rows(survey_runs)] == ["finished"]


def test_a_survey_waits_beneath_a_short_dialogue(world: World, short: PinnedSurvey) -> None:
    file(world)
    ask(world, short)
    assert talk(world, JAMIE, "STATUS") == ["status.one"]
    talk(world, JAMIE, "3")
    assert answers(world) == {"kind": ("3", False)}


def test_of_two_answers_to_one_question_the_newer_counts(world: World, short: PinnedSurvey) -> None:
    run = ask(world, short)
    lookup = world.ground.vault.lookup("demo", "phone", JAMIE)
    now = world.ground.clock()
    with world.ground.database.begin() as connection:
        for value, later in (("1", 0), ("5", 1)):
            answer = surveys.Answer(run, short.hash, "kind", value, late=False)
            surveys.file(connection, "demo", lookup, answer, short, now + timedelta(hours=later))
        stranger = surveys.Answer(run, short.hash, "words", "mine?", late=False)
        surveys.file(connection, "demo", b"somebody else", stranger, short, now)
    assert answers(world) == {"kind": ("5", False)}
    assert len(world.rows(survey_runs)) == 1


def test_a_question_that_did_not_arrive_was_not_asked(world: World, short: PinnedSurvey) -> None:
    world.phones.behave(default={"outcome": "failed", "error_code": 30005})
    run = ask(world, short)
    assert [row.state for row in world.rows(messages_table, id=run)] == ["failed"]
    world.phones.behave(default={})
    talk(world, JAMIE, "4")
    assert answers(world) == {}
