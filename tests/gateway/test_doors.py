"""Every door, ten thousand times, with anything: never an error of ours, and nothing kept that should not be."""

from __future__ import annotations

import json
from collections.abc import Callable
from random import Random
from typing import Any

import pytest
from flask import Flask, got_request_exception
from flask.testing import FlaskClient
from werkzeug.routing import Rule

from gateway.app import create_app
from gateway.feeds.work import work_off
from gateway.ground import Ground
from gateway.outbox.gate import take
from gateway.outbox.pace import Pace
from gateway.store.tables import events, metadata
from rules.values import EventType
from tests.gateway.texts.webhook import form, rows_in, sign
from tests.gateway.world import call, report

SHARDS = 10
REQUESTS = 1_040

CHARACTERS = (
    "abcXYZ019 -_.:/?#&=%+~{}[]()<>\"'\\|;,!*@$^`",
    "\x00\x01\t\n\r\x7f\x85",
    "éñçÅßøπЖאعݐ中日🏳️‍🌈👮",
    "\u200b\u200f\u202e\u2066\ufeff\ufffd\ufffe",
    "٠١٢۰۱۲１２³²",
)
ODD = (
    "",
    " ",
    "\x00",
    "null",
    "true",
    "-1",
    "1e999",
    "NaN",
    "../../etc/passwd",
    "' OR 1=1 --",
    "{{7*7}}",
    "%00",
)
METHODS = ("POST",) * 12 + ("GET",) * 4 + ("PUT", "DELETE", "PATCH", "HEAD", "OPTIONS")
KINDS = (
    "application/x-www-form-urlencoded",
    "application/json",
    "application/cloudevents+json",
    "application/cloudevents-batch+json",
    "multipart/form-data; boundary=x",
    "multipart/form-data",
    "text/plain; charset=utf-16",
    "application/json; charset=nonsense",
    "",
    "/",
)


class Dice:
    """Random requests from one seed."""

    def __init__(self, seed: int) -> None:
        self.random = Random(seed)

    def one_of(self, choices: Any) -> Any:
        return self.random.choice(choices)

    def chance(self, of: float) -> bool:
        return self.random.random() < of

    def text(self, most: int = 40) -> str:
        if self.chance(0.3):
            return str(self.one_of(ODD))
        letters = self.one_of(CHARACTERS)
        length = most * 400 if self.chance(0.01) else self.random.randrange(most)
        return "".join(self.random.choices(letters, k=length))

    def raw(self) -> bytes:
        return self.random.randbytes(self.random.randrange(200))

    def path(self, rule: Rule) -> str:
        """The rule with anything in its gaps."""
        path = rule.rule
        for name in rule.arguments:
            for converter in ("", "string:", "path:", "int:", "uuid:"):
                path = path.replace(f"<{converter}{name}>", self.segment())
        return path

    def segment(self) -> str:
        plain = self.text(30).replace("?", "").replace("#", "").replace("/", "")
        return plain.encode("utf-8", "surrogatepass").decode("latin-1") or "x"

    def query(self) -> str:
        if self.chance(0.7):
            return ""
        return "?" + self.one_of(
            ("a=1", "message=", "message=0190a5f0-0000-4000-8000-000000000000", "%", "&&==", "a=%ff")
        )

    def headers(self) -> dict[str, str]:
        headers: dict[str, str] = {}
        if self.chance(0.3):
            headers["Accept-Language"] = self.one_of(("es", "ar-EG,*;q=0.1", "\xff", ",;q=", "x" * 500))
        if self.chance(0.2):
            headers["X-Twilio-Signature"] = self.one_of(("", "x", "=" * 28, "\xe9"))
        if self.chance(0.2):
            headers["Authorization"] = self.one_of(
                ("Bearer x", "Basic !", "Bearer tk_a_b", "\xe9", "Digest a=b")
            )
        if self.chance(0.2):
            headers["Cookie"] = self.one_of(("tidings=x.y.z", "tidings=", "session=\xe9", "a" * 2000))
        if self.chance(0.1):
            headers["User-Agent"] = self.one_of(("", "WhatsApp/2", "\xe9bot"))
        if self.chance(0.1):
            headers["Host"] = self.one_of(("evil.example", "[::1", "a b", "tidings.test:99999"))
        return headers

    def fields(self) -> dict[str, str]:
        """The form of a text or a receipt, with some of it replaced."""
        fields = form(
            MessageStatus=self.one_of(("sent", "delivered", "failed", "nonsense", "")),
            ErrorCode=self.one_of(("", "30003", "21610", "x", "9" * 30, "²")),
            Body=self.one_of(("STATUS", "STOP", "HELP", "he's here", self.text(80))),
        )
        for _ in range(self.random.randrange(4)):
            name = self.one_of((*fields, "OptOutType", "MessagingServiceSid", "MediaUrl0", self.text(10)))
            fields[name] = self.text()
        if self.chance(0.2):
            fields.pop(self.one_of(tuple(fields)))
        return {name: value.replace("\ud800", "") for name, value in fields.items()}

    def json(self, depth: int = 3) -> Any:
        kind = self.random.randrange(8 if depth else 6)
        if kind < 2:
            return self.text()
        if kind < 6:
            return self.one_of((None, True, -1, 0, 2**70, 1.5, 1e308, float("inf"), "2026-05-01T00:00:00Z"))
        if kind == 6:
            return [self.json(depth - 1) for _ in range(self.random.randrange(4))]
        return {self.text(12): self.json(depth - 1) for _ in range(self.random.randrange(4))}

    def event(self) -> Any:
        """A good event with some of it replaced, at any depth."""
        data = self.one_of((call, report, lambda: {"into": "R2"}, lambda: {"arrest_id": "A1"}, dict))()
        event = {
            "specversion": "1.0",
            "source": self.one_of(("cad", "rms")),
            "id": str(self.random.randrange(500)),
            "type": self.one_of(tuple(EventType)).value,
            "subject": f"P{self.random.randrange(50)}",
            "time": "2026-05-01T10:00:00Z",
            "data": data,
        }
        for _ in range(self.random.randrange(3)):
            place: Any = event
            while True:
                if isinstance(place, dict):
                    key: Any = self.one_of((*place, self.text(8))) if place else self.text(8)
                elif isinstance(place, list) and place:
                    key = self.random.randrange(len(place))
                else:
                    break
                inner = place.get(key) if isinstance(place, dict) else place[key]
                if isinstance(inner, dict | list) and inner and self.chance(0.7):
                    place = inner
                    continue
                place[key] = self.json()
                break
        return event

    def events(self) -> bytes:
        body = self.event() if self.chance(0.6) else [self.event() for _ in range(self.random.randrange(5))]
        text = json.dumps(body if self.chance(0.95) else self.json(5))
        if self.chance(0.1):
            place = self.random.randrange(len(text))
            text = text[:place] + self.text(5) + text[place + self.random.randrange(3) :]
        return text.encode("utf-8", "replace")


