"""The hot queries find their rows by an index, with tens of thousands of rows beside them."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import Connection, event, text

from gateway.ground import Ground
from gateway.store import (
    attempts,
    caps,
    channels,
    contacts,
    conversations,
    decisions,
    emails,
    events,
    languages,
    letters,
    lineage,
    messages,
    pages,
    receipts,
    records,
    surveys,
    taking_back,
    timers,
)
from gateway.store.conversations import NewText
from rules.policy import Channel
from rules.values import Event, EventType
from tests.gateway.world import JAMIE

ROWS = 20_000
BIG = (
    "messages", "events", "parties", "records", "receipts", "texts", "enrollments", "contacts", "attempts",
    "survey_runs", "survey_answers", "decisions", "timers", "emails", "letters",
)  # fmt: skip
MESSAGE = UUID("00000000-0000-4000-8000-000000000100")


@pytest.fixture
def full(ground: Ground) -> Iterator[Connection]:
    """Many people, cases and messages; rolled back at the end."""
    sealed = ground.vault.seal("x")
    with ground.database.connect() as connection:
        for statement in FILL:
            connection.execute(
                text(statement),
                {"n": ROWS, "sealed": sealed, "json": ground.vault.seal("{}"), "now": ground.clock()}
                | {"sender": connection.scalar(text("SELECT id FROM senders"))},
            )
        connection.execute(text("ANALYZE"))
        yield connection
        connection.rollback()


HASH = "decode(lpad(to_hex(i), 64, '0'), 'hex')"
IDS = "FROM generate_series(1, :n) AS i"
FILL = (
    f"""INSERT INTO conversations (agency_id, phone_hash, phone, updated_at)
        SELECT 'demo', {HASH}, :sealed, :now {IDS}""",
    """INSERT INTO texts (agency_id, message_sid, conversation_id, sender_id, params, received_at)
        SELECT 'demo', 'SM' || id, id, :sender, :json, :now FROM conversations LIMIT :n""",
    f"""INSERT INTO messages (id, agency_id, intent_key, notice, notice_class, priority, sender_id, phone_hash, phone,
            body, language, encoding, segments, state, due_at, leased_until, carrier_sid, created_at, sent_at, asks)
        SELECT ('00000000-0000-4000-8000-' || lpad(i::text, 12, '0'))::uuid, 'demo', 'k' || i, 'n', 'follow_up', 50,
            :sender, {HASH}, :sealed, :sealed, 'en', 'GSM-7', 1,
            CASE i % 50 WHEN 0 THEN 'queued' WHEN 1 THEN 'leased' WHEN 2 THEN 'doubtful' ELSE 'delivered' END,
            :now, :now, 'SM' || i, :now, :now,
            CASE i % 20 WHEN 7 THEN '{{"question": "contact.added", "about": {{}}}}'::jsonb END {IDS}""",
    """INSERT INTO receipts (message_id, carrier_sid, status, moved, received_at)
        SELECT id, carrier_sid, 'delivered', true, :now FROM messages LIMIT :n""",
    f"""INSERT INTO events (agency_id, source, event_id, type, subject, time, received_at, history, body, state)
        SELECT 'demo', 's', i::text, 't', 'P' || i, :now, :now, false, :json,
            CASE i % 100 WHEN 0 THEN 'new' ELSE 'done' END {IDS}""",
    f"""INSERT INTO records (agency_id, kind, number, facts, linked_number, updated_at)
        SELECT 'demo', CASE i % 2 WHEN 0 THEN 'case' ELSE 'call' END, 'R' || i, :json,
            CASE i % 4 WHEN 0 THEN 'R' || (i - 1) END, :now {IDS}""",
    f"""INSERT INTO parties (agency_id, kind, number, party_id, role, phone_hash)
        SELECT 'demo', CASE i % 2 WHEN 0 THEN 'case' ELSE 'call' END, 'R' || i, 'victim', 'victim', {HASH} {IDS}""",
    f"""INSERT INTO enrollments (agency_id, report_number, phone_hash, topic, phone, since)
        SELECT 'demo', 'R' || i, {HASH}, 'arrests', :sealed, :now {IDS}""",
    f"""INSERT INTO contacts (agency_id, report_number, phone_hash, phone, state, added_at)
        SELECT 'demo', 'R' || i, {HASH}, :sealed, 'confirmed', :now {IDS}""",
    f"""INSERT INTO attempts (agency_id, scope, key, failures, last_at)
        SELECT 'demo', CASE i % 2 WHEN 0 THEN 'phone' ELSE 'report' END, i::text, 1, :now {IDS}""",
    """INSERT INTO policies (hash, agency_id, source, first_used_at) VALUES ('p', 'demo', 's', now())""",
    f"""INSERT INTO emails (id, agency_id, intent_key, notice, notice_class, address_hash, address, content, language,
            state, due_at, record_kind, record_number, party_id, policy_hash, created_at)
        SELECT gen_random_uuid(), 'demo', 'k' || i, 'n', 'follow_up', {HASH}, :sealed, :json, 'en',
            CASE i % 50 WHEN 0 THEN 'queued' WHEN 1 THEN 'sending' ELSE 'sent' END, :now, 'case', 'R' || i, 'victim',
            'p', :now {IDS}""",
    f"""INSERT INTO letters (id, agency_id, intent_key, notice, notice_class, language, content, state, record_kind,
            record_number, party_id, policy_hash, created_at)
        SELECT gen_random_uuid(), 'demo', 'k' || i, 'n', 'follow_up', 'en', :json,
            CASE i % 50 WHEN 0 THEN 'to_print' ELSE 'printed' END, 'case', 'R' || i, 'victim', 'p', :now {IDS}""",
    f"""INSERT INTO decisions (agency_id, rule, record_kind, record_number, party_id, outcome, reason, policy_hash, at)
        SELECT 'demo', 'r', 'case', 'R' || i, 'victim', CASE i % 2 WHEN 0 THEN 'notice' ELSE 'suppressed' END, 'stale',
            'p', :now {IDS}""",
    f"""INSERT INTO timers (agency_id, record_kind, record_number, rule, occasion, due_at)
        SELECT 'demo', 'case', 'R' || i, 'r', '', CAST(:now AS timestamptz) + make_interval(mins => i - 100) {IDS}""",
    """UPDATE messages SET state = 'sent', record_kind = 'case' WHERE carrier_sid LIKE 'SM%9'""",
    """INSERT INTO surveys (hash, survey_id, source, first_used_at) VALUES ('h', 's', 's', now())""",
    """INSERT INTO survey_runs (message_id, agency_id, survey_hash, phone_hash, began_at, ended_at, ended_by)
        SELECT id, 'demo', 'h', phone_hash, :now, CASE WHEN random() < 0.9 THEN now() END, 'finished' FROM messages""",
    """INSERT INTO survey_answers (message_id, question, value, late, answered_at)
        SELECT id, 'q', :sealed, false, :now FROM messages""",
    f"""INSERT INTO opt_outs (agency_id, phone_hash, since) SELECT 'demo', {HASH}, :now {IDS} WHERE i % 20 = 0""",
)


def scanned(connection: Connection, run: Callable[[], Any]) -> list[str]:
    """The big tables that the statements of `run` would read whole, and how many statements there were."""
    found: list[str] = []
    seen: list[tuple[str, Any]] = []

    def look(_connection: Any, _cursor: Any, statement: str, parameters: Any, *_: Any) -> None:
        if not statement.startswith("EXPLAIN"):
            seen.append((statement, parameters))

    event.listen(connection, "before_cursor_execute", look)
    try:
        run()
    finally:
        event.remove(connection, "before_cursor_execute", look)
    assert seen
    for statement, parameters in seen:
        plan = connection.exec_driver_sql(f"EXPLAIN (FORMAT JSON) {statement}", parameters).scalar()
        told = json.dumps(plan)
        assert "Plan" in told
        scans = re.findall(r'"Node Type": "Seq Scan"[^}]*?"Relation Name": "(\w+)"', told)
        found += [table for table in scans if table in BIG]
    return found


@pytest.mark.parametrize("table", ["messages"])
def test_a_query_without_an_index_would_be_noticed(full: Connection, table: str) -> None:
    assert scanned(full, lambda: full.execute(text(f"SELECT 1 FROM {table} WHERE reason = 'x'"))) == [table]


def test_no_hot_query_reads_a_table_whole(full: Connection, ground: Ground) -> None:
    now = ground.clock()
    later = now + timedelta(seconds=20)
    lookup = b"\x00" * 31 + b"\x07"
    keys = [("case", "R100"), ("call", "R101")]
    newcomer = contacts.OnReport("demo", "R7", lookup)
    merged = Event("rms", "1", EventType.REPORT_MERGED, "R100", now, {"into": "R102"})
    hot: dict[str, Callable[[], Any]] = {
        "claim": lambda: messages.claim(full, now, later, 256),
        "dispatch": lambda: messages.dispatch(full, [MESSAGE], later),
        "settle": lambda: messages.move_each(full, messages.Input.ACCEPT, [messages.Ruled(MESSAGE)]),
        "move": lambda: messages.move(full, messages.Input.CANCEL, [MESSAGE]),
        "take back": lambda: messages.take_back_leases(full, now),
        "doubtful": lambda: messages.doubtful(full, later, later, 200),
        "anything due": lambda: messages.anything_due(full, now),
        "cancel waiting": lambda: messages.cancel_waiting(full, "demo", lookup, "x"),
        "receipt": lambda: receipts.for_receipt(full, MESSAGE, "SM100"),
        "receipt of another": lambda: receipts.for_receipt(full, MESSAGE, "SM7"),
        "keep a receipt": lambda: receipts.record(full, MESSAGE, "SM100", "sent", 0, now),
        "moved": lambda: receipts.mark_moved(full, "SM100", "sent", 0),
        "failed tries": lambda: receipts.failed_tries(full, MESSAGE),
        "known sids": lambda: messages.known_sids(full, ["SM1", "SM2"]),
        "standings": lambda: records.standings(full, "demo", lookup),
        "standings with a claim": lambda: records.standings(full, "demo", lookup, "r-100"),
        "load": lambda: records.load(full, "demo", keys),
        "linked": lambda: records.linked(full, "demo", [records.view(key, {}) for key in keys]),
        "save": lambda: records.save(full, ground.vault, "demo", {key: {} for key in keys}, now),
        "contacts of reports": lambda: contacts.parties(full, "demo", ["R100"]),
        "languages": lambda: languages.known(full, "demo", [lookup]),
        "surveyed": lambda: caps.surveyed_since(full, "demo", [lookup], now),
        "enrolled phones": lambda: records.enrolled_phones(full, "demo", ["R100"]),
        "reachable": lambda: conversations.reachable(full, "demo", [lookup]),
        "enroll": lambda: conversations.enroll(full, "demo", JAMIE, lookup, [("R100", "updates")], now),
        "unenroll": lambda: conversations.unenroll(full, "demo", lookup, [("R7", "arrests")], now),
        "unenroll all": lambda: conversations.unenroll_all(full, "demo", lookup, now),
        "opt out": lambda: conversations.opt_out(full, "demo", lookup, "x", now),
        "keep": lambda: conversations.keep_statutory(full, "demo", lookup, "x", now),
        "lock": lambda: conversations.lock(full, "demo", JAMIE, lookup, now),
        "record": lambda: conversations.record(
            full,
            conversations.lock(full, "demo", JAMIE, lookup, now),
            NewText("demo", full.scalar(text("SELECT id FROM senders")) or 0, lookup, "SMnew", {}, "1"),
            now,
        ),
        "contacts of a report": lambda: contacts.confirmed(full, "demo", "R100"),
        "contacts as parties": lambda: contacts.parties(full, "demo", ["R100"]),
        "add a contact": lambda: contacts.add(full, newcomer, JAMIE, True, now),
        "rule on a contact": lambda: contacts.rule(full, newcomer, b"x", now, True, now),
        "a contact leaves": lambda: contacts.leave(full, "demo", lookup, now),
        "count a failure": lambda: attempts.count(full, "demo", "1", "2", now),
        "forget failures": lambda: attempts.forget_phone(full, "demo", "1"),
        "file an answer": lambda: surveys.file(
            full, "demo", lookup, surveys.Answer(MESSAGE, "h", "q", "1", False), None, now
        ),
        "end a survey": lambda: surveys.end(full, "demo", MESSAGE, now),
        "next events": lambda: events.next_batch(full, "demo", 200),
        "agencies with events": lambda: events.agencies_with_new(full),
        "finish events": lambda: events.finish(full, [1, 2, 3]),
        "newest event": lambda: events.newest_at(full),
        "page": lambda: pages.find(full, "token", now),
        "claim emails": lambda: emails.claim(full, now, later, 25),
        "dispatch emails": lambda: emails.dispatch(full, [MESSAGE]),
        "settle emails": lambda: emails.settle(full, [MESSAGE], emails.State.SENT),
        "emails due": lambda: emails.anything_due(full, now),
        "letters to print": lambda: letters.take(full, "demo", 500),
        "letters of a batch": lambda: letters.of_batch(full, 1),
        "on all channels": lambda: channels.standing(full, "demo", [dict.fromkeys(Channel, "k1")]),
        "decided before": lambda: decisions.latest(full, "demo", keys),
        "timers due": lambda: timers.take_due(full, "demo", now, 200),
        "agencies with timers": lambda: timers.agencies_with_due(full, now),
        "set timers": lambda: timers.set_all(full, [timers.Timer("demo", "case", "R1", "r", "x", now)]),
        "taken back": lambda: taking_back.take_back(full, "demo", {"k1": "x", "k2": "y"}),
        "heirs": lambda: lineage.inherit(full, "demo", [merged]),
        "anything unheard": lambda: messages.anything_unheard(full, "demo", now - timedelta(hours=6)),
        "unheard": lambda: messages.give_up_unheard(full, "demo", now - timedelta(hours=6), "x", 200),
    }
    read_whole = {name: tables for name, run in hot.items() if (tables := scanned(full, run))}
    assert read_whole == {}
