"""The control API: how tests and the demonstration look into the carrier and steer it. JSON throughout.

It has no login: bind it to the loopback address only. Writing needs the content type application/json,
which no form on another site can send.
"""

from collections.abc import Awaitable, Callable
from dataclasses import asdict
from json import JSONDecodeError
from typing import Annotated

from aiohttp import web
from pydantic import BaseModel, ConfigDict, Field

from gateway.phones import contract
from gateway.phones.behaviour import Behaviours
from gateway.phones.carrier import Carrier, Phone
from gateway.phones.message import Message, iso

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]
Number = Annotated[str, Field(pattern=rf"^{contract.E164}$")]


class Typed(BaseModel):
    """A person types and presses send."""

    model_config = ConfigDict(frozen=True, extra="forbid", populate_by_name=True)

    sender: Number = Field(alias="from")
    to: Annotated[str, Field(pattern=rf"^{contract.LINE_NUMBER}$")] | None = None
    """The line's first number when it is not given."""
    body: Annotated[str, Field(max_length=contract.BODY_LIMIT)]
    repeat: Annotated[int, Field(ge=1, le=100_000)] = 1
    """Sent so many times, each a text of its own."""
    wait: bool = False
    """Answer only when the application has answered."""


class NewPhone(BaseModel):
    """A phone the page shows, with a name and a language."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    number: Number
    label: str = ""
    language: str = ""


class Application(BaseModel):
    """Where the application lives; what is not given stays as it is."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    app_url: str | None = None
    public_url: str | None = None
    sms_path: str | None = None
    fallback_url: str | None = None


class Control:
    """The control API of one carrier."""

    def __init__(self, carrier: Carrier) -> None:
        self._carrier = carrier

    def routes(self) -> list[web.RouteDef]:
        return [
            web.get("/control/line", self._line),
            web.put("/control/line", _checked(self._move)),
            web.get("/control/messages", self._messages),
            web.get("/control/attempts", self._attempts),
            web.get("/control/threads", self._threads),
            web.get("/control/settled", self._settled),
            web.get("/control/behaviour", self._behaviour),
            web.put("/control/behaviour", _checked(self._behave)),
            web.get("/control/phones", self._phones),
            web.post("/control/phones", _checked(self._add_phones)),
            web.post("/control/texts", _checked(self._type)),
            web.post("/control/reset", _checked(self._reset)),
        ]

    async def _line(self, request: web.Request) -> web.Response:
        """Everything about the line but its secret."""
        shown = asdict(self._carrier.line)
        del shown["auth_token"]
        return web.json_response(shown)

    async def _move(self, request: web.Request) -> web.Response:
        changes = Application.model_validate(await request.json()).model_dump(exclude_unset=True)
        self._carrier.move_application(**changes)
        return await self._line(request)

    async def _messages(self, request: web.Request) -> web.Response:
        """Every message accepted from the application, oldest first; ?to=, ?from= and ?after=<n> narrow it."""
        wanted = request.query
        found = [
            message.as_json()
            for message in self._carrier.archive.messages[int(wanted.get("after", 0)) :]
            if not message.inbound
            and message.to == wanted.get("to", message.to)
            and message.sender == wanted.get("from", message.sender)
        ]
        return web.json_response({"messages": found})

    async def _attempts(self, request: web.Request) -> web.Response:
        """Every request to send, accepted or not, in order."""
        found = [{**asdict(attempt), "at": iso(attempt.at)} for attempt in self._carrier.archive.attempts]
        return web.json_response({"attempts": found})

    async def _threads(self, request: web.Request) -> web.Response:
        """Per phone both directions in order; ?number= picks one."""
        archive = self._carrier.archive
        numbers = [request.query["number"]] if "number" in request.query else self._numbers()
        threads = [
            {**asdict(self._phone(number)), "messages": [message.as_json() for message in archive.of(number)]}
            for number in numbers
        ]
        return web.json_response({"threads": threads})

    async def _settled(self, request: web.Request) -> web.Response:
        return web.json_response({"settled": self._carrier.settled})

    async def _behaviour(self, request: web.Request) -> web.Response:
        return web.json_response(self._carrier.rules.behaviours.model_dump(mode="json"))

    async def _behave(self, request: web.Request) -> web.Response:
        """Replaces the whole behaviour, and what had been used up of it."""
        self._carrier.rules.put(Behaviours.parse(await request.json()))
        return await self._behaviour(request)

    async def _phones(self, request: web.Request) -> web.Response:
        return web.json_response({"phones": [asdict(self._phone(number)) for number in self._numbers()]})

    async def _add_phones(self, request: web.Request) -> web.Response:
        """Takes one phone or a list of them."""
        given = await request.json()
        for one in given if isinstance(given, list) else [given]:
            phone = NewPhone.model_validate(one)
            self._carrier.add_phone(Phone(**phone.model_dump()))
        return await self._phones(request)

    async def _type(self, request: web.Request) -> web.Response:
        typed = Typed.model_validate(await request.json())
        to = typed.to or self._carrier.line.numbers[0]
        if typed.wait:
            texts = [await self._sent(typed, to) for _ in range(typed.repeat)]
        else:
            texts = [self._carrier.type(typed.sender, to, typed.body) for _ in range(typed.repeat)]
        answers = [text.posts[-1].as_json() if text.posts else None for text in texts]
        sids = [text.sid for text in texts]
        return web.json_response({"sid": sids[0], "sids": sids, "answers": answers}, status=201)

    async def _sent(self, typed: Typed, to: str) -> Message:
        text = self._carrier.texts.receive(typed.sender, to, typed.body)
        self._carrier.answering += 1
        try:
            await self._carrier.texts.deliver(text)
        finally:
            self._carrier.answering -= 1
        return text

    async def _reset(self, request: web.Request) -> web.Response:
        self._carrier.reset()
        return web.json_response({"reset": True})

    def _numbers(self) -> list[str]:
        return list(dict.fromkeys([*self._carrier.phones, *self._carrier.archive.phones()]))

    def _phone(self, number: str) -> Phone:
        return self._carrier.phones.get(number, Phone(number))


def _checked(handler: Handler) -> Handler:
    """Answers what is wrong with the JSON as a 400 that says what was expected."""

    async def checked(request: web.Request) -> web.StreamResponse:
        if request.content_type != "application/json":
            return web.json_response({"error": "expected Content-Type: application/json"}, status=415)
        try:
            return await handler(request)
        except (JSONDecodeError, ValueError) as error:
            return web.json_response({"error": str(error)}, status=400)

    return checked
