from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from conversations.dialogues import OPENINGS
from conversations.effects import (
    Enroll,
    HoldAutomated,
    KeepStatutory,
    OpenTask,
    OptIn,
    OptOut,
    Topic,
    Unenroll,
    Unlink,
)
from conversations.step import answer, step
from conversations.turn import Facts, LinkedCase, Open, State, Turn
from conversations.understanding import PRECEDENCE, Intent, Understanding
from locales import FOLDER, Catalogs, Phone, Say, render
from rules.policy import POLICIES, Conversation, NoticeClass, load
from rules.values import Case

AGENCY = load(POLICIES / "demo.yaml").policy.agency
NOON = datetime(2026, 3, 4, 19, 0, tzinfo=UTC)
CASE = Case("26-000123", offenses=("23H",), status="assigned", assigned_to="Det. Ortiz")
LINKED = LinkedCase(CASE, may_automate=True)
ALL_IN_ENGLISH = Conversation(offer_languages=())
KNOWN = Facts(AGENCY, ALL_IN_ENGLISH, cases=(LINKED,))
STRANGER = Facts(AGENCY, ALL_IN_ENGLISH)
OUT = replace(KNOWN, opted_out=True)
ARRESTS = frozenset({Topic.ARRESTS})
BY_PERSON = OpenTask("alerts_by_person", hours=24, report_number="26-000123")
OPEN = Open(
    "enroll.code",
    NOON.isoformat(),
    (NOON + timedelta(minutes=10)).isoformat(),
    about={"goal": "enroll.arrests"},
)


def said(text: str, facts: Facts = KNOWN, state: State | None = None, now: datetime = NOON) -> Turn:
    return step(state or State(), text, facts, now)


def parts(turn: Turn) -> list[str]:
    return [reply.parts[0] for reply in turn.replies]


def tasks(turn: Turn) -> list[str]:
    return [effect.kind for effect in turn.effects if isinstance(effect, OpenTask)]


# The order


def test_the_order_is_the_one_that_is_promised() -> None:
    promised = [
        Intent.DISTRESS,
        Intent.OPT_OUT,
        Intent.OPT_IN,
        Intent.HELP,
        Intent.WRONG_NUMBER,
        Intent.LANGUAGE,
    ]
    assert sorted(promised, key=PRECEDENCE.index) == promised
    assert all(PRECEDENCE.index(last) < PRECEDENCE.index(Intent.STATUS) for last in promised)
    assert PRECEDENCE[-1] is Intent.UNKNOWN


def test_every_intent_leads_to_something() -> None:
    assert set(OPENINGS) == set(Intent)


@pytest.mark.parametrize(
    "text", ["stop texting me he is here", "STOP he is here", "he has a gun. stop texting me"]
)
def test_distress_and_stop_in_one_text_both_happen_distress_first(text: str) -> None:
    turn = said(text)
    assert parts(turn) == ["distress", "opt_out.confirmed"]
    assert turn.effects == (OpenTask("distress", hours=0, urgent=True), OptOut())


def test_distress_and_help_in_one_text_are_both_answered() -> None:
    assert parts(said("HELP he's here")) == ["distress", "help"]


def test_a_command_beside_a_question_comes_first() -> None:
    turn = said("start status", OUT)
    assert parts(turn) == ["opt_in.confirmed", "status.one"]
    assert turn.effects == (OptIn(),)


# Distress


@pytest.mark.parametrize("facts", [KNOWN, STRANGER, OUT, replace(OUT, carrier_opt_out_type="HELP")])
def test_distress_is_answered_at_once_and_pages_staff_whatever_else_holds(facts: Facts) -> None:
    turn = said("he is here and he has a gun", facts)
    assert parts(turn)[0] == "distress"
    assert turn.replies[0].notice_class is NoticeClass.SAFETY
    assert OpenTask("distress", hours=0, urgent=True) in turn.effects


def test_distress_is_never_capped() -> None:
    state = State()
    for second in range(5):
        turn = said("he has a gun", state=state, now=NOON + timedelta(seconds=second))
        assert parts(turn) == ["distress"]
        state = turn.state


def test_where_one_can_not_text_911_the_answer_does_not_say_so() -> None:
    agency = AGENCY.model_copy(update={"text_to_911": False})
    assert parts(said("he has a gun", replace(STRANGER, agency=agency))) == ["distress.no_text_to_911"]


