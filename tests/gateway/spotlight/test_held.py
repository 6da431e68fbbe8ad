"""What staff see of notices that are held, and how they decide."""

from __future__ import annotations

from datetime import timedelta
from uuid import uuid4

import pytest
from sqlalchemy import insert

from gateway.ground import Ground
from gateway.jobs import watch
from gateway.store import agencies, surges, tasks
from gateway.store.tables import messages, senders
from gateway.store.tables import surges as surges_table
from gateway.store.tables import tasks as tasks_table
from gateway.store.tasks import NewTask
from tests.gateway.spotlight.conftest import Browser, Clock
from tests.gateway.spotlight.test_today import words


@pytest.fixture
def task_id(ground: Ground, clock: Clock) -> int:
    """Of a surge that holds five notices of arrests."""
    now = clock()
    with ground.database.begin() as connection:
        sender = agencies.sender_of(connection, "demo")
        assert sender is not None
        assert surges.begin(connection, "demo", "arrest.made", 8000, 50, now)
        key = surges.task_key("arrest.made", now)
        detail = {"notice": "arrest.made", "seen": "8000", "usual": "50"}
        tasks.open_tasks(connection, [NewTask("demo", "surge", key, detail, now, now, urgent=True)])
        connection.execute(insert(messages), [held(sender.id, place, clock) for place in range(5)])
        return connection.execute(tasks_table.select()).one().id


def held(sender_id: int, place: int, clock: Clock) -> dict[str, object]:
    return {
        "id": uuid4(), "agency_id": "demo", "intent_key": f"arrest.made:case:R{place}:p1:A1:text",
        "notice": "arrest.made", "notice_class": "statutory", "priority": 20, "sender_id": sender_id,
        "phone_hash": b"1", "phone": "+15205550131", "body": "words", "language": "en", "encoding": "GSM-7",
        "segments": 1, "state": "queued", "due_at": clock(), "record_kind": "case",
        "record_number": f"R{place}", "party_id": "p1", "created_at": clock() + timedelta(milliseconds=place),
    }  # fmt: skip


def surge(ground: Ground) -> tuple[str | None, str | None, bool]:
    with ground.database.connect() as connection:
        row = connection.execute(surges_table.select()).one()
    return row.outcome, row.ended_by, row.ended_at is not None


def states(ground: Ground) -> set[tuple[str, str | None]]:
    with ground.database.connect() as connection:
        return {(row.state, row.reason) for row in connection.execute(messages.select())}


def test_the_task_tells_how_much_is_held_how_much_is_usual_and_three_examples(
    clerk: Browser, task_id: int
) -> None:
    page = words(clerk.get(f"/spotlight/tasks/{task_id}").text)
    for told in (
        "Arrest made",
        "Held now 5",
        "8,000, where 50 are the most",
        "R4 , R3 , R2",
        "Release",
        "Discard",
    ):
        assert told in page
    assert "R1" not in page


@pytest.mark.parametrize("decision", ["release", "discard"])
def test_a_decision_is_asked_for_once_more_and_a_link_alone_decides_nothing(
    clerk: Browser, ground: Ground, task_id: int, decision: str
) -> None:
    page = words(clerk.get(f"/spotlight/tasks/{task_id}/{decision}").text)
    assert "all 5" in page
    assert surge(ground) == (None, None, False)
    assert clerk.post(f"/spotlight/tasks/{task_id}/{decision}", token="stale").status_code == 400
    assert surge(ground) == (None, None, False)


def test_what_is_released_goes_out_and_the_task_is_done(clerk: Browser, ground: Ground, task_id: int) -> None:
    assert clerk.post(f"/spotlight/tasks/{task_id}/release").status_code == 303
    assert surge(ground) == ("released", "clerk", True)
    assert "Done" in words(clerk.get(f"/spotlight/tasks/{task_id}").text)
    clerk.post(f"/spotlight/tasks/{task_id}/discard")
    assert "Somebody has decided on this already" in clerk.get("/spotlight/").text
    assert states(ground) == {("queued", None)}


def test_what_is_discarded_stays_held_until_the_watch_has_taken_it_back(
    clerk: Browser, ground: Ground, task_id: int, clock: Clock
) -> None:
    assert clerk.post(f"/spotlight/tasks/{task_id}/discard").status_code == 303
    assert surge(ground) == ("discarded", "clerk", False)
    page = words(clerk.get(f"/spotlight/tasks/{task_id}").text)
    assert "clerk decided to discard them" in page
    clerk.post(f"/spotlight/tasks/{task_id}/release")
    assert surge(ground) == ("discarded", "clerk", False)
    watch.look(ground)
    assert surge(ground) == ("discarded", "clerk", True)
    assert states(ground) == {("canceled", "surge")}


def test_such_a_task_is_not_done_by_saying_so(clerk: Browser, ground: Ground, task_id: int) -> None:
    assert "Decide" in clerk.get("/spotlight/").text
    assert clerk.post(f"/spotlight/tasks/{task_id}/close").headers["Location"].endswith(f"/tasks/{task_id}")
    assert "Release or discard what is held first" in clerk.get(f"/spotlight/tasks/{task_id}").text
    assert surge(ground) == (None, None, False)


def test_nobody_of_another_agency_can_decide(stranger: Browser, ground: Ground, task_id: int) -> None:
    with ground.database.connect() as connection:
        assert connection.execute(senders.select()).first()
    for decision in ("release", "discard"):
        stranger.post(f"/spotlight/tasks/{task_id}/{decision}")
    assert surge(ground) == (None, None, False)
