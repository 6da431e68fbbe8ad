"""`./tidings letters`: what a clerk sees, prints, prints again and gets back."""

from __future__ import annotations

import json
from pathlib import Path
from uuid import UUID

import pytest

from gateway.ground import Ground
from rules.policy import Channel
from tests.gateway.cli.conftest import Command
from tests.gateway.outbox.channels import HOME, telling_by
from tests.gateway.outbox.test_mail import tell
from tests.gateway.world import report


@pytest.fixture
def waiting(ground: Ground) -> Ground:
    """One letter to be printed."""
    told = telling_by(ground, Channel.LETTER)
    tell(told, "report.filed", "R1", report(victim={"phone": None, "address": HOME}))
    return told


def test_a_letter_is_listed_printed_once_printed_again_and_returned(
    run: Command, waiting: Ground, env: dict[str, str], tmp_path: Path
) -> None:
    policy = Path(env["POLICIES"]) / "demo.yaml"
    text = policy.read_text()
    if "\n  address:" not in text:
        policy.write_text(text.replace("  time_zone:", "  address: [100 Mesquite Street]\n  time_zone:", 1))
    listed = json.loads(run("letters", "list", "--agency", "demo", "--json").stdout)["letters"]
    (letter,) = listed
    assert (letter["state"], letter["number"], letter["language"]) == ("to_print", "R1", "en")
    out = str(tmp_path / "monday.pdf")
    printed = json.loads(run("letters", "print", "--agency", "demo", "--out", out, "--json").stdout)
    assert (printed["letters"], printed["held_back"]) == (1, {})
    again = run("letters", "print", "--agency", "demo", "--out", out)
    assert again.exit_code == 1
    assert "is there already" in again.stderr
    assert run("letters", "print", "--agency", "demo", "--out", f"{out}2").stdout == "Nothing to print.\n"
    batch = str(printed["batch"])
    told = run("letters", "reprint", batch, "--agency", "demo", "--out", f"{out}3").stdout
    assert told == f"Batch {batch} again: 1 in {out}3.\n"
    assert run("letters", "returned", "--agency", "demo", letter["id"]).stdout == "1 noted.\n"
    once = run("letters", "returned", "--agency", "demo", letter["id"], str(UUID(int=1)))
    assert once.stdout == "0 noted.\n"
    assert once.stderr.count("is not out") == 2


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (("list", "--agency", "nowhere"), "no agency nowhere"),
        (("print", "--agency", "nowhere", "--out", "x.pdf"), "no agency nowhere"),
        (("print", "--agency", "demo", "--out", "/proc/nowhere/x.pdf"), None),
        (("reprint", "7", "--agency", "demo", "--out", "/tmp/never-made.pdf"), "demo has no batch 7"),
        (("returned", "--agency", "demo", "R1"), "not a valid UUID"),
    ],
)
def test_what_can_not_be_is_told_in_a_sentence(
    run: Command, arguments: tuple[str, ...], says: str | None
) -> None:
    done = run("letters", *arguments)
    if says is None:
        assert done.stdout == "Nothing to print.\n", "there is nothing to write"
    else:
        assert done.exit_code in {1, 2}
        assert says in done.stderr


def test_doctor_says_that_no_emails_are_written_without_a_mail_server(run: Command) -> None:
    told = json.loads(run("doctor", "--json").stdout)
    assert told["mail"]["well"]
    assert "SMTP_URL is not set" in told["mail"]["says"]
    gone = json.loads(run("doctor", "--json", SMTP_URL="smtp://127.0.0.1:9").stdout)
    assert not gone["mail"]["well"]
