"""Emails: what they say, in six languages, and that each is handed over once, whatever the mail server does."""

from __future__ import annotations

import re
import socket
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import Table, insert, select

from gateway.app import create_app
from gateway.feeds.door import take as take_events
from gateway.feeds.work import work_off
from gateway.ground import Ground
from gateway.outbox.mail import drain as mail_drain
from gateway.outbox.mail.drain import drain
from gateway.outbox.mail.server import MailServer
from gateway.outbox.mail.stop import address_hash
from gateway.store.tables import decisions, email_opt_outs, emails, letters, pages, surges, tasks
from locales import LANGUAGES
from rules.policy import Channel
from tests.gateway.outbox.channels import HOME, MAIL, Inbox, telling_by
from tests.gateway.outbox.outbox import Clock
from tests.gateway.world import report

BY_MAIL = {"phone": None, "email": MAIL, "address": HOME}


def tell(ground: Ground, kind: str, number: str, data: dict[str, Any]) -> None:
    """An event, worked off."""
    now = ground.clock() - timedelta(seconds=1)
    event = {
        "specversion": "1.0", "source": "test", "id": f"{kind}{number}", "type": kind,
        "subject": number, "time": now.isoformat(), "data": data,
    }  # fmt: skip
    assert [one.result for one in take_events(ground, "demo", [event], ground.clock())] == ["accepted"]
    work_off(ground, lambda: True)


def filed(ground: Ground, number: str = "R1", **victim: Any) -> None:
    tell(ground, "report.filed", number, report(victim=BY_MAIL | victim))


def send(ground: Ground, seconds: float = 10) -> bool:
    assert ground.settings.smtp_url
    return drain(ground, MailServer(ground.settings.smtp_url, seconds), lambda: False)


def rows(ground: Ground, table: Table) -> list[Any]:
    with ground.database.connect() as connection:
        return list(connection.execute(select(table)))


def test_who_has_no_phone_gets_an_email_with_the_notice_and_the_link(post: Ground, inbox: Inbox) -> None:
    filed(post)
    send(post)
    (mail,) = inbox.mails
    (row,) = rows(post, emails)
    (page,) = rows(post, pages)
    assert (row.state, row.attempts, page.channel) == ("sent", 1, "email")
    assert mail["From"] == "Saguaro City Police Department <tidings@police.example.gov>"
    assert mail["To"] == MAIL
    assert mail["Subject"] == "Saguaro Police: A message about your report"
    assert mail["Message-ID"] == f"<{row.id}@police.example.gov>"
    assert mail["Auto-Submitted"] == "auto-generated"
    assert mail["X-Auto-Response-Suppress"] == "All"
    assert mail.get_content_type() == "multipart/alternative"
    for words in (inbox.part("plain"), inbox.part("html")):
        assert "R1" in words
        assert re.search(r"https://tidings\.test/m/[\w-]{22}", words)
        assert "https://tidings.test/unsubscribe/demo/" in words
        assert "Reply STOP" not in words, "an email can't be answered"
        assert "Jamie" not in words, "somebody else may read it"


@pytest.mark.parametrize("language", [language.code for language in LANGUAGES])
def test_an_email_is_in_the_persons_language_and_direction(post: Ground, inbox: Inbox, language: str) -> None:
    filed(post, language=language)
    send(post)
    html = inbox.part("html")
    direction = "rtl" if language in {"ar", "fa"} else "ltr"
    assert f'<html lang="{language}" dir="{direction}">' in html
    assert inbox.mails[0]["Content-Language"] == language
    assert not re.search("[\u2066-\u2069]", inbox.mails[0]["Subject"])
    said = post.catalogs.find("email.unsubscribe", language).forms[0]
    assert said in html
    assert said in inbox.part("plain")


