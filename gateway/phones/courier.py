"""Signed requests to the application."""

import logging
import time

import aiohttp
from twilio.request_validator import RequestValidator
from yarl import URL

from gateway.phones.message import Message, Post, now
from gateway.phones.settings import Line

log = logging.getLogger("phones")

CONNECT_SECONDS, READ_SECONDS = 5, 15  # Twilio's own limits
TRUST_SECONDS = 30  # an idle connection is dropped before the application's server drops it


class Courier:
    """Posts forms to the application as Twilio does: signed over the public URL, within Twilio's time."""

    def __init__(self, line: Line, connections: int) -> None:
        self.line = line
        self._signer = RequestValidator(line.auth_token)
        self._session = aiohttp.ClientSession(
            connector=aiohttp.TCPConnector(limit=connections, keepalive_timeout=TRUST_SECONDS),
            timeout=aiohttp.ClientTimeout(total=None, sock_connect=CONNECT_SECONDS, sock_read=READ_SECONDS),
            headers={"User-Agent": "TwilioProxy/1.1", "Accept": "*/*"},
            skip_auto_headers=("Accept-Encoding",),
        )

    async def post(self, message: Message, url: str, params: dict[str, str]) -> tuple[Post, str]:
        """Makes one request and keeps its record with the message; returns it with the answer's body.

        Never raises for what the application or the network does: that is what the record tells.
        """
        record = Post(at=now(), url=url, params=params)
        message.posts.append(record)
        headers = {"X-Twilio-Signature": self._signer.compute_signature(url, params)}
        target = URL(self.line.reach(url), encoded=True)
        begun, body = time.perf_counter(), ""
        try:
            async with self._session.post(
                target, data=params, headers=headers, allow_redirects=False
            ) as answer:
                body = await answer.text(errors="replace")
                record.answer = answer.status
        except (aiohttp.ClientError, TimeoutError) as error:
            record.trouble = type(error).__name__
        record.ms = (time.perf_counter() - begun) * 1000
        log.info(
            "%s %s -> %s", message.sid, params.get("MessageStatus", "text"), record.answer or record.trouble
        )
        return record, body

    async def close(self) -> None:
        await self._session.close()
