"""The phones page: every phone a thread, as on a phone."""

from dataclasses import asdict
from pathlib import Path

from aiohttp import web

from gateway.phones.carrier import Carrier
from gateway.phones.message import Message

STATIC = Path(__file__).parent / "static"
FILES = {
    "/": ("phones.html", "text/html"),
    "/phones.css": ("phones.css", "text/css"),
    "/phones.js": ("phones.js", "text/javascript"),
    "/icon.svg": ("icon.svg", "image/svg+xml"),
}
HEADERS = {
    "Content-Security-Policy": "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self';"
    " connect-src 'self'; form-action 'none'; base-uri 'none'; frame-ancestors 'none'",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cache-Control": "no-cache",
}
WAIT_SECONDS = 20.0
SHOWN_AT_FIRST = 2000  # messages; a benchmark may have left a hundred thousand


class Page:
    """The page's files, and the changes it asks for."""

    def __init__(self, carrier: Carrier) -> None:
        self._carrier = carrier

    def routes(self) -> list[web.RouteDef]:
        return [*(web.get(path, self._file) for path in FILES), web.get("/changes", self._changes)]

    async def _file(self, request: web.Request) -> web.Response:
        name, content_type = FILES[request.path]
        body = (STATIC / name).read_bytes()
        return web.Response(body=body, content_type=content_type, charset="utf-8", headers=HEADERS)

    async def _changes(self, request: web.Request) -> web.Response:
        """What changed after ?since= of ?epoch=, as soon as there is anything, or nothing after a while."""
        known, since = request.query.get("epoch"), int(request.query.get("since", 0))
        if known == self._carrier.archive.epoch:
            await self._carrier.archive.wait(since, WAIT_SECONDS)
        archive = self._carrier.archive
        if known != archive.epoch:
            since = max(0, archive.revision - SHOWN_AT_FIRST)
        body = {
            "epoch": archive.epoch,
            "revision": archive.revision,
            "line": self._carrier.line.numbers[0],
            "phones": [asdict(phone) for phone in self._carrier.phones.values()],
            "messages": [_shown(message) for message in archive.changes(since)],
        }
        return web.json_response(body, headers=HEADERS)


def _shown(message: Message) -> dict[str, object]:
    last = message.posts[-1] if message.inbound and message.posts else None
    return {
        "sid": message.sid,
        "phone": message.phone,
        "mine": message.inbound,
        "body": message.body,
        "at": message.created,
        "order": message.order,
        "status": message.status,
        "code": message.error_code,
        "segments": message.segments,
        "taken": None if last is None else last.answer is not None and 200 <= last.answer < 300,
    }
