"""Cases with a page, without the way through feeds and rules: what a page shows depends on the record and the party."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select, update

from gateway.app import create_app
from gateway.feeds.door import take
from gateway.feeds.work import work_batch
from gateway.ground import Ground, Policies
from gateway.store import pages
from gateway.store.tables import pages as table
from tests.gateway.world import call, report

NUMBER = "2611-00372"
CALL = "P261122-0007"
PHONE = "Mozilla/5.0 (iPhone; CPU iPhone OS 18_1 like Mac OS X) AppleWebKit/605.1.15 Version/18.1 Mobile Safari/604.1"
A_PERSON = {"User-Agent": PHONE}

Telling = Callable[..., None]
Making = Callable[..., str]


def read(client: FlaskClient, token: str, query: str = "") -> str:
    """A person opens the link and sees this."""
    answer = client.get(f"/m/{token}{query}", headers=A_PERSON)
    assert answer.status_code == 200
    return answer.text


def words(page: str) -> str:
    """What stands on a page, without its markup."""
    return " ".join(re.sub("<[^>]+>", " ", page).split())


@pytest.fixture
def tell(ground: Ground) -> Telling:
    """The feed brings one event about the case."""
    told = iter(range(1000))

    def tell(kind: str = "report.filed", subject: str = NUMBER, **data: Any) -> None:
        event = {
            "specversion": "1.0",
            "source": "test",
            "id": f"e{next(told)}",
            "type": kind,
            "subject": subject,
            "time": (ground.clock() - timedelta(seconds=1)).isoformat(),
            "data": data,
        }
        [result] = take(ground, "demo", [event], ground.clock())
        assert result.result == "accepted", result
        assert work_batch(ground, "demo").events == 1

    return tell


@pytest.fixture
def add_page(ground: Ground) -> Making:
    """A page of its own on the case, but for what is said otherwise. Returns the token."""

    def add(days: float = 30, **other: Any) -> str:
        token, now = pages.make_token(), ground.clock()
        usual = {
            "record_kind": "case",
            "record_number": NUMBER,
            "party_id": "victim",
            "notice": "report.filed",
        }
        usual |= {"channel": "text", "language": "en", "created_at": now}
        told = usual | other
        expires = told["created_at"] + timedelta(days=days)
        with ground.database.begin() as connection:
            pages.add(connection, {token: pages.NewPage(agency_id="demo", expires_at=expires, **told)})
        return token

    return add


@pytest.fixture
def make_page(tell: Telling, add_page: Making) -> Making:
    """A filed report, and a page on it for its victim. Returns the token."""

    def make(language: str = "en", days: float = 30, **data: Any) -> str:
        whole = {"officer": {"name": "Officer Ruiz"}, "reported_at": "2026-03-05T21:04:00Z"}
        tell("report.filed", **report(**whole | data))
        return add_page(days, language=language)

    return make


@pytest.fixture
def make_call_page(tell: Telling, add_page: Making) -> Making:
    """A call that is over, and a page on it for its caller. Returns the token."""

    def make(language: str = "en", **data: Any) -> str:
        whole = {"type_code": "THEFT", "officer": {"name": "Officer Lee", "contact": "+15205550177"}}
        tell("call.closed", CALL, **call(**whole | data))
        return add_page(
            record_kind="call", record_number=CALL, party_id="caller", notice="call.closed", language=language
        )

    return make


@pytest.fixture
def with_agency(ground: Ground) -> Callable[..., FlaskClient]:
    """A caller of the same line whose agency decided otherwise in some things."""

    def make(**decided: Any) -> FlaskClient:
        demo = ground.policies.of("demo")
        agency = demo.policy.agency.model_copy(update=decided)
        other = replace(demo, policy=demo.policy.model_copy(update={"agency": agency}))
        return create_app(replace(ground, policies=Policies({"demo": other}))).test_client()

    return make


@pytest.fixture
def opened(ground: Ground) -> Callable[[], int]:
    """How many pages were opened by a person."""

    def count() -> int:
        with ground.database.connect() as connection:
            return sum(value is not None for value in connection.scalars(select(table.c.opened_at)))

    return count


@pytest.fixture
def revoke(ground: Ground) -> Callable[[], None]:
    """Every page is revoked."""

    def revoke() -> None:
        with ground.database.begin() as connection:
            connection.execute(update(table).values(revoked_at=ground.clock()))

    return revoke
