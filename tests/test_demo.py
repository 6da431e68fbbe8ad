"""`./tidings demo`: the story reaches everybody, and however it ends, nothing of it stays."""

from __future__ import annotations

import contextlib
import fcntl
import json
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path

import pytest

from gateway.local.ownership import MARK, PREFIX, read_roll, started_at, sweep, wait_until

CHECKOUT = Path(__file__).parents[1]
PASSWD = Path("/etc/passwd")
LAST_LINE = "Ctrl-C ends it."

PEOPLE = {
    "Jamie Doe": "en",
    "Rosa Vega": "es",
    "Amélie Roy": "fr",
    "Layla Haddad": "ar",
    "Juma Otieno": "sw",
    "Nasrin Karimi": "fa",
    "Dana Lee": "en",
}


@dataclass
class Demo:
    """A demo that plays and stays, in a session of its own as on a terminal of its own."""

    process: subprocess.Popen[bytes]
    place: Path
    said: Path

    def wait_for(self, line: str) -> None:
        assert wait_until(lambda: line in self.said.read_text() or self.process.poll() is not None, 60)
        assert line in self.said.read_text(), self.said.read_text()

    def kill(self) -> None:
        """It alone, without a last word."""
        self.process.kill()
        self.process.wait(10)


@pytest.fixture(scope="module")
def place() -> Iterator[Path]:
    """Where no other run looks for leftovers. Short, for sockets, and open to the servers' user."""
    folder = Path(tempfile.mkdtemp(prefix="tidings-test-", dir="/tmp"))
    folder.chmod(0o1777)
    yield folder
    sweep(folder, say=lambda _: None)
    shutil.rmtree(folder)


@contextlib.contextmanager
def staying(place: Path) -> Iterator[Demo]:
    said = place / f"said-{os.urandom(4).hex()}"
    with said.open("wb") as screen:
        # A test run in the background ignores SIGINT, and what it starts would do so too.
        command = ["env", "--default-signal=INT", sys.executable, "-m", "gateway.cli", "demo"]
        process = subprocess.Popen(
            command, cwd=CHECKOUT, env=env(place), stdout=screen, stderr=screen, start_new_session=True
        )
    demo = Demo(process, place, said)
    try:
        yield demo
    finally:
        demo.kill()


def env(place: Path) -> dict[str, str]:
    return {**os.environ, "TIDINGS_PLACE": str(place)}


def runs(place: Path) -> list[Path]:
    return sorted(place.glob(f"{PREFIX}*"))


def alive_in(place: Path) -> list[str]:
    """The command lines of processes that belong to a run in this place."""
    found = []
    for entry in Path("/proc").glob("[0-9]*"):
        with contextlib.suppress(OSError):
            mark = f"{MARK}={place}/".encode() in (entry / "environ").read_bytes()
            if mark and started_at(int(entry.name)):
                found.append((entry / "cmdline").read_bytes().replace(b"\0", b" ").decode())
    return found


@contextlib.contextmanager
def taken(port: int) -> Iterator[None]:
    """Somebody listens there: we, or whoever was quicker."""
    with contextlib.ExitStack() as stack:
        with contextlib.suppress(OSError):
            stack.enter_context(socket.create_server(("127.0.0.1", port)))
        yield


@dataclass(frozen=True)
class Played:
    """A demo that is over."""

    status: int
    transcript: str
    said: str


