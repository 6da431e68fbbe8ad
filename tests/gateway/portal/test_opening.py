"""Whether a victim has read the page: machines that look ahead do not count."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select

from gateway.ground import Ground
from gateway.portal.robots import opened_by_a_person
from gateway.store.tables import tasks
from tests.gateway.portal.conftest import A_PERSON, NUMBER, PHONE, Making, Telling, read

PEOPLE = [
    PHONE,
    "Mozilla/5.0 (Linux; Android 14; SM-A155U) AppleWebKit/537.36 Chrome/129.0.0.0 Mobile Safari/537.36",
    "Mozilla/5.0 (Linux; Android 11; CUBOT X30) AppleWebKit/537.36 Chrome/120.0.0.0 Mobile Safari/537.36",
    "Mozilla/5.0 (iPhone; CPU iPhone OS 17_5 like Mac OS X) AppleWebKit/605.1.15 Mobile/15E148 [FBAN/FBIOS;FBAV/470.0]",
    "Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:131.0) Gecko/20100101 Firefox/131.0",
    "Opera/9.80 (J2ME/MIDP; Opera Mini/9.80/191.308; U; en) Presto/2.5.25 Version/12.16",
]
MACHINES = [
    "",
    "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_11_1) AppleWebKit/601.2.4 (KHTML, like Gecko) Version/9.0.1 "
    "Safari/601.2.4 facebookexternalhit/1.1 Facebot Twitterbot/1.0",
    "WhatsApp/2.23.20.0",
    "TelegramBot (like TwitterBot)",
    "Slackbot-LinkExpanding 1.0 (+https://api.slack.com/robots)",
    "Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)",
    "Mozilla/5.0 (Windows NT 6.1; WOW64) SkypeUriPreview Preview/0.5",
    "Mozilla/5.0 (compatible; bingbot/2.0) BingPreview/1.0b",
    "Mozilla/5.0 (compatible; Discordbot/2.0; +https://discordapp.com)",
    "curl/8.5.0",
    "python-requests/2.32",
    "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) HeadlessChrome/129.0 Safari/537.36",
]


@pytest.mark.parametrize("agent", PEOPLE)
def test_phones_and_computers_are_people(agent: str) -> None:
    assert opened_by_a_person("GET", {"User-Agent": agent})


@pytest.mark.parametrize("agent", MACHINES)
def test_previews_and_scanners_are_not(agent: str) -> None:
    assert not opened_by_a_person("GET", {"User-Agent": agent})


@pytest.mark.parametrize(
    "header",
    [
        {"Purpose": "prefetch"},
        {"Sec-Purpose": "prefetch;prerender"},
        {"X-Purpose": "preview"},
        {"X-Moz": "prefetch"},
        {"Sec-Fetch-Mode": "no-cors"},
    ],
)
def test_a_browser_that_looks_ahead_is_not_a_reader(header: dict[str, str]) -> None:
    assert not opened_by_a_person("GET", A_PERSON | header)


def test_a_page_counts_as_opened_when_a_person_opens_it_and_not_before(
    client: FlaskClient, make_page: Making, opened: Callable[[], int]
) -> None:
    token = make_page()
    client.head(f"/m/{token}", headers=A_PERSON)
    client.get(f"/m/{token}", headers=A_PERSON | {"Purpose": "prefetch"})
    for agent in MACHINES:
        assert client.get(f"/m/{token}", headers={"User-Agent": agent}).status_code == 200
    assert opened() == 0
    client.get(f"/m/{token}", headers=A_PERSON)
    assert opened() == 1


def test_a_link_that_does_not_work_is_never_opened(
    client: FlaskClient, make_page: Making, revoke: Callable[[], None], opened: Callable[[], int]
) -> None:
    token = make_page()
    revoke()
    client.get(f"/m/{token}", headers=A_PERSON)
    assert opened() == 0


@pytest.fixture
def asked_for(ground: Ground) -> Callable[[], list[Any]]:
    """The tasks that ask for what the page lacks."""

    def asked() -> list[Any]:
        of_the_page = tasks.c.key.like("%:page")
        with ground.database.connect() as connection:
            return list(connection.execute(select(tasks).where(tasks.c.kind == "missing_fact", of_the_page)))

    return asked


def test_what_the_report_lacks_is_asked_for_once_when_a_person_first_reads_it(
    client: FlaskClient, make_page: Making, add_page: Making, asked_for: Callable[[], list[Any]]
) -> None:
    token = make_page(officer=None, reported_at=None, unit=None)
    for agent in MACHINES:
        client.get(f"/m/{token}", headers={"User-Agent": agent})
    assert asked_for() == []
    for link in (token, token, add_page()):
        read(client, link)
    [task] = asked_for()
    assert task.detail == {
        "notice": "report.filed",
        "number": NUMBER,
        "left_out": "page.officer, page.reported_at, page.unit_phone",
    }


def test_a_whole_report_asks_for_nothing(
    client: FlaskClient, make_page: Making, asked_for: Callable[[], list[Any]]
) -> None:
    read(client, make_page())
    assert asked_for() == []


def test_what_was_told_before_anybody_read_it_is_not_asked_for(
    client: FlaskClient, make_page: Making, tell: Telling, asked_for: Callable[[], list[Any]]
) -> None:
    token = make_page(officer=None)
    tell("report.updated", officer={"name": "Officer Ruiz"})
    read(client, token)
    assert asked_for() == []


def test_a_page_without_details_asks_for_nothing(
    client: FlaskClient, make_page: Making, asked_for: Callable[[], list[Any]]
) -> None:
    read(client, make_page(offenses=["11A"], officer=None))
    assert asked_for() == []


def test_a_call_that_no_officer_went_to_lacks_nothing(
    client: FlaskClient, make_call_page: Making, asked_for: Callable[[], list[Any]]
) -> None:
    read(client, make_call_page(officer=None))
    assert asked_for() == []


def test_an_agency_without_divisions_lacks_no_phone_of_theirs(
    make_page: Making, with_agency: Callable[..., FlaskClient], asked_for: Callable[[], list[Any]]
) -> None:
    read(with_agency(divisions={}), make_page(unit=None))
    assert asked_for() == []
