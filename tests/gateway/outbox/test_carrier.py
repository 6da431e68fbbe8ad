"""What the carrier's door says, garbled or not, is one of four answers and never an exception."""

from __future__ import annotations

import asyncio
import json
import threading
from collections.abc import Callable, Iterable, Iterator
from typing import Any
from uuid import uuid4

import pytest
from werkzeug.serving import make_server

from gateway.outbox.carriers.answers import Accepted, Answer, NotTaken, Outgoing, Refused, Unknown
from gateway.outbox.carriers.twilio import TwilioCarrier
from tests.gateway.world import JAMIE

Say = Callable[[int, str], str]


@pytest.fixture
def say() -> Iterator[Say]:
    """A server that answers everything with what it is told; returns its address."""
    told: dict[str, Any] = {}

    def app(_environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
        start_response(told["status"], [("Content-Type", "application/json")])
        return [told["body"].encode()]

    server = make_server("127.0.0.1", 0, app, threaded=True)
    thread = threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True)
    thread.start()

    def tell(status: int, body: str) -> str:
        told.update(status=f"{status} Said", body=body)
        return f"http://127.0.0.1:{server.port}"

    yield tell
    server.shutdown()
    thread.join(10)
    server.server_close()


def post(base: str, body: str = "Hello") -> Answer:
    async def once() -> Answer:
        carrier = TwilioCarrier(base, "AC" + "0" * 32, "token", seconds=2)
        try:
            message = Outgoing(uuid4(), JAMIE, body, "+15205550199", None, "https://tidings.test/x")
            return await carrier.send(message)
        finally:
            await carrier.close()

    return asyncio.run(once())


def error(code: object, status: int = 400) -> str:
    return json.dumps({"code": code, "message": "words", "more_info": "", "status": status})


@pytest.mark.parametrize(
    ("status", "body", "expected"),
    [
        (201, json.dumps({"sid": "SM1", "status": "queued"}), Accepted("SM1")),
        (400, error(21211), Refused(21211)),
        (400, error("21211"), Refused(21211)),
        (429, error(20429, 429), NotTaken(20429)),
        (429, "<html>slow down</html>", NotTaken(20429)),
        (429, error(30023, 429), NotTaken(30023)),
        (401, error(20003, 401), Refused(20003)),
        (401, "", Refused(20003)),
    ],
)
def test_what_the_carrier_says_is_understood(say: Say, status: int, body: str, expected: Answer) -> None:
    assert post(say(status, body)) == expected


@pytest.mark.parametrize(
    ("status", "body"),
    [
        (201, ""),
        (201, "<html>"),
        (201, "[]"),
        (201, "{}"),
        (201, "null"),
        (201, json.dumps({"sid": None})),
        (201, json.dumps({"sid": "SM1", "date_created": "yesterday"})),
        (200, "ok"),
        (302, ""),
        (400, "<html>a proxy speaks</html>"),
        (400, "[1]"),
        (400, error("abc")),
        (400, error(None)),
        (400, error({"a": 1})),
        (403, "denied by policy"),
        (404, error(0, 404)),
        (500, error(20500, 500)),
        (502, "bad gateway"),
        (503, ""),
    ],
)
def test_what_is_not_understood_leaves_a_doubt_or_is_taken_for_what_it_says(
    say: Say, status: int, body: str
) -> None:
    assert isinstance(post(say(status, body)), Unknown | Accepted)
    if status != 201:
        assert isinstance(post(say(status, body)), Unknown)


def test_nobody_there_is_surely_not_taken() -> None:
    assert post("http://127.0.0.1:9") == NotTaken()


def test_a_body_that_can_not_be_written_down_is_no_exception(say: Say) -> None:
    assert isinstance(post(say(201, json.dumps({"sid": "SM1"})), body="\ud800"), Unknown)
