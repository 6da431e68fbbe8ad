"""What identifies a person stands nowhere in plain, opens under a new key, and is lost with a lost one."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import replace

import pytest
from cryptography.fernet import Fernet
from sqlalchemy import LargeBinary, select, text, type_coerce
from sqlalchemy.exc import DBAPIError, StatementError

from gateway.ground import Ground
from gateway.store import agencies, conversations, records, rotation, surveys
from gateway.store.database import open_database
from gateway.store.sealed import CannotOpen, Vault
from gateway.store.tables import enrollments, opt_outs, texts
from gateway.store.tables import messages as messages_table
from gateway.texts.turn import Text, take_turn
from tests.gateway.texts.talking import ANOTHER, REPORT, STRANGER, WRONG, last
from tests.gateway.texts.webhook import new_sid
from tests.gateway.world import JAMIE, LINE, OTHER, World, report

SECRETS = {
    "phone": JAMIE,
    "phone without its sign": JAMIE[1:],
    "phone as people write it": "520-555-0131",
    "name": "Jamilla Doering",
    "email": "jamilla@doering.example",
    "a suspect's name": "Sammy Suspicious",
    "an officer's name": "Ruiz-Ortega",
    "what was texted": "please tell me about my stolen bicycle",
    "what was answered": "emergency",
    "a birth date": "1987-06-05",
    "a phone that is on no report": STRANGER[1:],
    "what was said of the service": "The tall officer with the grey dog was rude to Jamilla",
}


def a_whole_conversation(world: World) -> None:
    victim = {
        "role": "victim",
        "name": SECRETS["name"],
        "email": SECRETS["email"],
        "phone": SECRETS["phone as people write it"],
        "birth_date": SECRETS["a birth date"],
        "relationships": ["ST"],
    }
    suspect = {"role": "suspect", "name": SECRETS["a suspect's name"], "phone": OTHER}
    data = {
        "offenses": ["220"],
        "division": "west",
        "unit": "property",
        "officer": {"name": SECRETS["an officer's name"], "contact": "520-555-0140"},
        "parties": [victim, suspect],
    }
    world.tell(world.event("report.filed", "R1", data))
    world.tell(
        world.event(
            "call.received", "P1", {"type_code": "BATTERY DV", "parties": [victim | {"role": "caller"}]}
        )
    )
    world.send()
    for body in (
        SECRETS["what was texted"],
        "STATUS",
        "ALERTS",
        "he has a gun",
        "call me",
        "stop?? maybe, Jamilla Doering",
        "wrong number",
        "START",
        "STOP",
    ):
        world.text(JAMIE, body)
    world.tell(world.event("arrest.made", "R1", {"arrest_id": "A1"}))
    a_stranger_proves_who_they_are(world)
    a_survey_is_answered(world)
    world.phones.behave(default={"outcome": "failed", "error_code": 30005})
    world.tell(world.event("report.filed", "R2", report(victim={"phone": "+15205550133"})))
    world.send()


def a_stranger_proves_who_they_are(world: World) -> None:
    """From another phone: wrong once, then right, with a code; and an older contact who objects."""
    victim = {"name": SECRETS["name"], "phone": ANOTHER, "birth_date": SECRETS["a birth date"]}
    world.tell(world.event("report.filed", REPORT, report(victim=victim, status="open")))
    world.send()
    for body in ("UPDATES", REPORT, WRONG, REPORT, SECRETS["a birth date"]):
        world.text(STRANGER, body)
    code = next(word for word in re.findall("[0-9]+", last(world, STRANGER)) if len(word) == 4)
    world.text(STRANGER, code)
    world.text(ANOTHER, "NO")
    world.text(STRANGER, "STATUS")


def a_survey_is_answered(world: World) -> None:
    """In words that somebody might be known by."""
    lookup, now = world.ground.vault.lookup("demo", "phone", STRANGER), world.ground.clock()
    pinned = world.ground.surveys["after_report"]
    words = next(q.id for q in pinned.survey.questions if q.type == "text")
    with world.ground.database.begin() as connection:
        run = connection.scalars(
            select(messages_table.c.id).where(messages_table.c.phone_hash == lookup).limit(1)
        ).one()
        answer = surveys.Answer(run, pinned.hash, words, SECRETS["what was said of the service"], late=False)
        surveys.file(connection, "demo", lookup, answer, pinned, now)


def everything_in(ground: Ground) -> Iterator[tuple[str, str]]:
    """Every value of every column of every table, bytes as text and as hexadecimal digits."""
    with ground.database.connect() as connection:
        tables = connection.scalars(
            text("SELECT format('%I.%I', schemaname, tablename) FROM pg_tables WHERE schemaname = 'public'")
        ).all()
        for table in tables:
            yield table, "\n".join(connection.scalars(text(f"SELECT to_jsonb(t)::text FROM {table} t")))
            columns = connection.scalars(
                text(
                    "SELECT quote_ident(attname) FROM pg_attribute WHERE attrelid = cast(:name AS regclass) "
                    "AND attnum > 0 AND atttypid = 'bytea'::regtype"
                ),
                {"name": table},
            ).all()
            for column in columns:
                plain = f"SELECT encode({column}, 'escape') FROM {table} WHERE {column} IS NOT NULL"
                yield f"{table}.{column}", "\n".join(connection.scalars(text(plain)))


def test_no_table_holds_a_phone_a_name_an_address_or_a_text_in_plain(world: World, ground: Ground) -> None:
    a_whole_conversation(world)
    found = dict(everything_in(ground))
    filled = {table for table, values in found.items() if values}
    expected = {
        "events", "records", "parties", "texts", "messages", "conversations", "receipts", "decisions", "tasks",
        "consent_changes", "opt_outs", "wrong_numbers", "enrollments", "pages", "policies",
        "contacts", "attempts", "surveys", "survey_runs", "survey_answers",
    }  # fmt: skip
    assert {f"public.{name}" for name in expected} <= filled
    assert "R1" in found["public.records"], "what is looked at is what is there"
    for place, values in found.items():
        if place.startswith(("public.policies", "public.surveys")):
            continue  # the agency's own words, public by nature
        for what, secret in SECRETS.items():
            assert secret not in values, f"{what} in {place}"
            assert secret.encode().hex() not in values, f"{what} in {place}, as digits"


def test_every_column_that_can_hold_a_persons_data_is_sealed() -> None:
    named = {f"{column.table.name}.{column.name}" for column in rotation.sealed_columns()}
    assert named >= {
        "events.body",
        "records.facts",
        "conversations.phone",
        "enrollments.phone",
        "texts.params",
        "messages.phone",
        "messages.body",
        "tasks.detail",
        "contacts.phone",
        "survey_answers.value",
    }


Turned = Callable[..., Ground]


@pytest.fixture
def turned(ground: Ground) -> Iterator[Turned]:
    """Makes the same ground as a process sees it that was started with these field keys."""
    made: list[Ground] = []

    def turn(*keys: bytes) -> Ground:
        vault = Vault(keys, ground.settings.lookup_key)
        database = open_database(ground.settings.database_url, vault)
        made.append(replace(ground, vault=vault, database=database))
        return made[-1]

    yield turn
    for each in made:
        each.database.dispose()


@pytest.fixture
def new_key() -> bytes:
    return Fernet.generate_key()


@pytest.mark.parametrize("batch", [1, 2, 500])
def test_after_rotation_the_old_key_can_be_dropped(
    world: World, ground: Ground, turned: Turned, new_key: bytes, batch: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(rotation, "_BATCH", batch)
    a_whole_conversation(world)
    before = opened(ground)
    written = world.count(messages_table)
    both = turned(new_key, *ground.settings.field_keys)
    counts = dict(rotation.rotate(both.database, both.vault))
    assert set(counts) == {f"{column.table.name}.{column.name}" for column in rotation.sealed_columns()}
    assert counts["messages.body"] == written
    alone = turned(new_key)
    assert opened(alone) == before
    with pytest.raises(CannotOpen):
        opened(ground)


def opened(ground: Ground) -> dict[str, list[object]]:
    with ground.database.connect() as connection:
        return {
            str(column): [
                row[0] for row in connection.execute(select(column).order_by(*column.table.primary_key))
            ]
            for column in rotation.sealed_columns()
        }


def test_look_ups_opt_outs_and_conversations_survive_rotation(
    world: World, ground: Ground, turned: Turned, new_key: bytes
) -> None:
    world.tell(world.event("report.filed", "R1", report()))
    world.text(JAMIE, "ALERTS")
    world.text(OTHER, "STOP")
    both = turned(new_key, *ground.settings.field_keys)
    list(rotation.rotate(both.database, both.vault))
    alone = turned(new_key)
    with alone.database.connect() as connection:
        (case,) = records.cases_of_phone(connection, "demo", alone.vault.lookup("demo", "phone", JAMIE))
        assert case.number == "R1"
        assert records.enrolled_phones(connection, "demo", ["R1"]) == {"R1": {"arrests": frozenset({JAMIE})}}
        assert connection.execute(opt_outs.select()).one().agency_id == "demo"
        assert connection.execute(enrollments.select()).one().phone == JAMIE
    taken = take_turn(alone, Text(new_sid(), OTHER, LINE.numbers[0], "STATUS"))
    assert taken is not None
    assert taken.replies == ()
    taken = take_turn(alone, Text(new_sid(), JAMIE, LINE.numbers[0], "STATUS"))
    assert taken is not None
    assert len(taken.replies) == 1


def test_opt_outs_hold_even_when_every_field_key_is_lost(
    world: World, ground: Ground, turned: Turned, new_key: bytes
) -> None:
    world.text(JAMIE, "STOP")
    stranger = turned(new_key)
    with stranger.database.begin() as connection:
        conversations.opt_out(
            connection, "demo", stranger.vault.lookup("demo", "phone", JAMIE), "x", ground.clock()
        )
        assert len(connection.execute(opt_outs.select()).all()) == 1


def test_rotation_can_be_repeated_and_goes_on_while_the_line_works(
    world: World, ground: Ground, turned: Turned, new_key: bytes
) -> None:
    a_whole_conversation(world)
    both = turned(new_key, *ground.settings.field_keys)
    for name, _ in rotation.rotate(both.database, both.vault):
        if name == "texts.params":
            assert take_turn(both, Text(new_sid(), JAMIE, LINE.numbers[0], "HELP"))
    list(rotation.rotate(both.database, both.vault))
    alone = turned(new_key)
    assert opened(alone) == opened(both)


def test_a_lost_key_is_told(world: World, ground: Ground, turned: Turned, new_key: bytes) -> None:
    world.text(JAMIE, "STATUS")
    stranger = turned(new_key)
    with stranger.database.connect() as connection, pytest.raises(CannotOpen, match="FIELD_KEYS"):
        connection.execute(texts.select()).all()
    with pytest.raises(CannotOpen, match="FIELD_KEYS"):
        list(rotation.rotate(stranger.database, stranger.vault))


def test_damage_and_another_scheme_are_told() -> None:
    vault = Vault((Fernet.generate_key(),), b"lookup")
    sealed = vault.seal("é \ud800 \x00")
    assert vault.open(sealed) == "é \ud800 \x00"
    assert vault.open(memoryview(sealed)) == "é \ud800 \x00"
    for damaged in (sealed[:-1], sealed[:20] + b"x" + sealed[21:], b"\x01", b""):
        with pytest.raises(CannotOpen):
            vault.open(damaged)
    for other in (b"\x02" + sealed[1:], b"", sealed[1:]):
        with pytest.raises(CannotOpen):
            vault.rotate(other)


def test_the_same_value_is_sealed_differently_each_time_and_found_by_its_hash() -> None:
    vault = Vault((Fernet.generate_key(),), b"lookup")
    assert vault.seal(JAMIE) != vault.seal(JAMIE)
    same = vault.lookup("demo", "phone", JAMIE)
    assert same == vault.lookup("demo", "phone", JAMIE)
    others = [
        vault.lookup("other", "phone", JAMIE),
        vault.lookup("demo", "email", JAMIE),
        vault.lookup("demo", "phone", OTHER),
        vault.lookup("demophone", "", JAMIE),
        Vault((Fernet.generate_key(),), b"another").lookup("demo", "phone", JAMIE),
    ]
    assert len({same, *others}) == 6


def test_an_error_of_the_database_does_not_quote_what_was_to_be_written(ground: Ground) -> None:
    with ground.database.connect() as connection, pytest.raises((DBAPIError, StatementError)) as told:
        connection.execute(
            texts.insert().values(
                agency_id="demo", message_sid="x", params={"Body": JAMIE}, sender_id="no number"
            )
        )
    assert JAMIE not in str(told.value)
    with ground.database.connect() as connection, pytest.raises(DBAPIError) as told:
        connection.execute(text("SELECT :phone / 0"), {"phone": JAMIE})
    assert JAMIE not in str(told.value).replace(str(told.value.orig), "")


def test_the_hash_alone_stands_where_people_are_found(world: World, ground: Ground) -> None:
    world.tell(world.event("report.filed", "R1", report()))
    lookup = ground.vault.lookup("demo", "phone", JAMIE)
    assert len(lookup) == 32
    with ground.database.connect() as connection:
        raw = type_coerce(messages_table.c.phone, LargeBinary)
        row = connection.execute(select(messages_table.c.phone_hash, raw.label("sealed"))).one()
        assert bytes(row.phone_hash) == lookup
        assert bytes(row.sealed)[:1] == b"\x01"
        assert agencies.sender_of(connection, "demo") is not None
