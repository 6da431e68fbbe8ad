"""The line with a clock that the test moves."""

from __future__ import annotations

from dataclasses import replace

import pytest

from gateway.ground import Ground
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