def test_a_cry_is_answered_in_its_own_language_though_another_was_chosen() -> None:
    state = State(language="es", language_chosen=True)
    assert said("he has a gun", state=state).replies[0].language == "en"


# STOP, START, HELP


def test_stop_is_confirmed_once_and_everything_automated_ends() -> None:
    turn = said("STOP")
    assert (parts(turn), turn.effects) == (["opt_out.confirmed"], (OptOut(),))
    assert turn.replies[0].facts["agency"] == "Saguaro Police"


def test_a_second_stop_is_silent() -> None:
    turn = said("STOP", OUT)
    assert turn.replies == ()
    assert turn.intent is Intent.OPT_OUT


@pytest.mark.parametrize(
    "text", ["STATUS", "ALERTS", "ALERTS OFF", "thanks", "asdf", "call me", "wrong number", "hi"]
)
def test_after_stop_nothing_else_is_answered(text: str) -> None:
    assert said(text, OUT).replies == ()


def test_after_stop_help_and_start_are_answered() -> None:
    assert parts(said("HELP", OUT)) == ["help"]
    assert parts(said("START", OUT)) == ["opt_in.confirmed"]


def test_after_stop_what_was_asked_for_is_still_done_by_a_person() -> None:
    assert tasks(said("call me", OUT)) == ["callback"]
    assert Unlink() in said("wrong number", OUT).effects
    assert said("ALERTS", OUT).effects == (BY_PERSON,)


def test_a_text_that_was_not_answered_after_stop_does_not_count_as_answered() -> None:
    silent = said("asdf", OUT)
    assert silent.state == State()
    assert parts(said("asdf", KNOWN, silent.state, NOON + timedelta(minutes=1))) == ["fallback"]


@pytest.mark.parametrize(
    ("kind", "text", "effects"),
    [
        ("STOP", "STOP", (OptOut(),)),
        ("START", "START", (OptIn(),)),
        ("HELP", "HELP", ()),
        ("STOP", "baja", (OptOut(),)),
    ],
)
def test_what_the_carrier_has_answered_is_recorded_and_not_answered_again(
    kind: str, text: str, effects: tuple[object, ...]
) -> None:
    turn = said(text, replace(KNOWN, carrier_opt_out_type=kind))
    assert turn.replies == ()
    assert turn.effects == effects


def test_what_the_carrier_has_not_answered_is_beside_what_it_has() -> None:
    facts = replace(KNOWN, carrier_opt_out_type="STOP")
    assert parts(said("STOP he is here", facts)) == ["distress"]
    assert parts(said("start status", replace(OUT, carrier_opt_out_type="START"))) == ["status.one"]


def test_stop_ends_the_open_dialogue() -> None:
    assert said("STOP", state=State(open=OPEN, survey=OPEN, then=("status",))).state == State()


def test_stop_asks_what_to_stop_only_where_the_policy_says_so() -> None:
    asks = replace(KNOWN, conversation=Conversation(ask_what_to_stop=True))
    turn = said("STOP", asks)
    assert turn.replies[0].parts == ("opt_out.confirmed", "opt_out.what")
    assert turn.effects == (OptOut(),)
    kept = said("1", replace(asks, opted_out=True), turn.state)
    assert (parts(kept), kept.effects) == (["opt_out.arrests_kept"], (KeepStatutory(),))


@pytest.mark.parametrize("text", ["2", "what", "ok", ""])
def test_no_answer_to_what_to_stop_means_all_and_nothing_more_is_sent(text: str) -> None:
    asks = replace(KNOWN, conversation=Conversation(ask_what_to_stop=True))
    turn = said(text, replace(asks, opted_out=True), said("STOP", asks).state)
    assert (turn.replies, turn.effects) == ((), ())


def test_the_carriers_own_confirmation_is_not_followed_by_a_question() -> None:
    asks = replace(KNOWN, conversation=Conversation(ask_what_to_stop=True), carrier_opt_out_type="STOP")
    turn = said("STOP", asks)
    assert (turn.replies, turn.state.open) == ((), None)


@given(st.text(max_size=40), st.booleans())
def test_whatever_is_written_after_stop_nothing_but_distress_help_and_start_is_answered(
    text: str, known: bool
) -> None:
    turn = said(text, OUT if known else replace(OUT, cases=()))
    if not {Intent.DISTRESS, Intent.HELP, Intent.OPT_IN} & {turn.intent, *turn.also}:
        assert turn.replies == ()


