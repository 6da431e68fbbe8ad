"""The page of a call: what a dispatcher knows, and never the place."""

from __future__ import annotations

import pytest
from flask.testing import FlaskClient

from locales import LANGUAGES
from tests.gateway.portal.conftest import CALL, NUMBER, Making, Telling, read, words


def test_the_page_of_a_call_holds_its_number_the_officer_and_what_to_do(
    client: FlaskClient, make_call_page: Making
) -> None:
    page = read(client, make_call_page(report_number=NUMBER))
    told = words(page)
    assert "Your call This page is from Saguaro Police. It tells you about your call and whom to ask." in told
    assert f"Call number {CALL}" in told
    assert "Type of call THEFT" in told
    assert "Officer Officer Lee" in told
    assert 'Contact</dt><dd><a href="tel:+15205550177">' in page
    assert f"Report number {NUMBER}" in told
    assert "Theft means" in told
    for heading in ("What happens next", "What can help from now on", "Where to get help"):
        assert heading in told
    assert "Phone of the police department (not for emergencies) 520-555-0100" in told


def test_what_a_dispatcher_has_not_told_leaves_its_line_out(
    client: FlaskClient, make_call_page: Making
) -> None:
    told = words(read(client, make_call_page(officer=None)))
    for label in ("Officer", "Contact", "Report number"):
        assert label not in told


def test_a_contact_that_is_no_number_stands_as_it_was_told(
    client: FlaskClient, make_call_page: Making
) -> None:
    page = read(client, make_call_page(officer={"name": "Lee", "contact": "counter 4"}))
    assert "<bdi>counter 4</bdi>" in page


def test_a_district_is_a_place_and_stands_on_no_page(client: FlaskClient, make_call_page: Making) -> None:
    assert "Rincon" not in read(client, make_call_page(district="RINCON 7")).replace("RINCON", "Rincon")


@pytest.mark.parametrize("language", [language.code for language in LANGUAGES])
def test_the_page_of_a_call_is_whole_in_each_language(
    client: FlaskClient, make_call_page: Making, language: str
) -> None:
    page = read(client, make_call_page(language=language))
    assert f'<html lang="{language}"' in page
    assert "<span lang=" not in page


@pytest.mark.parametrize(
    "data",
    [{"type_code": "FAMILY TROUBL-DV"}, {"in_progress": True}, {"priority": "1"}, {"type_code": "MARTIAN"}],
    ids=["domestic", "in progress", "highest priority", "unknown"],
)
def test_of_a_call_that_is_not_texted_the_page_tells_the_number_and_whom_to_call(
    client: FlaskClient, make_call_page: Making, data: dict
) -> None:
    told = words(read(client, make_call_page(**data)))
    assert f"Call number {CALL}" in told
    assert "this page does not show details" in told
    assert "520-555-0100" in told
    for label in ("Type of call", "Officer", "What this means"):
        assert label not in told


def test_a_call_whose_report_is_sensitive_shows_no_details(
    client: FlaskClient, make_call_page: Making, tell: Telling
) -> None:
    token = make_call_page(report_number=NUMBER)
    assert "Type of call" in read(client, token)
    tell("report.filed", NUMBER, offenses=["36A"])
    assert "Type of call" not in read(client, token)
