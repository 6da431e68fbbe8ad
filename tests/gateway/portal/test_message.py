"""The page behind the link in a text."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from flask.testing import FlaskClient

from gateway.portal.speech import _linked
from locales import LANGUAGES
from tests.gateway.portal.conftest import A_PERSON, NUMBER, Making, Telling, read, words
from tests.gateway.world import JAMIE, OTHER


def test_the_page_holds_the_eight_facts(client: FlaskClient, make_page: Making) -> None:
    page = words(read(client, make_page()))
    assert "Saguaro City Police Department" in page
    assert f"Report number {NUMBER}" in page
    assert "Crime code 220" in page
    assert "Reporting officer Officer Ruiz" in page
    assert "Date and time of the report Mar 5, 2026" in page
    assert "2:04 PM" in page, "told where the agency is"
    assert "Burglary means that someone went into a building" in page
    assert "Do not touch or clean anything" in page
    assert "Phone of your police station 520-555-0110" in page
    assert "Phone of the investigators 520-555-0111" in page


def test_a_fact_that_is_missing_leaves_its_line_out(client: FlaskClient, make_page: Making) -> None:
    page = words(read(client, make_page(officer=None, reported_at=None, unit=None)))
    assert "Reporting officer" not in page
    assert "Date and time" not in page
    assert "Phone of the investigators" not in page
    assert "To add information" not in page, "the step needs the investigators' phone"
    assert "To get a copy of the report" in page


def test_who_has_no_station_is_given_the_agencys_phone(client: FlaskClient, make_page: Making) -> None:
    page = words(read(client, make_page(division=None)))
    assert "Phone of your police station" not in page
    assert "Phone of the police department (not for emergencies) 520-555-0100" in page


def test_the_station_is_found_however_the_feed_writes_it(client: FlaskClient, make_page: Making) -> None:
    page = words(read(client, make_page(division="WEST", unit="Property")))
    assert "520-555-0110" in page
    assert "520-555-0111" in page


def test_phones_and_sites_can_be_tapped(client: FlaskClient, make_page: Making) -> None:
    page = read(client, make_page(offenses=["26A"]))
    assert '<a href="tel:+15205550110">' in page
    assert '<a href="tel:911">911</a>' in page
    assert 'call <a href="tel:+15205550111">520-555-0111</a>' in page
    assert 'href="https://ReportFraud.ftc.gov" rel="noreferrer noopener"' in page


def test_two_offenses_are_both_explained_and_no_step_is_said_twice(
    client: FlaskClient, make_page: Making
) -> None:
    page = words(read(client, make_page(offenses=["220", "290"])))
    assert "Crime code 220, 290" in page
    assert "Burglary means" in page
    assert "Vandalism means" in page
    assert page.count("To get a copy of the report") == 1
    assert page.count("In an emergency call") == 1


def headings(page: str) -> list[str]:
    return [words(heading) for heading in re.findall(r"<h[1-6].*?</h[1-6]>", page, re.DOTALL)]


RIGHTS = ("page.rights.text.1", "page.rights.text.4")


def test_each_part_has_its_heading_and_its_place(
    make_page: Making, with_agency: Callable[..., FlaskClient]
) -> None:
    page = read(with_agency(rights=RIGHTS), make_page())
    assert headings(page) == [
        "Your report",
        "What this means",
        "What happens next",
        "What can help from now on",
        "Where to get help",
        "Your rights",
    ]
    told = words(page)
    places = [
        "Report number",
        "What this means",
        "Do not touch or clean anything",
        "change the locks",
        "What happened is not your fault",
        "You have the right to be told of an arrest",
        "To ask for these rights, or to waive them, call 520-555-0100 ; a person",
        "Phone of your police station",
        "In an emergency call 911 .",
    ]
    assert sorted(places, key=told.index) == places


def test_an_agency_that_names_no_rights_has_no_heading_for_them(
    client: FlaskClient, make_page: Making
) -> None:
    assert "Your rights" not in read(client, make_page())


def test_who_only_called_is_told_of_no_rights_of_the_victim(
    make_page: Making, add_page: Making, with_agency: Callable[..., FlaskClient]
) -> None:
    caller = {"id": "caller", "role": "caller", "phone": OTHER}
    victim = {"role": "victim", "phone": JAMIE, "victim_type": "I"}
    make_page(parties=[victim, caller])
    client = with_agency(rights=RIGHTS)
    assert "Your rights" in read(client, add_page())
    other = read(client, add_page(party_id="caller"))
    assert "Crime code" in other
    assert "Your rights" not in other


def test_where_somebody_may_be_in_danger_the_emergency_line_comes_first(
    make_call_page: Making, client: FlaskClient
) -> None:
    told = words(read(client, make_call_page(type_code="WIRES DOWN")).partition("<main>")[2])
    assert told.startswith("In an emergency call 911 .")
    assert told.count("In an emergency call 911 .") == 1


def test_one_who_is_not_shown_the_details_is_led_to_the_portal(
    client: FlaskClient, make_page: Making, with_agency: Callable[..., FlaskClient]
) -> None:
    token = make_page(offenses=["11A"])
    page = read(with_agency(rights=RIGHTS), token, "?lang=fr")
    assert 'href="/portal/?lang=fr"' in page
    assert headings(page) == ["Votre dossier"]
    assert "More after you confirm who you are" in words(read(client, token))
    assert "More after you confirm" not in words(read(client, make_page(offenses=["220"])))


def test_an_address_of_the_agencys_own_is_one_link() -> None:
    speech = _linked("See https://cases.example.gov/portal/?a=1, or example.org. Call 211.")
    assert speech.count("<a ") == 3
    assert '<a href="https://cases.example.gov/portal/?a=1" rel="noreferrer noopener">' in speech
    assert '<a href="tel:211">211</a>.' in speech


def test_the_page_speaks_the_language_of_its_text(client: FlaskClient, make_page: Making) -> None:
    page = read(client, make_page(language="es"))
    assert '<html lang="es">' in page
    assert "Número de reporte" in words(page)


@pytest.mark.parametrize("language", [language.code for language in LANGUAGES])
def test_each_language_is_a_tap_away_under_its_own_name(
    client: FlaskClient, make_page: Making, language: str
) -> None:
    page = read(client, make_page(), f"?lang={language}")
    assert f'<html lang="{language}"' in page
    assert ('dir="rtl"' in page.partition(">")[2].partition(">")[0]) is (language in {"ar", "fa"})
    for other in LANGUAGES:
        assert f'<a href="?lang={other.code}" lang="{other.code}"' in page
        assert f">{other.endonym}</a>" in page
    assert page.count("aria-current") == 1
    assert "<span lang=" not in page, "nothing is left in English"


def test_an_unknown_language_is_as_if_none_was_asked_for(client: FlaskClient, make_page: Making) -> None:
    assert '<html lang="fr">' in read(client, make_page(language="fr"), "?lang=xx")


def test_a_report_number_copied_from_an_arabic_page_holds_no_unseen_marks(
    client: FlaskClient, make_page: Making
) -> None:
    assert f"<bdi>{NUMBER}</bdi>" in read(client, make_page(language="ar"))


def test_no_name_of_a_victim_and_no_offense_stands_in_the_title(
    client: FlaskClient, make_page: Making
) -> None:
    page = read(client, make_page())
    assert "Jamie" not in page
    assert "Doe" not in page
    assert re.findall("<title>(.*?)</title>", page) == ["Your report"]


@pytest.mark.parametrize(
    "data",
    [
        {"offenses": ["11A"]},
        {"offenses": ["220", "36A"]},
        {"offenses": ["13B"]},
        {"victim": {"relationships": ["SE"]}},
        {"victim": {"birth_date": "2015-05-05"}},
        {"offenses": ["370"]},
    ],
    ids=["sensitive", "one of two sensitive", "perhaps domestic", "domestic", "a child", "not allowed"],
)
def test_of_what_is_not_automated_the_page_tells_the_number_and_whom_to_call(
    client: FlaskClient, make_page: Making, data: dict
) -> None:
    page = words(read(client, make_page(**data)))
    assert f"Report number {NUMBER}" in page
    assert "520-555-0110" in page
    assert "this page does not show details" in page
    for label in ("Crime code", "Reporting officer", "Date and time", "What this means", "What happens next"):
        assert label not in page


def test_a_page_shows_less_as_soon_as_the_case_turns_out_sensitive(
    client: FlaskClient, make_page: Making, tell: Telling
) -> None:
    token = make_page()
    assert "Crime code" in read(client, token)
    tell("report.updated", offenses=["11A"])
    assert "Crime code" not in read(client, token)


def test_a_call_that_was_domestic_for_a_minute_keeps_its_reports_page_discreet(
    client: FlaskClient, make_page: Making, tell: Telling
) -> None:
    token = make_page()
    tell("call.received", "P7", type_code="FAMILY TROUBL-DV", report_number=NUMBER)
    assert "Crime code" not in read(client, token)


def test_who_no_longer_stands_on_the_case_sees_no_details(
    client: FlaskClient, make_page: Making, tell: Telling
) -> None:
    token = make_page()
    tell("report.updated", parties=[{"id": "victim", "role": "suspect"}])
    assert "Crime code" not in read(client, token)


def test_a_link_that_went_to_an_older_number_shows_no_details(
    client: FlaskClient, make_page: Making, tell: Telling
) -> None:
    token = make_page()
    tell("report.updated", parties=[{"id": "victim", "role": "victim", "phone": OTHER}])
    page = words(read(client, token))
    assert f"Report number {NUMBER}" in page
    assert "Crime code" not in page


def test_facts_from_a_feed_are_never_markup(client: FlaskClient, make_page: Making) -> None:
    page = read(client, make_page(officer={"name": "<script>alert(1)</script> 911"}))
    assert "<script>alert" not in page
    assert "&lt;script&gt;" in page


def test_the_page_keeps_to_itself(client: FlaskClient, make_page: Making) -> None:
    token = make_page()
    for answer in (client.get(f"/m/{token}", headers=A_PERSON), client.get("/m/x"), client.get("/portal/")):
        assert "Set-Cookie" not in answer.headers
        assert answer.headers["Referrer-Policy"] == "no-referrer"
        assert answer.headers["Cache-Control"] == "no-store"
        assert "noindex" in answer.headers["X-Robots-Tag"]
        assert "'unsafe-inline'" not in answer.headers["Content-Security-Policy"]
        assert not re.search(r"(?:src|action)=\"(?:https?:)?//", answer.text), "nothing from a third party"
        assert not re.search(r"<style|\sstyle=|\son[a-z]+=|<script>", answer.text), "nothing inline"


def test_one_leaves_the_page_at_once_without_javascript(client: FlaskClient, make_page: Making) -> None:
    page = read(client, make_page())
    assert '<a class="leave" href="https://www.weather.gov/" rel="noreferrer noopener"' in page
    assert "Leave this page now" in page


def test_a_page_with_all_it_loads_is_small(client: FlaskClient, make_page: Making) -> None:
    page = read(client, make_page(language="ar"))
    loaded = [
        client.get(address).data
        for address in re.findall(r'(?:href|src)="(/static/[^"]+)"', page.replace("&amp;", "&"))
    ]
    assert len(loaded) == 2
    assert len(page.encode()) + sum(map(len, loaded)) < 30_000


def test_static_files_are_kept_by_browsers_under_the_hash_of_their_content(client: FlaskClient) -> None:
    [sheet] = re.findall(r'href="(/static/tidings.css\?v=[0-9a-f]{12})"', client.get("/portal/").text)
    assert "immutable" in client.get(sheet).headers["Cache-Control"]
    assert "immutable" not in client.get("/static/tidings.css?v=other").headers["Cache-Control"]
    assert client.get("/static/none.css").status_code == 404
    assert client.get("/static/../shelf.py").status_code == 404
