"""The carrier fails in the ways carriers fail, when it is told to."""

import pytest
import requests
from twilio.base.exceptions import TwilioRestException

from gateway.phones.behaviour import FAULTS, Behaviours, FaultKind, Rulebook
from gateway.phones.client import ControlError
from gateway.phones.pace import Pace
from gateway.phones.receipts import plan

from .conftest import LINE, PUBLIC

JAMIE, OMAR = "+15205550111", "+15205550112"
FROM = LINE.numbers[0]
CALLBACK = f"{PUBLIC}/twilio/status?message=1"


def send(twilio, to=JAMIE, body="hello"):
    return twilio.messages.create(to=to, from_=FROM, body=body, status_callback=CALLBACK)


def code_of(twilio, to=JAMIE):
    """Twilio's error code of one request, or None when it was accepted."""
    try:
        send(twilio, to)
    except TwilioRestException as error:
        return error.code
    return None


def test_callbacks_come_in_order_when_nothing_is_wrong(twilio, phones, app):
    send(twilio)
    phones.wait_until_settled()
    assert app.statuses() == ["queued", "sent", "delivered"]
    assert len(app.seen[-1].form["RawDlrDoneDate"]) == len("YYMMDDhhmm")
    assert [post["status"] for post in phones.messages()[0]["posts"]] == [204, 204, 204]


def test_the_next_requests_are_too_many_and_then_it_goes_on(twilio, phones):
    phones.behave({"faults": [{"kind": "too_many", "times": 2}]})
    assert [code_of(twilio) for _ in range(3)] == [20429, 20429, None]
    assert [attempt["answer"] for attempt in phones.attempts()] == ["429", "429", "201"]
    assert phones.messages()[0]["attempts"] == 3


def test_a_fault_can_strike_one_number_only(twilio, phones):
    phones.behave(numbers={OMAR: {"faults": [{"kind": "refused", "code": 21610}]}})
    assert (code_of(twilio, JAMIE), code_of(twilio, OMAR)) == (None, 21610)


def test_faults_can_be_combined(twilio, phones):
    phones.behave({"faults": [{"kind": "too_many", "times": 1}, {"kind": "server_error", "times": 1}]})
    assert [code_of(twilio) for _ in range(3)] == [20429, 20500, None]


@pytest.mark.parametrize("kind", FaultKind)
def test_a_fault_accepts_or_does_not_whatever_it_answers(twilio, phones, kind):
    phones.behave({"faults": [{"kind": kind.value}]})
    twilio.http_client.timeout = 0.3
    with pytest.raises((TwilioRestException, requests.RequestException)):
        send(twilio)
    accepts, _, _ = FAULTS[kind]
    assert len(phones.messages()) == int(accepts)
    assert len(twilio.messages.list(to=JAMIE)) == int(accepts)


def test_a_message_that_was_accepted_but_never_answered_still_has_its_callbacks(twilio, phones, app):
    phones.behave({"faults": [{"kind": "silence_after_accept", "times": 1}]})
    twilio.http_client.timeout = 0.3
    with pytest.raises(requests.Timeout):
        send(twilio)
    phones.wait_for(lambda: app.statuses() == ["queued", "sent", "delivered"])


def test_a_caller_that_leaves_before_the_answer_does_not_stop_the_callbacks(twilio, phones, app):
    phones.behave({"latency_ms": 600})
    twilio.http_client.timeout = 0.2
    with pytest.raises(requests.Timeout):
        send(twilio)
    phones.wait_for(lambda: app.statuses() == ["queued", "sent", "delivered"])


def test_callbacks_can_come_before_the_answer(twilio, phones, app):
    phones.behave({"latency_ms": 400, "callbacks_before_answer": True})
    seen = []
    twilio.http_client.request_hooks = {"response": lambda *args, **kw: seen.extend(app.statuses())}
    send(twilio)
    assert seen == ["queued", "sent", "delivered"]


