"""Without DATABASE_URL: servers of this machine's own, which commands share, in a checkout of the test's own."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import psycopg
import pytest

from gateway.local.ownership import PREFIX, read_roll, sweep, wait_until

CHECKOUT = Path(__file__).parents[3]
ROOMS = ("conversations", "gateway", "locales", "migrations", "rules")


@dataclass
class Checkout:
    """A copy of the code whose `.local` and runs are the test's own."""

    folder: Path

    @property
    def local(self) -> Path:
        return self.folder / ".local"

    def start(self, *arguments: str) -> subprocess.Popen[str]:
        known = {name: os.environ[name] for name in ("PATH", "HOME", "LANG") if name in os.environ}
        return subprocess.Popen(
            [sys.executable, "-m", "gateway.cli", *arguments],
            cwd=self.folder,
            env=known | {"TIDINGS_PLACE": str(self.folder)},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            start_new_session=True,
        )

    def run(self, *arguments: str) -> tuple[int, str, str]:
        process = self.start(*arguments)
        out, err = process.communicate(timeout=60)
        return process.returncode, out, err

    def chat(self) -> subprocess.Popen[str]:
        """A command that goes on until its input ends, and has its servers."""
        chat = self.start("chat", "--json", "--fresh")
        assert self.answers(chat)
        return chat

    def answers(self, chat: subprocess.Popen[str]) -> bool:
        assert chat.stdin is not None
        assert chat.stdout is not None
        chat.stdin.write("STATUS\n")
        chat.stdin.flush()
        return json.loads(chat.stdout.readline())["intent"] == "status"

    @staticmethod
    def say_goodbye(chat: subprocess.Popen[str]) -> None:
        """Its input ends."""
        assert chat.stdin is not None
        chat.stdin.close()
        chat.stdin = None

    def is_empty(self) -> bool:
        """No run is there, and nobody waits for one."""
        return not list(self.folder.glob(f"{PREFIX}*")) and not (self.local / "servers.json").exists()


@pytest.fixture
def checkout() -> Iterator[Checkout]:
    folder = Path(tempfile.mkdtemp(prefix="tidings-test-", dir="/tmp"))
    folder.chmod(0o755)
    for room in ROOMS:
        shutil.copytree(CHECKOUT / room, folder / room, ignore=shutil.ignore_patterns("__pycache__"))
    yield Checkout(folder)
    for run in folder.glob(f"{PREFIX}*"):
        if (roll := read_roll(run)) and roll[0].alive:
            roll[0].send(9)
            wait_until(lambda owner=roll[0]: not owner.alive, 10)
    sweep(folder, say=lambda _: None)
    shutil.rmtree(folder)


def test_two_first_commands_at_one_moment_share_servers_and_keys(checkout: Checkout) -> None:
    first, second = (checkout.start("chat", "--json", "--fresh") for _ in range(2))
    assert checkout.answers(first)
    assert checkout.answers(second)
    assert len(list(checkout.folder.glob(f"{PREFIX}*"))) == 1
    assert (checkout.local / "keys.env").stat().st_mode & 0o077 == 0

    for process in (first, second):
        checkout.say_goodbye(process)
    said = [process.communicate(timeout=60)[1] for process in (first, second)]

    assert (first.returncode, second.returncode) == (0, 0), said
    assert checkout.is_empty()


def test_the_command_that_ends_first_leaves_the_servers_to_the_other(checkout: Checkout) -> None:
    owner = checkout.chat()
    guest = checkout.chat()
    checkout.say_goodbye(owner)  # it ends now, and waits for its guest
    assert checkout.answers(guest)
    assert owner.poll() is None
    guest.communicate(timeout=60)
    owner.communicate(timeout=60)
    assert (guest.returncode, owner.returncode) == (0, 0)
    assert checkout.is_empty()


def test_what_is_made_is_there_for_the_next_command(checkout: Checkout) -> None:
    status, key, _ = checkout.run("key", "add", "demo")
    assert status == 0
    assert key.startswith("tk_")
    status, listed, _ = checkout.run("key", "list")
    assert key.split("_")[1] in listed


def test_a_killed_command_is_healed_by_the_next(checkout: Checkout) -> None:
    killed = checkout.chat()
    killed.kill()
    killed.communicate()
    servers = json.loads((checkout.local / "servers.json").read_text())["servers"]
    psycopg.connect(servers["DATABASE_URL"]).close()  # they live on

    status, out, err = checkout.run("agency", "list")

    assert (status, out) == (0, "demo\n"), err
    assert "Cleared up after a run that was killed: ended PostgreSQL, Valkey." in err
    with pytest.raises(psycopg.OperationalError):
        psycopg.connect(servers["DATABASE_URL"])
    assert checkout.is_empty()
