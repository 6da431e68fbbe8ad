"""`./tidings recall` and `./tidings surge`: what they tell before they do anything, and what they refuse."""

from __future__ import annotations

import json
from datetime import timedelta

import pytest

from gateway.ground import Ground
from gateway.store import agencies, emails, surges
from gateway.store.tables import emails as emails_table
from gateway.store.tables import messages, recalls
from gateway.store.tables import surges as surges_table
from tests.gateway.cli.conftest import Command
from tests.gateway.outbox.outbox import Clock, Outbox
from tests.gateway.world import JAMIE, OTHER

NOW = ("--until", "now")


@pytest.fixture
def since(ground: Ground) -> tuple[str, str]:
    return "--since", (ground.clock() - timedelta(hours=1)).isoformat()


@pytest.fixture
def outbox(ground: Ground) -> Outbox:
    """One notice of an arrest that left, in Spanish, and one that waits."""
    outbox = Outbox(ground, Clock())
    about = {"notice": "arrest.made", "notice_class": "statutory", "record_kind": "case", "party_id": "p1"}
    outbox.write(JAMIE, language="es", record_number="R1", **about)
    with ground.database.begin() as connection:
        connection.execute(messages.update().values(state="delivered"))
    outbox.write(OTHER, record_number="R2", **about)
    return outbox


def recall(run: Command, *more: str, notice: str = "arrest.made") -> str:
    return run("recall", "--agency", "demo", "--notice", notice, *more).output


def test_a_dry_run_counts_shows_six_languages_and_does_nothing(
    run: Command, outbox: Outbox, since: tuple[str, str]
) -> None:
    told = json.loads(recall(run, *since, *NOW, "--dry-run", "--json"))
    assert (told["found"]["waiting"], told["found"]["reached"]) == (1, {"es": 1})
    assert sorted(told["wordings"]["case"]) == ["ar", "en", "es", "fa", "fr", "sw"]
    assert "was sent by mistake" in told["wordings"]["call"]["en"]["text"]
    shown = recall(run, *since, *NOW, "--dry-run")
    assert "corrected (1 es)" in shown
    assert "Nothing was done." in shown
    assert outbox.rows(recalls) == []


def test_it_asks_does_it_and_the_second_time_there_is_nothing_to_do(
    run: Command, outbox: Outbox, since: tuple[str, str]
) -> None:
    assert (
        run("recall", "--agency", "demo", "--notice", "arrest.made", *since, *NOW, typed="n\n").exit_code == 1
    )
    assert outbox.rows(recalls) == []
    assert "1 stopped, 1 corrections written." in recall(run, *since, *NOW, "--by", "clerk", "--yes")
    assert recall(run, *since, *NOW).endswith("Nothing to do.\n")
    assert [row.made_by for row in outbox.rows(recalls)] == ["clerk"]


def test_what_went_by_email_is_corrected_by_email_or_left_to_a_person(
    run: Command, ground: Ground, outbox: Outbox, since: tuple[str, str]
) -> None:
    mailed(ground)
    arguments = ("recall", "--agency", "demo", "--notice", "arrest.made", *since, *NOW)
    server = {"SMTP_URL": "smtp://127.0.0.1:9"}
    assert "1  reached by email: a task for a person" in run(*arguments, "--dry-run").output
    assert "1  reached by email: corrected by email" in run(*arguments, "--dry-run", **server).output
    assert "a task is open" in run(*arguments, "--by", "clerk", "--yes").output
    assert "0 stopped, 1 corrections written." in run(*arguments, "--by", "clerk", "--yes", **server).output
    assert [row.notice for row in outbox.rows(emails_table, state="queued")] == ["correction"]


def mailed(ground: Ground) -> None:
    """The same notice has left by email."""
    now, pinned = ground.clock(), ground.policies.of("demo")
    new = emails.NewEmail(
        agency_id="demo",
        intent_key="arrest",
        notice="arrest.made",
        notice_class="statutory",
        address_hash=b"1",
        address="jamie@example.org",
        content={},
        language="en",
        due_at=now,
        created_at=now,
        expires_at=None,
        record_kind="case",
        record_number="R1",
        party_id="p1",
        policy_hash=pinned.hash,
    )
    with ground.database.begin() as connection:
        agencies.pin_policy(connection, "demo", pinned.hash, pinned.source, now)
        ids = emails.add(connection, [new])
        emails.settle(connection, ids.values(), emails.State.SENT, sent_at=now)


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (("arest.made", "2026-01-01", "now"), "did you mean arrest.made?"),
        (
            ("arrest.made", "yesterday", "now"),
            "--since: 'yesterday' is no time; expected such as 2026-11-23T08:00",
        ),
        (("arrest.made", "2026-01-01", "2126-01-01"), "--until lies in the future"),
        (("arrest.made", "2026-02-01", "2026-01-01"), "--since lies after --until"),
    ],
    ids=["notice", "time", "future", "order"],
)
def test_what_can_not_be_used_is_told_with_what_was_expected(
    run: Command, arguments: tuple[str, str, str], told: str
) -> None:
    notice, begin, end = arguments
    result = run("recall", "--agency", "demo", "--notice", notice, "--since", begin, "--until", end)
    assert (result.exit_code, told in result.output) == (1, True), result.output


def test_an_agency_that_is_not_there_is_told(run: Command) -> None:
    for command in (("recall", "--since", "2026-01-01", *NOW), ("surge", "discard")):
        name, *more = command
        arguments = [*more, "--agency", "nowhere", "--notice", "arrest.made"]
        assert "no agency nowhere; there is demo" in run(name, *arguments).output


@pytest.fixture
def surge(ground: Ground, outbox: Outbox) -> Ground:
    with ground.database.begin() as connection:
        surges.begin(connection, "demo", "arrest.made", 8000, 50, ground.clock())
    return ground


def test_what_is_held_is_listed_and_released_by_name(run: Command, surge: Ground, outbox: Outbox) -> None:
    assert "1 texts, 0 emails and 0 letters wait" in run("surge", "list", "--agency", "demo").output
    (one,) = json.loads(run("surge", "list", "--agency", "demo", "--json").output)["held"]
    assert (one["texts"], one["seen"], one["usual"], one["examples"]) == (1, 8000, 50, ["R2"])
    done = run("surge", "release", "--agency", "demo", "--notice", "arrest.made", "--by", "clerk")
    assert done.output == "1 are released: what is still in time goes out now.\n"
    assert [(row.outcome, row.ended_by) for row in outbox.rows(surges_table)] == [("released", "clerk")]
    assert run("surge", "list", "--agency", "demo").output == "Nothing is held.\n"


def test_what_is_held_is_discarded_when_one_says_yes(run: Command, surge: Ground, outbox: Outbox) -> None:
    arguments = ("surge", "discard", "--agency", "demo", "--notice", "arrest.made", "--by", "clerk")
    assert run(*arguments, typed="n\n").exit_code == 1
    assert [row.outcome for row in outbox.rows(surges_table)] == [None]
    assert json.loads(run(*arguments, "--json").output)["discarded"] == 1
    assert {row.reason for row in outbox.rows(messages, state="canceled")} == {"surge"}
    again = run(*arguments)
    assert (again.exit_code, "demo holds no arrest.made; nothing is held" in again.output) == (1, True)