def test_callbacks_can_come_out_of_order_twice_or_never(twilio, phones, app):
    phones.behave({"callback_order": "reversed", "callback_duplication": 1})
    send(twilio)
    phones.wait_until_settled()
    assert app.statuses() == ["delivered", "delivered", "sent", "sent", "queued", "queued"]
    app.seen.clear()
    phones.behave({"callback_loss": 1})
    send(twilio)
    phones.wait_until_settled()
    assert app.statuses() == []
    assert phones.messages()[-1]["status"] == "delivered"


@pytest.mark.parametrize(
    ("behaviour", "statuses", "code"),
    [
        ({"outcome": "undelivered", "error_code": 30003}, ["queued", "sent", "undelivered"], "30003"),
        ({"outcome": "failed", "error_code": 30034}, ["queued", "failed"], "30034"),
        ({"outcome": "failed"}, ["queued", "failed"], "30008"),
        ({"outcome": "sent"}, ["queued", "sent"], None),
        ({"outcome": "failed", "outcome_probability": 0}, ["queued", "sent", "delivered"], None),
    ],
)
def test_a_delivery_ends_as_told(twilio, phones, app, behaviour, statuses, code):
    phones.behave(behaviour)
    message = send(twilio)
    phones.wait_until_settled()
    assert app.statuses() == statuses
    assert app.seen[-1].form.get("ErrorCode") == code
    assert message.fetch().error_code == (code and int(code))


def test_a_message_that_waits_longer_than_it_is_valid_fails():
    behaviour = Behaviours.parse({"default": {"queue_ms": 2000}}).default
    steps = plan(behaviour, validity_s=1, dice=Rulebook().chance(JAMIE))
    assert [(step.status, step.wait, step.error_code) for step in steps] == [
        ("queued", 0, 30036),
        ("failed", 2, 30036),
    ]


def test_a_sender_that_is_too_fast_is_told_so(twilio, phones):
    phones.behave({"segments_per_second": 2})
    answers = [code_of(twilio) for _ in range(4)]
    assert answers[:2] == [None, None]
    assert 20429 in answers[2:]


def test_a_pace_counts_segments_and_lets_a_long_message_overdraw():
    pace = Pace()
    assert pace.admits(3, 1.0, now=0.0)
    assert not pace.admits(1, 1.0, now=2.5)
    assert pace.admits(1, 1.0, now=3.0)


def test_chance_is_the_same_every_time_and_does_not_depend_on_what_others_do():
    wanted = {"default": {"faults": [{"kind": "too_many", "probability": 0.5}]}, "seed": 7}

    def fates(rules, others):
        found = []
        for _ in range(40):
            for other in others:
                rules.strike(other, rules.chance(other))
            found.append(rules.strike(JAMIE, rules.chance(JAMIE)) is not None)
        return found

    alone = fates(Rulebook(Behaviours.parse(wanted)), ())
    assert alone == fates(Rulebook(Behaviours.parse(wanted)), (OMAR,))
    assert 5 < sum(alone) < 35
    assert alone != fates(Rulebook(Behaviours.parse(wanted | {"seed": 8})), ())


def test_a_number_takes_from_the_default_what_it_does_not_name():
    told = Behaviours.parse({"default": {"latency_ms": 5}, "numbers": {JAMIE: {"callback_loss": 1}}})
    assert told.numbers[JAMIE].latency_ms == 5
    assert told.default.callback_loss == 0


@pytest.mark.parametrize(
    ("wrong", "named"),
    [
        ({"latency": 5}, "latency"),
        ({"callback_loss": 2}, "callback_loss"),
        ({"faults": [{"kind": "bad_mood"}]}, "too_many"),
    ],
)
def test_a_wrong_behaviour_is_refused_by_name_and_changes_nothing(phones, wrong, named):
    with pytest.raises(ControlError, match=named):
        phones.behave(wrong)
