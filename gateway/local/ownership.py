"""Who owns a run folder, and how the servers of a killed owner are found and ended.

A run folder holds `owner.json`: the owner's and its children's process ids, each with its start time, because
an id alone may since belong to a stranger. Every child also carries the folder's name in its environment
(`TIDINGS_RUN`), by which grandchildren are found that left their parent's process group.
"""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import signal
import stat
import time
from collections.abc import Callable, Iterable, Iterator
from dataclasses import asdict, dataclass
from pathlib import Path

PREFIX = "tidings-run-"
MARK = "TIDINGS_RUN"
ROLL = "owner.json"

STOP_SECONDS = 20
"""What a child gets between being asked to stop and being killed."""


@dataclass(frozen=True)
class Child:
    """One process, named for people; `start` is in clock ticks since boot. `ask` is the signal that stops it.

    Children are leaders of their own process group, so that a signal reaches what they started themselves.
    """

    pid: int
    start: int
    name: str
    ask: int = signal.SIGTERM

    @classmethod
    def of(cls, pid: int, name: str, ask: int = signal.SIGTERM) -> Child:
        """The process as it is now. One that is already over gets a start time that matches nothing."""
        return cls(pid, started_at(pid) or -1, name, ask)

    @property
    def alive(self) -> bool:
        return started_at(self.pid) == self.start

    def send(self, signum: int) -> None:
        """Signal the whole group; does nothing if the process is over, or its id is somebody else's."""
        if self.alive:
            with contextlib.suppress(ProcessLookupError, PermissionError):
                os.killpg(self.pid, signum)


def started_at(pid: int) -> int | None:
    """When the process started, in clock ticks since boot; None if it is over (a zombie is over)."""
    try:
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except OSError:
        return None
    return None if fields[0] in "ZX" else int(fields[19])


def write_roll(folder: Path, owner: Child, children: Iterable[Child]) -> None:
    """Replace the roll in one step, so that whoever reads it never sees half of it."""
    new = folder / f"{ROLL}.new"
    new.write_text(json.dumps({"owner": asdict(owner), "children": [asdict(child) for child in children]}))
    new.replace(folder / ROLL)


def read_roll(folder: Path) -> tuple[Child, list[Child]] | None:
    """The owner and its children, or None for a folder that isn't (or isn't yet) a run's."""
    try:
        roll = json.loads((folder / ROLL).read_text())
        return Child(**roll["owner"]), [Child(**child) for child in roll["children"]]
    except (OSError, ValueError, KeyError, TypeError):
        return None


def marked(folder: Path) -> Iterator[int]:
    """The ids of all living processes that were started with the folder's mark in their environment."""
    mark = f"{MARK}={folder}".encode()
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit() and int(entry.name) != os.getpid():
            with contextlib.suppress(OSError):
                if mark in (entry / "environ").read_bytes().split(b"\0") and started_at(int(entry.name)):
                    yield int(entry.name)


def end(folder: Path, children: list[Child], *, seconds: float = STOP_SECONDS) -> None:
    """Ask the children to stop, wait, then kill them and whatever else carries the folder's mark."""
    for child in children:
        child.send(child.ask)
    wait_until(lambda: not any(child.alive for child in children), seconds)
    for child in children:
        child.send(signal.SIGKILL)
    for pid in marked(folder):
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.kill(pid, signal.SIGKILL)
    wait_until(lambda: not any(child.alive for child in children), seconds)


def sweep(place: Path, say: Callable[[str], None]) -> None:
    """End what killed runs of this user left behind, and remove their folders."""
    for folder in sorted(place.glob(f"{PREFIX}*")):
        roll = read_roll(folder) if _is_ours(folder) else None
        if roll is None or roll[0].alive:
            continue
        left = [child.name for child in roll[1] if child.alive]
        end(folder, roll[1], seconds=10)
        shutil.rmtree(folder, ignore_errors=True)
        say(f"Cleared up after a run that was killed{': ended ' + ', '.join(left) if left else ''}.")


def wait_until(done: Callable[[], bool], seconds: float) -> bool:
    """Look every 10 ms until `done` or the time is over; tells which."""
    deadline = time.monotonic() + seconds
    while not (is_done := done()) and time.monotonic() < deadline:
        time.sleep(0.01)
    return is_done


def _is_ours(folder: Path) -> bool:
    try:
        found = folder.lstat()
    except FileNotFoundError:
        return False
    return stat.S_ISDIR(found.st_mode) and found.st_uid == os.geteuid()
