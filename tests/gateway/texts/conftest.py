"""The line with a clock that the test moves, and a policy that it may change."""

from __future__ import annotations

from dataclasses import replace

import pytest

from gateway.ground import Ground
from tests.gateway.outbox.outbox import Clock


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def ground(ground: Ground, clock: Clock) -> Ground:
    return replace(ground, clock=clock)
