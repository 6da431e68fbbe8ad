"""The commands in the environment of a deployment: the tests' database and Redis, the demo agency in it."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from gateway.cli.__main__ import tidings
from gateway.ground import Ground
from rules.policy import POLICIES
from tests.gateway.world import environment

Command = Callable[..., Result]


@pytest.fixture
def env(database_url: str, redis_url: str, tmp_path: Path) -> dict[str, str]:
    """What a deployment sets. Two agencies have a policy; the database knows the demo's."""
    policies = tmp_path / "policies"
    policies.mkdir()
    text = (POLICIES / "demo.yaml").read_text()
    (policies / "demo.yaml").write_text(text)
    other = re.sub(r"(?m)^(\s+id:) demo$", r"\1 saguaro", text, count=1)
    assert other != text
    (policies / "saguaro.yaml").write_text(other)
    made = environment(database_url, redis_url, carrier="http://127.0.0.1:9", public="https://tidings.test")
    return made | {"POLICIES": str(policies)}


@pytest.fixture
def run(ground: Ground, env: dict[str, str]) -> Command:
    """`./tidings` with these arguments. `set` is laid over the environment; `typed` is standard input."""

    def run(*arguments: str, typed: str | bytes | None = None, color: bool = False, **set: str) -> Result:
        result = CliRunner().invoke(
            tidings, arguments, env=env | set, input=typed, prog_name="./tidings", color=color
        )
        if result.exception is not None and not isinstance(result.exception, SystemExit):
            raise result.exception  # a traceback is never an answer
        return result

    return run
