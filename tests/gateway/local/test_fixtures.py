"""The fixtures that other tests stand on."""

from __future__ import annotations

import socket

import psycopg
import pytest
import redis

from tests.servers import Emptier


@pytest.mark.parametrize("turn", [1, 2])
def test_each_test_finds_its_valkey_empty(redis_url: str, turn: int) -> None:
    with redis.Redis.from_url(redis_url) as client:
        assert client.keys() == []
        client.set("left", "behind")


@pytest.mark.parametrize("turn", [1, 2])
def test_an_empty_database_has_no_tables(empty_database_url: str, turn: int) -> None:
    with psycopg.connect(empty_database_url) as connection:
        assert connection.execute("SELECT count(*) FROM pg_tables WHERE tablename = 'left'").fetchone() == (
            0,
        )
        connection.execute('CREATE TABLE "left" ()')


def test_emptying_spares_what_the_migrations_filled_and_heeds_no_foreign_key(empty_database_url: str) -> None:
    with psycopg.connect(empty_database_url, autocommit=True) as connection:
        connection.execute("CREATE TABLE version (number text); INSERT INTO version VALUES ('1')")
        connection.execute("CREATE TABLE cases (id int PRIMARY KEY)")
        connection.execute("CREATE TABLE parties (case_id int REFERENCES cases)")
        emptier = Emptier(empty_database_url)
        connection.execute("INSERT INTO cases VALUES (1); INSERT INTO parties VALUES (1)")

        emptier.empty()
        emptier.close()

        counts = "SELECT (SELECT count(*) FROM version), (SELECT count(*) FROM cases), (SELECT count(*) FROM parties)"
        assert connection.execute(counts).fetchone() == (1, 0, 0)


def test_the_database_is_migrated_and_empty(database_url: str) -> None:
    with psycopg.connect(database_url) as connection:
        assert connection.execute("SELECT count(*) FROM alembic_version").fetchone() == (1,)


@pytest.mark.parametrize("address", [("192.0.2.1", 80), ("example.com", 443)])
def test_a_test_can_not_reach_beyond_this_machine(address: tuple[str, int]) -> None:
    with socket.socket() as out, pytest.raises(RuntimeError, match="only to this machine"):
        out.connect(address)