# Perhaps "stop"


def test_an_unclear_stop_holds_automated_texts_for_a_day_and_asks_a_person() -> None:
    turn = answer(State(), "", Understanding(Intent.UNCLEAR_OPT_OUT), KNOWN, NOON)
    assert parts(turn) == ["unclear_opt_out"]
    assert HoldAutomated(NOON + timedelta(hours=24)) in turn.effects
    assert OpenTask("unclear_opt_out", hours=24) in turn.effects
    assert OptOut() not in turn.effects


def test_an_unclear_stop_after_stop_asks_nobody() -> None:
    turn = answer(State(), "", Understanding(Intent.UNCLEAR_OPT_OUT), OUT, NOON)
    assert (turn.replies, turn.effects) == ((), ())


# Wrong number


def test_a_wrong_number_is_unlinked_and_learns_nothing() -> None:
    for facts in (KNOWN, STRANGER):
        turn = said("wrong number", facts)
        assert parts(turn) == ["wrong_number.confirmed"]
        assert turn.effects == (Unlink(), OpenTask("wrong_number", hours=24))
        assert set(turn.replies[0].facts) == {"agency", "phone"}


def test_a_wrong_number_that_asks_for_the_status_too_is_told_of_no_case() -> None:
    turn = said("wrong number, what is the status of my case")
    assert parts(turn) == ["wrong_number.confirmed", "verify.report.status"]
    assert "26-000123" not in str(turn.replies)


# Language


def test_the_language_that_was_asked_for_is_answered_in_and_kept() -> None:
    turn = said("Español")
    assert parts(turn) == ["language.changed"]
    assert turn.replies[0].language == "es"
    assert (turn.state.language, turn.state.language_chosen) == ("es", True)


def test_a_language_once_chosen_is_not_changed_by_a_word_of_another() -> None:
    turn = said("thanks", state=State(language="es", language_chosen=True))
    assert turn.replies[0].language == turn.state.language == "es"


def test_a_language_that_was_only_written_in_changes_with_what_is_written() -> None:
    turn = said("¿Cuál es el estado de mi caso?", state=State(language="en"))
    assert turn.replies[0].language == turn.state.language == "es"


def test_a_text_of_no_known_language_is_answered_in_the_one_kept_or_the_agencys() -> None:
    assert said("asdf", state=State(language="fr")).replies[0].language == "fr"
    turn = said("asdf")
    assert turn.replies[0].language == "en"
    assert turn.state.language is None


# Status


def test_the_status_of_the_one_case_is_told() -> None:
    (reply,) = said("STATUS").replies
    assert reply.parts == (
        "status.one",
        "status.one.assigned",
        "status.one.next",
        "status.one.phone",
        "status.one.updates",
    )
    assert reply.facts["next"] == Say("case_next.assigned")
    assert reply.facts["status"] == Say("case_status.assigned")
    assert (reply.facts["report_number"], reply.facts["assigned_to"]) == ("26-000123", "Det. Ortiz")
    assert reply.facts["phone"] == Phone("+15205550100")


def test_a_case_that_may_not_be_talked_about_is_told_by_a_person_and_nothing_of_it_is_said() -> None:
    turn = said("STATUS", replace(KNOWN, cases=(replace(LINKED, may_automate=False),)))
    assert parts(turn) == ["status.by_person"]
    assert set(turn.replies[0].facts) == {"agency", "phone"}


def test_a_status_that_is_not_known_is_not_made_up() -> None:
    unknown = replace(LINKED, case=replace(CASE, status=None))
    assert parts(said("STATUS", replace(KNOWN, cases=(unknown,)))) == ["status.by_person"]


def test_a_case_that_is_open_and_that_somebody_has_is_not_said_to_be_nobodys() -> None:
    held = replace(LINKED, case=replace(CASE, status="open"))
    (reply,) = said("STATUS", replace(KNOWN, cases=(held,))).replies
    assert (reply.facts["status"], reply.facts["next"]) == (
        Say("case_status.assigned"),
        Say("case_next.assigned"),
    )


def test_whoever_gets_updates_is_not_told_how_to_get_them() -> None:
    linked = replace(LINKED, enrolled=frozenset({Topic.UPDATES}))
    assert "status.one.updates" not in said("STATUS", replace(KNOWN, cases=(linked,))).replies[0].parts