@pytest.fixture(scope="module")
def played(place: Path, tmp_path_factory: pytest.TempPathFactory, worker_count: int) -> Played:
    """One demo --once, after another was killed, and while somebody has its port. xdist's workers share it."""
    base = tmp_path_factory.getbasetemp()
    kept = (base.parent if worker_count else base) / "demo.json"
    with kept.with_suffix(".lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not kept.exists():
            kept.write_text(json.dumps(asdict(_play(place))))
    return Played(**json.loads(kept.read_text()))


def _play(place: Path) -> Played:
    with taken(8000):
        with staying(place) as killed:
            killed.wait_for("Ready after")
            killed.kill()
        assert alive_in(place)
        done = subprocess.run(
            [sys.executable, "-m", "gateway.cli", "demo", "--once"],
            cwd=CHECKOUT,
            env=env(place),
            capture_output=True,
            text=True,
            timeout=120,
        )
    return Played(done.returncode, done.stdout, done.stderr)


@pytest.fixture(scope="session")
def worker_count(pytestconfig: pytest.Config) -> int:
    return int(getattr(pytestconfig, "workerinput", {}).get("workercount", 0))


def threads(transcript: str) -> dict[str, list[str]]:
    """Name -> the lines of that person's phone."""
    found = {}
    for part in transcript.strip().split("\n\n"):
        head, *lines = part.splitlines()
        found[head] = [line.strip() for line in lines]
    return found


def test_it_plays_the_story_and_everybody_who_should_hears_something(
    played: Played,
) -> None:
    assert played.status == 0, played.said
    found = threads(played.transcript)
    assert [re.sub(r", \+\d+, ", " ", head) for head in found] == [
        f"{name} {language}" for name, language in PEOPLE.items()
    ]
    for head, lines in found.items():
        if not head.startswith("Dana Lee"):
            assert any(line.startswith("< ") for line in lines), head


@pytest.mark.parametrize(
    ("name", "sentence"),
    [
        ("Jamie Doe", "We received your call"),
        ("Rosa Vega", "Hubo un arresto en su caso"),
        ("Amélie Roy", "Il y a du nouveau dans votre dossier"),
        ("Layla Haddad", "وصلنا بلاغك"),
        ("Juma Otieno", "Hutapokea tena ujumbe kutoka kwetu"),
        ("Nasrin Karimi", "همین حالا به 911 زنگ بزنید"),
    ],
)
def test_each_reads_it_in_their_language(played: Played, name: str, sentence: str) -> None:
    (lines,) = [lines for head, lines in threads(played.transcript).items() if head.startswith(name)]
    assert sentence in "\n".join(lines)


def test_a_caller_answers_a_survey_question_by_question(played: Played) -> None:
    (lines,) = [lines for head, lines in threads(played.transcript).items() if head.startswith("Jamie Doe")]
    survey = lines[3:]
    assert [line[:1] for line in survey] == ["<", ">", "<", ">", "<", ">", "<"]
    for line, sentence in zip(
        survey[::2], ("Reply 1 (not at all)", "Reply YES or NO", "anything else", "Thank you"), strict=True
    ):
        assert sentence in line


def test_a_victim_who_asked_for_changes_is_told_of_one(played: Played) -> None:
    (lines,) = [lines for head, lines in threads(played.transcript).items() if head.startswith("Rosa Vega")]
    asked = lines.index("> CAMBIOS")
    assert "2611-00380" in lines[asked + 1]
    assert "oficina del fiscal" in lines[asked + 2]


def test_whoever_called_about_violence_at_home_hears_nothing(
    played: Played,
) -> None:
    (lines,) = [lines for head, lines in threads(played.transcript).items() if head.startswith("Dana Lee")]
    assert lines == ["(nothing: a call of this type is never texted)"]


def test_it_takes_another_port_where_its_own_is_in_use_and_says_so(
    played: Played,
) -> None:
    assert re.search(r"Port 8000 is in use, took 80\d\d\.", played.said)


def test_it_clears_up_after_one_that_was_killed_and_says_what_it_ended(
    played: Played,
) -> None:
    first = played.said.splitlines()[0]
    assert first.startswith("Cleared up after a run that was killed: ended ")
    for name in ("PostgreSQL", "Valkey", "phones", "web", "sender", "worker", "timers"):
        assert name in first


def test_it_stays_until_ctrl_c_and_leaves_nothing_behind(place: Path) -> None:
    before = PASSWD.read_bytes()
    with staying(place) as demo:
        demo.wait_for(LAST_LINE)
        folders = {run for run in runs(place) if (roll := read_roll(run)) and roll[0].pid == demo.process.pid}
        assert len(folders) == 1

        os.killpg(demo.process.pid, signal.SIGINT)

        assert demo.process.wait(15) == 0, demo.said.read_text()
    assert not folders & set(runs(place))
    assert [line for line in alive_in(place) if str(*folders) in line] == []
    assert PASSWD.read_bytes() == before
    assert demo.said.read_text().rstrip().endswith("Stopping ...")
