"""`./tidings chat`: the line's answers, and nothing kept of them."""

from __future__ import annotations

import json
import os
import pty
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import func, select

from gateway.cli import chat as command
from gateway.cli.reading import Bidi, shown
from gateway.ground import Ground
from gateway.store import agencies
from gateway.store.tables import metadata
from gateway.texts.turn import Text, turn_in
from tests.gateway.cli.conftest import Command
from tests.gateway.world import JAMIE, LINE

CHECKOUT = Path(__file__).parents[3]
KEYS = {"text", "intent", "language", "state", "replies", "effects"}
REPLY_KEYS = {"message_id", "language", "text", "encoding", "segments"}


def say(run: Command, *texts: str, options: tuple[str, ...] = ()) -> list[dict[str, Any]]:
    """What is printed for each of these texts."""
    result = run("chat", "--json", *options, typed="".join(f"{text}\n" for text in texts))
    assert result.exit_code == 0, result.output
    return [json.loads(line) for line in result.stdout.splitlines()]


def sizes(ground: Ground) -> dict[str, int]:
    with ground.database.connect() as connection:
        return {
            table.name: connection.scalar(select(func.count()).select_from(table)) or 0
            for table in metadata.sorted_tables
        }


def test_a_status_is_answered_with_exactly_the_promised_keys(run: Command) -> None:
    [told] = say(run, "STATUS")
    assert set(told) == KEYS
    assert (told["text"], told["intent"], told["language"]) == ("STATUS", "status", "en")
    [reply] = told["replies"]
    assert set(reply) == REPLY_KEYS
    assert reply["language"] == "en"
    assert (reply["encoding"], reply["segments"]) == ("GSM-7", 2), "with the offer of other languages"


def test_a_stop_is_confirmed_once(run: Command) -> None:
    first, second = say(run, "STOP", "STOP")
    assert [first["intent"], second["intent"]] == ["opt_out", "opt_out"]
    assert (len(first["replies"]), len(second["replies"])) == (1, 0)
    assert first["effects"]


def test_a_text_that_is_two_things_lists_the_second(run: Command) -> None:
    [told] = say(run, "HELP he's here with a gun")
    assert set(told) == KEYS | {"also"}
    assert (told["intent"], told["also"]) == ("distress", ["help"])
    assert "911" in told["replies"][0]["text"]


@pytest.mark.parametrize(("options", "answers"), [((), 0), (("--fresh",), 1)])
def test_fresh_takes_each_line_as_from_a_new_contact(
    run: Command, options: tuple[str, ...], answers: int
) -> None:
    assert len(say(run, "STOP", "STATUS", options=options)[1]["replies"]) == answers


def test_nothing_is_kept(run: Command, ground: Ground) -> None:
    before = sizes(ground)
    say(run, "STOP", "ALERTS", "he is at my door with a knife", "call me")
    say(run, "STOP", options=("--fresh",))
    assert sizes(ground) == before


def test_arabic_is_read_and_written_as_itself(run: Command) -> None:
    result = run("chat", "--json", typed="حالة\n")
    assert '"text": "حالة"' in result.stdout
    [told] = [json.loads(line) for line in result.stdout.splitlines()]
    assert (told["intent"], told["language"]) == ("status", "ar")
    assert told["replies"][0]["encoding"] == "UCS-2"


@pytest.mark.parametrize(
    "typed",
    [
        b"\n",
        b"   \n",
        b"\xff\xfe\n",
        b"a\x00b\n",
        b"no newline at the end",
        b"STATUS\r\n",
        "\u2028\n".encode(),
    ],
)
def test_whatever_is_typed_gets_one_line_of_answer(run: Command, typed: bytes) -> None:
    result = run("chat", "--json", typed=typed)
    assert result.exit_code == 0, result.output
    line, end = result.stdout.split("\n")
    assert end == ""
    assert set(json.loads(line)) >= KEYS


def test_people_read_what_was_said_what_we_say_and_what_it_leads_to(run: Command) -> None:
    lines = run("chat", typed="STATUS\nSTOP\n").stdout.splitlines()
    assert lines[0] == "> STATUS"
    assert lines[1].startswith("< Saguaro Police: No report")
    stop = lines.index("> STOP")
    assert lines[stop - 2 : stop] == ["  status; waits for verify.report", ""], "one blank line between turns"
    assert lines[-1] == "  opt_out; does OptOut"


