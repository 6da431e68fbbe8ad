"""The Procfile's processes on this machine, as a platform would run them."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
import time
from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any

from gateway.local.procfile import read_procfile

if TYPE_CHECKING:
    from gateway.local.run import Run

LAST_LINES = 20
RELEASE = "release"
"""The Procfile's one-off: it runs to its end before the others start."""


@dataclass(frozen=True)
class Ended:
    """A process that is over. `status` is its exit status, or minus the signal that killed it."""

    name: str
    status: int
    last_lines: tuple[str, ...]

    def __str__(self) -> str:
        how = (
            f"was killed by signal {-self.status}" if self.status < 0 else f"ended with status {self.status}"
        )
        return "\n  ".join(
            (f"{self.name} {how}{'; its last lines:' if self.last_lines else '.'}", *self.last_lines)
        )


class ReleaseError(RuntimeError):
    """A one-off process ended with another status than 0; the message holds its last lines."""


class Processes:
    """Starts processes, collects what they print, notices when one ends, and stops them all together.

        processes.finish("release")
        processes.start("web", "worker", env={"PORT": "8000"})
        ended = processes.watch()   # until one ends; Ctrl-C and SIGTERM leave it by exception
        processes.stop()            # the run's close does it too

    Commands are expanded by the shell (`$PORT`, `${WEB_CONCURRENCY:-2}`). Printed lines go to `log`, each with
    the name before it, and to `screen` if there is one.
    """

    def __init__(
        self,
        run: Run,
        procfile: Path | Mapping[str, str],
        env: Mapping[str, str],
        *,
        log: Path | None = None,
        screen: IO[str] | None = None,
        folder: Path | None = None,
    ) -> None:
        """`env` is laid over our own environment. They run in `folder`, which is the Procfile's by default.

        Raises ProcfileError, OSError if it can't be read.
        """
        is_file = isinstance(procfile, Path)
        self.commands = read_procfile(procfile) if isinstance(procfile, Path) else dict(procfile)
        self.log = log or run.folder / "processes.log"
        self._run, self._screen = run, screen
        self._folder = folder or (procfile.absolute().parent if is_file else Path.cwd())  # type: ignore[union-attr]
        self._env = _with_our_python(os.environ | dict(env))
        self._running: dict[str, _Process] = {}
        self._writing = threading.Lock()
        self.log.touch(mode=0o600)  # texts and links of people may be in it
        self._out = self.log.open("a", encoding="utf-8")

    def start(self, *names: str, env: Mapping[str, str] | None = None) -> None:
        """Start these, or all but `release`. `env` is for these alone. Raises KeyError for an unknown name."""
        for name in names or [name for name in self.commands if name != RELEASE]:
            self._running[name] = self._launch(name, env or {})

    def finish(self, name: str, env: Mapping[str, str] | None = None) -> None:
        """Run a one-off to its end. Raises ReleaseError."""
        process = self._launch(name, env or {})
        status = process.popen.wait()
        ended = process.ended(status)
        self._run.end(process.popen)
        if status:
            raise ReleaseError(str(ended))

    def ended(self) -> Ended | None:
        """The first process found to be over, or None while all run."""
        for process in self._running.values():
            status = process.popen.poll()
            if status is not None:
                return process.ended(status)
        return None

    def watch(self, seconds: float | None = None) -> Ended | None:
        """Wait until a process ends, and tell which; None if all still run after `seconds`."""
        deadline = None if seconds is None else time.monotonic() + seconds
        while (ended := self.ended()) is None:
            if deadline is not None and time.monotonic() >= deadline:
                return None
            time.sleep(0.05)
        return ended

    def stop(self) -> None:
        """SIGTERM to all with all they started, 20 s, then SIGKILL. Nothing happens the second time."""
        self._run.end(*(process.popen for process in self._running.values()))
        for process in self._running.values():
            process.reader.join(timeout=2)
        self._running.clear()

    def close(self) -> None:
        """Stop them, and close the log."""
        self.stop()
        self._out.close()

    def _launch(self, name: str, env: Mapping[str, str]) -> _Process:
        popen = self._run.spawn(
            name,
            ["/bin/sh", "-c", f"exec {self.commands[name]}"],
            env=self._env | dict(env),
            cwd=self._folder,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            encoding="utf-8",
            errors="replace",
        )
        return _Process(name, popen, self._print)

    def _print(self, name: str, line: str) -> None:
        width = max(map(len, self.commands))
        with self._writing:
            for out in (self._out, self._screen):
                if out is None or out.closed:
                    continue
                out.write(f"{name:<{width}} | {line}\n")
                out.flush()


class _Process:
    """A running process and the thread that reads what it prints."""

    def __init__(self, name: str, popen: subprocess.Popen[Any], emit: Any) -> None:
        self.name, self.popen = name, popen
        self._emit = emit
        self._last: deque[str] = deque(maxlen=LAST_LINES)
        self.reader = threading.Thread(target=self._read, name=f"output of {name}", daemon=True)
        self.reader.start()

    def ended(self, status: int) -> Ended:
        self.reader.join(
            timeout=2
        )  # its last words are on their way; a grandchild may hold the pipe for ever
        return Ended(self.name, status, tuple(self._last))

    def _read(self) -> None:
        with self.popen.stdout as lines:  # type: ignore[union-attr]
            for line in lines:
                self._last.append(line.rstrip("\n"))
                self._emit(self.name, line.rstrip("\n"))


def _with_our_python(env: dict[str, str]) -> dict[str, str]:
    """The environment in which `python`, `granian` and the like are those beside our interpreter."""
    programs = str(Path(sys.executable).parent)
    return {"PYTHONUNBUFFERED": "1", **env, "PATH": f"{programs}{os.pathsep}{env.get('PATH', os.defpath)}"}
