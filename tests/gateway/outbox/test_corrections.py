"""A recall of what went by email or post: corrected on the same channel, once, by the rules that hold for texts."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import update

from gateway.ground import Ground
from gateway.jobs import watch
from gateway.outbox import recall as recalling
from gateway.outbox.mail import drain as mail_drain
from gateway.outbox.mail.drain import drain
from gateway.outbox.post.printing import print_batch
from gateway.store import emails as mail
from gateway.store import recalls
from gateway.store.recalls import Scope
from gateway.store.tables import decisions, emails, letters, tasks
from locales import LANGUAGES
from locales.bidi import without_controls
from rules.policy import Channel
from tests.gateway.jobs.cluster import free_port
from tests.gateway.outbox.channels import HOME, Inbox, telling_by
from tests.gateway.outbox.outbox import Clock
from tests.gateway.outbox.test_mail import BY_MAIL, killed, rows, send, tell
from tests.gateway.world import report

BY_POST: dict[str, Any] = {"phone": None, "email": None, "address": HOME}
HOUR = timedelta(hours=1)
SORRY = "Sorry, an earlier message on report R1 was sent by mistake. Please disregard it."


def arrest(ground: Ground, number: str = "R1", **victim: Any) -> None:
    """A notice of an arrest, and nothing else, to whom only these reach. Nothing is sent yet."""
    told = ground.clock() - timedelta(days=30)
    early = replace(ground, clock=lambda: told)
    tell(early, "report.filed", number, report(victim=BY_MAIL | victim))
    tell(ground, "arrest.made", number, {"arrest_id": "A1"})


def take_back(ground: Ground) -> tuple[int, int]:
    """Returns how many were stopped and how many corrections were written."""
    now = ground.clock()
    scope = Scope("demo", "arrest.made", now - HOUR, now)
    with ground.database.begin() as connection:
        begun = recalls.begin(connection, scope, "clerk", now)
    return recalling.carry_out(ground, begun)


def states(ground: Ground, notice: str = "correction") -> list[tuple[str, str | None]]:
    return [(row.state, row.reason) for row in rows(ground, emails) if row.notice == notice]


def opened(ground: Ground, kind: str) -> list[dict[str, str]]:
    return [row.detail for row in rows(ground, tasks) if row.kind == kind]


@pytest.fixture
def told(post: Ground, inbox: Inbox) -> Ground:
    """One notice of an arrest has left by email."""
    arrest(post)
    send(post)
    inbox.mails.clear()
    return post


@pytest.fixture
def clerk(ground: Ground, tmp_path: Path) -> Ground:
    """One notice of an arrest was printed as a letter."""
    by_post = telling_by(ground, Channel.TEXT, Channel.LETTER)
    arrest(by_post, **BY_POST)
    print_batch(by_post, "demo", tmp_path / "first.pdf", "clerk")
    return by_post


# Emails


def test_whom_an_email_reached_is_told_by_email_and_once(told: Ground, inbox: Inbox) -> None:
    assert take_back(told) == (0, 1)
    for _ in range(3):
        assert take_back(told) == (0, 0)
        watch.look(told)
    send(told)
    (correction,) = inbox.mails
    assert correction["Subject"] == "Saguaro Police: A message about your report"
    assert SORRY in " ".join(inbox.part("plain").split())
    assert "/unsubscribe/demo/" in inbox.part("html")
    assert (states(told), opened(told, "recalled_elsewhere")) == ([("sent", None)], [])
    (why,) = (row for row in rows(told, decisions) if row.rule == "correction")
    assert (why.channel, why.outcome, why.detail) == ("email", "notice", "arrest.made")


@pytest.mark.parametrize("language", [language.code for language in LANGUAGES])
def test_an_email_is_corrected_in_its_own_language(post: Ground, inbox: Inbox, language: str) -> None:
    arrest(post, language=language)
    send(post)
    take_back(post)
    send(post)
    assert [one["Content-Language"] for one in inbox.mails] == [language] * 2
    assert "R1" in without_controls(inbox.part("plain"))


def test_who_stopped_emails_gets_no_correction_and_a_person_is_asked(told: Ground, inbox: Inbox) -> None:
    (row,) = (row for row in rows(told, emails) if row.notice == "arrest.made")
    with told.database.begin() as connection:
        mail.opt_out(connection, "demo", bytes(row.address_hash), told.clock())
    take_back(told)
    send(told)
    assert (inbox.mails, states(told)) == ([], [("suppressed", "opted_out")])
    assert [one["notice"] for one in opened(told, "owed_notice")] == ["correction"]


def test_an_address_that_has_left_the_report_since_is_corrected_all_the_same(
    told: Ground, inbox: Inbox
) -> None:
    other = report(victim=BY_MAIL | {"email": "other@example.org"}, offenses=["90Z"])
    tell(told, "report.updated", "R1", other)
    take_back(told)
    send(told)
    assert [one["To"] for one in inbox.mails] == ["jamie@example.org"]


def test_a_case_that_turned_out_to_be_domestic_is_not_mentioned_again_by_email(
    told: Ground, inbox: Inbox
) -> None:
    tell(told, "report.updated", "R1", report(victim=BY_MAIL | {"relationships": ["SE"]}))
    take_back(told)
    send(told)
    assert (inbox.mails, states(told)) == ([], [("suppressed", "domestic_violence")])
    assert "correction" in [one["notice"] for one in opened(told, "owed_notice")]


def test_an_address_that_turned_out_to_be_the_suspects_is_not_written_to_again(
    told: Ground, inbox: Inbox
) -> None:
    mended = report(victim=BY_MAIL | {"email": "other@example.org"})
    suspect = {"role": "suspect", "name": "Sam Roe", "email": "jamie@example.org"}
    tell(told, "report.updated", "R1", {**mended, "parties": [*mended["parties"], suspect]})
    take_back(told)
    send(told)
    assert (inbox.mails, states(told)) == ([], [("suppressed", "accused_number")])


def test_an_email_on_its_way_is_corrected_once_the_server_has_taken_it(post: Ground, inbox: Inbox) -> None:
    arrest(post)
    (row,) = (row for row in rows(post, emails) if row.notice == "arrest.made")
    with post.database.begin() as connection:
        mail.dispatch(connection, [row.id])
    assert take_back(post) == (0, 0)
    watch.look(post)
    assert states(post) == []
    with post.database.begin() as connection:
        mail.settle(connection, [row.id], mail.State.SENT, sent_at=post.clock())
    for _ in range(3):
        watch.look(post)
    assert states(post) == [("queued", None)]


def test_an_email_on_its_way_that_the_server_puts_off_never_leaves_and_is_not_corrected(
    post: Ground, inbox: Inbox, clock: Clock
) -> None:
    arrest(post)
    inbox.answers.append("451 4.7.1 Greylisted")
    send(post)
    take_back(post)
    clock.advance(HOUR)
    send(post)
    watch.look(post)
    assert (inbox.mails, states(post, "arrest.made"), states(post)) == ([], [("canceled", "recalled")], [])


def test_an_email_of_which_a_crash_left_open_whether_it_left_is_not_repeated_but_corrected(
    post: Ground, inbox: Inbox, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    arrest(post)
    with monkeypatch.context() as patch:
        patch.setattr(mail_drain, "_settle", killed)
        with pytest.raises(KeyboardInterrupt):
            send(post)
    assert take_back(post) == (0, 0)
    clock.advance(mail_drain.LEASE)
    send(post)
    watch.look(post)
    watch.look(post)
    send(post)
    assert states(post, "arrest.made") == [("suppressed", "recalled")]
    assert (len(inbox.mails), states(post)) == (2, [("sent", None)])
    assert SORRY in " ".join(inbox.part("plain").split())


def test_an_email_that_the_server_was_given_and_said_nothing_of_is_corrected(
    post: Ground, inbox: Inbox, clock: Clock
) -> None:
    arrest(post)
    inbox.mute_at = frozenset({1})
    assert send(post, seconds=0.5) is False
    assert states(post, "arrest.made") == [("queued", None)]
    assert take_back(post) == (1, 1)
    send(post)
    assert states(post, "arrest.made") == [("canceled", "recalled")]
    assert len(inbox.mails) == 2
    assert SORRY in " ".join(inbox.part("plain").split())


def test_an_email_that_a_server_never_heard_of_is_not_corrected(post: Ground) -> None:
    arrest(post)
    away = replace(post, settings=replace(post.settings, smtp_url=f"smtp://127.0.0.1:{free_port()}"))
    assert send(away) is False
    assert take_back(away) == (1, 0)


def test_what_the_mail_server_refused_reached_nobody_and_is_not_corrected(post: Ground, inbox: Inbox) -> None:
    arrest(post, address=[])
    inbox.answers.append("550 5.1.1 No such user")
    send(post)
    assert take_back(post) == (0, 0)


def test_without_a_mail_server_any_more_a_person_has_to_write(told: Ground) -> None:
    closed = replace(told, policies=told.policies.without_email())
    assert take_back(closed) == (0, 0)
    watch.look(closed)
    (task,) = opened(closed, "recalled_elsewhere")
    assert (task["emails"], task["letters"]) == ("1", "")


def test_a_correction_that_is_written_and_finds_no_mail_server_any_more_is_left_to_a_person(
    told: Ground,
) -> None:
    take_back(told)
    closed = replace(told, policies=told.policies.without_email())
    drain(closed, None, lambda: False)
    assert states(closed) == [("failed", "mail_refused")]
    assert "correction" in [one["notice"] for one in opened(closed, "owed_notice")]


# Letters


def posted(ground: Ground) -> list[Any]:
    return [row for row in rows(ground, letters) if row.notice == "correction"]


def test_a_printed_letter_gets_a_letter_of_correction_to_the_same_address_once(
    clerk: Ground, tmp_path: Path
) -> None:
    assert take_back(clerk) == (0, 1)
    assert take_back(clerk) == (0, 0)
    watch.look(clerk)
    (row,) = posted(clerk)
    assert (row.state, row.notice_class) == ("to_print", "statutory")
    assert row.content["to"] == ["Jamie Doe", *HOME]
    assert row.content["subject"] == "Your report R1"
    assert SORRY in without_controls(" ".join(row.content["paragraphs"]))
    printed = print_batch(clerk, "demo", tmp_path / "second.pdf", "clerk")
    assert (printed.letters, printed.held_back) == (1, {})
    assert opened(clerk, "recalled_elsewhere") == []


def test_a_letter_that_waits_or_came_back_is_not_corrected(clerk: Ground) -> None:
    with clerk.database.begin() as connection:
        connection.execute(update(letters).values(state="returned"))
    arrest(clerk, "R2", **BY_POST)
    assert take_back(clerk) == (1, 0)
    assert posted(clerk) == []


@pytest.mark.parametrize("moved", [False, True])
def test_no_letter_of_correction_goes_into_the_house_of_whoever_is_accused(
    clerk: Ground, tmp_path: Path, moved: bool
) -> None:
    victim = BY_POST | {"address": ["1 Other Street", "Saguaro City AZ 85701"] if moved else HOME}
    mended = report(victim=victim)
    suspect = {"role": "suspect", "name": "Sam Roe", "address": [*HOME]}
    tell(clerk, "report.updated", "R1", {**mended, "parties": [*mended["parties"], suspect]})
    take_back(clerk)
    printed = print_batch(clerk, "demo", tmp_path / "second.pdf", "clerk")
    assert (printed.letters, list(printed.held_back.values())) == (0, ["no_address"])
    assert "correction" in [one["notice"] for one in opened(clerk, "owed_notice")]


def test_without_an_address_to_write_from_a_person_has_to(clerk: Ground) -> None:
    pinned = clerk.policies.of("demo")
    agency = pinned.policy.agency.model_copy(update={"address": ()})
    nowhere = replace(pinned, policy=pinned.policy.model_copy(update={"agency": agency}))
    closed = replace(clerk, policies=replace(clerk.policies, by_agency={"demo": nowhere}))
    assert take_back(closed) == (0, 0)
    (task,) = opened(closed, "recalled_elsewhere")
    assert (task["emails"], task["letters"]) == ("", "1")
