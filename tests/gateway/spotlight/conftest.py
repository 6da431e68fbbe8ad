"""Staff who sign in, and a clock that can be moved on."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

import pytest
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from gateway.app import create_app
from gateway.ground import Ground
from gateway.store import agencies, staff

PASSWORD = "correct horse battery"
HTTPS = "https://tidings.test"


@dataclass
class Clock:
    """Stands still until it is moved."""

    now: datetime

    def __call__(self) -> datetime:
        return self.now

    def pass_(self, **length: float) -> None:
        self.now += timedelta(**length)


@dataclass
class Browser:
    """A person at a computer."""

    client: FlaskClient

    def get(self, path: str) -> TestResponse:
        return self.client.get(path, base_url=HTTPS)

    def post(self, path: str, token: str | None = None, **form: str) -> TestResponse:
        """With the token of a page that was just opened, unless another is given."""
        known = token if token is not None else self.token()
        return self.client.post(path, base_url=HTTPS, data={"csrf_token": known, **form})

    def token(self) -> str:
        page = self.client.get("/spotlight/", base_url=HTTPS, follow_redirects=True).text
        return re.findall('name="csrf_token" value="([^"]+)"', page)[0]

    def sign_in(self, username: str = "clerk", password: str = PASSWORD, wanted: str = "") -> TestResponse:
        return self.post("/spotlight/sign-in", username=username, password=password, next=wanted)


@pytest.fixture
def clock(ground: Ground) -> Clock:
    """Begins now."""
    return Clock(ground.clock())


@pytest.fixture
def app(ground: Ground, clock: Clock) -> Flask:
    """The application by that clock, with one member of staff in each of two agencies."""
    with ground.database.begin() as connection:
        agencies.add_agency(connection, "milwaukee", clock())
        staff.add(connection, "demo", "clerk", PASSWORD, clock())
        staff.add(connection, "milwaukee", "stranger", PASSWORD, clock())
    made = create_app(replace(ground, clock=clock))
    made.testing = True
    return made


@pytest.fixture
def browser(app: Flask) -> Browser:
    """Somebody who has not signed in."""
    return Browser(app.test_client())


@pytest.fixture
def clerk(browser: Browser) -> Browser:
    """Somebody of the demo agency who has."""
    assert browser.sign_in().status_code == 303
    return browser


@pytest.fixture
def stranger(app: Flask) -> Browser:
    """Somebody of another agency who has."""
    other = Browser(app.test_client())
    assert other.sign_in("stranger").status_code == 303
    return other


@pytest.fixture
def new_browser(app: Flask) -> Callable[[], Browser]:
    """Other computers."""
    return lambda: Browser(app.test_client())
