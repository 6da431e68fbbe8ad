"""The door for events: each is judged alone, kept once, and nothing that comes breaks it."""

from __future__ import annotations

import json
from typing import Any

import pytest
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from gateway.feeds import schema
from gateway.feeds.door import MOST_IN_A_BATCH
from gateway.ground import Ground
from gateway.store import agencies
from gateway.store.tables import api_keys, events, metadata
from rules.values import EventType
from tests.gateway.texts.webhook import rows_in

Json = dict[str, Any]

PARTY = {"role": "victim", "id": "v1", "name": "Jamie Doe", "phone": "520-555-0131", "language": "es"}
GOOD: dict[EventType, list[Json]] = {
    **{
        kind: [
            {"type_code": "THEFT"},
            {
                "type_code": "THEFT",
                "priority": "3",
                "how_received": "911",
                "in_progress": False,
                "district": "west",
                "disposition": "1",
                "report_number": "R1",
                "officer": {"name": "Ruiz", "contact": "520-555-0140"},
                "parties": [PARTY, {"role": "caller", "class_of_service": "WRLS"}],
            },
        ]
        for kind in EventType
        if kind.about == "call"
    },
    EventType.REPORT_FILED: [
        {"offenses": ["220"]},
        {
            "offenses": ["13A", "23F"],
            "status": "open",
            "assigned_to": "Detective Chen",
            "officer": {"contact": "ruiz@police.example"},
            "division": "west",
            "unit": "property",
            "reported_at": "2026-05-01T10:00:00-07:00",
            "call_number": "P1",
            "parties": [PARTY | {"birth_date": "1990-02-28", "victim_type": "I", "relationships": ["ST"]}],
        },
    ],
    EventType.REPORT_UPDATED: [{}, {"offenses": ["220"]}, {"parties": [PARTY | {"email": "j@d.example"}]}],
    EventType.REPORT_MERGED: [{"into": "R2"}],
    EventType.REPORT_SPLIT: [{"into": ["R2", "R3"]}],
    EventType.CASE_ASSIGNED: [{"assigned_to": "Detective Chen"}],
    EventType.CASE_STATUS_CHANGED: [{"status": "inactive"}],
    EventType.CASE_CLOSED: [{}, {"status": "closed"}],
    EventType.ARREST_MADE: [
        {"arrest_id": "A1", "appearance": "Monday 9:00", "custody_phone": "520-555-0150"}
    ],
    EventType.FEED_HEARTBEAT: [{}],
}
BAD: dict[EventType, list[tuple[Json, str]]] = {
    **{
        kind: [
            ({"type_code": "THEFT", "colour": "red"}, "data.colour"),
            ({"type_code": " "}, "data.type_code"),
            ({"type_code": "X\x00"}, "data.type_code"),
            ({"type_code": "\ud800"}, "data.type_code"),
            ({"type_code": 7}, "data.type_code"),
            ({"type_code": "THEFT", "parties": [PARTY | {"phone": "555-0131"}]}, "data.parties.0.phone"),
            ({"type_code": "THEFT", "parties": [PARTY, PARTY]}, "data.parties"),
            ({"type_code": "THEFT", "parties": [{"role": "bystander"}]}, "data.parties.0.role"),
            ({"type_code": "THEFT", "parties": {}}, "data.parties"),
            ({"type_code": "THEFT", "officer": {"name": ""}}, "data.officer.name"),
        ]
        for kind in EventType
        if kind.about == "call"
    },
    EventType.REPORT_FILED: [
        ({}, "data.offenses"),
        ({"offenses": []}, "data.offenses"),
        ({"offenses": ["burglary"]}, "data.offenses.0"),
        ({"offenses": ["220"], "status": "lost"}, "data.status"),
        ({"offenses": ["220"], "reported_at": "2026-05-01T10:00:00"}, "data.reported_at"),
        ({"offenses": ["220"], "reported_at": "0001-01-01T00:00:00+23:59"}, "data.reported_at"),
        ({"offenses": ["220"], "parties": [PARTY | {"birth_date": "31/12/90"}]}, "data.parties.0.birth_date"),
        ({"offenses": ["220"], "parties": [PARTY | {"language": "xx"}]}, "data.parties.0.language"),
        ({"offenses": ["220"], "parties": [PARTY | {"email": "nobody"}]}, "data.parties.0.email"),
        ({"offenses": ["220"], "parties": [PARTY | {"id": "a b"}]}, "data.parties.0.id"),
    ],
    EventType.REPORT_UPDATED: [({"offenses": "220"}, "data.offenses")],
    EventType.REPORT_MERGED: [({}, "data.into"), ({"into": ["R2"]}, "data.into")],
    EventType.REPORT_SPLIT: [({}, "data.into"), ({"into": []}, "data.into"), ({"into": "R2"}, "data.into")],
    EventType.CASE_ASSIGNED: [({}, "data.assigned_to")],
    EventType.CASE_STATUS_CHANGED: [({}, "data.status"), ({"status": "x"}, "data.status")],
    EventType.CASE_CLOSED: [({"closed_by": "me"}, "data.closed_by")],
    EventType.ARREST_MADE: [({}, "data.arrest_id"), ({"arrest_id": ""}, "data.arrest_id")],
    EventType.FEED_HEARTBEAT: [({"beat": 1}, "data.beat")],
}


