import json

import pytest
from click.testing import CliRunner

from gateway.cli.locales import locales
from gateway.cli.segments import segments
from tests.locales.catalogs import catalogs, message


def run(command, *arguments, text=None):
    return CliRunner().invoke(command, arguments, input=text, catch_exceptions=False)


def test_segments_tells_the_bill_as_json():
    assert json.loads(run(segments, "--json", "a€").output) == {
        "encoding": "GSM-7",
        "segments": 1,
        "characters": 2,
        "units": 3,
    }


def test_segments_tells_the_bill_in_a_line():
    assert run(segments, "á" * 71).output == "2 segments of UCS-2: 71 characters, 71 units\n"


def test_segments_reads_standard_input():
    assert run(segments, "-", text="Está\n").output == "1 segment of UCS-2: 4 characters, 4 units\n"


def test_segments_counts_for_a_toll_free_number():
    assert run(segments, "--toll-free", "a" * 305).output.startswith("3 segments")


@pytest.fixture
def faulty(tmp_path):
    catalogs(tmp_path, en=message("a", "Hello  you"))
    return str(tmp_path)


def test_check_lists_what_is_wrong_and_fails(faulty):
    result = run(locales, "check", "--folder", faulty)
    assert result.exit_code == 1
    assert "6 to mend" in result.output


def test_check_lists_what_is_wrong_as_json(faulty):
    result = run(locales, "check", "--json", "--folder", faulty)
    assert result.exit_code == 1
    problem = json.loads(result.output)[0]
    assert problem["file"].endswith("texts.po")
    assert (problem["language"], problem["message_id"], problem["line"]) == ("en", "a", 6)


def test_check_says_so_when_nothing_is_wrong(tmp_path):
    whole = {
        code: message("a", word)
        for code, word in zip(("en", "es", "fr", "ar", "sw", "fa"), WORDS, strict=True)
    }
    catalogs(tmp_path, **whole)
    result = run(locales, "check", "--folder", str(tmp_path))
    assert (result.exit_code, result.output) == (0, "Every sentence is whole in every language.\n")


WORDS = ("Hello", "Hola", "Bonjour", "أهلا", "Habari", "سلام")


@pytest.mark.parametrize("command", [segments, locales.commands["check"]], ids=["segments", "check"])
def test_help_shows_examples(command):
    assert "Examples:\n    tidings" in run(command, "--help").output
