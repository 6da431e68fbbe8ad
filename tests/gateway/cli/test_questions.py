"""Commands that answer a question: segments, policy check, locales check, doctor."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest

from gateway.ground import Ground
from gateway.store.tables import agencies, senders
from locales import FOLDER
from rules.policy import POLICIES
from tests.gateway.cli.conftest import Command

AWAY = "127.0.0.1:1"


def test_segments_tells_encoding_and_count(run: Command) -> None:
    told = run("segments", "--json", "Recibimos su llamada. ¿Está en peligro?")
    assert json.loads(told.stdout) == {"encoding": "UCS-2", "segments": 1, "characters": 39, "units": 39}
    told = run("segments", "--json", "-", typed="x" * 161 + "\n")
    assert json.loads(told.stdout) == {"encoding": "GSM-7", "segments": 2, "characters": 161, "units": 161}


def test_the_shipped_policies_are_good(run: Command) -> None:
    result = run("policy", "check", "--json")
    assert result.exit_code == 0
    told = json.loads(result.stdout)
    assert set(told["good"]) == {str(path) for path in POLICIES.glob("*.yaml")}
    assert told["mistakes"] == []


def test_a_wrong_policy_is_told_with_file_line_and_field(run: Command, tmp_path: Path) -> None:
    wrong = tmp_path / "wrong.yaml"
    text = (POLICIES / "demo.yaml").read_text()
    wrong.write_text(text.replace("\nagency:", "\nagencie:", 1))
    result = run("policy", "check", str(wrong), str(POLICIES / "demo.yaml"))
    assert result.exit_code == 1
    assert f"{wrong}:" in result.stderr
    assert "agencie" in result.stderr
    assert "demo.yaml: good, version " in result.stdout
    told = json.loads(run("policy", "check", str(wrong), "--json").stdout)
    assert told["good"] == {}
    assert all(mistake.startswith(f"{wrong}:") for mistake in told["mistakes"])


@pytest.mark.parametrize("name", ["nowhere.yaml", "."])
def test_a_policy_that_cannot_be_read_is_told(run: Command, tmp_path: Path, name: str) -> None:
    result = run("policy", "check", str(tmp_path / name))
    assert result.exit_code == 1
    assert "can't be read" in result.stderr


def test_the_shipped_languages_are_whole(run: Command) -> None:
    result = run("locales", "check")
    assert (result.exit_code, result.stdout) == (0, "Every sentence is whole in every language.\n")
    assert json.loads(run("locales", "check", "--json").stdout) == []


def test_a_sentence_that_is_not_approved_is_found(run: Command, tmp_path: Path) -> None:
    folder = tmp_path / "locales"
    shutil.copytree(FOLDER, folder, ignore=shutil.ignore_patterns("*.py", "__pycache__"))
    catalog = folder / "sw/LC_MESSAGES/texts.po"
    head, sentence, rest = catalog.read_text().partition('\nmsgid "help"')
    assert sentence
    catalog.write_text(f"{head}\n#, fuzzy{sentence}{rest}")
    result = run("locales", "check", "--folder", str(folder), "--json")
    assert result.exit_code == 1
    found = json.loads(result.stdout)
    assert {(one["language"], one["message_id"]) for one in found} == {("sw", "help")}
    assert "1 to mend" in run("locales", "check", "--folder", str(folder)).stdout


def test_the_doctor_finds_all_well(run: Command) -> None:
    result = run("doctor", "--json")
    assert result.exit_code == 0, result.output
    told = json.loads(result.stdout)
    assert set(told) == {"database", "migrations", "redis", "agencies", "outbox", "feeds", "mail"}
    assert all(one["well"] for one in told.values())
    assert told["agencies"]["says"] == "demo"
    assert run("doctor").stdout.startswith("ok  database: 0 events wait\n")


def test_the_doctor_tells_that_redis_is_away(run: Command) -> None:
    result = run("doctor", "--json", REDIS_URL=f"redis://{AWAY}/0")
    assert result.exit_code == 1
    told = json.loads(result.stdout)
    assert [name for name, one in told.items() if not one["well"]] == ["redis"]


def test_the_doctor_tells_that_the_database_is_away(run: Command) -> None:
    result = run("doctor", "--json", DATABASE_URL=f"postgres://nobody@{AWAY}/none")
    assert result.exit_code == 1
    told = json.loads(result.stdout)
    assert [name for name, one in told.items() if one["well"]] == ["redis", "mail"]
    assert "NOT database" in run("doctor", DATABASE_URL=f"postgres://nobody@{AWAY}/none").stdout


def test_the_doctor_tells_that_the_database_is_behind(run: Command, empty_database_url: str) -> None:
    result = run("doctor", "--json", DATABASE_URL=empty_database_url)
    assert result.exit_code == 1
    assert json.loads(result.stdout)["migrations"] == {
        "well": False,
        "says": "the database is behind; run ./tidings migrate",
    }


def test_the_doctor_tells_what_an_agency_lacks(run: Command, ground: Ground) -> None:
    with ground.database.begin() as connection:
        connection.execute(senders.delete())
    assert "run ./tidings agency add demo --number" in run("doctor").stdout
    with ground.database.begin() as connection:
        connection.execute(agencies.delete())
    result = run("doctor")
    assert result.exit_code == 1
    assert "NOT agencies: there is none" in result.stdout
