"""Cases with a page, without the way through feeds and rules: what a page shows depends on the record and the party."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select, update

from gateway.feeds.door import take
from gateway.feeds.work import work_batch
from gateway.ground import Ground
from gateway.store import pages
from gateway.store.tables import pages as table
from tests.gateway.world import report

NUMBER = "2611-00372"
PHONE = "Mozilla/5.0 (iPhone; CPU iPhone OS 18_1 like Mac OS X) AppleWebKit/605.1.15 Version/18.1 Mobile Safari/604.1"
A_PERSON = {"User-Agent": PHONE}

Telling = Callable[..., None]
Making = Callable[..., str]


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
def make_page(ground: Ground, tell: Telling) -> Making:
    """A filed report, and a page on it for its victim. Returns the token."""

    def make(language: str = "en", days: float = 30, **data: Any) -> str:
        whole = {"officer": {"name": "Officer Ruiz"}, "reported_at": "2026-03-05T21:04:00Z"}
        tell("report.filed", **report(**whole | data))
        token, now = pages.make_token(), ground.clock()
        page = pages.NewPage(
            "demo",
            "case",
            NUMBER,
            "victim",
            "report.filed",
            "text",
            language,
            now,
            now + timedelta(days=days),
        )
        with ground.database.begin() as connection:
            pages.add(connection, {token: page})
        return token

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
