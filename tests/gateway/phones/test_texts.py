"""A person types, and the application hears of it as from Twilio."""

from dataclasses import replace

import pytest
from twilio.base.exceptions import TwilioRestException

from gateway.phones.client import ControlError
from gateway.phones.running import running
from gateway.phones.segments import count_segments
from gateway.phones.twiml import NotTwiml, messages_in

from .conftest import LINE, PUBLIC, SERVICE

JAMIE, OMAR = "+15205550111", "+15205550112"
FROM = LINE.numbers[0]


def test_a_text_reaches_the_application_as_it_was_typed(phones, app):
    body = "¿Quién lleva mi caso? & 1+1=2 مرحبا 👍"
    told = phones.text(JAMIE, body)
    (form,) = app.texts()
    assert form["MessageSid"] == form["SmsSid"] == form["SmsMessageSid"] == told["sid"]
    assert (form["From"], form["To"], form["Body"], form["NumSegments"]) == (JAMIE, FROM, body, "1")
    assert (form["AccountSid"], form["MessagingServiceSid"]) == (LINE.account_sid, SERVICE)
    assert "OptOutType" not in form
    assert told["answers"][0]["status"] == 204


def test_a_thread_holds_both_directions_in_order(phones, twilio):
    twilio.messages.create(to=JAMIE, from_=FROM, body="one")
    phones.text(JAMIE, "two")
    twilio.messages.create(to=OMAR, from_=FROM, body="elsewhere")
    twilio.messages.create(to=JAMIE, from_=FROM, body="three")
    thread = phones.thread(JAMIE)
    assert [(text["body"], text["direction"]) for text in thread] == [
        ("one", "outbound-api"),
        ("two", "inbound"),
        ("three", "outbound-api"),
    ]


def test_twiml_in_the_answer_becomes_messages(phones, app):
    app.answer = lambda seen: (
        200,
        "<Response><Message>Gr\u00fc\u00dfe</Message><Message><Body>two</Body></Message></Response>",
    )
    phones.text(JAMIE, "hello")
    replies = [text for text in phones.thread(JAMIE) if text["direction"] == "outbound-reply"]
    assert [(reply["body"], reply["status"]) for reply in replies] == [
        ("Grüße", "delivered"),
        ("two", "delivered"),
    ]


def test_an_empty_answer_sends_nothing_and_a_broken_one_is_noticed():
    assert messages_in("") == []
    assert messages_in("<?xml version='1.0'?><Response/>") == []
    for broken in ("ok", "<html/>", "<Response>"):
        with pytest.raises(NotTwiml):
            messages_in(broken)


def test_the_same_text_can_come_more_than_once(phones, app):
    phones.behave({"text_copies": 3})
    phones.text(JAMIE, "hello")
    phones.wait_for(lambda: len(app.texts()) == 3)
    assert len({form["MessageSid"] for form in app.texts()}) == 1


def test_a_person_can_send_the_same_words_often(phones, app):
    told = phones.text(JAMIE, "hello?", repeat=5, wait=False)
    phones.wait_until_settled()
    assert len(set(told["sids"])) == 5
    assert sorted(form["MessageSid"] for form in app.texts()) == sorted(told["sids"])


def test_the_fallback_address_is_called_when_the_first_one_fails(phones, app):
    phones.move(fallback_url=f"{PUBLIC}/fallback?x=1")
    app.answer = lambda seen: (503 if seen.path == "/twilio/sms" else 204, "")
    answers = phones.text(JAMIE, "hello")["answers"]
    assert [seen.path for seen in app.seen] == ["/twilio/sms", "/fallback?x=1"]
    assert answers[0]["status"] == 204


def test_an_application_that_is_down_is_recorded_and_the_text_is_lost(app):
    with running(replace(LINE, app_url="http://127.0.0.1:9")) as phones:
        (answer,) = phones.text(JAMIE, "hello")["answers"]
        assert (answer["status"], answer["error"]) == (None, "ClientConnectorError")


def test_with_advanced_opt_out_the_carrier_answers_and_says_so(phones, app, twilio):
    phones.behave({"advanced_opt_out": True})
    for body in ("Stop ", "Stop. Thank you", "help", "START"):
        phones.text(JAMIE, body)
    assert [form.get("OptOutType") for form in app.texts()] == ["STOP", None, "HELP", "START"]
    assert [text["direction"] for text in phones.thread(JAMIE)].count("outbound-reply") == 3


def test_after_stop_a_blocking_carrier_refuses_until_start(phones, app, twilio):
    phones.behave({"blocks_after_stop": True})
    phones.text(JAMIE, "STOP")
    with pytest.raises(TwilioRestException) as caught:
        twilio.messages.create(to=JAMIE, from_=FROM, body="x")
    assert caught.value.code == 21610
    assert twilio.messages.create(to=OMAR, from_=FROM, body="x").sid
    phones.text(JAMIE, "Start")
    assert twilio.messages.create(to=JAMIE, from_=FROM, body="x").sid
    assert all("OptOutType" not in form for form in app.texts())


def test_the_carrier_keeps_out_of_opt_outs_unless_told(phones, twilio):
    phones.text(JAMIE, "STOP")
    assert twilio.messages.create(to=JAMIE, from_=FROM, body="x").sid


def test_a_text_from_something_that_is_no_number_is_refused(phones):
    with pytest.raises(ControlError, match="from"):
        phones.text("jamie", "hello")


def test_after_a_reset_nothing_is_left(phones, twilio):
    phones.add(JAMIE, "Jamie", "en")
    phones.behave({"faults": [{"kind": "too_many"}]})
    phones.text(JAMIE, "hello")
    phones.reset()
    assert (phones.threads(), phones.messages(), phones.attempts()) == ([], [], [])
    assert twilio.messages.create(to=JAMIE, from_=FROM, body="x").sid


@pytest.mark.parametrize(
    ("body", "segments"),
    [
        ("", 1),
        ("x" * 160, 1),
        ("x" * 161, 2),
        ("x" * 306, 2),
        ("x" * 307, 3),
        ("€" * 80, 1),
        ("€" * 81, 2),
        ("x" * 152 + "€" + "x" * 151, 2),
        ("x" * 152 + "€" + "x" * 152, 3),
        ("é" * 160, 1),
        ("á" * 70, 1),
        ("á" * 71, 2),
        ("👍" * 35, 1),
        ("👍" * 36, 2),
        ("👍" * 67, 3),
        ("ما" * 67, 2),
    ],
)
def test_segments_are_counted_as_carriers_bill_them(body, segments):
    assert count_segments(body) == segments
