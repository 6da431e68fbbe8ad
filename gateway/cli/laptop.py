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
    port = free_port(int(env.get("PORT", "8000")), say=say)
    url = f"http://127.0.0.1:{port}"
    own_carrier = "TWILIO_ACCOUNT_SID" not in os.environ
    settings = {"PUBLIC_URL": url} | dict(env) | {"PORT": str(port)}
    phones, started = None, []
    if own_carrier:
        carrier_port = free_port(9000, say=say)
        phones = Phones(f"http://127.0.0.1:{carrier_port}")
        settings |= {"PUBLIC_URL": url, "TWILIO_API_BASE": phones.url}
        carrier = run.processes(
            {"phones": f"{sys.executable} -m gateway.phones"},
            {
                "PHONES_PORT": str(carrier_port),
                "PHONES_APP_URL": url,
                "PHONES_ACCOUNT_SID": settings["TWILIO_ACCOUNT_SID"],
                "PHONES_AUTH_TOKEN": settings["TWILIO_AUTH_TOKEN"],
                "PHONES_NUMBERS": DEMO_NUMBER,
            },
            folder=PROCFILE.parent,
            log=run.folder / "phones.log",
        )
        carrier.start()
        started.append(carrier)
    line = run.processes(PROCFILE, settings)
    started.append(line)
    try:
        line.finish("release")
    except ReleaseError as error:
        raise DidNotStart(str(error)) from error
    prepare()
    line.start("web", "sender", "worker", "timers")
    laptop = Laptop(url, phones, tuple(started))
    _wait_until_ready(laptop)
    return laptop


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


def _wait_until_ready(laptop: Laptop) -> None:
    addresses = [laptop.url + "/readyz"]
    if laptop.phones is not None:
        addresses.append(laptop.phones.url + "/control/settled")
    deadline = time.monotonic() + _READY_SECONDS
    while not all(_answers(address) for address in addresses):
        if ended := laptop.watch():
            raise DidNotStart(ended)
        if time.monotonic() > deadline:
            raise DidNotStart("the line was not ready within a minute; see ./tidings doctor")
        time.sleep(0.1)


def _answers(url: str) -> bool:
    try:
        with build_opener(ProxyHandler({})).open(url, timeout=2) as answer:
            return answer.status == 200
    except (URLError, OSError):
        return False