SECOND = replace(LINKED, case=Case("26-000124", offenses=("23H",), status="open"))
BOTH = replace(KNOWN, cases=(LINKED, SECOND))


@pytest.mark.parametrize("text", ["STATUS", "ALERTS"])
def test_of_several_cases_one_is_chosen_by_its_place_or_its_number(text: str) -> None:
    asked = said(text, BOTH)
    assert parts(asked) == ["which_report"]
    assert asked.replies[0].facts["choices"] == "1: 26-000123, 2: 26-000124"
    assert asked.effects == ()
    for choice in ("2", "two", "٢", "26-000124", "26 000124"):
        turn = said(choice, BOTH, asked.state)
        assert turn.intent is Intent.ANSWER
        assert turn.replies[0].facts["report_number"] == "26-000124"
        assert turn.state.open is None


def test_a_case_that_is_named_is_not_asked_for() -> None:
    turn = said("status of 26-000124 please", BOTH)
    assert turn.replies[0].facts["report_number"] == "26-000124"


def test_a_place_that_is_not_in_the_list_is_explained_once_and_then_a_person_helps() -> None:
    asked = said("STATUS", BOTH)
    again = said("7", BOTH, asked.state)
    assert again.replies[0].parts == ("which_report.explain", "line.automatic")
    given_up = said("8", BOTH, again.state)
    assert (parts(given_up), given_up.state.open) == (["verify.given_up"], None)


def test_alerts_and_updates_in_one_text_are_both_turned_on() -> None:
    meaning = Understanding(Intent.ENROLL, topic="both", whole=True)
    turn = answer(State(), "", meaning, KNOWN, NOON)
    assert parts(turn) == ["enroll.confirmed", "enroll.updates.confirmed"]
    assert turn.effects == (Enroll("26-000123"), Enroll("26-000123", Topic.UPDATES))
    assert (turn.intent, turn.also) == (Intent.ENROLL, ())


def test_of_a_case_that_no_text_may_speak_of_not_even_the_number_is_listed() -> None:
    barred = replace(SECOND, may_automate=False)
    facts = replace(KNOWN, cases=(LINKED, barred))
    assert parts(said("STATUS", facts)) == ["status.one"]
    turn = said("ALERTS", facts)
    assert parts(turn) == ["enroll.confirmed"]
    assert turn.effects == (Enroll("26-000123"), replace(BY_PERSON, report_number="26-000124"))
    assert "26-000124" not in str(turn.replies)


def test_a_report_number_alone_asks_for_its_status() -> None:
    turn = said("26-000124", BOTH)
    assert (turn.intent, parts(turn)) == (Intent.ANSWER, ["status.one"])
    assert turn.replies[0].facts["report_number"] == "26-000124"
    assert parts(said("26-000999", STRANGER)) == ["verify.birth_date"]


def test_a_yes_that_the_carrier_takes_for_start_still_answers() -> None:
    asked = said("STATUS", BOTH).state
    choice = said("1", replace(BOTH, carrier_opt_out_type="START"), asked)
    assert (choice.intent, parts(choice)) == (Intent.ANSWER, ["status.one"])
    out = replace(BOTH, carrier_opt_out_type="START", opted_out=True)
    assert said("1", out, asked).effects == (OptIn(),)


def test_a_stop_after_only_arrests_were_kept_ends_those_too_and_is_confirmed() -> None:
    turn = said("STOP", replace(OUT, keeps_arrests=True))
    assert (parts(turn), turn.effects) == (["opt_out.confirmed"], (OptOut(),))


def test_two_questions_in_one_text_are_asked_one_after_the_other() -> None:
    asked = said("status and alerts", BOTH)
    assert (asked.intent, asked.also) == (Intent.STATUS, (Intent.ENROLL,))
    assert parts(asked) == ["which_report"]
    then = said("1", BOTH, asked.state)
    assert parts(then) == ["status.one", "which_report"]
    assert said("all", BOTH, then.state).effects == (Enroll("26-000123"), Enroll("26-000124"))


# Alerts


def test_alerts_on_the_one_case_are_confirmed() -> None:
    turn = said("ALERTS")
    assert (parts(turn), turn.effects) == (["enroll.confirmed"], (Enroll("26-000123"),))


def test_alerts_that_are_on_are_said_to_be_on() -> None:
    turn = said("ALERTS", replace(KNOWN, cases=(replace(LINKED, enrolled=ARRESTS),)))
    assert (parts(turn), turn.effects) == (["enroll.already"], ())


