"""The carrier as a process of its own."""

import contextlib
import json
import os
import signal
import subprocess
import sys
import threading
import time

import pytest
import requests

from gateway.phones.client import Phones

from .conftest import LINE

ENVIRONMENT = {
    "PHONES_ACCOUNT_SID": LINE.account_sid,
    "PHONES_AUTH_TOKEN": LINE.auth_token,
    "PHONES_NUMBER": "+15205550100 +15205550101",
}


@contextlib.contextmanager
def start(*options, **environment):
    """The process; whatever the test makes of it, it has ended afterwards."""
    with subprocess.Popen(
        [sys.executable, "-m", "gateway.phones", *options],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env={"PATH": os.environ["PATH"], "PYTHONPATH": ".", **environment},
    ) as process:
        try:
            yield process
        finally:
            process.kill()


def kept_waiting(url, phones):
    """A request to send that is never answered is under way when this returns."""
    address = f"{url}/2010-04-01/Accounts/{LINE.account_sid}/Messages.json"
    form = {"To": "+15205550111", "From": LINE.numbers[0], "Body": "x"}

    def ask():
        with contextlib.suppress(requests.RequestException):
            requests.post(address, form, auth=(LINE.account_sid, LINE.auth_token), timeout=10)

    threading.Thread(target=ask, daemon=True).start()
    phones.wait_for(phones.attempts)


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_it_says_where_it_is_and_ends_when_told_even_while_it_keeps_a_caller_waiting(number):
    with start("--port", "0", **ENVIRONMENT) as process:
        ready = json.loads(process.stdout.readline())
        assert ready["numbers"] == ["+15205550100", "+15205550101"]
        phones = Phones(ready["url"])
        phones.behave({"faults": [{"kind": "silence"}]})
        kept_waiting(ready["url"], phones)
        begun = time.monotonic()
        process.send_signal(number)
        assert process.wait(5) == 0
        assert time.monotonic() - begun < 2
        assert process.stderr.read() == ""


@pytest.mark.parametrize(
    ("name", "value", "expected"),
    [
        ("PHONES_ACCOUNT_SID", "AC1", "account_sid: 'AC1'; expected AC and 32 hex digits"),
        ("PHONES_NUMBER", "5205550100x", "numbers: '5205550100x'; expected E.164"),
        ("PHONES_APP_URL", "localhost:8000", "app_url: 'localhost:8000'; expected an http or https URL"),
    ],
)
def test_a_malformed_setting_is_named_with_what_is_expected(name, value, expected):
    with start("--port", "0", **ENVIRONMENT | {name: value}) as process:
        assert process.wait(10) == 2
        assert expected in " ".join(process.stderr.read().split())


def test_help_has_examples():
    with start("--help") as process:
        shown = process.stdout.read()
    assert "--advanced-opt-out" in shown
    assert "python -m gateway.phones --port 9000" in shown
