"""Looking at surveys from the command line: what a mistake looks like, and what will be texted."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from gateway.cli.__main__ import tidings
from rules.survey import SURVEYS, load

REPORT = SURVEYS / "after_report.yaml"


def run(*arguments: str) -> Result:
    return CliRunner().invoke(tidings, ["survey", *arguments], prog_name="./tidings", catch_exceptions=False)


@pytest.fixture
def ours(tmp_path: Path) -> Path:
    path = tmp_path / "ours.yaml"
    path.write_text(
        REPORT.read_text(encoding="utf-8").replace("id: after_report", "id: ours"), encoding="utf-8"
    )
    return path


def spoil(path: Path, old: str, new: str) -> int:
    """Put a mistake into a file; the line on which it then stands."""
    source = path.read_text(encoding="utf-8")
    assert old in source
    path.write_text(source.replace(old, new, 1), encoding="utf-8")
    return source[: source.index(old)].count("\n") + 1


def test_all_shipped_surveys_are_checked_where_none_is_named() -> None:
    told = run("check")
    assert told.exit_code == 0
    for path in SURVEYS.glob("*.yaml"):
        assert f"{path}: good, version {load(path).hash}\n" in told.stdout
    assert told.stderr == ""


def test_a_mistake_is_told_with_file_line_and_field_and_ends_with_1(ours: Path) -> None:
    line = spoil(ours, "type: scale", "type: stars")
    told = run("check", str(ours), str(REPORT))
    assert told.exit_code == 1
    assert told.stdout == f"{REPORT}: good, version {load(REPORT).hash}\n"
    assert told.stderr.startswith(f"{ours}:{line}: questions.0.type: ")


def test_the_same_id_in_two_files_is_a_mistake_of_the_second(ours: Path) -> None:
    line = spoil(ours, "id: ours", "id: after_report")
    told = run("check", str(REPORT), str(ours))
    assert told.exit_code == 1
    assert (
        told.stderr == f"{ours}:{line}: id: after_report is the survey of {REPORT} too; expected another id\n"
    )


def test_programs_read_what_is_good_and_what_is_not_as_json(ours: Path) -> None:
    good = run("check", str(ours), "--json")
    assert (good.exit_code, json.loads(good.stdout)) == (
        0,
        {"good": {str(ours): load(ours).hash}, "mistakes": []},
    )
    line = spoil(ours, "open_for: 14d", "open_for: 14")
    bad = run("check", str(ours), "--json")
    assert bad.exit_code == 1
    (mistake,) = json.loads(bad.stdout)["mistakes"]
    assert mistake.startswith(f"{ours}:{line}: open_for: ")
    assert bad.stderr == ""


def test_a_file_that_is_not_there_is_a_mistake_not_a_traceback(tmp_path: Path) -> None:
    told = run("check", str(tmp_path / "none.yaml"))
    assert told.exit_code == 1
    assert told.stderr == f"{tmp_path}/none.yaml: can't be read: No such file or directory\n"


def test_a_survey_is_shown_as_it_is_texted_with_what_each_text_costs() -> None:
    told = run("show", "after_report").stdout
    assert told.startswith(f"After a report, version {load(REPORT).hash}\n")
    assert (
        "\n1. satisfaction (scale): 2 segments of GSM-7\nSaguaro Police: Five short questions about" in told
    )
    assert (
        "\n4. contact (choice): 1 segment of GSM-7\n"
        "How would you like to hear from us? Reply 1, 2, 3 or 4:\n"
        "1 text message\n2 email\n3 phone call\n4 letter\n"
    ) in told
    assert "\nthanks: 1 segment of GSM-7\nSaguaro Police: Thank you" in told


def test_a_survey_is_shown_in_another_language_with_another_agency() -> None:
    told = run("show", "after_call", "--language", "ar", "--agency", "Oak Police").stdout
    assert "\n2. helpful (yes_no): 1 segment of UCS-2\nهل ساعدك " in told
    assert "\u2066Oak Police\u2069: " in told


def test_a_file_that_is_not_shipped_yet_is_shown_too_with_its_own_explanations(ours: Path) -> None:
    spoil(
        ours,
        "    type: scale\n",
        "    type: scale\n    explain: {en: A number please., es: a, fr: b, ar: c, sw: d, fa: e}\n",
    )
    told = run("show", str(ours)).stdout
    assert "\n1. satisfaction, not understood: 1 segment of GSM-7\nA number please.\n" in told


def test_a_survey_with_mistakes_is_not_shown(ours: Path) -> None:
    line = spoil(ours, "late_for: 30d", "late_for: long")
    told = run("show", str(ours))
    assert (told.exit_code, told.stdout) == (1, "")
    assert told.stderr.startswith(f"{ours}:{line}: late_for: ")


def test_an_unknown_survey_is_told_with_those_that_there_are() -> None:
    told = run("show", "after_lunch")
    assert told.exit_code == 2
    assert "no survey 'after_lunch'; there are after_call, after_report" in told.stderr
