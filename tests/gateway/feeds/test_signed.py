"""Webhooks that are signed: what opens the door, and that everything else is turned away alike."""

from __future__ import annotations

import hashlib
import hmac
import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from flask.testing import FlaskClient
from hypothesis import given
from hypothesis import strategies as st
from werkzeug.test import TestResponse

from gateway.feeds import signed
from gateway.feeds.signed import HEADER, TOLERANCE, is_signed, sign
from gateway.ground import Ground
from gateway.store import agencies, rotation
from gateway.store.tables import hook_secrets
from tests.gateway.feeds.test_eido import sample
from tests.gateway.feeds.test_events_door import event, is_problem, results
from tests.gateway.texts.webhook import rows_in

NOW = datetime(2026, 5, 1, 17, 0, tzinfo=UTC)
SECRET = "ths_0a1b2c3d4e5f_secret"
BODY = b'{"a": 1}'


def test_the_signature_is_the_documented_one() -> None:
    seconds = str(int(NOW.timestamp()))
    digest = hmac.new(SECRET.encode(), f"{seconds}.".encode() + BODY, hashlib.sha256).hexdigest()
    assert sign(BODY, [SECRET], NOW) == f"t={seconds},v1={digest}"
    assert (
        sign(b"{}", ["whsec"], datetime(2001, 9, 9, 1, 46, 40, tzinfo=UTC))
        == "t=1000000000,v1=" + hmac.new(b"whsec", b"1000000000.{}", hashlib.sha256).hexdigest()
    )


def test_the_recipe_in_the_guide_makes_a_signature_that_opens() -> None:
    guide = (Path(__file__).parents[3] / "docs" / "feeds.md").read_text(encoding="utf-8")
    recipe: dict[str, Any] = {}
    exec(guide.partition("```python\n")[2].partition("```")[0], recipe)
    assert is_signed(recipe["signature"](SECRET, BODY), BODY, [SECRET], datetime.now(UTC))


@given(st.binary(), st.text(st.characters(codec="utf-8")), st.integers(0, 4_000_000_000))
def test_what_is_signed_is_recognised_and_a_changed_byte_is_not(
    body: bytes, secret: str, seconds: int
) -> None:
    at = datetime.fromtimestamp(seconds, UTC)
    header = sign(body, [secret], at)
    assert is_signed(header, body, [secret], at)
    assert not is_signed(header, body + b" ", [secret], at)
    assert not is_signed(header, body, [secret + "x"], at)


@given(st.text())
def test_any_text_may_stand_in_the_header(header: str) -> None:
    assert not is_signed(header, BODY, [SECRET], NOW)


@pytest.mark.parametrize("seconds", [-301, -300, 0, 300, 301])
def test_a_signature_holds_for_five_minutes_on_either_side(seconds: int) -> None:
    header = sign(BODY, [SECRET], NOW + timedelta(seconds=seconds))
    assert is_signed(header, BODY, [SECRET], NOW) is (abs(seconds) <= TOLERANCE.total_seconds())


def test_either_secret_is_enough_while_one_replaces_the_other() -> None:
    assert is_signed(sign(BODY, ["old", "new"], NOW), BODY, ["new"], NOW)
    assert is_signed(sign(BODY, ["old", "new"], NOW), BODY, ["old"], NOW)
    assert is_signed(sign(BODY, ["old"], NOW), BODY, ["new", "old"], NOW)


def test_names_that_are_not_known_do_no_harm_and_capitals_and_spaces_none_either() -> None:
    header = sign(BODY, [SECRET], NOW)
    assert is_signed(f"{header},v0=abc,v2=def", BODY, [SECRET], NOW)
    time, _, digest = header.partition(",v1=")
    assert is_signed(f"{time}, v1={digest.upper()}", BODY, [SECRET], NOW)


@pytest.mark.parametrize(
    "spoil",
    [
        lambda header: "",
        lambda header: header.split(",")[0],
        lambda header: header.split(",")[1],
        lambda header: header.replace("v1=", "v0="),
        lambda header: header[:-1],
        lambda header: header + "0",
        lambda header: header + f",t={int(NOW.timestamp())}",
        lambda header: header.replace("t=", "t=+"),
        lambda header: header.replace("t=", "t= "),
        lambda header: header.replace("t=1", "t=١"),
        lambda header: header.replace("t=", "t=1e"),
        lambda header: header + "," * 1000,
        lambda header: f"t={'9' * 5000},{header}",
    ],
)
def test_a_spoiled_signature_opens_nothing(spoil: Any) -> None:
    assert not is_signed(spoil(sign(BODY, [SECRET], NOW)), BODY, [SECRET], NOW)


def test_without_a_secret_no_signature_opens() -> None:
    for guess in ("", signed._NOBODYS):
        assert not is_signed(sign(BODY, [guess], NOW), BODY, [], NOW)


