"""The REST API, asked by Twilio's real client."""

import asyncio
import warnings
from datetime import UTC, date, datetime, timedelta

import pytest
from twilio.base.exceptions import TwilioRestException
from twilio.rest import Client

from .conftest import LINE, SERVICE, Redirected, RedirectedAsync

JAMIE, OMAR = "+15205550111", "+15205550112"
FROM = LINE.numbers[0]


def refused(twilio, **wanted):
    """Twilio's code and HTTP status for a message that is not accepted."""
    with pytest.raises(TwilioRestException) as caught:
        twilio.messages.create(**wanted)
    return caught.value.code, caught.value.status


def test_a_message_is_accepted_with_a_sid_and_its_segments(twilio):
    message = twilio.messages.create(to=JAMIE, from_=FROM, body="Á" * 71)
    assert message.sid.startswith("SM")
    assert len(message.sid) == 34
    assert (message.status, message.direction, message.num_segments) == ("queued", "outbound-api", "2")
    assert message.date_created - datetime.now(UTC) < timedelta(seconds=2)
    assert message.date_sent is None
    assert message.price is None


def test_a_message_of_a_messaging_service_has_no_sender_until_it_leaves_the_queue(twilio, phones):
    message = twilio.messages.create(to=JAMIE, messaging_service_sid=SERVICE, body="hello")
    assert (message.status, message.from_, message.num_segments) == ("accepted", None, "0")
    phones.wait_until_settled()
    message = message.fetch()
    assert (message.status, message.from_, message.num_segments) == ("delivered", FROM, "1")


def test_the_asynchronous_client_sends_too(phones):
    async def send() -> str:
        http = RedirectedAsync(phones.url)
        async with http:
            client = Client(LINE.account_sid, LINE.auth_token, http_client=http)
            with warnings.catch_warnings():
                warnings.simplefilter("ignore", DeprecationWarning)  # of BasicAuth, in the client
                return (await client.messages.create_async(to=JAMIE, from_=FROM, body="hello")).sid

    assert asyncio.run(send()) == phones.messages()[0]["sid"]


@pytest.mark.parametrize(
    ("wanted", "code"),
    [
        ({"to": "", "from_": FROM, "body": "x"}, 21604),
        ({"to": "5205550111", "from_": FROM, "body": "x"}, 21211),
        ({"to": "+1520", "from_": FROM, "body": "x"}, 21211),
        ({"to": JAMIE, "body": "x"}, 21603),
        ({"to": JAMIE, "from_": "+1", "body": "x"}, 21212),
        ({"to": JAMIE, "from_": "+15205550199", "body": "x"}, 21606),
        ({"to": FROM, "from_": FROM, "body": "x"}, 21266),
        ({"to": JAMIE, "from_": FROM}, 21602),
        ({"to": JAMIE, "from_": FROM, "body": "x" * 1601}, 21617),
        ({"to": JAMIE, "from_": FROM, "body": "x", "status_callback": "nowhere"}, 21609),
        ({"to": JAMIE, "messaging_service_sid": "MG" + "9" * 32, "body": "x"}, 21705),
        ({"to": JAMIE, "from_": FROM, "body": "x", "validity_period": 0}, 20001),
        ({"to": JAMIE, "from_": FROM, "body": "x", "validity_period": 36001}, 20001),
        ({"to": JAMIE, "from_": FROM, "body": "x", "content_retention": "forever"}, 20001),
    ],
)
def test_what_twilio_refuses_is_refused_with_its_code(twilio, phones, wanted, code):
    assert refused(twilio, **wanted) == (code, 400)
    assert phones.messages() == []


def test_sixteen_hundred_characters_are_accepted(twilio):
    assert twilio.messages.create(to=JAMIE, from_=FROM, body="x" * 1600).num_segments == "11"


def test_wrong_credentials_are_refused(phones):
    stranger = Client(LINE.account_sid, "wrong", http_client=Redirected(phones.url))
    assert refused(stranger, to=JAMIE, from_=FROM, body="x") == (20003, 401)


def test_another_account_is_not_found(phones):
    other = Client(
        LINE.account_sid, LINE.auth_token, account_sid="AC" + "9" * 32, http_client=Redirected(phones.url)
    )
    assert refused(other, to=JAMIE, from_=FROM, body="x") == (20404, 404)


def test_a_list_is_paged_from_the_newest_and_arrivals_shift_nothing(twilio):
    sids = [twilio.messages.create(to=JAMIE, from_=FROM, body=str(n)).sid for n in range(7)]
    page = twilio.messages.page(to=JAMIE, page_size=3)
    first = [message.sid for message in page]
    twilio.messages.create(to=JAMIE, from_=FROM, body="late")
    page = page.next_page()
    second = [message.sid for message in page]
    third = page.next_page()
    assert first + second + [message.sid for message in third] == sids[::-1]
    assert third.next_page() is None
    assert [message.sid for message in third.previous_page()] == second


def test_a_stream_pages_through_everything(twilio):
    sids = [twilio.messages.create(to=JAMIE, from_=FROM, body=str(n)).sid for n in range(11)]
    assert [message.sid for message in twilio.messages.stream(page_size=4)] == sids[::-1]
    assert len(twilio.messages.list(limit=5, page_size=2)) == 5


def test_a_list_is_filtered_by_recipient_sender_and_date(twilio, phones):
    for to in (JAMIE, OMAR, JAMIE):
        twilio.messages.create(to=to, from_=FROM, body="x")
    phones.text(OMAR, "hello")
    now = datetime.now(UTC)
    minute = timedelta(minutes=1)
    assert len(twilio.messages.list(to=JAMIE)) == 2
    assert len(twilio.messages.list(to=JAMIE, from_=FROM, date_sent_after=now - minute)) == 2
    assert [message.direction for message in twilio.messages.list(from_=OMAR)] == ["inbound"]
    assert len(twilio.messages.list(date_sent=now.date())) == 4
    assert len(twilio.messages.list(date_sent=now)) == 4
    assert twilio.messages.list(date_sent=now.date() - timedelta(days=1)) == []
    assert twilio.messages.list(date_sent_after=now + minute) == []
    assert len(twilio.messages.list(date_sent_before=now + minute)) == 4
    assert twilio.messages.list(date_sent_before=date(2020, 1, 1)) == []


def test_a_message_that_lags_is_fetched_but_not_listed(twilio, phones):
    phones.behave(numbers={JAMIE: {"list_lag_ms": 600_000}})
    message = twilio.messages.create(to=JAMIE, from_=FROM, body="x")
    assert twilio.messages.list(to=JAMIE) == []
    assert message.fetch().sid == message.sid


def test_a_body_can_be_redacted_and_nothing_else(twilio):
    message = twilio.messages.create(to=JAMIE, from_=FROM, body="your case")
    assert message.update(body="").body == ""
    assert message.fetch().body == ""
    with pytest.raises(TwilioRestException):
        message.update(body="another text")


def test_a_deleted_message_is_gone(twilio):
    message = twilio.messages.create(to=JAMIE, from_=FROM, body="x")
    assert message.delete()
    assert twilio.messages.list() == []
    with pytest.raises(TwilioRestException) as caught:
        message.fetch()
    assert (caught.value.code, caught.value.status) == (20404, 404)


def test_a_message_that_still_waits_can_be_canceled(twilio, phones):
    phones.behave({"callback_delay_ms": 60_000})
    message = twilio.messages.create(to=JAMIE, from_=FROM, body="x")
    assert message.update(status="canceled").status == "canceled"
