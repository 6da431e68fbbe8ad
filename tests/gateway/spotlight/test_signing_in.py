"""Who may see the pages of staff, and for how long."""

from __future__ import annotations

import re
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from statistics import median
from time import perf_counter

import pytest
from flask import Flask
from sqlalchemy import update

from gateway.ground import Ground
from gateway.store import staff
from gateway.store.tables import staff as table
from tests.gateway.spotlight.conftest import HTTPS, PASSWORD, Browser, Clock

OPEN = {"spotlight.sign_in"}


def test_every_route_of_staff_asks_to_sign_in(app: Flask, browser: Browser) -> None:
    routes = [rule for rule in app.url_map.iter_rules() if rule.rule.startswith("/spotlight")]
    assert {rule.endpoint for rule in routes} >= {"spotlight.today", "spotlight.why", "spotlight.close_task"}
    token = browser.token()
    for rule in routes:
        path = re.sub(r"<any\((\w+)[^>]*>", r"\1", rule.rule)
        path = re.sub("<[^>]+>", "1", path)
        for method in rule.methods - {"OPTIONS"}:
            answer = browser.client.open(path, base_url=HTTPS, method=method, data={"csrf_token": token})
            if rule.endpoint in OPEN:
                assert answer.status_code in {200, 401}
                continue
            assert answer.status_code == 303, (method, path)
            assert answer.location.startswith("/spotlight/sign-in")


def test_every_other_route_of_the_application_is_known_to_be_open(app: Flask) -> None:
    others = {r.endpoint for r in app.url_map.iter_rules() if not r.endpoint.startswith("spotlight.")}
    by_room = {endpoint.partition(".")[0] for endpoint in others}
    assert by_room == {"web", "portal", "unsubscribe", "docs", "feeds", "texts", "receipts", "health"}


def test_after_signing_in_one_is_where_one_wanted_to_go(browser: Browser) -> None:
    asked = browser.get("/spotlight/why?number=P1")
    assert asked.location == "/spotlight/sign-in?next=/spotlight/why?number%3DP1"
    assert browser.sign_in(wanted="/spotlight/why?number=P1").location == "/spotlight/why?number=P1"
    assert browser.get("/spotlight/").status_code == 200


@pytest.mark.parametrize(
    "wanted", ["https://evil.test/", "//evil.test", "/portal/", "/spotlight/\\evil", "/spotlight/\r\nX: y"]
)
def test_nobody_is_sent_out_of_the_room(browser: Browser, wanted: str) -> None:
    assert browser.sign_in(wanted=wanted).location == "/spotlight/"


def test_a_name_is_the_same_in_capitals(browser: Browser) -> None:
    assert browser.sign_in(" CLERK ").status_code == 303


@pytest.mark.parametrize(
    ("username", "password"),
    [
        ("clerk", "wrong"),
        ("nobody", PASSWORD),
        ("", ""),
        ("clerk\x00", "x"),
        ("clerk", "x" * 3000),
        ("\ud800", "y"),
    ],
)
def test_what_is_wrong_is_not_told(browser: Browser, username: str, password: str) -> None:
    answer = browser.post(
        "/spotlight/sign-in", username=username.encode("utf-8", "replace"), password=password
    )
    assert answer.status_code == 401
    assert "The user name or the password is not right." in answer.text
    assert browser.get("/spotlight/").status_code == 303


def test_an_unknown_name_takes_as_long_as_a_wrong_password(ground: Ground, app: Flask) -> None:
    def seconds(username: str) -> float:
        begun = perf_counter()
        staff.check(ground.database, username, "wrong", ground.clock())
        return perf_counter() - begun

    seconds("nobody")
    known, unknown = (median(seconds(name) for _ in range(4)) for name in ("clerk", "nobody"))
    assert 0.5 < unknown / known < 2, (known, unknown)


def test_five_failures_lock_a_name_for_ten_minutes(browser: Browser, clock: Clock) -> None:
    for _ in range(5):
        assert browser.sign_in(password="wrong").status_code == 401
    assert browser.sign_in().status_code == 401
    clock.pass_(minutes=9, seconds=59)
    assert browser.sign_in().status_code == 401
    clock.pass_(seconds=1)
    assert browser.sign_in().status_code == 303


def test_after_a_lock_there_are_five_tries_again(browser: Browser, clock: Clock) -> None:
    for _ in range(5):
        browser.sign_in(password="wrong")
    clock.pass_(minutes=10)
    for _ in range(4):
        browser.sign_in(password="wrong")
    assert browser.sign_in().status_code == 303


