"""Runs of the tests' own, in a place where no other run looks for leftovers."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from gateway.local.run import Run


@pytest.fixture
def place() -> Iterator[Path]:
    """A short path, for sockets, that every user may pass through."""
    folder = Path(tempfile.mkdtemp(prefix="tidings-test-", dir="/tmp"))
    folder.chmod(0o1777)
    yield folder
    shutil.rmtree(folder)


@pytest.fixture
def run(place: Path) -> Iterator[Run]:
    with Run.open(place=place) as run:
        yield run
