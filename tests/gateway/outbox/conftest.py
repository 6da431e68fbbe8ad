"""The line with a clock that the test moves, and a mail server beside it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import pytest

from gateway.ground import Ground
from tests.gateway.outbox.channels import Inbox, mail_server, telling_by
from tests.gateway.outbox.outbox import Clock, Outbox
from tests.gateway.world import World


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def ground(ground: Ground, clock: Clock) -> Ground:
    return replace(ground, clock=clock)


@pytest.fixture
def outbox(world: World, clock: Clock) -> Outbox:
    """With the carrier and the web beside it."""
    return Outbox(world.ground, clock, world.phones)


@pytest.fixture
def still_outbox(ground: Ground, clock: Clock) -> Outbox:
    """With nobody beside it."""
    return Outbox(ground, clock)


@pytest.fixture(scope="module")
def _server() -> Iterator[Inbox]:
    with mail_server() as inbox:
        yield inbox


@pytest.fixture
def inbox(_server: Inbox) -> Inbox:
    _server.mails.clear()
    _server.answers.clear()
    _server.mute_at = frozenset()
    _server.connections = 0
    return _server


@pytest.fixture
def post(ground: Ground, inbox: Inbox) -> Ground:
    """Notices by text, email, letter, with a mail server."""
    return telling_by(replace(ground, settings=replace(ground.settings, smtp_url=inbox.url)))
