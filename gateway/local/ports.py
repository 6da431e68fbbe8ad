"""Free TCP ports on this machine."""

from __future__ import annotations

import socket
from collections.abc import Callable

LOOPBACK = "127.0.0.1"


def free_port(preferred: int = 0, *, say: Callable[[str], None] = print) -> int:
    """The preferred port if nobody listens there, else the next free one, told in a line; any for 0.

    A preferred port stays claimed among processes of ours while this one lives, since whoever asked needs seconds to
    use it. Others may take it meanwhile: whoever starts a server with any port tries again.
    """
    if preferred:
        for port in range(preferred, min(preferred + 100, 65536)):
            if _is_free(port) and _claim(port):
                if port != preferred:
                    say(f"Port {preferred} is in use, took {port}.")
                return port
    with socket.socket() as probe:
        probe.bind((LOOPBACK, 0))
        port = int(probe.getsockname()[1])
    if preferred:
        say(f"Port {preferred} is in use, took {port}.")
    return port


def _is_free(port: int) -> bool:
    # Bound to all addresses: a server on 0.0.0.0 or ::1 alone would take the browser's visit to localhost.
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("", port))
        except (OSError, OverflowError):
            return False
    return True


_claims: dict[int, int] = {}


def _claim(port: int) -> bool:
    """Whether no other process of ours means to use the port. The claim is a name without a file, gone with us."""
    if port not in _claims:
        claim = socket.socket(socket.AF_UNIX)
        try:
            claim.bind(f"\0tidings-port-{port}")
        except OSError:
            claim.close()
            return False
        _claims[port] = claim.detach()  # the system closes it with us; nobody else ever should
    return True
