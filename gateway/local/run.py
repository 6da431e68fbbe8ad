"""One run on this machine: a private folder, and the servers and processes that live and die with it."""

from __future__ import annotations

import contextlib
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from gateway.local import ownership
from gateway.local.ownership import Child
from gateway.local.postgres import Postgres
from gateway.local.processes import Processes
from gateway.local.valkey import Valkey

PLACE = Path(os.environ.get("TIDINGS_PLACE", "/tmp"))  # noqa: S108  # nosec B108
"""Short, because a socket's path may have 107 bytes. The run's folder in it is made by mkdtemp."""

ENDING = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


class Run:
    """Opened once by a command; closed, it leaves no process and no file behind.

        with Run.open() as run:
            postgres, valkey = run.postgres(), run.valkey()
            processes = run.processes(Path("Procfile"), {"DATABASE_URL": postgres.database("tidings"), ...})

    Ctrl-C, SIGTERM and SIGHUP close it too (the latter two raise SystemExit). What a SIGKILL leaves is ended
    by the next `open`, which says so in a line.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._owner = Child.of(os.getpid(), "owner")
        self._children: dict[int, tuple[Child, subprocess.Popen[Any]]] = {}
        self._runners: list[Processes] = []
        self._handlers: dict[int, Any] = {}
        self._write()

    @classmethod
    def open(
        cls, *, place: Path = PLACE, say: Callable[[str], None] | None = None, handle_signals: bool = True
    ) -> Run:
        """Clear up after killed runs, then make this one's folder below `place`.

        `handle_signals` is for a command whose only business the run is; others see to it that they close.
        """
        ownership.sweep(place, say or _to_stderr)
        folder = Path(tempfile.mkdtemp(prefix=ownership.PREFIX, dir=place))
        if os.geteuid() == 0:
            folder.chmod(0o711)  # PostgreSQL's own user must pass through to its folders
        run = cls(folder)
        if handle_signals:
            run._handle_signals()
        return run

    def postgres(self, folder: Path | None = None) -> Postgres:
        """A PostgreSQL server. A folder keeps its data, safely; without one it is quick and thrown away."""
        return Postgres(self, folder)

    def valkey(self) -> Valkey:
        """A Valkey server, which keeps nothing."""
        return Valkey(self)

    def processes(
        self, procfile: Path | Mapping[str, str], env: Mapping[str, str], **options: Any
    ) -> Processes:
        """A runner for the Procfile's processes, or for those of a name -> command table; starts none yet."""
        processes = Processes(self, procfile, env, **options)
        self._runners.append(processes)
        return processes

    def spawn(
        self,
        name: str,
        argv: Sequence[str | Path],
        *,
        env: Mapping[str, str],
        ask: int = signal.SIGTERM,
        **options: Any,
    ) -> subprocess.Popen[Any]:
        """Start a child in its own session, and put it on the roll. `ask` is the signal that stops it."""
        process = subprocess.Popen(  # noqa: S603 - the callers' own commands
            [str(part) for part in argv],
            env={**env, ownership.MARK: str(self.folder)},
            stdin=subprocess.DEVNULL,
            start_new_session=True,
            **options,
        )
        self._children[process.pid] = Child.of(process.pid, name, ask), process
        self._write()
        return process

    def end(self, *processes: subprocess.Popen[Any]) -> None:
        """Stop these children together: asked first, and killed after a while with all they started."""
        known = [self._children[process.pid] for process in processes if process.pid in self._children]
        for child, _ in known:
            child.send(child.ask)
        ownership.wait_until(lambda: all(_is_over(process) for _, process in known), ownership.STOP_SECONDS)
        for child, process in known:
            # Before the leader is reaped its id can't be anyone else's, so the group is surely its own.
            with contextlib.suppress(ProcessLookupError, PermissionError):
                if process.returncode is None:
                    os.killpg(process.pid, signal.SIGKILL)
            process.wait()
            del self._children[child.pid]
        self._write()

    def close(self) -> None:
        """Stop the processes together, then the servers, remove the folder. Signals can't interrupt it."""
        for runner in self._runners:
            runner.close()
        for _, process in reversed(list(self._children.values())):
            self.end(process)
        ownership.end(self.folder, [])
        shutil.rmtree(self.folder, ignore_errors=True)
        self._give_signals_back()

    def __enter__(self) -> Run:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _write(self) -> None:
        ownership.write_roll(self.folder, self._owner, (child for child, _ in self._children.values()))

    def _handle_signals(self) -> None:
        """Let the first of the ending signals raise, and those after it pass: closing must not be cut short."""
        if threading.current_thread() is not threading.main_thread():
            return

        def pass_by(*_: object) -> None:
            pass

        def end(signum: int, _: object) -> None:
            for handled in self._handlers:
                signal.signal(handled, pass_by)
            raise KeyboardInterrupt if signum == signal.SIGINT else SystemExit(128 + signum)

        for signum in ENDING:
            if signal.getsignal(signum) is not signal.SIG_IGN:  # nohup means it
                self._handlers[signum] = signal.signal(signum, end)

    def _give_signals_back(self) -> None:
        while self._handlers:
            signal.signal(*self._handlers.popitem())


def _is_over(process: subprocess.Popen[Any]) -> bool:
    """Whether the process has ended, without reaping it."""
    if process.returncode is not None:
        return True
    return os.waitid(os.P_PID, process.pid, os.WEXITED | os.WNOHANG | os.WNOWAIT) is not None


def _to_stderr(line: str) -> None:
    sys.stderr.write(line + "\n")