def routes(app: Flask) -> list[Rule]:
    return [rule for rule in app.url_map.iter_rules() if "swagger" not in rule.rule]


class Doors:
    """The application, and every error that it would have answered with a 500."""

    def __init__(self, ground: Ground) -> None:
        self.app = create_app(ground)
        self.client: FlaskClient = self.app.test_client(use_cookies=False)
        self.broken: list[str] = []
        got_request_exception.connect(self._note, self.app)

    def _note(self, _sender: Any, exception: BaseException, **_: Any) -> None:
        self.broken.append(repr(exception))

    def knock(self, path: str, **options: Any) -> int:
        status = self.client.open(path, **options).status_code
        assert status < 500, (path, options, self.broken)
        assert not self.broken, (path, options, self.broken)
        return status


@pytest.fixture
def doors(ground: Ground) -> Doors:
    return Doors(ground)


def strange(dice: Dice, doors: Doors) -> Callable[[], int]:
    every = routes(doors.app)

    def knock() -> int:
        path = dice.path(dice.one_of(every)) + dice.query() if dice.chance(0.95) else "/" + dice.segment()
        options: dict[str, Any] = {"method": dice.one_of(METHODS), "headers": dice.headers()}
        kind = dice.random.randrange(4)
        if kind == 0:
            options["data"] = dice.fields()
        else:
            options["data"] = dice.events() if kind == 1 else dice.raw()
            options["content_type"] = dice.one_of(KINDS)
        return doors.knock(path, **options)

    return knock


@pytest.mark.parametrize("shard", range(SHARDS))
def test_whatever_a_stranger_brings_is_no_error_and_is_not_kept(
    doors: Doors, ground: Ground, api_key: str, shard: int
) -> None:
    before = rows_in(ground)
    knock = strange(Dice(shard), doors)
    statuses = {knock() for _ in range(REQUESTS // 2)}
    assert rows_in(ground) == before
    assert set(before) == set(metadata.tables)
    assert {200, 403, 404, 405} <= statuses


@pytest.mark.parametrize("shard", range(SHARDS))
def test_whatever_comes_with_the_right_signature_or_key_is_no_error(
    doors: Doors, ground: Ground, api_key: str, shard: int
) -> None:
    dice = Dice(1_000 + shard)
    taken = 0
    for _ in range(REQUESTS // 2):
        if dice.chance(0.5):
            path = dice.one_of(("/twilio/sms", "/twilio/status")) + dice.query()
            fields = dice.fields()
            headers = dice.headers() | {"X-Twilio-Signature": sign(path, fields)}
            headers.pop("Host", None)
            status = doors.knock(path, method="POST", data=fields, headers=headers)
            taken += status == 204 and path.startswith("/twilio/sms")
            assert status in (204, 400, 403, 404)
        else:
            headers = {"Authorization": f"Bearer {api_key}"}
            kind = dice.one_of(KINDS[1:4]) if dice.chance(0.9) else dice.one_of(KINDS)
            status = doors.knock(
                "/v1/events", method="POST", data=dice.events(), headers=headers, content_type=kind
            )
            assert status in (202, 400, 415)
    rows = rows_in(ground)
    assert rows["texts"] <= taken, "one row for each text that was taken, copies aside"
    assert rows["texts"] > 20
    assert rows["events"] > 20
    work_off(ground, lambda: True)
    with ground.database.connect() as connection:
        assert {row.state for row in connection.execute(events.select())} == {"done"}
    while take(ground, Pace(None), 256).found:
        pass


def test_every_door_is_tried(doors: Doors) -> None:
    paths = {rule.rule for rule in routes(doors.app)}
    assert {"/twilio/sms", "/twilio/status", "/v1/events", "/v1/openapi.json", "/healthz", "/readyz"} <= paths
    assert SHARDS * REQUESTS >= 10_000
