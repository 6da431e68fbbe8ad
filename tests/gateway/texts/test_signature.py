"""Twilio's signature: over the public address and all that was posted, whatever stands between us and the world."""

from __future__ import annotations

from dataclasses import replace

import pytest
from flask.testing import FlaskClient
from twilio.request_validator import RequestValidator

from gateway.app import create_app
from gateway.ground import Ground
from gateway.outbox.carriers.signature import Signatures
from gateway.store.tables import metadata
from tests.gateway.texts.webhook import PUBLIC, form, rows_in, sign


def test_the_check_vector_of_twilios_documentation_is_valid() -> None:
    fields = {
        "CallSid": ["CA1234567890ABCDE"],
        "Caller": ["+14158675309"],
        "Digits": ["1234"],
        "From": ["+14158675309"],
        "To": ["+18005551212"],
    }
    signatures = Signatures("https://mycompany.com", "12345")
    assert signatures.valid("/myapp.php?foo=1&bar=2", fields, "RSOYDt4T1cUTdK1PDd93/VVr8B8=")
    assert not signatures.valid("/myapp.php?foo=1&bar=3", fields, "RSOYDt4T1cUTdK1PDd93/VVr8B8=")
    assert not signatures.valid(
        "/myapp.php?foo=1&bar=2", {**fields, "Digits": ["1235"]}, "RSOYDt4T1cUTdK1PDd93/VVr8B8="
    )


@pytest.mark.parametrize(
    "query", ["", "?a=1&b=2", "?message=%2B1&x=a%20b+c", "?q=%C3%A9&&=", "?a=%ff", "?bodySHA256=00"]
)
def test_the_signature_is_over_the_public_address_behind_a_proxy_that_ends_tls(
    client: FlaskClient, query: str
) -> None:
    """The request comes in by http, under the machine's own name."""
    fields = form(Body="STATUS")
    signature = sign("/twilio/sms" + query, fields)
    answer = client.post(
        "/twilio/sms" + query,
        data=fields,
        headers={"X-Twilio-Signature": signature, "Host": "10.0.0.7:8000"},
        base_url="http://10.0.0.7:8000",
    )
    assert answer.status_code == 204


def test_a_public_address_with_a_port_is_signed_with_it_or_without(ground: Ground) -> None:
    settings = replace(ground.settings, public_url="https://tidings.test:8443")
    client = create_app(replace(ground, settings=settings)).test_client()
    for base in ("https://tidings.test:8443", "https://tidings.test"):
        fields = form()
        signature = sign("/twilio/sms", fields, base=base)
        assert (
            client.post("/twilio/sms", data=fields, headers={"X-Twilio-Signature": signature}).status_code
            == 204
        )


def test_fields_that_nobody_knows_yet_are_signed_too(client: FlaskClient) -> None:
    fields = form(NewThing="1", Another="é", Empty="")
    headers = {"X-Twilio-Signature": sign("/twilio/sms", fields)}
    assert client.post("/twilio/sms", data=fields, headers=headers).status_code == 204
    added = {**fields, "Sneaked": "in"}
    assert client.post("/twilio/sms", data=added, headers=headers).status_code == 403


def test_a_field_that_comes_several_times_is_signed_with_all_its_values(client: FlaskClient) -> None:
    fields = {**form(), "MediaUrl": ["b", "a", "b"]}
    signature = RequestValidator("a-token-for-tests-only").compute_signature(
        PUBLIC + "/twilio/sms", _Many(fields)
    )
    answer = client.post("/twilio/sms", data=fields, headers={"X-Twilio-Signature": signature})
    assert answer.status_code == 204


class _Many(dict):
    def getlist(self, name: str) -> list[str]:
        value = self[name]
        return value if isinstance(value, list) else [value]


@pytest.mark.parametrize(
    "path", ["/twilio/sms", "/twilio/status?message=0190a5f0-0000-4000-8000-000000000000"]
)
def test_without_the_right_signature_nothing_is_kept(ground: Ground, client: FlaskClient, path: str) -> None:
    fields = form(MessageStatus="delivered")
    before = rows_in(ground)
    for headers in (
        {},
        {"X-Twilio-Signature": ""},
        {"X-Twilio-Signature": "forged"},
        {"X-Twilio-Signature": "\xff\xfe"},
        {"X-Twilio-Signature": sign(path, fields, token="another-accounts-token")},
        {"X-Twilio-Signature": sign(path, {**fields, "Body": "other"})},
        {"X-Twilio-Signature": sign(path + "x", fields)},
        {"X-Twilio-Signature": sign(path, fields, base="http://tidings.test")},
    ):
        assert client.post(path, data=fields, headers=headers).status_code == 403
    assert rows_in(ground) == before
    assert set(before) == set(metadata.tables)


@pytest.mark.parametrize("path", ["/twilio/sms", "/twilio/status"])
def test_only_posts_are_taken(client: FlaskClient, path: str) -> None:
    assert client.get(path).status_code == 405
