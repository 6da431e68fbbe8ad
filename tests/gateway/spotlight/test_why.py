"""Why something was sent, or not."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from html import unescape
from types import SimpleNamespace

import pytest

from conversations.understanding.intents import Intent
from gateway.outbox.reactions import Reaction
from gateway.spotlight.shown import steps
from gateway.spotlight.wording import INTENTS, REASONS, STATES
from gateway.store.states import State
from rules.suppression import Reason
from tests.gateway.portal.conftest import NUMBER, Making, Telling, add_page, make_page, tell
from tests.gateway.spotlight.conftest import Browser
from tests.gateway.world import call

__all__ = ["add_page", "make_page", "tell"]


def words(page: str) -> str:
    return " ".join(unescape(re.sub("<[^>]+>", " ", page)).split())


def test_a_notice_is_shown_with_what_became_of_it(clerk: Browser, make_page: Making) -> None:
    make_page()
    page = words(clerk.get(f"/spotlight/why?number={NUMBER}").text)
    assert "Report filed, to victim" in page
    assert "The policy calls for it." in page
    assert "Waiting to be sent" in page
    assert "Saguaro Police: " not in page, "no bodies"


def test_what_was_not_sent_is_shown_with_its_reason(clerk: Browser, tell: Telling) -> None:
    tell("call.received", "P1", **call(type_code="BATTERY DV"))
    page = words(clerk.get("/spotlight/why?number=P1").text)
    assert "Call received, to caller : not sent" in page
    assert "It is, or may be, domestic violence. BATTERY DV" in page


def test_a_notice_that_goes_on_another_way_says_why_and_where_it_stands() -> None:
    row = SimpleNamespace(
        at=datetime(2026, 3, 4, 19, tzinfo=UTC), rule="arrest.made", party_id="victim", outcome="notice",
        channel="letter", reason="opted_out", detail="not by text", state="to_print", policy_hash="p",
    )  # fmt: skip
    (step,) = steps([row], UTC)  # type: ignore[list-item]
    assert step.sentence == "It goes on by letter. The person said stop."
    assert STATES[step.state or ""].text == "Waiting to be printed"


def test_a_number_pasted_with_spaces_and_unseen_marks_is_found(clerk: Browser, make_page: Making) -> None:
    make_page()
    assert (
        "The policy calls for it."
        in clerk.get(f"/spotlight/why?number=%20%E2%81%A6{NUMBER}%E2%81%A9%20").text
    )


def test_another_agencys_number_is_as_if_it_were_not_there(stranger: Browser, make_page: Making) -> None:
    make_page()
    answer, unknown = (stranger.get(f"/spotlight/why?number={n}").text for n in (NUMBER, "2611-99999"))
    assert "no decision" in answer
    assert answer.replace(NUMBER, "") == unknown.replace("2611-99999", "")


@pytest.mark.parametrize("number", ["%00", "%ff", "'; --", "<script>", "x" * 500])
def test_a_strange_number_is_just_not_known(clerk: Browser, number: str) -> None:
    answer = clerk.get(f"/spotlight/why?number={number}")
    assert answer.status_code == 200
    assert "<script>" not in answer.text


@pytest.mark.parametrize(
    ("values", "table"),
    [(Reason, REASONS), (Reaction, REASONS), (State, STATES), (Intent, INTENTS)],
    ids=["reasons", "reactions", "states", "intents"],
)
def test_everything_that_can_happen_has_words(values: type, table: dict) -> None:
    assert [value for value in values if value not in table] == []
