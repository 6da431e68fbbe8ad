"""A carrier in a thread of the calling process: for tests."""

import asyncio
import contextlib
import threading
from collections.abc import Iterator
from concurrent.futures import Future

from gateway.phones.client import Phones
from gateway.phones.server import serving
from gateway.phones.settings import Line

START_SECONDS = 10
TEST_LINE = Line(
    account_sid="AC" + "0" * 31 + "1",
    auth_token="12345",  # noqa: S106 - the token of Twilio's own check vector, no secret
    numbers=("+15205550100",),
)


@contextlib.contextmanager
def running(line: Line = TEST_LINE) -> Iterator[Phones]:
    """Serves on a free port for as long as the block runs; yields the handle to it (`.url` is its base)."""
    ready: Future[str] = Future()
    stop: Future[tuple[asyncio.AbstractEventLoop, asyncio.Event]] = Future()

    async def serve() -> None:
        end = asyncio.Event()
        stop.set_result((asyncio.get_running_loop(), end))
        async with serving(line) as (_, url):
            ready.set_result(url)
            await end.wait()

    def work() -> None:
        try:
            asyncio.run(serve())
        except BaseException as error:
            if ready.done():
                raise
            ready.set_exception(error)

    thread = threading.Thread(target=work, name="phones", daemon=True)
    thread.start()
    try:
        yield Phones(ready.result(START_SECONDS))
    finally:
        loop, end = stop.result(START_SECONDS)
        if thread.is_alive():
            loop.call_soon_threadsafe(end.set)
        thread.join(START_SECONDS)
