"""`./tidings staff`."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from click.testing import CliRunner, Result

from gateway.cli.staff import staff as command
from gateway.ground import Ground
from gateway.store import staff
from tests.gateway.world import environment

Command = Callable[..., Result]


@pytest.fixture
def run(ground: Ground, database_url: str, redis_url: str) -> Command:
    """The command in the environment of a deployment."""
    env = environment(database_url, redis_url, carrier="http://127.0.0.1:9", public="https://tidings.test")

    def run(*arguments: str, typed: str | None = None) -> Result:
        return CliRunner().invoke(command, arguments, env=env, input=typed)

    return run


def test_a_password_is_made_up_and_shown_once(run: Command, ground: Ground) -> None:
    made = run("add", "Clerk", "--agency", "demo")
    assert made.exit_code == 0, made.output
    [password] = re.findall("shown this once: (.+)", made.output)
    assert len(password) == 20
    assert staff.check(ground.database, "clerk", password, ground.clock())
    assert password not in run("list").output


def test_one_may_choose_the_password(run: Command, ground: Ground) -> None:
    chosen = "a long enough password"
    made = run("add", "clerk", "--agency", "demo", "--ask", typed=f"{chosen}\n{chosen}\n")
    assert made.exit_code == 0, made.output
    assert chosen not in made.output
    assert staff.check(ground.database, "clerk", chosen, ground.clock())


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        (["add", "clerk", "--agency", "nowhere"], "no agency nowhere"),
        (["add", "taken", "--agency", "demo"], "there is a taken already"),
        (["unlock", "nobody"], "no nobody"),
    ],
)
def test_a_mistake_is_told_in_a_sentence(run: Command, arguments: list[str], expected: str) -> None:
    run("add", "taken", "--agency", "demo")
    result = run(*arguments)
    assert result.exit_code == 1
    assert expected in result.output


def test_a_short_password_is_refused(run: Command) -> None:
    result = run("add", "clerk", "--agency", "demo", "--ask", typed="short\nshort\n")
    assert "expected a password of 12" in result.output
    assert run("list").output == ""


def test_a_locked_name_is_listed_and_unlocked(run: Command, ground: Ground) -> None:
    run("add", "clerk", "--agency", "demo")
    for _ in range(5):
        staff.check(ground.database, "clerk", "wrong", ground.clock())
    assert "locked until" in run("list").output
    assert run("unlock", "clerk").exit_code == 0
    assert "may sign in" in run("list").output
