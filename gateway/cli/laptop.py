"""The whole line on one machine: the carrier and the processes of the Procfile, as a platform would start them."""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from urllib.error import URLError
from urllib.request import ProxyHandler, build_opener

from gateway.cli.ground import DEMO_NUMBER
from gateway.local.ports import free_port
from gateway.local.processes import Processes, ReleaseError
from gateway.local.run import Run
from gateway.phones.client import Phones

PROCFILE = Path(__file__).parents[2] / "Procfile"
_READY_SECONDS = 60.0


class DidNotStart(RuntimeError):
    """A process ended, or the line was not ready in time; the text says which, with its last lines."""


@dataclass(frozen=True)
class Laptop:
    """Addresses of what runs, and its processes. `phones` is None where a real carrier is used."""

    url: str
    phones: Phones | None
    processes: tuple[Processes, ...]

    def watch(self) -> str | None:
        """What ended, if anything did."""
        for processes in self.processes:
            if ended := processes.ended():
                return str(ended)
        return None


def start(
    run: Run, env: Mapping[str, str], prepare: Callable[[], None], say: Callable[[str], None]
) -> Laptop:
    """Start the Procfile's processes, and the loopback carrier unless the environment names a carrier account.

    `prepare` runs when the database has its newest shape. Raises DidNotStart.
    """
    settings, started, phones = dict(env), [], None
    if "TWILIO_ACCOUNT_SID" not in os.environ:
        carrier = _carrier(run, settings)
        started.append(carrier)
        phones = Phones(_start_at(carrier, "phones", 9000, "/control/settled", _carrier_at, say))
        settings["TWILIO_API_BASE"] = phones.url
    line = run.processes(PROCFILE, settings)
    started.append(line)
    try:
        line.finish("release")
    except ReleaseError as error:
        raise DidNotStart(str(error)) from error
    prepare()
    public = None if phones else settings.get("PUBLIC_URL")
    url = _start_at(line, "web", int(env.get("PORT", "8000")), "/readyz", lambda at: _web_at(at, public), say)
    if phones:
        phones.move(app_url=url, public_url=url)
    watching = ("drops",) if env.get("DROP_FOLDER") else ()
    line.start("sender", "worker", "timers", *watching, env=_web_at(url, public))
    return Laptop(url, phones, tuple(started))


def _carrier(run: Run, settings: Mapping[str, str]) -> Processes:
    return run.processes(
        {"phones": f"{sys.executable} -m gateway.phones"},
        {
            "PHONES_ACCOUNT_SID": settings["TWILIO_ACCOUNT_SID"],
            "PHONES_AUTH_TOKEN": settings["TWILIO_AUTH_TOKEN"],
            "PHONES_NUMBERS": DEMO_NUMBER,
        },
        folder=PROCFILE.parent,
        log=run.folder / "phones.log",
    )


def _carrier_at(url: str) -> dict[str, str]:
    return {"PHONES_PORT": url.rpartition(":")[2]}


def _web_at(url: str, public_url: str | None) -> dict[str, str]:
    return {"PORT": url.rpartition(":")[2], "PUBLIC_URL": public_url or url}


def _start_at(
    processes: Processes,
    name: str,
    preferred: int,
    path: str,
    env_at: Callable[[str], Mapping[str, str]],
    say: Callable[[str], None],
) -> str:
    """Start a server and wait until it answers; at the next port, if somebody took this one meanwhile.

    Returns its address. Raises DidNotStart.
    """
    deadline = time.monotonic() + _READY_SECONDS
    while time.monotonic() < deadline:
        url = f"http://127.0.0.1:{free_port(preferred, say=say)}"
        processes.start(name, env=env_at(url))
        while not (ended := processes.ended()) and time.monotonic() < deadline:
            if _answers(url + path) and not processes.ended():
                return url
            time.sleep(0.1)
        if ended and "in use" not in str(ended):
            raise DidNotStart(str(ended))
    raise DidNotStart(f"{name} was not ready within a minute; see ./tidings doctor")


def stay(laptop: Laptop, say: Callable[[str], None]) -> int:
    """Until Ctrl-C, or until a process ends. Returns the exit status."""
    try:
        while not (ended := laptop.watch()):
            time.sleep(0.5)
    except KeyboardInterrupt:
        say("\nStopping ...")
        return 0
    say(f"[red]{ended}[/red]")
    return 1


def _answers(url: str) -> bool:
    try:
        with build_opener(ProxyHandler({})).open(url, timeout=2) as answer:
            return answer.status == 200
    except (URLError, OSError):
        return False
