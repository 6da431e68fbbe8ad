"""The logs hold ids only: a whole day of conversation and mishaps at DEBUG, and nobody is in it."""

from __future__ import annotations

import asyncio
import json
import logging
from collections.abc import Iterator
from dataclasses import replace
from io import StringIO
from typing import Any
from uuid import uuid4

import pytest
from sqlalchemy import text

from gateway import logs
from gateway.app import create_app
from gateway.feeds import batch
from gateway.jobs import drains, sweep
from gateway.outbox import drain
from gateway.store.sealed import CannotOpen
from gateway.texts import door
from gateway.wake import Waker
from tests.gateway.texts.webhook import bring, form, sign
from tests.gateway.world import JAMIE, World, call, report

SECRETS = (
    JAMIE,
    JAMIE[1:],
    "5550131",
    "520-555-0131",
    "Jamie",
    "Doe",
    "bicycle",
    "Saguaro Police:",
    "tok3n",
    "Ruiz",
)


@pytest.fixture
def log() -> Iterator[StringIO]:
    """What would stand on standard error."""
    root = logging.getLogger()
    handlers, level = list(root.handlers), root.level
    levels = {name: logging.getLogger(name).level for name in logs._QUIET}
    logs.configure("DEBUG")
    written = StringIO()
    (handler,) = root.handlers
    assert isinstance(handler, logging.StreamHandler)
    handler.setStream(written)
    yield written
    root.handlers[:] = handlers
    root.setLevel(level)
    for name, kept in levels.items():
        logging.getLogger(name).setLevel(kept)


def lines(log: StringIO) -> list[dict[str, Any]]:
    """Every line is JSON, and none holds a secret."""
    told = log.getvalue()
    for secret in SECRETS:
        assert secret not in told, next(line for line in told.splitlines() if secret in line)
    return [json.loads(line) for line in told.splitlines()]


def break_with(*_: object, **__: object) -> None:
    raise ValueError(f"{JAMIE} Jamie Doe: where is my bicycle")


def test_a_whole_conversation_leaves_nobody_in_the_log(world: World, log: StringIO) -> None:
    world.tell(world.event("call.received", "P1", call()))
    world.tell(world.event("report.filed", "R1", report(officer={"name": "Ruiz"})))
    world.tell(world.event("report.filed", "R1", {"offenses": ["Jamie"]}))
    world.send()
    for body in ("where is my bicycle", "STATUS", "ALERTS", "he has a gun", "wrong number", "STOP", "START"):
        world.text(JAMIE, body)
    world.phones.behave(
        default={"faults": [{"kind": "server_error", "times": 1}, {"kind": "refused", "code": 21211}]}
    )
    world.text(JAMIE, "HELP")
    world.text(JAMIE, "HELP")
    world.phones.behave(default={"outcome": "failed", "error_code": 30007})
    world.text(JAMIE, "HELP")
    lines(log)
    assert "fate unknown" in log.getvalue()


def test_what_breaks_is_told_by_its_type_and_place(
    world: World, log: StringIO, monkeypatch: pytest.MonkeyPatch
) -> None:
    app = create_app(world.ground)
    client = app.test_client()
    with monkeypatch.context() as patch:
        patch.setattr(batch, "merge", break_with)
        world.tell(world.event("call.received", "P1", call()))
    with monkeypatch.context() as patch:
        patch.setattr(door, "take_turn", break_with)
        assert bring(client, Body="where is my bicycle") == 500
    with monkeypatch.context() as patch:
        patch.setattr("gateway.portal.message.pages.find", break_with)
        client.get("/m/tok3n")
    with monkeypatch.context() as patch:
        patch.setattr(drain, "settle", break_with)
        drains.open_workshop(world.workshop)
        bring(client, Body="HELP")
        drains.outbox()
    with monkeypatch.context() as patch:
        patch.setattr(sweep, "sweep", break_with)
        patch.setattr(world.workshop.stop, "wait", lambda _: world.workshop.stop.ask())
        sweep.run(world.workshop)
    told = lines(log)
    broken = [line for line in told if line.get("error") == "ValueError"]
    assert {line["event"] for line in broken} >= {
        "an event can't be worked on",
        "a request broke",
        "a drain broke",
        "a sweep broke; trying again",
    }
    assert all(line["at"][-1].startswith("test_logs.py:") for line in broken)


def test_the_doors_mishaps_leave_nobody_in_the_log(world: World, log: StringIO) -> None:
    lonely = replace(
        world.ground,
        settings=replace(world.ground.settings, redis_url="redis://127.0.0.1:9"),
        waker=Waker.at("redis://127.0.0.1:9"),
    )
    client = create_app(lonely).test_client()
    assert bring(client, Body="where is my bicycle") == 204
    assert bring(client, To="+15205550777") == 404
    assert bring(client, From="") == 400
    client.post("/twilio/sms", data=form())
    for message in (JAMIE, str(uuid4())):
        fields = form(MessageStatus="delivered")
        path = f"/twilio/status?message={message}"
        answer = client.post(path, data=fields, headers={"X-Twilio-Signature": sign(path, fields)})
        assert answer.status_code in (204, 403)
    client.post("/v1/events", data=JAMIE, headers={"Authorization": f"Bearer tk_{JAMIE}_Doe"})
    client.get(f"/m/{JAMIE}")
    events = {line["event"] for line in lines(log)}
    assert events >= {
        "wake-up lost",
        "a signed webhook that is no text",
        "receipt for a message that is not ours",
    }


def test_the_databases_own_words_stay_out(world: World, log: StringIO) -> None:
    """PostgreSQL quotes the row that broke a rule."""
    try:
        with world.ground.database.begin() as connection:
            connection.execute(text("CREATE TEMP TABLE people (phone text UNIQUE)"))
            for _ in range(2):
                connection.execute(text("INSERT INTO people VALUES (:phone)"), {"phone": JAMIE})
    except Exception:
        logging.getLogger("gateway.somewhere").exception("a statement broke")
    (line,) = lines(log)
    assert line["error"] == "IntegrityError"


def test_a_librarys_words_about_an_error_are_left_out(log: StringIO) -> None:
    async def leave_a_broken_task() -> None:
        task = asyncio.create_task(asyncio.to_thread(break_with))
        await asyncio.wait([task])

    asyncio.run(leave_a_broken_task())
    try:
        raise CannotOpen(JAMIE)
    except CannotOpen as error:
        logging.getLogger("some.library").error("%s", error, exc_info=True)
    told = [line for line in lines(log) if line["level"] == "error"]
    assert told[-1]["error"] == "CannotOpen"
    assert told[-1]["event"] == "an error in a library"


def test_a_line_has_a_time_a_level_and_a_name(log: StringIO) -> None:
    logging.getLogger("gateway.x").warning("hello", extra={"message_id": "1"})
    (line,) = lines(log)
    assert (line["event"], line["level"], line["logger"], line["message_id"]) == (
        "hello",
        "warning",
        "gateway.x",
        "1",
    )
    assert line["timestamp"].endswith("Z")


def test_no_word_of_our_own_logs_is_one_that_logging_keeps_for_itself() -> None:
    """`extra={"message": ...}` raises at run time, and only where the level lets the line through."""
    import re
    from pathlib import Path

    kept = set(vars(logging.makeLogRecord({}))) | {"message", "asctime"}
    root = Path(logs.__file__).parent
    for path in root.rglob("*.py"):
        for extra in re.findall(r"extra=\{(.*?)\}", path.read_text(), re.DOTALL):
            names = set(re.findall(r'"(\w+)":', extra))
            assert not names & kept, f"{path}: {names & kept}"