def event(kind: str = "call.received", number: object = 1, **more: Any) -> Json:
    return {
        "specversion": "1.0",
        "source": "cad",
        "id": f"e{number}",
        "type": kind,
        "subject": "P1",
        "time": "2026-05-01T10:00:00Z",
        "data": {"type_code": "THEFT"},
        **more,
    }


def post(client: FlaskClient, api_key: str | None, body: Any, **options: Any) -> TestResponse:
    headers = {"Authorization": f"Bearer {api_key}"} if api_key else {}
    data = body if isinstance(body, bytes | str) else json.dumps(body)
    options.setdefault("content_type", "application/cloudevents-batch+json")
    return client.post("/v1/events", data=data, headers=headers, **options)


def results(answer: TestResponse) -> list[tuple[str | None, str]]:
    assert answer.status_code == 202, answer.text
    return [(one.get("id"), one["result"]) for one in answer.get_json()["results"]]


def test_every_type_of_event_is_tried() -> None:
    assert set(GOOD) == set(BAD) == set(schema.DATA) == set(EventType)


def test_every_type_of_event_is_taken(client: FlaskClient, api_key: str) -> None:
    batch = [
        event(kind.value, f"{kind.value}-{place}", data=data)
        for kind, datas in GOOD.items()
        for place, data in enumerate(datas)
    ]
    assert results(post(client, api_key, batch)) == [(one["id"], "accepted") for one in batch]


@pytest.mark.parametrize("kind", EventType)
def test_what_is_wrong_in_an_event_is_named(client: FlaskClient, api_key: str, kind: EventType) -> None:
    batch = [event(kind.value, place, data=data) for place, (data, _) in enumerate(BAD[kind])]
    told = post(client, api_key, batch).get_json()["results"]
    assert [(one["result"], one["field"]) for one in told] == [("rejected", field) for _, field in BAD[kind]]
    assert all(one["reason"] for one in told)


@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        ({"specversion": "0.3"}, "specversion"),
        ({"source": ""}, "source"),
        ({"source": "a\x00"}, "source"),
        ({"id": "x" * 201}, "id"),
        ({"id": 5}, "id"),
        ({"id": "  "}, "id"),
        ({"type": "call.exploded"}, "type"),
        ({"subject": None}, "subject"),
        ({"subject": " "}, "subject"),
        ({"time": "yesterday"}, "time"),
        ({"time": "2026-05-01T10:00:00"}, "time"),
        ({"time": "0001-01-01T00:00:00+23:59"}, "time"),
        ({"time": "9999-12-31T23:59:59-23:59"}, "time"),
        ({"time": "2199-01-01T00:00:00Z"}, "time"),
        ({"time": 1e300}, "time"),
        ({"datacontenttype": "text/xml"}, "datacontenttype"),
        ({"data": []}, "data"),
        ({"data": None}, "data"),
        ({"traceparent": {"deep": []}}, ""),
    ],
)
def test_what_is_wrong_in_the_envelope_is_named(
    client: FlaskClient, api_key: str, wrong: Json, field: str
) -> None:
    (told,) = post(client, api_key, event(**wrong)).get_json()["results"]
    assert (told["result"], told["field"]) == ("rejected", field)


