"""Many rows in one statement, whatever their number and whatever is in them."""

from __future__ import annotations

from gateway.ground import Ground
from gateway.store import events, records
from gateway.store.events import NewEvent
from gateway.store.tables import parties
from tests.gateway.world import JAMIE


def _facts(**told: object) -> records.Facts:
    return {key.replace("__", "."): ["2026-01-01", value] for key, value in told.items()}


def test_thousands_of_events_are_one_statement_and_come_back_as_they_were(ground: Ground) -> None:
    now = ground.clock()
    odd = {"quote": 'a "b" \\ {c}', "none": None, "nested": {"list": [1, "ü", "ت"]}}
    new = [
        NewEvent("s", f"e{i:04}", "call.received", "{1,2}", now, {"n": i, **odd}, i % 2 == 0)
        for i in range(9000)
    ]
    with ground.database.begin() as connection:
        assert len(events.record(connection, "demo", new, now)) == 9000
        assert events.record(connection, "demo", new[:10], now) == set()
        rows = events.next_batch(connection, "demo", 9000)
        assert [row.body for row in rows] == [event.body for event in new]
        assert [row.history for row in rows] == [event.history for event in new]
        events.finish(connection, [row.id for row in rows[:8999]])
        assert events.count_new(connection) == 1


def test_no_records_are_loaded_for_no_keys(ground: Ground) -> None:
    with ground.database.begin() as connection:
        assert records.load(connection, "demo", []) == {}


def test_a_record_replaces_itself_and_who_stands_on_it(ground: Ground) -> None:
    now = ground.clock()
    key = ("case", "26-1")
    before = _facts(party__a__role="suspect", party__b__role="victim", party__b__phone=JAMIE)
    after = _facts(party__b__role="victim")
    call = _facts(type_code="THEFT", report_number="26-1")
    with ground.database.begin() as connection:
        for facts in (before, after):
            changed = {key: facts, ("call", "26-1"): call}
            records.save(connection, ground.vault, "demo", changed, now)
            assert records.load(connection, "demo", [key, ("call", "26-1"), ("call", "none")]) == changed
            standing = {row.party_id: row.phone_hash for row in connection.execute(parties.select())}
            jamie = ground.vault.lookup("demo", "phone", JAMIE)
            assert standing == ({"a": None, "b": jamie} if facts is before else {"b": None})
