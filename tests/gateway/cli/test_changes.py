"""Commands that change something: agency, key, migrate; and what each says where it can't."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
from cryptography.fernet import Fernet
from sqlalchemy import create_engine

from gateway.app import lay_ground
from gateway.ground import Ground
from gateway.settings import from_environ
from gateway.store import agencies
from gateway.store.migrate import is_current, with_driver
from gateway.store.tables import senders, texts
from gateway.texts.turn import Text, take_turn
from tests.gateway.cli.conftest import Command
from tests.gateway.world import JAMIE, LINE

AWAY = "postgres://nobody@127.0.0.1:1/none"
NUMBER = "+15205550188"


def test_an_agency_is_added_listed_and_may_be_added_again(run: Command, ground: Ground) -> None:
    for rate in ("1", "3"):
        result = run("agency", "add", "saguaro", "--number", NUMBER, "--rate", rate)
        assert (result.exit_code, result.stdout) == (0, f"saguaro texts from {NUMBER}.\n")
    assert run("agency", "list").stdout == "demo\nsaguaro\n"
    with ground.database.connect() as connection:
        sender = agencies.sender_of(connection, "saguaro")
    assert sender is not None
    assert (sender.number, sender.segments_per_second) == (NUMBER, 3)


@pytest.mark.parametrize(
    ("arguments", "status", "expected"),
    [
        (["add", "nowhere", "--number", NUMBER], 1, "agency nowhere has no policy file; write "),
        (["add", "saguaro", "--number", "520-555-0188"], 2, "expected a number such as +15205550199"),
        (["add", "saguaro", "--number", NUMBER, "--rate", "0"], 2, "Invalid value for '--rate'"),
        (["add", "saguaro", "--number", LINE.numbers[0]], 1, "is a number of demo already"),
        (["release", "nowhere"], 1, "no agency nowhere; see ./tidings agency list"),
    ],
)
def test_a_mistake_about_an_agency_is_told_and_changes_nothing(
    run: Command, arguments: list[str], status: int, expected: str
) -> None:
    result = run("agency", *arguments)
    assert result.exit_code == status
    assert expected in result.output
    assert run("agency", "list").stdout == "demo\n"


def test_numbers_that_were_held_may_send_again(run: Command, ground: Ground) -> None:
    held = {"held_until": ground.clock() + timedelta(hours=1), "held_reason": "30034"}
    with ground.database.begin() as connection:
        connection.execute(senders.update().values(held))
    assert run("agency", "release", "demo").stdout == "1 number of demo may send again.\n"
    assert run("agency", "release", "demo").stdout == "0 numbers of demo may send again.\n"


def test_a_feeds_key_opens_until_it_is_revoked(run: Command, ground: Ground) -> None:
    key = run("key", "add", "demo", "--label", "CAD interface").stdout.strip()
    _, key_id, secret = key.split("_", 2)

    def opens() -> bool:
        with ground.database.connect() as connection:
            return agencies.agency_of_key(connection, key) == "demo"

    assert opens()
    listed = run("key", "list").stdout
    assert re.fullmatch(rf"{key_id}  demo  CAD interface  \d{{4}}-\d\d-\d\d  in use\n", listed)
    assert secret not in listed
    assert run("key", "revoke", key_id).stdout == f"{key_id} is revoked.\n"
    assert not opens()
    assert run("key", "list").stdout.endswith("revoked\n")
    again = run("key", "revoke", key_id)
    assert (again.exit_code, again.output) == (1, f"Error: no key {key_id} in use; see ./tidings key list\n")


def test_no_key_is_made_for_an_agency_that_is_not_there(run: Command) -> None:
    result = run("key", "add", "nowhere")
    assert (result.exit_code, result.stdout) == (1, "")
    assert "no agency nowhere; add it with ./tidings agency add nowhere" in result.stderr


def test_after_a_rotation_the_old_field_key_may_go(run: Command, ground: Ground, env: dict[str, str]) -> None:
    take_turn(ground, Text("SM" + "0" * 32, JAMIE, LINE.numbers[0], "STATUS", params={"Body": "STATUS"}))
    new = run("key", "field").stdout.strip()
    Fernet(new.encode())
    result = run("key", "rotate", FIELD_KEYS=f"{new},{env['FIELD_KEYS']}")
    assert result.exit_code == 0, result.output
    assert "texts.params: 1 sealed anew" in result.stdout

    only_new = lay_ground(from_environ(env | {"FIELD_KEYS": new}))
    with only_new.database.connect() as connection:
        assert [row.params["Body"] for row in connection.execute(texts.select())] == ["STATUS"]
    only_new.database.dispose()


def test_a_rotation_without_the_old_key_is_told(run: Command, ground: Ground) -> None:
    take_turn(ground, Text("SM" + "0" * 32, JAMIE, LINE.numbers[0], "STATUS", params={"Body": "STATUS"}))
    result = run("key", "rotate", FIELD_KEYS=Fernet.generate_key().decode())
    assert result.exit_code == 1
    assert "FIELD_KEYS" in result.output


def test_migrate_brings_an_empty_database_to_its_newest_shape(run: Command, empty_database_url: str) -> None:
    engine = create_engine(with_driver(empty_database_url))
    for _ in range(2):
        result = run("migrate", DATABASE_URL=empty_database_url)
        assert (result.exit_code, result.stdout) == (0, "The database has its newest shape.\n")
        assert is_current(engine)
    engine.dispose()


NEED_A_DATABASE = [
    ["agency", "list"],
    ["agency", "add", "saguaro", "--number", NUMBER],
    ["key", "add", "demo"],
    ["key", "rotate"],
    ["staff", "list"],
    ["chat"],
    ["migrate"],
]


@pytest.mark.parametrize("arguments", NEED_A_DATABASE, ids=" ".join)
def test_a_database_that_is_away_is_told_in_a_sentence(run: Command, arguments: list[str]) -> None:
    result = run(*arguments, DATABASE_URL=AWAY, typed="hi\n")
    assert result.exit_code == 1
    assert result.stderr.startswith("Error: the database can't be reached: ")


@pytest.mark.parametrize("arguments", NEED_A_DATABASE[:-1], ids=" ".join)
def test_a_database_that_is_behind_is_told_with_the_remedy(
    run: Command, arguments: list[str], empty_database_url: str
) -> None:
    result = run(*arguments, DATABASE_URL=empty_database_url, typed="hi\n")
    assert (result.exit_code, result.stderr) == (
        1,
        "Error: the database is behind; run ./tidings migrate\n",
    )


@pytest.mark.parametrize("arguments", [*NEED_A_DATABASE, ["doctor"]], ids=" ".join)
def test_settings_that_are_wrong_are_all_named(run: Command, arguments: list[str]) -> None:
    result = run(*arguments, REDIS_URL="", SECRET_KEY="short", TWILIO_ACCOUNT_SID="XX-secret", typed="hi\n")
    assert result.exit_code == 2
    for name in ("REDIS_URL is missing", "SECRET_KEY: expected", "TWILIO_ACCOUNT_SID: expected"):
        assert name in result.stderr
    assert "XX-secret" not in result.output
