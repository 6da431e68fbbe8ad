"""A text is recorded once, answered once, and never lost to its own oddity."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import text

from gateway.ground import Ground
from gateway.store import agencies, messages
from gateway.store.tables import messages as messages_table
from gateway.store.tables import opt_outs, senders, texts
from gateway.texts.turn import Text, turn_in
from tests.gateway.texts.webhook import bring, new_sid, rows_in
from tests.gateway.world import JAMIE, OTHER, World, report

AT_ONCE = 50


def bodies(ground: Ground) -> list[str]:
    with ground.database.connect() as connection:
        return [
            row.body for row in connection.execute(messages_table.select().order_by(messages_table.c.due_at))
        ]


def test_one_text_brought_fifty_times_at_once_is_one_turn_and_one_reply(app: Flask, ground: Ground) -> None:
    sid, together = new_sid(), Barrier(AT_ONCE)

    def once(_: int) -> int:
        together.wait()
        return bring(app.test_client(), MessageSid=sid)

    with ThreadPoolExecutor(AT_ONCE) as pool:
        statuses = list(pool.map(once, range(AT_ONCE)))
    assert statuses == [204] * AT_ONCE
    rows = rows_in(ground)
    assert (rows["texts"], rows["messages"], rows["conversations"]) == (1, 1, 1)


def test_the_carrier_may_bring_a_text_again_minutes_later(world: World) -> None:
    world.phones.behave(default={"text_copies": 5})
    world.text(JAMIE, "STATUS")
    assert world.count(texts) == 1
    assert len(world.received(JAMIE)) == 1


def test_stop_sent_ten_times_at_once_is_confirmed_once(app: Flask, ground: Ground) -> None:
    together = Barrier(10)

    def once(_: int) -> int:
        together.wait()
        return bring(app.test_client(), Body="STOP")

    with ThreadPoolExecutor(10) as pool:
        assert set(pool.map(once, range(10))) == {204}
    assert rows_in(ground)["opt_outs"] == 1
    with ground.database.connect() as connection:
        found = connection.execute(messages_table.select()).all()
    assert [(row.notice, row.state) for row in found] == [("reply.opt_out.confirmed", "queued")]


def test_a_second_stop_does_not_take_back_the_confirmation_of_the_first(world: World) -> None:
    world.phones.text(JAMIE, "STOP")
    world.phones.text(JAMIE, "stop!!")
    world.send()
    assert len(world.received(JAMIE)) == 1
    assert "no more texts" in world.received(JAMIE)[0]


def test_texts_of_many_people_at_once_are_all_answered(app: Flask, ground: Ground) -> None:
    people = [f"+1520555{number:04}" for number in range(300, 340)]
    with ThreadPoolExecutor(8) as pool:
        statuses = list(pool.map(lambda phone: bring(app.test_client(), From=phone), people))
    assert statuses == [204] * len(people)
    assert rows_in(ground)["messages"] == len(people)


@pytest.mark.parametrize(("keyword", "opted_out"), [("STOP", 1), ("stop", 1), ("HELP", 0), ("START", 0)])
def test_what_the_carrier_has_answered_itself_is_recorded_and_not_answered_again(
    client: FlaskClient, ground: Ground, keyword: str, opted_out: int
) -> None:
    assert bring(client, Body=keyword, OptOutType=keyword) == 204
    rows = rows_in(ground)
    assert (rows["texts"], rows["messages"], rows["opt_outs"]) == (1, 0, opted_out)


def test_the_carriers_start_ends_an_opt_out(client: FlaskClient, ground: Ground) -> None:
    bring(client, Body="STOP", OptOutType="STOP")
    bring(client, Body="START", OptOutType="START")
    rows = rows_in(ground)
    assert (rows["opt_outs"], rows["consent_changes"], rows["messages"]) == (0, 2, 0)


def test_a_word_of_the_carriers_that_we_do_not_know_is_only_a_text(
    client: FlaskClient, ground: Ground
) -> None:
    assert bring(client, Body="STATUS", OptOutType="SNOOZE") == 204
    assert rows_in(ground)["messages"] == 1


def test_a_cry_is_answered_even_where_the_carrier_saw_only_its_keyword(world: World) -> None:
    world.text(JAMIE, "STOP")
    world.text(JAMIE, "he is here with a gun")
    assert "911" in world.received(JAMIE)[-1]


ODD = {
    "no body at all": {"Body": ""},
    "a picture alone": {"Body": "", "NumMedia": "1", "MediaUrl0": "https://x.test/1"},
    "a null byte": {"Body": "STATUS\x00; DROP TABLE"},
    "nothing but null bytes": {"Body": "\x00\x00"},
    "a very long text": {"Body": "please help me " * 7000},
    "one very long word": {"Body": "a" * 100_000},
    "digits and marks": {"Body": "٠١٢٣ \u200f\u202e ۞ 🏳️‍🌈" * 50},
    "combining marks": {"Body": "e" + "\u0301" * 20_000},
    "a broken sequence": {"Body": "\ufffd\ufffe"},
    "only spaces": {"Body": " \t\r\n\u2003"},
    "null bytes elsewhere": {"FromCity": "\x00", "MessagingServiceSid": "\x00MG", "OptOutType": "\x00"},
    "a number that is no number": {"NumMedia": "many", "NumSegments": "-1"},
}


@pytest.mark.parametrize("fields", ODD.values(), ids=ODD.keys())
def test_an_odd_text_is_recorded_like_any_other(
    client: FlaskClient, ground: Ground, fields: dict[str, str]
) -> None:
    assert bring(client, **fields) == 204
    assert rows_in(ground)["texts"] == 1


def test_a_text_in_broken_utf_8_is_no_error(client: FlaskClient) -> None:
    raw = b"MessageSid=" + new_sid().encode() + b"&From=%2B15205550131&To=%2B15205550199&Body=%ff%ed%a0%80"
    answer = client.post("/twilio/sms", data=raw, content_type="application/x-www-form-urlencoded")
    assert answer.status_code == 403
    assert client.post("/twilio/sms?a=%ff%ed%a0%80", data=raw).status_code == 403
    assert client.post("/twilio/sms", data=raw, environ_overrides={"QUERY_STRING": "\xff"}).status_code == 403


@pytest.mark.parametrize(
    "fields",
    [
        {"MessageSid": ""},
        {"MessageSid": "SM1"},
        {"MessageSid": "SM" + "\x00" * 32},
        {"From": ""},
        {"From": "+1\x00"},
        {"To": ""},
        {"To": "+" + "1" * 65},
    ],
)
def test_what_is_no_text_is_refused_and_not_kept(
    client: FlaskClient, ground: Ground, fields: dict[str, str]
) -> None:
    assert bring(client, **fields) == 400
    assert rows_in(ground)["texts"] == 0


def test_a_text_to_a_number_that_is_nobodys_is_nobodys(client: FlaskClient, ground: Ground) -> None:
    assert bring(client, To="+15205550777") == 404
    assert bring(client, To="+15205550777", MessagingServiceSid="MG" + "0" * 32) == 404
    assert rows_in(ground)["texts"] == 0


def test_a_text_to_any_number_of_an_agencys_messaging_service_is_the_agencys(
    client: FlaskClient, ground: Ground
) -> None:
    service = "MG" + "1" * 32
    with ground.database.begin() as connection:
        agencies.add_agency(connection, "other", ground.clock())
        agencies.add_sender(connection, "other", "+15205550777")
        agencies.add_sender(connection, "demo", "+15205550778", messaging_service_sid=service)
    assert bring(client, To="+15205550779", MessagingServiceSid=service) == 204
    with ground.database.connect() as connection:
        (row,) = connection.execute(texts.select().join(senders)).all()
    assert row.agency_id == "demo"


@pytest.mark.parametrize("sender", ["55512", "TIDINGS", "+0", "anonymous"])
def test_a_text_from_what_can_not_be_answered_is_recorded_and_not_answered(
    client: FlaskClient, ground: Ground, sender: str
) -> None:
    assert bring(client, From=sender, Body="HELP") == 204
    rows = rows_in(ground)
    assert (rows["texts"], rows["messages"]) == (1, 0)


def test_a_text_that_waited_for_another_turn_sees_what_that_turn_did(ground: Ground, app: Flask) -> None:
    """STOP is being taken in; a STATUS that waits for it must find the number opted out."""
    stop = Text(new_sid(), JAMIE, "+15205550199", "STOP")
    with ThreadPoolExecutor(1) as pool:
        with ground.database.begin() as connection:
            turn_in(connection, ground, stop)
            waiting = pool.submit(bring, app.test_client(), Body="STATUS")
            _until_someone_waits(ground)
        assert waiting.result(10) == 204
    assert [body.partition(":")[0] for body in bodies(ground)] == ["Saguaro Police"]
    assert rows_in(ground)["texts"] == 2


def _until_someone_waits(ground: Ground) -> None:
    query = text(
        "SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND datname = current_database()"
    )
    with ground.database.connect() as connection:
        while not connection.scalar(query):
            connection.rollback()


def test_a_stop_that_meets_a_sender_crosswise_is_taken_in_all_the_same(world: World, app: Flask) -> None:
    """Each holds a message that the other wants: the database ends one of them."""
    ground = world.ground
    for number in ("R1", "R2"):
        world.tell(world.event("report.filed", number, report()))
    low, high = sorted(row.id for row in world.rows(messages_table))
    lock = messages_table.select().with_for_update()
    with ThreadPoolExecutor(1) as pool:
        with ground.database.begin() as connection:
            connection.execute(lock.where(messages_table.c.id == high))
            waiting = pool.submit(bring, app.test_client(), Body="STOP")
            _until_someone_waits(ground)
            connection.execute(lock.where(messages_table.c.id == low))
        assert waiting.result(10) == 204
    assert rows_in(ground)["opt_outs"] == 1
    assert {row.state for row in world.rows(messages_table, notice="report.filed")} == {"canceled"}


def test_a_hold_of_the_conversation_does_not_hold_up_another_persons(app: Flask, ground: Ground) -> None:
    with ground.database.begin() as connection:
        turn_in(connection, ground, Text(new_sid(), JAMIE, "+15205550199", "STATUS"))
        assert bring(app.test_client(), From=OTHER) == 204


def test_a_text_that_can_not_be_stored_is_not_confirmed(app: Flask, ground: Ground) -> None:
    """Anything but a 2xx makes the carrier use the fallback address."""
    app.testing = False
    client = app.test_client()
    with ground.database.begin() as connection:
        connection.exec_driver_sql("ALTER TABLE texts RENAME TO texts_away")
    try:
        assert bring(client) == 500
    finally:
        with ground.database.begin() as connection:
            connection.exec_driver_sql("ALTER TABLE texts_away RENAME TO texts")
    assert rows_in(ground)["conversations"] == 0, "everything or nothing"


def test_priorities_let_a_cry_overtake_an_answer() -> None:
    order = sorted(messages.PRIORITY, key=lambda name: messages.PRIORITY[name])
    assert order == ["safety", "answer", "statutory", "confirmation", "follow_up", "survey"]


def test_opt_outs_hold_for_the_agency_that_heard_them(world: World) -> None:
    world.text(JAMIE, "STOP")
    world.tell(world.event("report.filed", "R1", report()))
    world.tell(world.event("report.filed", "R2", report(victim={"phone": OTHER})))
    world.send()
    assert len(world.received(JAMIE)) == 1
    assert len(world.received(OTHER)) == 1
    assert [row.agency_id for row in world.rows(opt_outs)] == ["demo"]
