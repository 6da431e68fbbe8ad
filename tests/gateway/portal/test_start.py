"""The portal's start page."""

from __future__ import annotations

from dataclasses import replace

from flask.testing import FlaskClient

from gateway.app import create_app
from gateway.ground import Ground, Policies
from gateway.store import agencies
from locales import LANGUAGES


def test_the_start_page_says_in_six_languages_what_to_text_and_whom_to_call(client: FlaskClient) -> None:
    page = client.get("/portal/").text
    assert "Saguaro City Police Department" in page
    for language in LANGUAGES:
        assert f'<section class="tongue" lang="{language.code}"' in page
    assert page.count('href="tel:+15205550199"') == 6
    assert page.count('href="tel:+15205550100"') == 6


def test_the_browsers_language_comes_first(client: FlaskClient) -> None:
    page = client.get("/portal/", headers={"Accept-Language": "sw, en;q=0.5"}).text
    assert page.index('class="tongue" lang="sw"') < page.index('class="tongue" lang="en"')
    assert '<html lang="sw">' in page


def test_where_several_agencies_share_the_line_one_chooses(ground: Ground) -> None:
    demo = ground.policies.of("demo")
    agency = demo.policy.agency.model_copy(update={"id": "other", "long_name": "Other Police Department"})
    other = replace(demo, policy=demo.policy.model_copy(update={"agency": agency}))
    two = replace(ground, policies=Policies({"demo": demo, "other": other}))
    with ground.database.begin() as connection:
        agencies.add_agency(connection, "other", ground.clock())
    client = create_app(two).test_client()
    page = client.get("/portal/").text
    assert "Other Police Department" in page
    assert 'href="/portal/demo?lang=en"' in page
    assert "Saguaro City Police Department" in client.get("/portal/demo").text
    assert "555-0100" in client.get("/portal/other").text, "without a number to text, there is one to call"
    assert client.get("/portal/none").status_code == 404
    assert "Saguaro" not in client.get("/m/unknown").text, "a link that is nobody's names nobody"


def test_whoever_opens_the_bare_address_comes_to_the_portal(client: FlaskClient) -> None:
    answer = client.get("/")
    assert (answer.status_code, answer.headers["Location"]) == (302, "/portal/")