@pytest.fixture
def secret(ground: Ground) -> str:
    """The demo agency's secret for webhooks."""
    with ground.database.begin() as connection:
        return agencies.make_hook_secret(connection, "demo", "tests", ground.clock())


def knock(
    client: FlaskClient, ground: Ground, secret: str, body: Any, agency: str = "demo", **headers: str
) -> TestResponse:
    data = body if isinstance(body, bytes) else json.dumps(body).encode()
    told = {HEADER: sign(data, [secret], ground.clock()), **headers}
    return client.post(f"/v1/hooks/{agency}", data=data, headers=told, content_type="application/json")


def test_an_event_a_batch_and_an_eido_are_told_apart(
    client: FlaskClient, ground: Ground, secret: str
) -> None:
    assert results(knock(client, ground, secret, event())) == [("e1", "accepted")]
    batch = [event(), event(number=2), {"id": "no event"}]
    assert results(knock(client, ground, secret, batch)) == [
        ("e1", "duplicate"),
        ("e2", "accepted"),
        ("no event", "rejected"),
    ]
    answer = knock(client, ground, secret, sample())
    assert [result for _, result in results(answer)] == ["accepted"] * 3
    assert answer.get_json()["problems"] == []
    assert rows_in(ground)["events"] == 5


def test_every_failure_has_the_same_answer(client: FlaskClient, ground: Ground, secret: str) -> None:
    with ground.database.begin() as connection:
        agencies.add_agency(connection, "other", ground.clock())
        others = agencies.make_hook_secret(connection, "other", "tests", ground.clock())
    good = sign(b"{}", [secret], ground.clock())
    old = sign(b"{}", [secret], ground.clock() - timedelta(minutes=6))
    answers = [
        client.post("/v1/hooks/demo", data=b"{}"),
        client.post("/v1/hooks/demo", data=b"{}", headers={"Authorization": "Bearer tk_a_b"}),
        client.post("/v1/hooks/demo", data=b"{} ", headers={HEADER: good}),
        client.post("/v1/hooks/demo", data=b"{}", headers={HEADER: old}),
        client.post("/v1/hooks/demo", data=b"\xff", headers={HEADER: "t=1,v1=\xff"}),
        client.post("/v1/hooks/other", data=b"{}", headers={HEADER: good}),
        client.post("/v1/hooks/nobody", data=b"{}", headers={HEADER: good}),
        client.post("/v1/hooks/a%00b", data=b"{}", headers={HEADER: good}),
        client.post("/v1/hooks/%ED%A0%80", data=b"{}", headers={HEADER: good}),
        knock(client, ground, others, event()),
        knock(client, ground, "", event()),
    ]
    assert all(is_problem(answer, 401) for answer in answers)
    assert len({(answer.text, tuple(sorted(answer.headers.items()))) for answer in answers}) == 1
    assert rows_in(ground)["events"] == 0


def test_a_revoked_secret_opens_nothing(client: FlaskClient, ground: Ground, secret: str) -> None:
    with ground.database.begin() as connection:
        newer = agencies.make_hook_secret(connection, "demo", "tests", ground.clock())
        assert agencies.revoke_hook_secret(connection, secret.split("_")[1], ground.clock())
        assert not agencies.revoke_hook_secret(connection, secret.split("_")[1], ground.clock())
    assert is_problem(knock(client, ground, secret, event()), 401)
    assert results(knock(client, ground, newer, event())) == [("e1", "accepted")]


@pytest.mark.parametrize("body", [b"", b"{", b"[" * 100_000, b'{"a": NaN}', b"\xff"])
def test_what_is_signed_and_no_json_is_told_so(
    client: FlaskClient, ground: Ground, secret: str, body: bytes
) -> None:
    assert is_problem(knock(client, ground, secret, body), 400)


def test_what_is_signed_and_of_another_kind_is_told_so(
    client: FlaskClient, ground: Ground, secret: str
) -> None:
    headers = {HEADER: sign(BODY, [secret], ground.clock())}
    answer = client.post("/v1/hooks/demo", data=BODY, headers=headers, content_type="text/xml")
    assert is_problem(answer, 415)


def test_a_secret_is_kept_sealed_and_sealed_anew(client: FlaskClient, ground: Ground, secret: str) -> None:
    with ground.database.connect() as connection:
        (raw,) = connection.exec_driver_sql("SELECT secret FROM hook_secrets").scalars().all()
        assert secret.encode() not in bytes(raw)
        (row,) = connection.execute(hook_secrets.select()).all()
        assert row.secret == secret
        assert "secret" not in agencies.list_hook_secrets(connection)[0]._fields
    assert ("hook_secrets.secret", 1) in list(rotation.rotate(ground.database, ground.vault))
    assert results(knock(client, ground, secret, event())) == [("e1", "accepted")]
