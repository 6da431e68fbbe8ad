"""The least that a web process can do: what the server itself costs."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any


def app(environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
    """Reads what was posted and says nothing, as the webhook does."""
    environ["wsgi.input"].read()
    if environ["REQUEST_METHOD"] == "GET":
        start_response("200 OK", [("Content-Length", "0")])
    else:
        start_response("204 No Content", [])
    return [b""]
