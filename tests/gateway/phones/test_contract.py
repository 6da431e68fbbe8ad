"""Both directions against the contract: what Twilio's client sends, and what the carrier says."""

import json
from datetime import UTC, datetime

import pytest
from twilio.base.exceptions import TwilioRestException
from twilio.request_validator import RequestValidator

from gateway.phones import contract

from .conftest import LINE, PUBLIC, SERVICE

JAMIE = "+15205550111"
FROM = LINE.numbers[0]


def wrong(exchange):
    """What of one exchange breaks the contract."""
    method, url, params, data, response = exchange
    listing = url.split("?")[0].endswith("Messages.json")
    asked = {("POST", True): contract.CREATE, ("POST", False): contract.UPDATE, ("GET", True): contract.LIST}
    table = asked.get((method, listing), {})
    found = contract.violations(
        table, {name: str(value) for name, value in (data or params).items()}, whole=False
    )
    if response.status_code == 204:
        return found
    body = json.loads(response.text)
    if response.status_code >= 400:
        return found + contract.violations(contract.ERROR, body, whole=True)
    if method == "GET" and listing:
        found += contract.violations(contract.PAGE, body, whole=True)
    for resource in body.get("messages", [body]):
        found += contract.violations(contract.MESSAGE, resource, whole=True)
    return found


def test_everything_said_between_client_and_carrier_keeps_to_the_contract(twilio, phones):
    phones.behave(
        numbers={"+15205550113": {"outcome": "undelivered", "error_code": 30003}},
    )
    twilio.messages.create(
        to=JAMIE,
        from_=FROM,
        body="a",
        status_callback=f"{PUBLIC}/twilio/status?message=1",
        validity_period=600,
        smart_encoded=True,
        content_retention="discard",
        address_retention="obfuscate",
        provide_feedback=False,
        risk_check="disable",
        max_price=0.5,
        attempt=1,
        send_as_mms=False,
        shorten_urls=False,
        message_intent="notifications",
    )
    twilio.messages.create(to=JAMIE, messaging_service_sid=SERVICE, body="b")
    failing = twilio.messages.create(to="+15205550113", from_=FROM, body="c")
    phones.text(JAMIE, "hello")
    phones.wait_until_settled()
    assert failing.fetch().error_code == 30003
    assert (
        len(list(twilio.messages.stream(page_size=2, date_sent_after=datetime(2020, 1, 1, tzinfo=UTC)))) == 4
    )
    failing.update(body="")
    failing.delete()
    with pytest.raises(TwilioRestException):
        failing.fetch()
    with pytest.raises(TwilioRestException):
        twilio.messages.create(to="nobody", from_=FROM, body="d")
    exchanges = twilio.http_client.exchanges
    assert len(exchanges) == 10
    assert [wrong(exchange) for exchange in exchanges] == [[]] * len(exchanges)


def test_webhooks_keep_to_the_contract_and_are_signed_for_the_public_address(twilio, phones, app):
    callback = f"{PUBLIC}/twilio/status?message=4%207&b=2"
    twilio.messages.create(to=JAMIE, from_=FROM, body="a", status_callback=callback)
    phones.text(JAMIE, "¿Qué tal? مرحبا")
    phones.wait_until_settled()
    urls = {"/twilio/sms": f"{PUBLIC}/twilio/sms", "/twilio/status?message=4%207&b=2": callback}
    tables = {"/twilio/sms": contract.INBOUND, "/twilio/status?message=4%207&b=2": contract.STATUS}
    extra = {"MessagingServiceSid", "RawDlrDoneDate"}
    assert {seen.path for seen in app.seen} == set(urls)
    for seen in app.seen:
        assert RequestValidator(LINE.auth_token).validate(urls[seen.path], seen.form, seen.signature)
        known = {name: value for name, value in seen.form.items() if name not in extra}
        assert contract.violations(tables[seen.path], known, whole=True) == []


def test_the_signature_is_twilios_own_check_vector():
    params = {
        "CallSid": "CA1234567890ABCDE",
        "Caller": "+14158675309",
        "Digits": "1234",
        "From": "+14158675309",
        "To": "+18005551212",
    }
    url = "https://mycompany.com/myapp.php?foo=1&bar=2"
    assert RequestValidator("12345").compute_signature(url, params) == "RSOYDt4T1cUTdK1PDd93/VVr8B8="


def test_a_misspelt_parameter_is_refused(phones):
    assert contract.violations(contract.CREATE, {"To": JAMIE, "StatusCalback": "x"}, whole=False) == [
        "StatusCalback"
    ]
