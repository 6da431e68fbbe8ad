"""The carrier as an HTTP server on one event loop."""

import asyncio
import contextlib
import json
import signal
import sys
from collections.abc import AsyncIterator

from aiohttp import web

from gateway.phones.behaviour import Behaviours
from gateway.phones.carrier import Carrier
from gateway.phones.control import Control
from gateway.phones.page import Page
from gateway.phones.rest import Rest
from gateway.phones.settings import Line

SHUTDOWN_SECONDS = 0.5
FORM_BYTES = 1024 * 1024


def application(carrier: Carrier) -> web.Application:
    """Routes only; whoever runs it starts and stops the carrier."""
    app = web.Application(client_max_size=FORM_BYTES)
    for part in (Rest(carrier), Control(carrier), Page(carrier)):
        app.add_routes(part.routes())
    return app


@contextlib.asynccontextmanager
async def serving(
    line: Line, behaviours: Behaviours | None = None, host: str = "127.0.0.1", port: int = 0
) -> AsyncIterator[tuple[Carrier, str]]:
    """The carrier and its base URL, for as long as the block runs. Port 0 takes any that is free."""
    carrier = Carrier(line, behaviours)
    await carrier.start()
    runner = web.AppRunner(application(carrier), access_log=None, shutdown_timeout=SHUTDOWN_SECONDS)
    await runner.setup()
    try:
        await web.TCPSite(runner, host, port).start()
        yield carrier, f"http://{host}:{runner.addresses[0][1]}"
    finally:
        await carrier.stop()
        await runner.cleanup()


async def run(line: Line, behaviours: Behaviours, host: str, port: int) -> None:
    """Serves until SIGTERM or SIGINT; says where, as one line of JSON on standard output."""
    stop = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    async with serving(line, behaviours, host, port) as (_, url):
        sys.stdout.write(json.dumps({"url": url, "numbers": line.numbers, "app_url": line.app_url}) + "\n")
        sys.stdout.flush()
        await stop.wait()
