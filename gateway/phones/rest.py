"""Twilio's REST API: create, fetch, list, change and delete messages."""

import asyncio
import binascii
import hmac
import json
import logging
from base64 import b64decode
from collections.abc import Awaitable, Callable
from urllib.parse import parse_qsl

from aiohttp import web

from gateway.phones import paging
from gateway.phones.accepting import Decision, decide
from gateway.phones.behaviour import Answer
from gateway.phones.carrier import Carrier
from gateway.phones.contract import API_VERSION, UPDATE, violations
from gateway.phones.errors import Refusal
from gateway.phones.message import Message, now

log = logging.getLogger("phones")

ACCOUNT = f"/{API_VERSION}/Accounts/{{account}}"
HANG_UP_CHECK_SECONDS = 0.1
Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


class Rest:
    """The API of one carrier."""

    def __init__(self, carrier: Carrier) -> None:
        self._carrier = carrier

    def routes(self) -> list[web.RouteDef]:
        one, many = f"{ACCOUNT}/Messages/{{sid}}.json", f"{ACCOUNT}/Messages.json"
        return [
            web.post(many, self._guarded(self._create)),
            web.get(many, self._guarded(self._list)),
            web.get(one, self._guarded(self._fetch)),
            web.post(one, self._guarded(self._update)),
            web.delete(one, self._guarded(self._delete)),
        ]

    def _guarded(self, handler: Handler) -> Handler:
        """Authenticates, and answers a refusal in Twilio's words."""

        async def guarded(request: web.Request) -> web.StreamResponse:
            try:
                self._authenticate(request)
                return await handler(request)
            except Refusal as refusal:
                return _json(refusal.body(), refusal.status)

        return guarded

    def _authenticate(self, request: web.Request) -> None:
        """Raises Refusal: 20003 for wrong credentials, 20404 for an account that is not theirs."""
        line = self._carrier.line
        scheme, _, encoded = request.headers.get("Authorization", "").partition(" ")
        try:
            given = b64decode(encoded) if scheme.lower() == "basic" else b""
        except binascii.Error:
            given = b""
        if not hmac.compare_digest(given, f"{line.account_sid}:{line.auth_token}".encode()):
            raise Refusal(20003)
        if request.match_info["account"] != line.account_sid:
            raise _not_found(request)

    async def _create(self, request: web.Request) -> web.StreamResponse:
        decision = decide(self._carrier, await _form(request))
        if decision.message:
            log.info("%s accepted, answer: %s", decision.message.sid, decision.answer)
        early = decision.behaviour.callbacks_before_answer or decision.answer in (Answer.NEVER, Answer.CLOSED)
        if early:
            self._begin(decision)
        try:
            return await self._answer(request, decision)
        finally:
            if not early:
                self._begin(decision)

    def _begin(self, decision: Decision) -> None:
        if decision.message:
            self._carrier.receipts.begin(decision.message, list(decision.steps))

    async def _answer(self, request: web.Request, decision: Decision) -> web.StreamResponse:
        """Writes the answer out before it returns, so that callbacks can wait for it."""
        if decision.answer is Answer.NEVER:
            await self._never(request)
        if decision.answer in (Answer.NEVER, Answer.CLOSED):
            if request.transport is not None:
                request.transport.abort()
            return web.Response()
        if decision.refusal:
            response = _json(decision.refusal.body(), decision.refusal.status)
        else:
            response = _json(_existing(decision.message).resource(), 201)
        self._carrier.answering += 1
        try:
            if decision.behaviour.latency_ms:
                await asyncio.sleep(decision.behaviour.latency_ms / 1000)
            await response.prepare(request)
            await response.write_eof()
        except ConnectionError:
            log.info("the caller has gone before the answer")
        finally:
            self._carrier.answering -= 1
        return response

    async def _never(self, request: web.Request) -> None:
        """Says nothing until the caller gives up or the carrier closes."""
        while request.transport is not None and not self._carrier.closing.is_set():
            try:
                await asyncio.wait_for(self._carrier.closing.wait(), HANG_UP_CHECK_SECONDS)
            except TimeoutError:
                continue

    async def _list(self, request: web.Request) -> web.StreamResponse:
        query = paging.parse(dict(request.query))
        return _json(paging.page_of(self._carrier.archive, query, request.path, self._hidden), 200)

    def _hidden(self, message: Message) -> bool:
        """A message is not in the list until the behaviour's lag is over."""
        lag = self._carrier.rules.of(message.to).list_lag_ms / 1000
        return bool(lag) and now() - message.created < lag

    async def _fetch(self, request: web.Request) -> web.StreamResponse:
        return _json(self._found(request).resource(), 200)

    async def _update(self, request: web.Request) -> web.StreamResponse:
        """Redacts (an empty Body) or cancels what has not been sent."""
        message, form = self._found(request), await _form(request)
        if wrong := violations(UPDATE, form, whole=False):
            raise Refusal(20001, f"Invalid parameter: {', '.join(wrong)}")
        if form.get("Body"):
            raise Refusal(20001, "Body can only be updated to an empty string")
        if "Body" in form:
            message.body = ""
        if "Status" in form:
            if message.sent is not None:
                raise Refusal(30409, "Message cannot be canceled: it has been sent")
            message.move("canceled", now())
        self._carrier.archive.touch(message)
        return _json(message.resource(), 200)

    async def _delete(self, request: web.Request) -> web.StreamResponse:
        self._carrier.archive.delete(self._found(request))
        return web.Response(status=204)

    def _found(self, request: web.Request) -> Message:
        """Raises Refusal 20404."""
        message = self._carrier.archive.find(request.match_info["sid"])
        if message is None or message.gone:
            raise _not_found(request)
        return message


async def _form(request: web.Request) -> dict[str, str]:
    return dict(parse_qsl(await request.text(), keep_blank_values=True))


def _json(body: object, status: int) -> web.Response:
    return web.Response(
        body=json.dumps(body).encode(), status=status, content_type="application/json", charset="utf-8"
    )


def _not_found(request: web.Request) -> Refusal:
    return Refusal(20404, f"The requested resource {request.path} was not found")


def _existing(message: Message | None) -> Message:
    if message is None:
        raise AssertionError("a request that is neither refused nor dropped has a message")
    return message
