"""The door for EIDOs: what it takes and answers, and that nothing that comes breaks it."""

from __future__ import annotations

import copy
import json
from typing import Any

import pytest
from flask.testing import FlaskClient
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from werkzeug.test import TestResponse

from gateway.feeds import schema
from gateway.feeds.eido import events_of
from gateway.ground import Ground
from gateway.store.tables import events
from tests.gateway.feeds.test_eido import NOT_TOLD, Json, sample
from tests.gateway.feeds.test_events_door import is_problem, results
from tests.gateway.texts.webhook import rows_in

KIND = "application/emergency.eido+json"
NAMES = sorted(
    {name for text in ("dispatched", "call_only", "draft") for name in str(sample(text)).split("'")}
)


def post(client: FlaskClient, api_key: str | None, body: Any, kind: str = KIND) -> TestResponse:
    headers = {"Authorization": f"Bearer {api_key}"} if api_key else {}
    data = body if isinstance(body, bytes) else json.dumps(body)
    return client.post("/v1/eido", data=data, headers=headers, content_type=kind)


@pytest.mark.parametrize("kind", [KIND, 'application/emergency.eido+json; version="1"', "application/json"])
def test_an_eido_is_taken_once(client: FlaskClient, api_key: str, ground: Ground, kind: str) -> None:
    first = post(client, api_key, sample(), kind)
    assert [result for _, result in results(first)] == ["accepted"] * 3
    assert first.get_json()["problems"] == []
    again = post(client, api_key, sample(), kind)
    assert [result for _, result in results(again)] == ["duplicate"] * 3
    assert rows_in(ground)["events"] == 3


def test_what_was_not_understood_is_named_and_the_rest_is_taken(client: FlaskClient, api_key: str) -> None:
    eido = sample()
    eido["incidentComponent"]["incidentStatusCommonRegistryText"] = ["Zapped"]
    answer = post(client, api_key, eido)
    assert [result for _, result in results(answer)] == ["accepted"] * 2
    (problem,) = answer.get_json()["problems"]
    assert problem["pointer"] == "/incidentComponent/incidentStatusCommonRegistryText/0"
    assert "'Zapped' is not known" in problem["reason"]


def test_nothing_that_is_kept_tells_of_a_place(client: FlaskClient, api_key: str, ground: Ground) -> None:
    post(client, api_key, sample())
    with ground.database.connect() as connection:
        kept = json.dumps([row.body for row in connection.execute(events.select())])
    assert [word for word in NOT_TOLD if word in kept] == []


@pytest.mark.parametrize(
    "body", [[], [{}], {}, "x", None, 5, {"specversion": "1.0", "incidentComponent": {}}]
)
def test_what_is_no_eido_is_told_so(client: FlaskClient, api_key: str, body: Any) -> None:
    assert is_problem(post(client, api_key, body), 400)


@pytest.mark.parametrize("body", [b"", b"{", b'{"a":' * 100_000, b'{"incidentComponent": Infinity}', b"\xff"])
def test_what_is_no_json_is_told_so(client: FlaskClient, api_key: str, body: bytes) -> None:
    assert is_problem(post(client, api_key, body), 400)


def test_other_kinds_and_strangers_are_turned_away(client: FlaskClient, api_key: str, ground: Ground) -> None:
    assert is_problem(post(client, api_key, sample(), "application/cloudevents+json"), 415)
    assert is_problem(post(client, None, sample()), 401)
    assert is_problem(post(client, api_key + "x", sample()), 401)
    assert rows_in(ground)["events"] == 0


@pytest.mark.parametrize("depth", [50, 500, 900, 960, 990])
@pytest.mark.parametrize("place", ["incidentComponent", "personComponent", "$id", "callComponent", "else"])
def test_deep_nesting_is_no_error(client: FlaskClient, api_key: str, depth: int, place: str) -> None:
    whole = json.dumps({name: value for name, value in sample().items() if name != place})
    for opening, closing in (("[", "]"), ('{"$ref":', "}")):
        deep = opening * depth + "1" + closing * depth
        answer = post(client, api_key, (whole[:-1] + f', "{place}": {deep}}}').encode())
        assert answer.status_code in (202, 400)


_LEAVES = (
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text(max_size=8)
    | st.sampled_from(
        [*NAMES, "\ud800", "\x00", "2026-05-01T10:00:00-07:00", "0001-01-01T00:00:00+23:59", "9" * 300]
    )
)
_JUNK = st.recursive(
    _LEAVES,
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(st.sampled_from(NAMES) | st.text(max_size=4), inner, max_size=4)
    ),
    max_leaves=12,
)


def _places(told: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    items = told.items() if isinstance(told, dict) else enumerate(told) if isinstance(told, list) else ()
    return [path, *(place for name, inner in items for place in _places(inner, (*path, name)))]


@st.composite
def spoiled(draw: st.DrawFn) -> Json:
    """A good EIDO with junk in a few of its places."""
    eido = copy.deepcopy(sample(draw(st.sampled_from(["dispatched", "call_only", "draft"]))))
    for _ in range(draw(st.integers(1, 4))):
        *way, last = draw(st.sampled_from(_places(eido)[1:]))
        inside: Any = eido
        for step in way:
            inside = inside[step]
        inside[last] = draw(_JUNK)
    return eido


@settings(max_examples=300, deadline=None)
@given(spoiled() | st.dictionaries(st.sampled_from(NAMES), _JUNK))
def test_whatever_an_eido_holds_its_events_pass_and_never_tell_of_a_place(eido: Json) -> None:
    found = events_of(eido, "eido")
    assert found == events_of(eido, "eido")
    for event in found.events:
        schema.read(event)
    assert all(pointer.startswith("/") and reason for pointer, reason in found.problems)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(spoiled())
def test_whatever_is_posted_is_no_error(client: FlaskClient, api_key: str, eido: Json) -> None:
    answer = post(client, api_key, json.dumps(eido).encode())
    assert answer.status_code in (202, 400)
    if answer.status_code == 202:
        json.loads(answer.data)
        reasons = [one for one in answer.get_json()["results"] if one["result"] == "rejected"]
        assert {one["field"] for one in reasons} <= {"time"}, (
            "only what lies in the future is found at the door"
        )
