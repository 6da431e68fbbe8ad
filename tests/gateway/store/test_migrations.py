"""The migrations lead to the tables that the code knows, and back, with rows in them and two at once."""

from __future__ import annotations

import subprocess
import sys
from dataclasses import replace

import pytest
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from cryptography.fernet import Fernet
from sqlalchemy import Connection, Engine, LargeBinary, MetaData, create_engine, inspect, text
from sqlalchemy.pool import NullPool

from gateway.ground import Ground
from gateway.store import agencies, events, migrate, tasks
from gateway.store.database import open_database
from gateway.store.sealed import Sealed, SealedJson, Vault
from gateway.store.tables import metadata
from tests.gateway.texts.webhook import rows_in


def with_bytes_for_what_is_sealed() -> MetaData:
    """The tables as the database sees them."""
    plain = MetaData(naming_convention=metadata.naming_convention)
    for table in metadata.sorted_tables:
        copied = table.to_metadata(plain)
        for column in copied.columns:
            if isinstance(column.type, Sealed | SealedJson):
                column.type = LargeBinary()
    return plain


def differences(connection: Connection) -> list[object]:
    context = MigrationContext.configure(connection, opts={"compare_server_default": True})
    return compare_metadata(context, with_bytes_for_what_is_sealed())


@pytest.fixture
def engine(empty_database_url: str):
    made = create_engine(migrate.with_driver(empty_database_url), poolclass=NullPool)
    yield made
    made.dispose()


def test_an_empty_database_becomes_what_the_code_knows(engine: Engine, empty_database_url: str) -> None:
    assert not migrate.is_current(engine)
    migrate.upgrade(empty_database_url)
    assert migrate.is_current(engine)
    with engine.connect() as connection:
        assert differences(connection) == []
        found = inspect(connection)
        for table in metadata.sorted_tables:
            indexes = {index["name"] for index in found.get_indexes(table.name)}
            assert indexes >= {index.name for index in table.indexes}, table.name
    migrate.upgrade(empty_database_url)


def test_a_column_that_is_missing_would_be_noticed(engine: Engine, empty_database_url: str) -> None:
    migrate.upgrade(empty_database_url)
    with engine.begin() as connection:
        connection.execute(text("ALTER TABLE messages DROP COLUMN reason"))
        connection.execute(text("DROP INDEX ix_messages_due"))
    with engine.connect() as connection:
        assert len(differences(connection)) == 2


def test_every_migration_goes_down_and_up_again_with_rows_in_the_tables(
    engine: Engine, empty_database_url: str, ground: Ground
) -> None:
    migrate.upgrade(empty_database_url)
    vault = Vault((Fernet.generate_key(),), b"lookup")
    database = open_database(migrate.with_driver(empty_database_url), vault)
    moved = replace(ground, database=database, vault=vault)
    settings = migrate.config(migrate.with_driver(empty_database_url))
    fill(moved)
    assert all(rows_in(moved)[name] for name in ("agencies", "senders", "events", "tasks"))
    for revision in ScriptDirectory(str(migrate.MIGRATIONS)).walk_revisions():
        database.dispose()
        command.downgrade(settings, revision.down_revision or "base")
        command.upgrade(settings, "head")
        with engine.connect() as connection:
            assert differences(connection) == []
        fill(moved)
    database.dispose()
    command.downgrade(settings, "base")
    with engine.connect() as connection:
        assert inspect(connection).get_table_names() == ["alembic_version"]
    migrate.upgrade(empty_database_url)
    assert migrate.is_current(engine)


BEFORE_TOPICS = """
    INSERT INTO agencies (id, created_at) VALUES ('demo', now());
    INSERT INTO enrollments (agency_id, report_number, phone_hash, phone, since)
        VALUES ('demo', 'R1', 'jamie', 'sealed', now());
    INSERT INTO opt_outs (agency_id, phone_hash, since) VALUES ('demo', 'kim', now());
"""
SINCE_TOPICS = """
    INSERT INTO enrollments (agency_id, report_number, phone_hash, topic, phone, since) VALUES
        ('demo', 'R1', 'jamie', 'updates', 'sealed', now()), ('demo', 'R2', 'jamie', 'updates', 'sealed', now()),
        ('demo', 'R1', 'refused', 'arrests', 'sealed', now()), ('demo', 'R1', 'added', 'arrests', 'sealed', now());
    INSERT INTO contacts (agency_id, report_number, phone_hash, phone, state, added_at) VALUES
        ('demo', 'R1', 'refused', 'sealed', 'refused', now()), ('demo', 'R1', 'added', 'sealed', 'confirmed', now());
    UPDATE opt_outs SET keeps_statutory = true;
"""


def test_who_was_enrolled_and_who_opted_out_still_is_after_the_topics_came_and_went(
    engine: Engine, empty_database_url: str
) -> None:
    settings = migrate.config(migrate.with_driver(empty_database_url))
    command.upgrade(settings, "0001")
    run(engine, BEFORE_TOPICS)
    command.upgrade(settings, "0002")
    with engine.connect() as connection:
        enrolled = connection.execute(text("SELECT report_number, topic FROM enrollments")).all()
        kept = connection.scalars(text("SELECT keeps_statutory FROM opt_outs")).all()
    assert (enrolled, kept) == ([("R1", "arrests")], [False])
    run(engine, SINCE_TOPICS)
    command.downgrade(settings, "0001")
    with engine.connect() as connection:
        phones = connection.scalars(text("SELECT phone_hash FROM enrollments ORDER BY phone_hash")).all()
        opted_out = connection.scalar(text("SELECT count(*) FROM opt_outs"))
    assert [bytes(phone) for phone in phones] == [b"added", b"jamie"], (
        "nobody is told of what they did not ask for"
    )
    assert opted_out == 1
    command.upgrade(settings, "head")


def run(engine: Engine, statements: str) -> None:
    with engine.begin() as connection:
        connection.exec_driver_sql(statements)


def fill(ground: Ground) -> None:
    now = ground.clock()
    with ground.database.begin() as connection:
        agencies.add_agency(connection, "demo", now)
        agencies.add_sender(connection, "demo", "+15205550199")
        events.record(connection, "demo", [events.NewEvent("s", "e", "t", "P1", now, {"a": "b"})], now)
        tasks.open_tasks(connection, [tasks.NewTask("demo", "k", "k", {"a": "b"}, now, now)])


def test_two_releases_at_once_migrate_once(engine: Engine, empty_database_url: str) -> None:
    release = "import sys; from gateway.store.migrate import upgrade; upgrade(sys.argv[1])"
    both = [subprocess.Popen([sys.executable, "-c", release, empty_database_url]) for _ in range(2)]
    assert [process.wait(60) for process in both] == [0, 0]
    assert migrate.is_current(engine)


def test_there_is_one_head() -> None:
    assert len(ScriptDirectory(str(migrate.MIGRATIONS)).get_heads()) == 1


def test_an_address_with_a_percent_sign_is_understood(empty_database_url: str, engine: Engine) -> None:
    scheme, _, rest = empty_database_url.partition("://")
    user, _, place = rest.partition("@")
    migrate.upgrade(f"{scheme}://{user.replace('p', '%70', 1)}@{place}" if place else empty_database_url)
    assert migrate.is_current(engine)