@pytest.mark.parametrize("enrolled", [ARRESTS, frozenset()])
def test_where_alerts_may_not_be_automatic_a_persons_call_is_promised_and_asked_for(
    enrolled: frozenset[Topic],
) -> None:
    linked = replace(LINKED, may_automate=False, enrolled=enrolled)
    turn = said("ALERTS", replace(KNOWN, cases=(linked,)))
    assert (parts(turn), turn.effects) == (["enroll.by_person"], (BY_PERSON,))
    assert "26-000123" not in str(turn.replies)


def test_alerts_are_ended_on_every_case_without_a_question() -> None:
    second = replace(SECOND, enrolled=ARRESTS)
    turn = said("ALERTS OFF", replace(KNOWN, cases=(replace(LINKED, enrolled=ARRESTS), second)))
    assert parts(turn) == ["unenroll.confirmed"]
    assert turn.effects == (Unenroll("26-000123"), Unenroll("26-000124"))
    assert parts(said("ALERTS OFF")) == ["unenroll.none"]


# What the police did not receive


def test_the_fallback_is_full_once_a_day_then_short_and_at_most_one_in_ten_minutes() -> None:
    state = State()
    told = []
    for minutes in (0, 1, 9, 10, 15, 20, 60 * 11, 60 * 12, 60 * 12 + 30):  # from noon to after midnight
        turn = said("asdf", state=state, now=NOON + timedelta(minutes=minutes))
        state = turn.state
        told.append(parts(turn))
    assert told == [
        ["fallback"],
        [],
        [],
        ["fallback.short"],
        [],
        ["fallback.short"],
        ["fallback.short"],
        ["fallback"],
        ["fallback.short"],
    ]


def test_midnight_is_midnight_where_the_agency_is() -> None:
    before = datetime(2026, 3, 5, 6, 50, tzinfo=UTC)  # 23:50 in Phoenix
    state = said("asdf", now=before).state
    assert state.fallback_in_full_on == "2026-03-04"
    assert parts(said("asdf", state=state, now=before + timedelta(minutes=10))) == ["fallback"]


@pytest.mark.parametrize("text", ["thanks", "asdf", "YES", "5", ""])
def test_thanks_and_questions_get_the_answer_that_the_police_did_not_receive_them(text: str) -> None:
    assert parts(said(text)) == ["fallback"]


def test_the_cap_holds_back_nothing_but_the_fallback() -> None:
    state = said("asdf").state
    for text, told in {"STATUS": "status.one", "HELP": "help", "STOP": "opt_out.confirmed"}.items():
        assert parts(said(text, state=state)) == [told]


def test_who_asks_to_be_called_is_promised_a_call_and_a_person_is_asked() -> None:
    turn = said("call me")
    assert (parts(turn), tasks(turn)) == (["callback.confirmed"], ["callback"])


def test_a_greeting_is_told_what_can_be_written_here() -> None:
    assert parts(said("hi")) == ["help"]


# State, and the words


def test_a_state_survives_its_way_through_the_database() -> None:
    state = said("asdf", state=State(language="es", open=OPEN)).state
    assert State.from_json(json.loads(json.dumps(state.to_json()))) == state
    assert State().to_json() == {}


def test_what_another_version_has_kept_is_dropped() -> None:
    assert State.from_json({"language": "sw", "mood": "good"}) == State(language="sw")


CATALOGS = Catalogs.load(FOLDER)
TEXTS = [
    "STOP",
    "START",
    "HELP",
    "STATUS",
    "ALERTS",
    "ALERTS OFF",
    "asdf",
    "call me",
    "wrong number",
    "he has a gun",
    "es",
]


@pytest.mark.parametrize("language", ["en", "es", "fr", "ar", "sw", "fa"])
@pytest.mark.parametrize("text", TEXTS)
@pytest.mark.parametrize(
    "facts", [KNOWN, STRANGER, replace(KNOWN, cases=(replace(LINKED, may_automate=False),))]
)
def test_every_reply_can_be_put_into_words_in_every_language(text: str, language: str, facts: Facts) -> None:
    state = State(language=language, language_chosen=True, fallback_in_full_on="2026-03-04")
    for reply in said(text, facts, state).replies:
        rendered = render(CATALOGS, reply.parts, reply.language, reply.facts, AGENCY.zone)
        assert "{" not in rendered.text
        assert not rendered.left_out
