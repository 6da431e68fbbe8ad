"""Whole conversations at random: texts that come twice, late, in another order, with minutes or weeks between them."""

from __future__ import annotations

import json
from datetime import datetime, timedelta

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import Bundle, RuleBasedStateMachine, consumes, invariant, precondition, rule

from conversations.understanding import Intent, understand
from tests.conversations.transcript import Line

THEIR_CASE = 'case 2411-00372 status=assigned to="Det. Ortiz" phone=other'
THEIR_ASSAULT = 'case 2411-00391 offense=13B status=assigned to="Det. Nguyen" phone=other relationship=ST'
AT_HOME = 'case 2411-00400 offense=13B status=assigned to="Det. Abdi" phone=other relationship=SE'
SECRETS = {"2411-00372": "Det. Ortiz", "2411-00391": "Det. Nguyen", "2411-00400": "Det. Abdi"}
ANSWERED_AFTER_STOP = {Intent.DISTRESS, Intent.HELP, Intent.OPT_IN, Intent.OPT_OUT}

texts = st.sampled_from(
    [
        *("status", "any news on my case?", "ALERTS", "ALERTS OFF", "updates", "status and alerts"),
        *("2411-00372", "2411-00391", "2411-00400", "2411-99999", "05/14/1990", "05/15/1990", "4821", "1111"),
        *("1", "2", "5!", "٣", "yes", "no", "all", "skip", "email", "👍", "the green one"),
        *(
            "STOP",
            "no más mensajes",
            "توقف",
            "START",
            "HELP",
            "call me",
            "wrong number",
            "thanks",
            "hi",
            "asdf ?",
        ),
        *(
            "español",
            "english please",
            "I don't read English",
            "he is outside with a gun",
            "please stop the noise",
        ),
    ]
)
gaps = st.sampled_from([0, 1, 9, 11, 45, 60 * 25, 60 * 24 * 5, 60 * 24 * 20, 60 * 24 * 60])


class Conversation(RuleBasedStateMachine):
    """One phone, three cases on which it does not stand, surveys; texts through a carrier that dawdles."""

    on_the_way = Bundle("on_the_way")

    def __init__(self) -> None:
        super().__init__()
        self.line = Line()
        for case in (THEIR_CASE, THEIR_ASSAULT, AT_HOME):
            self.line.know(case)
        self.proven = set[str]()
        self.filed: list[str] = []
        self.last_fallback = self.line.now - timedelta(days=1)

    @rule(text=texts, gap=gaps)
    def they_text(self, text: str, gap: int) -> None:
        self.line.now += timedelta(minutes=gap)
        self._arrives(text)

    @rule(target=on_the_way, text=texts)
    def they_text_and_it_dawdles(self, text: str) -> str:
        return text

    @rule(text=consumes(on_the_way))
    def what_dawdled_arrives(self, text: str) -> None:
        self._arrives(text)

    @rule(text=texts)
    def they_send_it_twice(self, text: str) -> None:
        self._arrives(text)
        kept = self.line.state
        self._arrives(text)
        assert len(self.line.state) <= len(kept) + 400

    @precondition(lambda self: not self.line.opted_out)
    @rule(survey=st.sampled_from(["after_report", "after_call"]))
    def a_survey_is_asked(self, survey: str) -> None:
        self.line.now += timedelta(minutes=1)
        self.line.know(f"survey {survey}")
        self.filed = []

    def _arrives(self, text: str) -> None:
        out, meaning = self.line.opted_out, understand(text)
        meant = {meaning.intent, *meaning.also}
        replies, effects = self.line.text(text)
        said = " ".join(replies)
        if out and not meant & ANSWERED_AFTER_STOP:
            assert replies == [], "somebody who said STOP is written to"
        if not out and not replies:
            assert self.line.now - self.last_fallback < timedelta(minutes=10), (
                "somebody is left without an answer"
            )
        self._nothing_is_told_too_early(said, effects)
        self._surveys_are_filed_in_order(effects)
        fallback = json.loads(self.line.state).get("fallback_at")
        if fallback and datetime.fromisoformat(fallback) != self.last_fallback:
            assert self.line.now - self.last_fallback >= timedelta(minutes=10), "two robots talk"
            self.last_fallback = self.line.now
        if Intent.OPT_OUT in meant:
            kept = json.loads(self.line.state)
            assert not {"open", "survey", "then"} & kept.keys()
        if Intent.DISTRESS in meant:
            assert "911" in replies[0], "danger is not answered at once"
            assert "task distress at once" in effects

    def _nothing_is_told_too_early(self, said: str, effects: list[str]) -> None:
        self.proven |= {effect.split()[1] for effect in effects if effect.endswith(" confirmed")}
        for number, name in SECRETS.items():
            if name in said:
                assert number in self.proven, f"{number} is told to a stranger"
        for effect in effects:
            if effect.startswith("Enroll "):
                assert effect.split()[1] in self.proven
        assert not {"2411-00391", "2411-00400"} & self.proven, "a case about a person is open to a new number"

    def _surveys_are_filed_in_order(self, effects: list[str]) -> None:
        self.filed += [effect.split()[1] for effect in effects if effect.startswith("FileAnswer ")]
        assert len(set(self.filed)) == len(self.filed), "an answer is filed twice"

    @invariant()
    def what_is_remembered_stays_small(self) -> None:
        assert len(self.line.state) < 3000


Conversation.TestCase.settings = settings(max_examples=60, stateful_step_count=25, deadline=None)
TestWholeConversations = Conversation.TestCase
