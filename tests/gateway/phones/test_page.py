"""The phones page: its own files and nothing else, and changes as soon as there are any."""

import re
import threading

import requests

from .conftest import LINE

JAMIE = "+15205550111"


def test_every_file_of_the_page_is_served_under_a_strict_policy(phones):
    for path in ("/", "/phones.css", "/phones.js", "/icon.svg"):
        answer = requests.get(phones.url + path, timeout=5)
        assert answer.status_code == 200
        policy = answer.headers["Content-Security-Policy"]
        assert "default-src 'none'" in policy
        assert "unsafe" not in policy
        assert "http" not in policy


def test_the_page_asks_for_nothing_from_elsewhere_and_has_no_inline_code(phones):
    page = requests.get(phones.url, timeout=5).text
    assert all(url.startswith("/") for url in re.findall(r'(?:src|href|action)="([^"]*)"', page))
    assert not re.search(r"<script>|<style|\sstyle=|\son\w+=", page)
    for path in ("/phones.css", "/phones.js"):
        assert not re.search(r"://[a-z]|url\(|@import", requests.get(phones.url + path, timeout=5).text)


def changes(phones, known=None):
    asked = {"epoch": known["epoch"], "since": known["revision"]} if known else {}
    return requests.get(f"{phones.url}/changes", params=asked, timeout=30).json()


def test_a_page_that_waits_learns_of_a_text_at_once(phones):
    phones.add(JAMIE, "Jamie", "en")
    first = changes(phones)
    assert first["phones"] == [{"number": JAMIE, "label": "Jamie", "language": "en"}]
    news = []
    waiting = threading.Thread(target=lambda: news.append(changes(phones, first)))
    waiting.start()
    phones.text(JAMIE, "hello")
    waiting.join(5)
    (message,) = news[0]["messages"]
    assert (message["body"], message["mine"], message["segments"]) == ("hello", True, 1)
    known = changes(phones)
    assert known["messages"][0]["taken"] is True
    assert known["line"] == LINE.numbers[0]


def test_a_page_learns_of_a_reset(phones):
    phones.text(JAMIE, "hello")
    known = changes(phones)
    news = []
    waiting = threading.Thread(target=lambda: news.append(changes(phones, known)))
    waiting.start()
    phones.reset()
    waiting.join(5)
    assert news[0]["epoch"] != known["epoch"]
    assert news[0]["messages"] == []


def test_a_form_of_another_site_cannot_steer_the_carrier(phones):
    answer = requests.post(f"{phones.url}/control/reset", data={"a": "b"}, timeout=5)
    assert answer.status_code == 415