def test_a_right_password_forgets_the_failures_before_it(browser: Browser) -> None:
    for _ in range(3):
        for _ in range(4):
            browser.sign_in(password="wrong")
        assert browser.sign_in().status_code == 303
        browser.post("/spotlight/sign-out")


def test_many_guesses_at_once_get_no_more_than_five(ground: Ground, app: Flask) -> None:
    guesses = [f"guess number {n}" for n in range(11)] + [PASSWORD]
    with ThreadPoolExecutor(4) as pool:
        list(
            pool.map(lambda guess: staff.check(ground.database, "clerk", guess, ground.clock()), guesses[:8])
        )
    assert staff.check(ground.database, "clerk", PASSWORD, ground.clock()) is None


def test_someone_signed_in_stays_so_while_others_fail_at_the_name(
    clerk: Browser, new_browser: Callable[[], Browser]
) -> None:
    for _ in range(5):
        new_browser().sign_in(password="wrong")
    assert clerk.get("/spotlight/").status_code == 200


def test_thirty_minutes_without_a_page_end_the_session(clerk: Browser, clock: Clock) -> None:
    clock.pass_(minutes=29)
    assert clerk.get("/spotlight/").status_code == 200
    clock.pass_(minutes=29)
    assert clerk.get("/spotlight/").status_code == 200
    clock.pass_(minutes=30)
    assert clerk.get("/spotlight/").status_code == 303


def test_twelve_hours_end_it_whatever_one_does(clerk: Browser, clock: Clock) -> None:
    for _ in range(35):
        clock.pass_(minutes=20)
        assert clerk.get("/spotlight/").status_code == 200
    clock.pass_(minutes=20)
    assert clerk.get("/spotlight/").status_code == 303
    assert clerk.sign_in().status_code == 303
    assert clerk.get("/spotlight/").status_code == 200


def test_signing_out_takes_a_post_with_its_token(clerk: Browser) -> None:
    assert clerk.get("/spotlight/sign-out").status_code == 405
    assert clerk.post("/spotlight/sign-out", token="").status_code == 400
    assert clerk.get("/spotlight/").status_code == 200
    assert clerk.post("/spotlight/sign-out").status_code == 303
    assert clerk.get("/spotlight/").status_code == 303


def test_a_form_without_its_token_does_nothing(browser: Browser) -> None:
    answer = browser.post("/spotlight/sign-in", token="", username="clerk", password=PASSWORD)
    assert answer.status_code == 400
    assert "nothing was changed" in answer.text
    assert browser.get("/spotlight/").status_code == 303


def test_a_token_of_somebody_else_does_nothing(clerk: Browser, stranger: Browser) -> None:
    assert clerk.post("/spotlight/sign-out", token=stranger.token()).status_code == 400


def test_a_new_password_ends_every_session(clerk: Browser, ground: Ground) -> None:
    with ground.database.begin() as connection:
        connection.execute(update(table).values(password_hash="another"))
    assert clerk.get("/spotlight/").status_code == 303


def test_who_is_removed_is_out_at_once(clerk: Browser, ground: Ground) -> None:
    with ground.database.begin() as connection:
        connection.execute(table.delete())
    assert clerk.get("/spotlight/").status_code == 303


def test_the_cookie_is_out_of_reach_of_scripts_and_of_other_sites(browser: Browser) -> None:
    cookie = browser.sign_in().headers["Set-Cookie"]
    for attribute in ("Secure", "HttpOnly", "SameSite=Lax"):
        assert attribute in cookie


def test_victims_pages_set_no_cookie_even_for_staff(clerk: Browser) -> None:
    for path in ("/portal/", "/m/unknown", "/docs"):
        assert "Set-Cookie" not in clerk.get(path).headers


def test_pages_of_staff_are_not_kept_by_the_browser(clerk: Browser) -> None:
    assert clerk.get("/spotlight/").headers["Cache-Control"] == "no-store"


def test_a_lock_ends_by_itself_also_for_the_list(ground: Ground, app: Flask) -> None:
    for _ in range(5):
        staff.check(ground.database, "clerk", "wrong", ground.clock())
    with ground.database.connect() as connection:
        locked = {row.username: row.locked_until for row in staff.listed(connection)}
    assert locked["stranger"] is None
    assert locked["clerk"] - ground.clock() <= timedelta(minutes=10)