def test_the_mail_programs_button_stops_emails_at_once_and_the_page_asks_first(
    post: Ground, inbox: Inbox
) -> None:
    filed(post)
    send(post)
    client = web(post).test_client()
    assert inbox.mails[0]["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    url = inbox.mails[0]["List-Unsubscribe"].strip("<>").removeprefix("https://tidings.test")
    asked = client.get(url, headers={"Accept-Language": "es"})
    assert asked.status_code == 200
    assert "<form" in asked.text
    assert rows(post, email_opt_outs) == []
    done = client.post(url, data={"List-Unsubscribe": "One-Click"})
    assert (done.status_code, "<form" in done.text) == (200, False)
    assert "Set-Cookie" not in done.headers
    assert client.post(url).status_code == 200, "safe to repeat"
    (row,) = rows(post, email_opt_outs)
    assert bytes(row.address_hash) == address_hash(post, "demo", MAIL.upper())


@pytest.mark.parametrize("token", ["x", "A" * 64, "%00", "é" * 64])
def test_a_made_up_token_stops_nobodys_emails(post: Ground, token: str) -> None:
    client = web(post).test_client()
    assert client.get(f"/unsubscribe/demo/{token}").status_code == 404
    assert client.post(f"/unsubscribe/demo/{token}").status_code == 404
    assert client.post(f"/unsubscribe/nowhere/{token}").status_code == 404
    assert rows(post, email_opt_outs) == []


def web(ground: Ground) -> Flask:
    made = create_app(ground)
    made.testing = True
    return made


def test_who_stopped_emails_gets_none_and_what_is_owed_goes_by_letter(post: Ground, inbox: Inbox) -> None:
    with post.database.begin() as connection:
        values = {
            "agency_id": "demo",
            "address_hash": address_hash(post, "demo", MAIL),
            "since": post.clock(),
        }
        connection.execute(insert(email_opt_outs).values(values))
    filed(post)
    tell(post, "arrest.made", "R1", {"arrest_id": "A1"})
    send(post)
    assert inbox.mails == []
    assert sorted((row.notice, row.state, row.reason) for row in rows(post, emails)) == [
        ("arrest.made", "suppressed", "opted_out"),
        ("report.filed", "suppressed", "opted_out"),
    ]
    assert [row.notice for row in rows(post, letters)] == ["arrest.made"]


def test_one_connection_serves_a_whole_drain(post: Ground, inbox: Inbox) -> None:
    for number in ("R1", "R2", "R3"):
        filed(post, number)
    send(post)
    assert (len(inbox.mails), inbox.connections) == (3, 1)


def test_a_mail_that_was_handed_over_before_a_crash_goes_again_under_the_same_id(
    post: Ground, inbox: Inbox, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    filed(post)
    with monkeypatch.context() as patch:
        patch.setattr(mail_drain, "_settle", killed)
        with pytest.raises(KeyboardInterrupt):
            send(post)
    assert [row.state for row in rows(post, emails)] == ["sending"]
    send(post)
    assert len(inbox.mails) == 1, "while its lease lasts nobody else touches it"
    clock.advance(mail_drain.LEASE)
    send(post)
    first, second = inbox.mails
    assert first["Message-ID"] == second["Message-ID"]
    assert inbox.part("plain", 0) == inbox.part("plain", 1)
    assert [row.state for row in rows(post, emails)] == ["sent"]


def killed(*_: object) -> None:
    raise KeyboardInterrupt


def test_a_server_that_says_later_is_asked_again_later(post: Ground, inbox: Inbox, clock: Clock) -> None:
    filed(post)
    inbox.answers.append("451 4.7.1 Greylisted")
    send(post)
    (row,) = rows(post, emails)
    assert (row.state, row.attempts, inbox.mails) == ("queued", 1, [])
    send(post)
    assert inbox.mails == []
    clock.advance(timedelta(minutes=1))
    send(post)
    assert len(inbox.mails) == 1


def test_a_server_that_says_never_sends_the_notice_on_by_letter(post: Ground, inbox: Inbox) -> None:
    filed(post)
    inbox.answers.append("550 5.1.1 No such user")
    send(post)
    (row,), (letter,) = rows(post, emails), rows(post, letters)
    assert (row.state, row.reason, letter.notice) == ("failed", "mail_refused", "report.filed")
    assert [(one.channel, one.reason, one.detail) for one in rows(post, decisions)] == [
        ("email", None, None),
        ("letter", "mail_refused", "not by email: 550"),
    ]
    assert letter.id == rows(post, decisions)[-1].message_id


@pytest.mark.parametrize("address", ["jamie..x@example.org", "<jamie@example.org>", "jörg@example.org"])
def test_an_address_that_is_none_goes_on_by_letter(post: Ground, inbox: Inbox, address: str) -> None:
    filed(post, email=address)
    send(post)
    assert [row.state for row in rows(post, emails)] == ["failed"]
    assert len(rows(post, letters)) == 1


def test_a_server_that_hangs_or_is_gone_costs_no_try_and_loses_nothing(
    post: Ground, inbox: Inbox, clock: Clock
) -> None:
    filed(post)
    with socket.create_server(("127.0.0.1", 0)) as silent:
        port = silent.getsockname()[1]
        hanging = replace(post, settings=replace(post.settings, smtp_url=f"smtp://127.0.0.1:{port}"))
        assert send(hanging, seconds=0.2) is False
    clock.advance(timedelta(minutes=1))
    assert send(hanging) is False, "now nobody listens there"
    (row,) = rows(post, emails)
    assert (row.state, row.attempts) == ("queued", 0)
    clock.advance(timedelta(minutes=1))
    send(post)
    assert len(inbox.mails) == 1


def test_emails_of_a_notice_that_surges_wait_with_the_texts(post: Ground, inbox: Inbox) -> None:
    filed(post)
    held = {"agency_id": "demo", "notice": "report.filed", "seen": 9, "usual": 1, "began_at": post.clock()}
    with post.database.begin() as connection:
        connection.execute(insert(surges).values(held))
    send(post)
    assert inbox.mails == []
    with post.database.begin() as connection:
        connection.execute(surges.update().values(ended_at=post.clock(), outcome="released"))
    send(post)
    assert len(inbox.mails) == 1


def test_a_case_that_turned_out_to_be_about_violence_at_home_sends_no_email(
    post: Ground, inbox: Inbox
) -> None:
    filed(post)
    tell(post, "arrest.made", "R1", {"arrest_id": "A1"})
    tell(post, "report.updated", "R1", report(victim=BY_MAIL | {"relationships": ["SE"]}))
    send(post)
    assert inbox.mails == []
    assert rows(post, letters) == [], "what is about the person holds for every channel"
    assert "owed_notice" in {row.kind for row in rows(post, tasks)}


def test_an_email_that_came_too_late_is_not_sent(post: Ground, inbox: Inbox, clock: Clock) -> None:
    filed(post)
    clock.advance(timedelta(days=4))
    send(post)
    assert [(row.state, row.reason) for row in rows(post, emails)] == [("suppressed", "stale")]
    assert rows(post, letters) == []


def test_without_a_mail_server_no_email_is_written_and_the_next_channel_serves(ground: Ground) -> None:
    told = telling_by(ground)
    closed = replace(told, policies=told.policies.without_email())
    filed(closed)
    assert rows(closed, emails) == []
    assert len(rows(closed, letters)) == 1


def test_what_was_written_before_the_mail_server_went_away_for_good_goes_by_letter(post: Ground) -> None:
    filed(post)
    closed = replace(post, policies=post.policies.without_email())
    drain(closed, None, lambda: False)
    assert [row.state for row in rows(post, emails)] in (["failed"], ["suppressed"])
    assert len(rows(post, letters)) == 1


def test_a_text_and_an_email_go_together_where_the_policy_says_so(ground: Ground, inbox: Inbox) -> None:
    both = telling_by(
        replace(ground, settings=replace(ground.settings, smtp_url=inbox.url)),
        Channel.TEXT, Channel.EMAIL,
        together=True,
    )  # fmt: skip
    tell(both, "report.filed", "R1", report(victim={"email": MAIL}))
    assert [(row.channel, row.outcome) for row in rows(both, decisions)] == [
        ("text", "notice"),
        ("email", "notice"),
    ]
    send(both)
    assert len(inbox.mails) == 1
