"""Starting a server on a free port, and waiting until it is ready."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from gateway.local.ownership import wait_until
from gateway.local.ports import free_port

if TYPE_CHECKING:
    from gateway.local.run import Run

START_SECONDS = 60
ATTEMPTS = 3
"""A free port may be taken by the time the server binds it."""


class ServerError(RuntimeError):
    """A server that didn't start; the message holds what it said last."""


def start_on_a_free_port(
    run: Run,
    name: str,
    command: Callable[[int], Sequence[str | Path]],
    is_ready: Callable[[int, int], bool],
    **options: Any,
) -> int:
    """Gives the port. `command` makes the arguments for a port; `is_ready` looks with the port and the process id.

    Raises ServerError.
    """
    log = run.folder / f"{name.lower()}.log"
    log.touch(mode=0o600)
    for _ in range(ATTEMPTS):
        port = free_port()
        with log.open("w") as output:
            server = run.spawn(name, command(port), stdout=output, stderr=output, **options)

        def is_settled(port: int = port, server: Any = server) -> bool:
            return server.poll() is not None or is_ready(port, server.pid)

        if wait_until(is_settled, START_SECONDS) and server.poll() is None:
            return port
        run.end(server)
    raise ServerError(f"{name} did not start. Its last words:\n{log.read_text(errors='replace')[-2000:]}")
