"""Every (state, intent) pair is walked: an answer exists, nothing is a dead end, STOP ends all, time ends the rest."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import date, datetime, timedelta
from itertools import product

import pytest

from conversations.dialogues import DIALOGUES, OPENINGS, QUESTIONS
from conversations.dialogues.table import (
    AGAIN,
    END,
    STAY,
    Move,
    Outcome,
    Question,
    Situation,
    Way,
    go,
    lives_of,
    opened,
)
from conversations.effects import OpenTask, OptOut, Topic
from conversations.step import ANSWERED_AFTER_STOP, answer
from conversations.turn import Facts, State, Turn
from conversations.understanding import Intent, Understanding
from locales import FOLDER, Catalogs, render
from rules.policy import Conversation
from rules.survey import QuestionType, load_all
from rules.values import Case, Party, Role
from tests.conversations.test_step import AGENCY, ALL_IN_ENGLISH, LINKED, NOON

CATALOGS = Catalogs.load(FOLDER)
SURVEY = load_all()["after_report"]
BY_KIND = {question.type: question for question in SURVEY.survey.questions}
BY_KIND[QuestionType.YES_NO] = load_all()["after_call"].survey.questions[1]
EVERY_ORDER = SURVEY.survey.model_copy(
    update={"questions": tuple(BY_KIND[kind] for pair in product(QuestionType, repeat=2) for kind in pair)}
)
"""Every type of question after every other."""
SECOND = replace(LINKED, case=Case("26-000124", offenses=("23H",), status="open"))
BARRED = replace(LINKED, may_automate=False)
LAST = {
    kind: SURVEY.survey.model_copy(update={"questions": (question,)}) for kind, question in BY_KIND.items()
}
ASKED = {SURVEY.hash: SURVEY.survey, "every order": EVERY_ORDER, **LAST}
KNOWN = Facts(AGENCY, ALL_IN_ENGLISH, cases=(LINKED,), code="4821", surveys=ASKED)
PEOPLE = {
    "one case": KNOWN,
    "no case": replace(KNOWN, cases=()),
    "two cases": replace(KNOWN, cases=(LINKED, SECOND)),
    "a case that is not automated": replace(KNOWN, cases=(BARRED,)),
    "a case to be confirmed": replace(KNOWN, cases=(replace(LINKED, confirmed=False, on_report=False),)),
    "a case where the number is a suspect's": replace(KNOWN, cases=(replace(LINKED, accused=True),)),
    "a case with alerts": replace(KNOWN, cases=(replace(LINKED, enrolled=frozenset(Topic)),)),
    "one who claims a case": replace(KNOWN, cases=(), claimed=replace(LINKED, on_report=False)),
    "one who is locked out": replace(KNOWN, cases=(), tries_left=0),
    "one who stopped": replace(KNOWN, opted_out=True),
    "one who may choose what to stop": replace(KNOWN, conversation=Conversation(ask_what_to_stop=True)),
    "one who gives a name": replace(KNOWN, cases=(), conversation=Conversation(verify_by="last_name")),
}
ABOUT = {
    "verify.report": {"goal": "status"},
    "verify.secret": {"goal": "enroll.arrests", "report_number": "26-000123"},
    "status.which": {"goal": "status", "reports": ["26-000123", "26-000124"]},
    "enroll.which": {"goal": "enroll.updates", "reports": ["26-000123", "26-000124"]},
    "enroll.code": {"goal": "enroll.arrests", "report_number": "26-000123"},
    "contact.added": {"report_number": "26-000123", "contact": "00ff", "confirmed": True},
}
PLACES = {"scale": 0, "choice": 3, "text": 4, "yes_no": 0}
ANSWERS = ("1", "2", "yes", "no", "26-000123", "05/14/1990", "4821", "all", "skip", "Lopez", "asdf", "")


def about(name: str) -> dict[str, object]:
    if name.startswith("survey."):
        return {"run": "1", "survey": SURVEY.hash, "index": PLACES[name.removeprefix("survey.")]}
    return ABOUT.get(name, {})


def waiting(name: str | None) -> State:
    """A state in which that question waits, asked now; with nothing open for None."""
    if name is None:
        return State()
    question = QUESTIONS[name]
    asked = opened(question, about(name), NOON, lives_of(question, KNOWN, about(name)))
    return State(survey=asked) if question.survey else State(open=asked)


STATES = (None, *QUESTIONS)


def taken(state: str | None, intent: Intent, facts: Facts, now: datetime = NOON, text: str = "") -> Turn:
    """One turn, with the state through JSON before and after."""
    kept = State.from_json(json.loads(json.dumps(waiting(state).to_json())))
    turn = answer(kept, text, Understanding(intent), facts, now)
    assert State.from_json(json.loads(json.dumps(turn.state.to_json()))) == turn.state
    return turn


@pytest.mark.parametrize("person", PEOPLE)
def test_every_text_in_every_state_is_answered_or_silence_is_what_was_promised(person: str) -> None:
    facts = PEOPLE[person]
    for state, intent in product(STATES, Intent):
        turn = taken(state, intent, facts)
        if facts.opted_out and intent not in ANSWERED_AFTER_STOP:
            assert turn.replies == (), (state, intent)
        else:
            assert turn.replies, (state, intent)
        assert turn.intent is intent or turn.intent is Intent.ANSWER


@pytest.mark.parametrize("person", PEOPLE)
def test_every_reply_of_every_turn_can_be_put_into_words_in_six_languages(person: str) -> None:
    for state, intent, text in product(
        STATES, (Intent.UNKNOWN, Intent.STATUS, Intent.ENROLL, Intent.OPT_OUT), ANSWERS
    ):
        for reply in taken(state, intent, PEOPLE[person], text=text).replies:
            for language in ("en", "es", "fr", "ar", "sw", "fa"):
                said = render(CATALOGS, reply.parts, language, reply.facts, AGENCY.zone, reply.wording)
                assert set(said.left_out) <= {"status.one.assigned"}, (reply.parts, said.left_out)
                assert "{" not in said.text


@pytest.mark.parametrize("person", PEOPLE)
def test_stop_ends_everything_from_everywhere(person: str) -> None:
    for state in STATES:
        turn = taken(state, Intent.OPT_OUT, PEOPLE[person])
        assert OptOut() in turn.effects
        assert turn.state.survey is None
        assert turn.state.then == ()
        assert turn.state.open is None or turn.state.open.question == "opt_out.what"


@pytest.mark.parametrize("person", PEOPLE)
def test_danger_is_answered_from_everywhere_and_pages_staff_and_leaves_open_what_was_open(
    person: str,
) -> None:
    for state in STATES:
        turn = taken(state, Intent.DISTRESS, PEOPLE[person])
        assert turn.replies[0].parts == ("distress",)
        assert OpenTask("distress", hours=0, urgent=True) in turn.effects
        assert turn.state.questions == waiting(state).questions


@pytest.mark.parametrize("name", QUESTIONS)
def test_every_question_times_out_and_is_then_as_if_it_had_never_been_asked(name: str) -> None:
    (question,) = waiting(name).questions
    over = datetime.fromisoformat(question.late_until or question.until)
    for intent, text in product((Intent.UNKNOWN, Intent.STATUS), ANSWERS):
        late = taken(name, intent, KNOWN, over, text)
        fresh = taken(None, intent, KNOWN, over, text)
        assert replace(late, state=State()) == replace(fresh, state=State()), text
        assert late.state.questions == fresh.state.questions
    before = over - timedelta(seconds=1)
    assert taken(name, Intent.CALLBACK, KNOWN, before).state.questions == waiting(name).questions


@pytest.mark.parametrize("name", QUESTIONS)
def test_nothing_is_a_dead_end_however_often_one_does_not_understand(name: str) -> None:
    state = waiting(name)
    said = set()
    for minute in range(0, 60, 11):
        turn = answer(state, "asdf ?", Understanding(Intent.UNKNOWN), KNOWN, NOON + timedelta(minutes=minute))
        assert turn.replies or QUESTIONS[name].after_stop, "somebody is left without an answer"
        said |= {part for reply in turn.replies for part in reply.parts}
        state = turn.state
    ended = state.questions == ()
    assert ended or {"fallback", "fallback.short"} & said or QUESTIONS[name].takes_any_text


# The tables by themselves


def ways() -> Iterator[tuple[str, Way, Question | None]]:
    for dialogue in DIALOGUES:
        for opening in dialogue.openings:
            yield from ((f"{opening.intent}: {name}", way, None) for name, way in opening.ways.items())
        for question in dialogue.questions:
            further = {"given_up": question.given_up, "late": question.late}
            for name, way in {**question.ways, **further}.items():
                if way is not None:
                    yield f"{question.name}: {name}", way, question


@pytest.mark.parametrize(("name", "way"), [(name, way) for name, way, _ in ways()])
def test_every_way_leads_to_a_question_that_there_is_and_says_what_the_catalogs_have(
    name: str, way: Way
) -> None:
    assert way.to in {END, STAY, AGAIN, *QUESTIONS}
    for part in way.says:
        assert CATALOGS.find(part, "en"), part


@pytest.mark.parametrize("name", QUESTIONS)
def test_from_every_question_there_is_a_way_out(name: str) -> None:
    seen, reached = set[str](), {name}
    while reached - seen:
        here = (reached - seen).pop()
        seen.add(here)
        reached |= {way.to for _, way, question in ways() if question and question.name == here}
    assert END in reached


def test_every_intent_has_one_opening_and_every_question_one_name() -> None:
    openings = [opening.intent for dialogue in DIALOGUES for opening in dialogue.openings]
    questions = [question.name for dialogue in DIALOGUES for question in dialogue.questions]
    assert sorted(openings) == sorted(Intent) == sorted(OPENINGS)
    assert len(questions) == len(set(questions)) == len(QUESTIONS)


MEANT = [
    *(Understanding(intent) for intent in Intent),
    Understanding(Intent.LANGUAGE, chosen_language="es"),
    Understanding(Intent.ENROLL, topic="updates"),
    Understanding(Intent.UNENROLL, topic="updates"),
]
NAMED = replace(LINKED, on_report=False)
VICTIM = Party("1", Role.VICTIM, "Ana Lopez", birth_date=date(1990, 5, 14))


def claiming(**differs: object) -> Facts:
    """Somebody who knows the report number and the date of birth of the case as it differs."""
    case = replace(LINKED.case, parties=(VICTIM,))
    of_case = {name: differs.pop(name) for name in ("offenses", "status") if name in differs}
    claimed = replace(NAMED, case=replace(case, **of_case), **differs)  # type: ignore[arg-type]
    return replace(KNOWN, cases=(), claimed=claimed)


FURTHER = {
    "who claims a theft": claiming(),
    "who claims a robbery": claiming(offenses=("120",)),
    "who claims what is not automated": claiming(may_automate=False),
    "a suspect who claims it": claiming(accused=True),
    "who claims a case of which no status was told": claiming(status=None),
    "who has one try left": replace(KNOWN, cases=(), tries_left=1),
    "of whose two cases one is a person's": replace(
        KNOWN, cases=(LINKED, replace(SECOND, may_automate=False))
    ),
    "whose second case is a new number's": replace(KNOWN, cases=(replace(LINKED, on_report=False),)),
    "who is told of arrests": replace(KNOWN, cases=(replace(LINKED, enrolled=frozenset({Topic.ARRESTS})),)),
    "who chose and stopped": replace(KNOWN, opted_out=True, conversation=Conversation(ask_what_to_stop=True)),
    "where nobody can text 911": replace(KNOWN, agency=AGENCY.model_copy(update={"text_to_911": False})),
    "a carrier's stop": replace(KNOWN, carrier_opt_out_type="STOP"),
}


def test_every_way_in_the_tables_is_taken_by_somebody(monkeypatch: pytest.MonkeyPatch) -> None:
    """A way that nobody can take is dead; an outcome without a way would be a KeyError in this walk."""
    walked = set[int]()

    def noting(s: Situation, outcome: Outcome, way: Way, questions: Mapping[str, Question]) -> Move:
        walked.add(id(way))
        return go(s, outcome, way, questions)

    monkeypatch.setattr("conversations.step.go", noting)
    said = [(meaning, "") for meaning in MEANT]
    said += [(Understanding(intent), "26-000123") for intent in (Intent.STATUS, Intent.ENROLL)]
    said += [(Understanding(Intent.UNKNOWN), text) for text in ANSWERS]
    for facts, name, (meaning, text) in product((*PEOPLE.values(), *FURTHER.values()), STATES, said):
        late = name is not None and QUESTIONS[name].survey and text in ("2", "no")
        now = NOON + timedelta(days=20 if late else 0)
        for state in (waiting(name), *_more_states(name, all_surveys=facts is KNOWN)):
            answer(state, text, meaning, facts, now)
    assert {name for name, way, _ in ways() if id(way) not in walked} == set()


def _more_states(name: str | None, all_surveys: bool) -> Iterator[State]:
    """What changes the answer beside the open question: danger a while ago, a fallback today, another goal."""
    if name is None:
        yield State(safety_at=(NOON - timedelta(hours=1)).isoformat())
        yield State(fallback_in_full_on="2026-03-04")
        yield State(fallback_at=NOON.isoformat())
        return
    (question,) = waiting(name).questions
    if question.tries < QUESTIONS[name].tries:
        tried = replace(question, tries=QUESTIONS[name].tries)
        yield State(survey=tried) if QUESTIONS[name].survey else State(open=tried)
    for goal in ("status", "enroll.arrests", "enroll.updates"):
        if name.startswith("verify.") or (name.startswith("enroll.") and goal != "status"):
            yield State(open=replace(question, about={**question.about, "goal": goal}))
    if QUESTIONS[name].survey and all_surveys:
        for survey, index in _places(name.removeprefix("survey.")):
            yield State(survey=replace(question, about={"run": "1", "survey": survey, "index": index}))


def _places(kind: str) -> Iterator[tuple[str, int]]:
    for hash_, survey in KNOWN.surveys.items():
        yield from ((hash_, index) for index, asked in enumerate(survey.questions) if asked.type == kind)
