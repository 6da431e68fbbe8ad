"""A run leaves nothing behind, however it ends."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from gateway.local.ownership import Child, read_roll, started_at, sweep, wait_until, write_roll
from gateway.local.run import Run

CHECKOUT = Path(__file__).parents[3]

OWNER = """
import sys, time
from pathlib import Path
from gateway.local.run import Run
# One that heeds no request, and a daemon of its that left the group.
STUBBORN = "sh -c 'trap : TERM; setsid sleep 600 & echo up; while :; do sleep 1; done'"
with Run.open(place=Path(sys.argv[1])) as run:
    run.postgres(), run.valkey()
    processes = run.processes({"stubborn": STUBBORN}, {})
    processes.start()
    while "up" not in processes.log.read_text():
        time.sleep(0.01)
    print(run.folder, flush=True)
    while True:
        time.sleep(0.01)
"""


@pytest.fixture
def owner(place: Path) -> Iterator[subprocess.Popen[str]]:
    """Another process that has a run open, with two servers and a stubborn process in it."""
    command = [sys.executable, "-c", OWNER, place]
    with subprocess.Popen(command, cwd=CHECKOUT, stdout=subprocess.PIPE, text=True) as process:
        yield process
        process.kill()
        process.wait()
        sweep(place, say=lambda _: None)


def up(owner: subprocess.Popen[str]) -> tuple[Path, list[Child]]:
    """The folder and the children of an owner, once it is ready."""
    assert owner.stdout is not None
    folder = Path(owner.stdout.readline().strip())
    roll = read_roll(folder)
    assert roll is not None
    assert [child.name for child in roll[1]] == ["PostgreSQL", "Valkey", "stubborn"]
    return folder, roll[1]


def mentioning(folder: Path) -> list[bytes]:
    """The command lines of living processes that carry the folder's mark or name."""
    found = []
    for entry in Path("/proc").glob("[0-9]*"):
        try:
            line, env = (entry / "cmdline").read_bytes(), (entry / "environ").read_bytes()
        except OSError:
            continue
        if str(folder).encode() in line + env and started_at(int(entry.name)):
            found.append(line)
    return found


@pytest.mark.parametrize(
    ("signum", "status"), [(signal.SIGINT, -2), (signal.SIGTERM, 128 + 15), (signal.SIGHUP, 128 + 1)]
)
def test_a_run_told_to_end_takes_everything_with_it(
    owner: subprocess.Popen[str], signum: int, status: int
) -> None:
    folder, children = up(owner)
    os.kill(children[2].pid, signal.SIGKILL)  # or it would take its 20 seconds

    owner.send_signal(signum)
    owner.send_signal(signal.SIGTERM)  # impatience changes nothing

    assert owner.wait(timeout=30) == status
    assert not folder.exists()
    assert mentioning(folder) == []


def test_a_killed_runs_servers_are_ended_by_the_next_start(owner: subprocess.Popen[str], place: Path) -> None:
    folder, children = up(owner)
    owner.kill()
    owner.wait()
    assert all(child.alive for child in children)
    said: list[str] = []

    with Run.open(place=place, say=said.append):
        assert not any(child.alive for child in children)
        assert mentioning(folder) == []
        assert not folder.exists()

    assert said == ["Cleared up after a run that was killed: ended PostgreSQL, Valkey, stubborn."]


def test_nothing_a_server_or_process_prints_can_be_read_by_others(run: Run) -> None:
    run.postgres(), run.valkey(), run.processes({}, {})
    readable = {path.name for path in run.folder.iterdir() if path.is_file() and path.stat().st_mode & 0o044}
    assert readable == {"owner.json", "pg_hba.conf", "pg_ident.conf"}


def test_a_living_run_is_left_alone(run: Run, place: Path) -> None:
    said: list[str] = []
    with Run.open(place=place, say=said.append):
        assert run.folder.exists()
    assert said == []


def test_a_stranger_with_a_recorded_id_is_left_alone(place: Path) -> None:
    with subprocess.Popen(["sleep", "600"], start_new_session=True) as stranger:
        folder = place / "tidings-run-old"
        folder.mkdir()
        gone = Child(stranger.pid, start=1, name="Valkey")
        write_roll(folder, Child(os.getpid(), start=1, name="owner"), [gone])

        with Run.open(place=place, say=lambda _: None):
            assert not folder.exists()
            assert stranger.poll() is None

        stranger.kill()


@pytest.mark.parametrize(
    "plant",
    [
        lambda folder, target: folder.mkdir(),
        lambda folder, target: folder.symlink_to(target),
        lambda folder, target: (folder.mkdir(), (folder / "owner.json").write_text("{}")),
    ],
    ids=["no roll", "a link", "a broken roll"],
)
def test_folders_that_are_not_a_runs_are_left_alone(
    place: Path, tmp_path: Path, plant: Callable[[Path, Path], object]
) -> None:
    write_roll(tmp_path, Child(1, start=-1, name="owner"), [])
    folder = place / "tidings-run-other"
    plant(folder, tmp_path)
    with Run.open(place=place):
        assert folder.exists()
        assert (tmp_path / "owner.json").exists()


if os.geteuid() == 0:  # only root can make another user's folder

    def test_a_roll_of_another_user_is_left_alone(place: Path) -> None:
        folder = place / "tidings-run-theirs"
        folder.mkdir()
        with subprocess.Popen(["sleep", "600"], start_new_session=True) as ours:
            write_roll(folder, Child(1, start=-1, name="owner"), [Child.of(ours.pid, "Valkey")])
            os.chown(folder, 65534, 65534)
            with Run.open(place=place):
                assert ours.poll() is None
            ours.kill()


def test_closing_gives_the_signals_back(place: Path) -> None:
    before = [signal.getsignal(signum) for signum in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)]
    with Run.open(place=place):
        assert signal.getsignal(signal.SIGTERM) != before[1]
    assert [signal.getsignal(signum) for signum in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)] == before


def test_a_child_that_is_over_is_no_longer_alive() -> None:
    with subprocess.Popen(["sleep", "600"]) as process:
        child = Child.of(process.pid, "sleep")
        assert child.alive
        process.kill()
        assert wait_until(lambda: not child.alive, 10)  # though nobody has reaped it
