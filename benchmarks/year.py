"""A year of a department of Tucson's size: told twice, late and out of order, with crashes at commits; then the books.

In the end each notice that the policy owes must have been sent once, or be suppressed with a reason and stand as a
task of a person; nothing may be left on the way, and the carrier may hold no message twice.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import text

from benchmarks.result import Result, Size, stopwatch
from benchmarks.stage import Stage
from benchmarks.year_lived import Life
from benchmarks.year_told import VICTIMS, Year, year_of

SIZE = Size(VICTIMS, rounds=1)
SECONDS = 120
"""What a whole year may take."""


def run(stage: Stage, size: Size = SIZE) -> list[Result]:
    """The floor is the time allowed."""
    year = year_of(size.count)
    env = stage.environment()
    # It is our processes that die here and not the machine, so that no commit need wait for the disk.
    quick = {"DATABASE_URL": env["DATABASE_URL"] + "&options=-csynchronous_commit%3Doff"}
    with Life.begin(env | quick) as life:
        with stopwatch() as took:
            life.live(year)
        seconds = took()
        details = balance(life, year) | {"deaths": life.deaths, "seconds": round(seconds, 1)}
    floor = VICTIMS / SECONDS
    floor_is = f"a year in {SECONDS} s"
    return [Result("a year", size.count / seconds, floor, "victims/s", floor_is, details)]


def balance(life: Life, year: Year) -> dict[str, int]:
    """Raises AssertionError with what does not balance. Returns how many of what there were."""
    people = _people(year)
    owed = [rule for rule in life.pinned.policy.notices if rule.owed]
    expected = {
        (rule.id, event["subject"], person["id"], (event["data"].get("arrest_id") or ""))
        for rule in owed
        for _, event in year.arrivals
        if event["type"] == rule.on
        for person in people[event["subject"]]
    }
    with life.ground.database.connect() as connection:
        rows = connection.execute(
            text("SELECT id, notice, record_number, party_id, intent_key, state FROM messages")
        ).all()
        decided = connection.execute(
            text("SELECT rule, record_number, party_id, occasion, outcome, reason FROM decisions")
        ).all()
        tasks = {row.key for row in connection.execute(text("SELECT key FROM tasks"))}
        waiting = connection.scalar(text("SELECT count(*) FROM events WHERE state <> 'done'"))
        timers = connection.scalar(text("SELECT count(*) FROM timers"))
    sent = {
        (r.notice, r.record_number, r.party_id, r.intent_key.split(":")[-2]) for r in rows if r.state in _CAME
    }
    reasons = {
        (row.rule, row.record_number, row.party_id, row.occasion): row.reason
        for row in decided
        if row.outcome == "suppressed"
    }
    with_task = {key.removeprefix("owed:") for key in tasks if key.startswith("owed:")}
    with_task |= {row.intent_key for row in rows if f"reach:{row.id}" in tasks}
    lost = [
        one
        for one in sorted(expected)
        if one not in sent and not (_stands(one, with_task) or one[2] == "" or _minor(one, reasons))
    ]
    assert not lost, (
        f"{len(lost)} owed notices are nowhere, such as {_all_about(lost[0], rows, decided, tasks)}"
    )
    assert waiting == 0, f"{waiting} events were not worked on"
    assert timers == 0, f"{timers} timers are left"
    assert not [row for row in rows if row.state in {"queued", "leased", "sending", "doubtful"}]
    assert len(rows) == len({row.intent_key for row in rows})
    twice = [message_id for message_id, times in life.posted.items() if times > 1]
    assert not twice, f"{len(twice)} messages were posted twice"
    return {
        "events": len(year.arrivals),
        "messages": len(rows),
        "owed": len(expected),
        "owed sent": len(expected & sent),
        "tasks": len(tasks),
    }


def _all_about(one: tuple[str, ...], rows: Sequence[Any], decided: Sequence[Any], tasks: set[str]) -> str:
    number = one[1]
    told = [tuple(row) for row in (*rows, *decided) if row.record_number == number]
    return f"{one}: {told}, {[key for key in tasks if number in key]}"


_CAME = frozenset({"sent", "delivered"})


def _stands(one: tuple[str, str, str, str], with_task: set[str]) -> bool:
    """As a task, opened by the rules or when its message could not go."""
    rule, number, party, occasion = one
    return f"{rule}:{number}:{party}:{occasion}" in with_task or (
        f"{rule}:case:{number}:{party}:{occasion}:text" in with_task
    )


def _minor(one: tuple[str, str, str, str], reasons: dict[tuple[str, str, str, str], str]) -> bool:
    return reasons.get(one) == "same_number"


def _people(year: Year) -> dict[str, list[dict[str, Any]]]:
    return {
        event["subject"]: event["data"]["parties"]
        for _, event in year.arrivals
        if event["type"] == "report.filed"
    }