def test_colours_are_for_a_terminal_that_wants_them(run: Command) -> None:
    assert "\x1b[" not in run("chat", typed="STATUS\n").stdout
    assert "\x1b[" not in run("chat", typed="STATUS\n", color=True, NO_COLOR="1").stdout
    coloured = run("chat", typed="STATUS\n", color=True).stdout
    assert "\x1b[36m> STATUS" in coloured
    assert "\x1b[32m< Saguaro" in coloured
    assert "\x1b[2m  status" in coloured


def test_a_pipe_gets_no_prompt_and_a_terminal_does() -> None:
    """A real terminal: what is typed is there already, so that only the answer follows."""
    leader, follower = pty.openpty()
    with subprocess.Popen(
        [sys.executable, "-c", PROMPTED], stdin=follower, stdout=subprocess.PIPE, cwd=CHECKOUT
    ) as child:
        os.close(follower)
        os.write(leader, b"STATUS\n\x04")
        assert child.stdout is not None
        assert child.stdout.read() == b"> ['STATUS']> "
    os.close(leader)


PROMPTED = """
import sys
from gateway.cli import chat
lines = chat._lines(prompts=sys.stdin.isatty())
sys.stdout.write(str([next(lines)]))
sys.stdout.flush()
list(lines)
"""


ARABIC = "\u2068Saguaro Police\u2069: اتصل على \u2066520-555-0100\u2069"


def test_arabic_stands_at_the_right_in_the_order_in_which_it_is_read(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "60")
    line = shown(ARABIC, "<", True, Bidi.AUTO, {})
    assert len(line) == 60
    assert line.endswith(":Saguaro Police <") or line.endswith(" :Saguaro Police <")
    assert "520-555-0100 ىلع لصتا" in line


@pytest.mark.parametrize("environ", [{"VTE_VERSION": "7600"}, {"KONSOLE_VERSION": "220401"}])
def test_a_terminal_that_orders_by_itself_is_given_what_is_sent(
    environ: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", "60")
    assert ARABIC in shown(ARABIC, "<", True, Bidi.AUTO, environ)
    assert shown(ARABIC, "<", True, Bidi.TERMINAL, {}) == shown(ARABIC, "<", True, Bidi.AUTO, environ)
    assert shown(ARABIC, "<", True, Bidi.PLAIN, environ) == f"< {ARABIC}"


def test_a_long_text_is_wrapped_in_the_order_in_which_it_is_read(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "30")
    english = shown("one two three four five six seven", "<", False, Bidi.AUTO, {})
    assert english == "< one two three four five six\n  seven"
    first, second = shown("واحد اثنان ثلاثة أربعة خمسة ستة", "<", True, Bidi.AUTO, {}).splitlines()
    assert first.endswith("دحاو <")
    assert len(first) == 30
    assert "ةتس" in second or "ةسمخ" in second
    assert shown("", "<", False, Bidi.AUTO, {}) == "< "


def test_each_new_contact_is_another_valid_number() -> None:
    numbers = command._new_contacts()
    some = [next(numbers) for _ in range(50)]
    assert len(set(some)) > 45
    assert all(len(number) == 12 and number.startswith("+1520") for number in some)


def test_a_second_talk_with_one_number_is_refused_in_a_sentence(run: Command, ground: Ground) -> None:
    text = Text("SM" + "0" * 32, JAMIE, LINE.numbers[0], "STATUS", params={"Body": "STATUS"})
    with ground.database.connect() as other:
        turn_in(other, ground, text)  # and not committed, as in another terminal
        result = run("chat", "--from", JAMIE, typed="STATUS\n")
    assert result.exit_code == 1
    assert f"another talk with {JAMIE} is going on" in result.stderr


def test_an_agency_without_a_number_is_told(run: Command, ground: Ground) -> None:
    with ground.database.begin() as connection:
        agencies.add_agency(connection, "tampa", ground.clock())
    for agency_id in ("tampa", "nowhere"):
        result = run("chat", "--agency", agency_id, typed="hi\n")
        assert result.exit_code == 1
        assert f"no agency {agency_id} with a number; see ./tidings agency add --help" in result.output
