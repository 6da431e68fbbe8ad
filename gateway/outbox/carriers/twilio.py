"""Twilio's Messages API through its own client, on an HTTP session that can't hang.

The client's stock session ignores time-outs, stops at 100 connections and writes numbers to the log; ours has a limit
on each request, as many connections as posts in flight, and hands the client nothing to log.
"""

from __future__ import annotations

import logging
from datetime import datetime
from typing import Any

import aiohttp
from twilio.base.exceptions import TwilioRestException, TwilioServiceException
from twilio.http import AsyncHttpClient
from twilio.http.response import Response
from twilio.rest import Client

from gateway.outbox.carriers.answers import Accepted, Answer, Listed, NotTaken, Outgoing, Refused, Unknown
from gateway.outbox.reactions import TOO_MANY_REQUESTS

logging.getLogger("twilio").setLevel(logging.WARNING)

_BUSY = 429
_UNAUTHORIZED = 401
_BAD_CREDENTIALS = 20003
_SERVER_ERROR = 500
_NEWEST = 100


class Session(AsyncHttpClient):
    """What Twilio's client posts with. Lives as long as its event loop; close it there."""

    def __init__(self, connections: int, seconds: float) -> None:
        super().__init__(logging.getLogger("twilio"), True, None)
        self._http = aiohttp.ClientSession(
            connector=aiohttp.TCPConnector(limit=connections, keepalive_timeout=4),
            timeout=aiohttp.ClientTimeout(total=seconds, sock_connect=min(5, seconds)),
        )

    async def request(self, method: str, url: str, **options: Any) -> Response:
        """Raises aiohttp's errors, TimeoutError among them."""
        headers = dict(options.get("headers") or {})
        if auth := options.get("auth"):
            headers["Authorization"] = aiohttp.encode_basic_auth(*auth)
        async with self._http.request(
            method,
            url,
            params=options.get("params"),
            data=options.get("data"),
            headers=headers,
            allow_redirects=False,
        ) as answer:
            return Response(answer.status, await answer.text(), dict(answer.headers))

    async def close(self) -> None:
        await self._http.close()


class TwilioCarrier:
    """Make it inside a running event loop."""

    def __init__(
        self, base: str, account_sid: str, auth_token: str, connections: int = 256, seconds: float = 10
    ) -> None:
        self._session = Session(connections, seconds)
        self._client = Client(account_sid, auth_token, http_client=self._session)
        self._client.api.base_url = base

    async def send(self, message: Outgoing) -> Answer:
        """Post one message, once. Never raises: whatever can't be read leaves a doubt."""
        sender: dict[str, Any] = (
            {"messaging_service_sid": message.messaging_service_sid}
            if message.messaging_service_sid
            else {"from_": message.sender_number}
        )
        if message.validity_seconds is not None:
            sender["validity_period"] = message.validity_seconds
        try:
            made = await self._client.messages.create_async(
                to=message.to, body=message.body, status_callback=message.callback_url, **sender
            )
        except (TwilioRestException, TwilioServiceException) as error:
            return _answer_to(error)
        except (aiohttp.ClientConnectorError, aiohttp.ConnectionTimeoutError):
            return NotTaken()
        except Exception as error:
            return Unknown(type(error).__name__)
        return Accepted(str(made.sid)) if made.sid else Unknown("no sid in the answer")

    async def newest_to(self, number: str, sender_number: str | None, since: datetime) -> list[Listed]:
        """What the carrier's list holds for a number since then. Raises TwilioException or aiohttp's errors.

        Asked by To and From alone: a message that still waits in the carrier's queue has no DateSent to be found by.
        """
        filters = {"from_": sender_number} if sender_number else {}
        found = await self._client.messages.list_async(to=number, limit=_NEWEST, page_size=_NEWEST, **filters)
        return [
            Listed(str(one.sid), one.body or "", one.date_created)
            for one in found
            if one.date_created is not None and one.date_created >= since and one.direction != "inbound"
        ]

    async def close(self) -> None:
        await self._session.close()


def _answer_to(error: TwilioRestException | TwilioServiceException) -> Answer:
    code = _code_of(error)
    if error.status == _BUSY:
        return NotTaken(code or TOO_MANY_REQUESTS)
    if error.status == _UNAUTHORIZED:
        return Refused(_BAD_CREDENTIALS)
    if error.status >= _SERVER_ERROR or code is None:
        return Unknown(f"status {error.status}")  # without a code it was not the carrier who spoke
    return Refused(code)


def _code_of(error: TwilioRestException | TwilioServiceException) -> int | None:
    """Twilio's own code, of five digits; its client gives the status where there is none."""
    code = str(error.code)
    return int(code) if code.isascii() and code.isdigit() and len(code) == len("20003") else None