def test_a_batch_keeps_the_good_and_gives_each_event_its_result_in_order(
    client: FlaskClient, api_key: str, ground: Ground
) -> None:
    assert results(post(client, api_key, event(number=1))) == [("e1", "accepted")]
    batch = [
        event(number=2),
        event(number=1),
        event(number=3, type="nonsense"),
        "not an object",
        None,
        [event(number=9)],
        event(number=4),
        event(number=4),
        event(number=5, source="rms"),
        event(number=4, source="rms"),
    ]
    assert results(post(client, api_key, batch)) == [
        ("e2", "accepted"),
        ("e1", "duplicate"),
        ("e3", "rejected"),
        (None, "rejected"),
        (None, "rejected"),
        (None, "rejected"),
        ("e4", "accepted"),
        ("e4", "duplicate"),
        ("e5", "accepted"),
        ("e4", "accepted"),
    ]
    assert rows_in(ground)["events"] == 5
    assert [result for _, result in results(post(client, api_key, batch))].count("accepted") == 0


def test_of_two_that_share_a_name_the_first_is_kept(
    client: FlaskClient, api_key: str, ground: Ground
) -> None:
    post(client, api_key, [event(subject="P1"), event(subject="P2")])
    with ground.database.connect() as connection:
        assert [row.subject for row in connection.execute(events.select())] == ["P1"]


def test_an_empty_batch_is_fine(client: FlaskClient, api_key: str) -> None:
    assert results(post(client, api_key, [])) == []


@pytest.mark.parametrize(
    "kind",
    ["application/json", "application/cloudevents+json; charset=utf-8", "application/cloudevents-batch+json"],
)
def test_the_three_kinds_of_json_are_taken(client: FlaskClient, api_key: str, kind: str) -> None:
    assert post(client, api_key, event(), content_type=kind).status_code == 202


def is_problem(answer: TestResponse, status: int) -> bool:
    return (
        answer.status_code == status
        and answer.mimetype == "application/problem+json"
        and answer.get_json()["status"] == status
        and bool(answer.get_json()["title"])
    )


def test_without_a_key_nothing_is_taken(client: FlaskClient, api_key: str, ground: Ground) -> None:
    key_id, secret = api_key.removeprefix("tk_").split("_", 1)
    before = rows_in(ground)
    for header in (
        None,
        "",
        "Bearer",
        "Bearer ",
        f"Basic {api_key}",
        "Bearer tk_",
        f"Bearer tk_{key_id}_",
        f"Bearer tk_{key_id}_{secret[:-1]}",
        f"Bearer tk_{key_id}_{secret}x",
        f"Bearer tk__{secret}",
        f"Bearer tk_unknown_{secret}",
        "Bearer \xff\xfe",
        f"Bearer {'x' * 10_000}",
    ):
        answer = client.post(
            "/v1/events", json=event(), headers={"Authorization": header} if header is not None else {}
        )
        assert is_problem(answer, 401), header
        assert answer.headers["WWW-Authenticate"] == "Bearer"
    assert rows_in(ground) == before
    assert set(before) == set(metadata.tables)


def test_a_revoked_key_opens_nothing(client: FlaskClient, api_key: str, ground: Ground) -> None:
    key_id = api_key.split("_")[1]
    with ground.database.begin() as connection:
        assert agencies.revoke_api_key(connection, key_id, ground.clock())
        assert not agencies.revoke_api_key(connection, key_id, ground.clock())
    assert is_problem(post(client, api_key, event()), 401)


def test_a_key_speaks_for_its_own_agency(client: FlaskClient, api_key: str, ground: Ground) -> None:
    with ground.database.begin() as connection:
        agencies.add_agency(connection, "other", ground.clock())
        other = agencies.make_api_key(connection, "other", "tests", ground.clock())
    assert results(post(client, api_key, event())) == [("e1", "accepted")]
    assert results(post(client, other, event())) == [("e1", "accepted")]
    with ground.database.connect() as connection:
        assert sorted(row.agency_id for row in connection.execute(events.select())) == ["demo", "other"]


def test_a_key_is_kept_as_a_hash_only(api_key: str, ground: Ground) -> None:
    secret = api_key.split("_", 2)[2]
    with ground.database.connect() as connection:
        (row,) = connection.execute(api_keys.select()).all()
        assert secret not in repr(row)
        assert secret.encode() not in bytes(row.secret_hash)
        assert "secret" not in repr(agencies.list_api_keys(connection)[0]._fields)


