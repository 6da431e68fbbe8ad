"""The demo's story says who did not get what."""

from __future__ import annotations

import json
from base64 import b64encode
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlencode
from urllib.request import Request, urlopen

import pytest

from gateway.cli.story import Line, Story
from gateway.phones import running as phones_running
from gateway.phones.client import Phones
from tests.gateway.world import JAMIE, LINE

STORY = """
people:
  jamie: {{number: "{jamie}", name: Jamie Doe, language: en}}
  dana: {{number: "+15205550137", name: Dana Lee, language: en}}
scenes:
  - text: hello
    from: jamie
    hears: {{jamie: {expected}}}
"""


@pytest.fixture
def line() -> Iterator[Line]:
    """A carrier that nobody stands behind; nothing is ever under way."""
    with phones_running.running(LINE) as phones:
        yield Line("http://127.0.0.1:9", "no key", phones, ready=lambda: True, patience_seconds=0.3)


def send(phones: Phones, to: str, body: str) -> None:
    """As the application does."""
    account = f"{LINE.account_sid}:{LINE.auth_token}".encode()
    request = Request(
        f"{phones.url}/2010-04-01/Accounts/{LINE.account_sid}/Messages.json",
        data=urlencode({"To": to, "From": LINE.numbers[0], "Body": body}).encode(),
        headers={"Authorization": f"Basic {b64encode(account).decode()}"},
    )
    with urlopen(request, timeout=10) as answer:
        assert json.load(answer)["sid"]


@pytest.mark.parametrize(
    ("expected", "told"),
    [
        (1, []),
        (2, ["Jamie Doe did not get message 2 after: jamie texts: hello"]),
        (0, ["Jamie Doe got 1 messages; expected 0"]),
    ],
)
def test_what_was_expected_and_did_not_come_or_came_unexpected_is_told(
    line: Line, tmp_path: Path, expected: int, told: list[str]
) -> None:
    (tmp_path / "story.yaml").write_text(STORY.format(jamie=JAMIE, expected=expected))
    send(line.phones, JAMIE, "We received your call.")
    said: list[str] = []

    story = Story.read(tmp_path / "story.yaml")

    assert story.play(line, said.append) == told
    assert said == ["jamie texts: hello"]
    assert "  < We received your call." in story.transcript(line)
    assert story.transcript(line).endswith("(nothing: a call of this type is never texted)")


def test_the_shipped_story_speaks_to_every_language() -> None:
    people = Story.read().people.values()
    assert {person.language for person in people} == {"en", "es", "fr", "ar", "sw", "fa"}
    assert len({person.number for person in people}) == 7
