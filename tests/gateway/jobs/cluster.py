"""The processes of the Procfile as real processes, to be killed, stopped and starved."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from urllib.error import URLError
from urllib.request import urlopen

CHECKOUT = Path(__file__).parents[3]


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def wait_for(predicate: Callable[[], object], seconds: float, tell: Callable[[], object] = str) -> None:
    """Until it holds. Raises TimeoutError with what `tell` says."""
    deadline = time.monotonic() + seconds
    while not predicate():
        if time.monotonic() > deadline:
            raise TimeoutError(f"not within {seconds} s: {tell()}")
        time.sleep(0.05)


@dataclass
class Cluster:
    """Processes by name. `env` is all that they know."""

    env: dict[str, str]
    logs: Path
    running: dict[str, subprocess.Popen[bytes]] = field(default_factory=dict)

    def start(self, *names: str) -> None:
        for name in names:
            with (self.logs / f"{name}.log").open("ab") as log:
                self.running[name] = subprocess.Popen(
                    self._command(name),
                    env=os.environ | self.env,
                    cwd=CHECKOUT,
                    stdout=log,
                    stderr=log,
                    start_new_session=True,
                )
        if "web" in names:
            wait_for(self._web_answers, 30)

    def _command(self, name: str) -> list[str]:
        if name != "web":
            return [sys.executable, "-m", "gateway.processes", name]
        granian = str(Path(sys.executable).with_name("granian"))
        options = ["--interface", "wsgi", "--host", "127.0.0.1", "--port", self.env["PORT"], "--workers", "2"]
        return [granian, *options, "--blocking-threads", "2", "--workers-kill-timeout", "15", "wsgi:app"]

    def _web_answers(self) -> bool:
        try:
            with urlopen(f"http://127.0.0.1:{self.env['PORT']}/healthz", timeout=2) as answer:
                return answer.status == 200
        except (URLError, OSError):
            return False

    def kill(self, name: str) -> None:
        """As the machine does when memory is short: no last word."""
        os.killpg(self.running[name].pid, signal.SIGKILL)
        self.running.pop(name).wait(10)

    def all_alive(self) -> bool:
        return all(process.poll() is None for process in self.running.values())

    def end(self, within: float) -> dict[str, tuple[int, float]]:
        """SIGTERM to all at once. Returns name -> (exit status, seconds); raises if one outlives `within`."""
        began = time.monotonic()
        for process in self.running.values():
            process.terminate()
        ended = {}
        for name, process in self.running.items():
            status = process.wait(max(0.1, within - (time.monotonic() - began)))
            ended[name] = (status, time.monotonic() - began)
        self.running.clear()
        return ended

    def close(self) -> None:
        for name in list(self.running):
            self.kill(name)