@pytest.mark.parametrize("kind", ["", "text/plain", "application/xml", "application/x-www-form-urlencoded"])
def test_what_is_no_json_by_its_type_is_not_read(client: FlaskClient, api_key: str, kind: str) -> None:
    assert is_problem(post(client, api_key, event(), content_type=kind), 415)


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"{",
        b"\xff\xfe\x00",
        b'{"a": "\xe9"}',
        b'{"a": NaN}',
        b"[Infinity]",
        b"[-Infinity]",
        b'{"a": 1}{"b": 2}',
        b"{'a': 1}",
        b'"\x00"',
        b"[" * 100_000,
        b'{"a":' * 100_000,
        b"[" + b"9" * 5000 + b"]",
    ],
    ids=lambda body: repr(body[:12]),
)
def test_what_is_no_json_is_told_so(client: FlaskClient, api_key: str, body: bytes) -> None:
    assert is_problem(post(client, api_key, body), 400)


@pytest.mark.parametrize("depth", [50, 500, 900, 940, 960, 980, 990])
@pytest.mark.parametrize("place", ["data", "extension", "deep in data", "whole"])
def test_deep_nesting_is_rejected_and_never_an_error(
    client: FlaskClient, api_key: str, depth: int, place: str
) -> None:
    deep = "[" * depth + "]" * depth
    whole = json.dumps(event())
    body = {
        "data": whole.replace('{"type_code": "THEFT"}', deep),
        "deep in data": whole.replace('"THEFT"', deep),
        "extension": whole[:-1] + f', "x": {deep}}}',
        "whole": deep,
    }[place]
    answer = post(client, api_key, body)
    assert answer.status_code in (202, 400)
    assert "accepted" not in answer.text


@pytest.mark.parametrize(
    "body",
    [
        '[1e999, -1e999, 1e-999, 0.1e1, 12345678901234567890123456789, true, "", {}, []]',
        '{"\\ud800": 1}',
        '{"specversion":"1.0","source":"a","id":"\\ud800","type":"call.received","time":"2026-05-01T00:00:00Z"}',
        '{"specversion":"1.0","source":"a","id":"b","type":"call.received","time":"2026-05-01T00:00:00Z",'
        '"subject":"P1","data":{"\\ud800\\u0000": 1}}',
        '{"id": "\\u0000"}',
        '{"id": {"a": 1}}',
    ],
)
def test_odd_json_is_rejected_event_by_event(client: FlaskClient, api_key: str, body: str) -> None:
    assert {result for _, result in results(post(client, api_key, body))} == {"rejected"}


def test_odd_values_that_are_allowed_are_kept(client: FlaskClient, api_key: str, ground: Ground) -> None:
    odd = event(
        number="\U0001f600",
        source="\u202e\u00e9",
        subject="P-\u0661",
        big="B",
        huge=10**4000,
        tiny=-1.5,
        none=None,
        text="\x00\ud800",
    )
    twice = json.dumps(odd)[:-1] + ', "id": "e1", "extra": 1e999}'
    assert [result for _, result in results(post(client, api_key, f"[{json.dumps(odd)},{twice}]"))] == [
        "accepted",
        "accepted",
    ]
    with ground.database.connect() as connection:
        kept = {row.event_id: row.body for row in connection.execute(events.select())}
    assert kept["e\U0001f600"] == odd
    assert kept["e1"]["extra"] == float("inf"), "of two keys alike the last counts"


def test_too_much_is_refused(client: FlaskClient, api_key: str, ground: Ground) -> None:
    before = rows_in(ground)
    assert is_problem(post(client, api_key, [event()] * (MOST_IN_A_BATCH + 1)), 413)
    assert is_problem(post(client, api_key, b" " * (2 * 1024 * 1024 + 1)), 413)
    assert rows_in(ground) == before


def test_the_largest_batch_is_taken(client: FlaskClient, api_key: str) -> None:
    batch = [event(number=number) for number in range(MOST_IN_A_BATCH)]
    assert {result for _, result in results(post(client, api_key, batch))} == {"accepted"}


def test_the_interface_describes_itself(client: FlaskClient) -> None:
    answer = client.get("/v1/openapi.json")
    assert answer.status_code == 200
    document = json.loads(answer.data)
    assert document["openapi"].startswith("3.1")
    assert "post" in document["paths"]["/v1/events"]
    assert set(document["paths"]["/v1/events"]["post"]["responses"]) >= {"202", "400", "401", "413", "415"}
    missing = [kind.value for kind in EventType if f'"{kind.value}"' not in answer.text]
    assert missing == []
