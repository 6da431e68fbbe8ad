"""`./tidings ingest`: what is recorded, what is told, and that it may be run again at any time."""

from __future__ import annotations

import contextlib
import json
import os
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result
from sqlalchemy import select, text

import gateway.cli.ingest as command
from gateway.feeds import ingest as ingesting
from gateway.ground import Ground
from gateway.store import agencies, records
from gateway.store.tables import decisions, events, messages
from tests.gateway.world import JAMIE, environment

MAPPING = """\
source: cad
zone: America/Chicago
data:
  type_code: "{nature}"
  district: "{district}"
events:
  - {type: call.received, id: "{id}", subject: "{id}", time: "{time}"}
"""
HEADER = "id,time,district,nature\n"

Run = Callable[..., Result]


@pytest.fixture
def run(ground: Ground, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Run:
    """Ingest these lines by this mapping."""

    @contextlib.contextmanager
    def open_ground() -> Iterator[Ground]:
        yield ground

    monkeypatch.setattr(command, "open_ground", open_ground)

    def run(content: str | bytes, *options: str, mapping: str = MAPPING) -> Result:
        (tmp_path / "m.yaml").write_text(mapping)
        content = content if isinstance(content, bytes) else content.encode()
        (tmp_path / "calls.csv").write_bytes(content)
        arguments = [str(tmp_path / "calls.csv"), "--mapping", str(tmp_path / "m.yaml"), *options]
        return CliRunner().invoke(command.ingest, arguments, catch_exceptions=False)

    return run


def _rows(ground: Ground, table: Any) -> list[Any]:
    with ground.database.connect() as connection:
        return list(connection.execute(select(table)))


def _calls(first: int, last: int) -> str:
    return "".join(f"{number},2018-05-01 00:00:14,6,THEFT\n" for number in range(first, last))


def _told(result: Result) -> dict[str, Any]:
    told: dict[str, Any] = json.loads(result.stdout)
    return told


def test_rows_become_records(ground: Ground, run: Run) -> None:
    result = run(HEADER + '1211376,2018-05-01 00:00:14,6,"ENTRY AUTOS"\n')
    assert result.exit_code == 0, result.output
    (row,) = _rows(ground, events)
    assert (row.source, row.event_id, row.type, row.subject, row.state) == (
        "cad",
        "1211376",
        "call.received",
        "1211376",
        "done",
    )
    assert row.time.isoformat().startswith("2018-05-01T05:00:14")
    with ground.database.connect() as connection:
        key = ("call", "1211376")
        call = records.view(key, records.load(connection, "demo", [key])[key])
    assert (getattr(call, "type_code", None), getattr(call, "district", None)) == ("ENTRY AUTOS", "6")


def test_a_second_run_adds_nothing_and_says_so(ground: Ground, run: Run) -> None:
    content = HEADER + _calls(0, 1203)
    assert _told(run(content, "--json"))["accepted"] == 1203
    result = run(content)
    assert result.exit_code == 0
    assert "Nothing is new: all of it was recorded before." in result.stdout
    assert len(_rows(ground, events)) == 1203


def test_stopped_in_the_middle_it_goes_on_where_it_was(
    ground: Ground, run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    content = HEADER + _calls(0, 1203)
    take = ingesting.take
    left = iter([take, take])

    def stop_at_the_third(*given: Any) -> Any:
        with contextlib.suppress(StopIteration):
            return next(left)(*given)
        raise KeyboardInterrupt

    monkeypatch.setattr(ingesting, "take", stop_at_the_third)
    result = run(content)
    assert result.exit_code == 130
    assert "Run it again: it goes on where it stopped." in result.stderr
    assert len(_rows(ground, events)) == 1000
    monkeypatch.setattr(ingesting, "take", take)
    told = _told(run(content, "--json"))
    assert (told["accepted"], told["duplicates"], told["worked"]) == (203, 1000, 1203)
    assert {row.state for row in _rows(ground, events)} == {"done"}


def test_rejected_rows_are_told_with_their_lines_and_the_others_are_kept(ground: Ground, run: Run) -> None:
    bad = "".join(f"{number},2018-05-01 00:00:14,6,\n" for number in range(100, 144))
    content = (
        HEADER + _calls(0, 2) + bad + '7,"broken,6,THEFT\n8,noon,6,THEFT\n9,2018-05-01 00:00:14,6,THEFT\n'
    )
    result = run(content, "--json")
    assert result.exit_code == 1
    told = _told(result)
    assert (told["rows"], told["accepted"], told["rejected"]) == (49, 3, 46)
    reasons = {one["field"]: one for one in told["reasons"]}
    assert reasons["data.type_code"]["count"] == 44
    assert reasons["data.type_code"]["lines"] == list(range(4, 14))
    assert reasons["row"]["lines"] == [48]
    assert reasons["time"] == {
        "field": "time",
        "reason": "expected a time as iso",
        "count": 1,
        "lines": [49],
    }
    assert "and 34 more" in " ".join(run(content).stdout.split())


def test_the_rejects_can_be_mended_and_read_again(ground: Ground, run: Run, tmp_path: Path) -> None:
    rejects = tmp_path / "wrong.csv"
    content = (
        "Calls of May\n\n" + HEADER + _calls(0, 2) + 'é,noon,"6\n7",THEFT\n' + _calls(2, 3) + "4,,6,FRAUD"
    )
    assert run(content.encode("cp1252"), "--rejects", str(rejects)).exit_code == 1
    wrong = rejects.read_text("utf-8-sig")
    assert wrong == "Calls of May\n\n" + HEADER + 'é,noon,"6\n7",THEFT\n4,,6,FRAUD\n'
    mended = wrong.replace("noon", "2018-05-01").replace("4,,", "4,2018-05-02,")
    result = run(mended.encode("utf-8-sig"), "--json")
    assert result.exit_code == 0
    assert _told(result)["accepted"] == 2


def test_a_row_of_several_events_is_rejected_event_by_event(ground: Ground, run: Run, tmp_path: Path) -> None:
    mapping = MAPPING.replace('id: "{id}"', 'id: "{id}:r"') + (
        '  - {type: call.closed, id: "{id}:c", subject: "{id}", time: "{district}", when: {district: not empty}}\n'
    )
    rejects = tmp_path / "wrong.csv"
    content = (
        HEADER
        + "1,2018-05-01,2018-05-02,THEFT\n2,2018-05-01,,THEFT\n3,noon,night,THEFT\n4,2018-05-01,x,THEFT\n"
    )
    told = _told(run(content, "--json", "--rejects", str(rejects), mapping=mapping))
    assert (told["rows"], told["accepted"], told["rejected"]) == (4, 4, 3)
    assert rejects.read_text() == HEADER + "3,noon,night,THEFT\n4,2018-05-01,x,THEFT\n"


def test_rows_that_tell_of_nothing_are_counted(run: Run) -> None:
    mapping = MAPPING.replace('time: "{time}"}', 'time: "{time}", when: {nature: {not: [THEFT]}}}')
    told = _told(run(HEADER + _calls(0, 3), "--json", mapping=mapping))
    assert (told["rows"], told["rows_without_event"], told["accepted"]) == (3, 3, 0)


_CALLER = '  priority: "3"\n  parties: [{role: caller, phone: "{phone}", class_of_service: WRLS}]\nevents:'


@pytest.mark.parametrize(
    ("age", "options", "outcome"),
    [
        (timedelta(minutes=1), [], ("notice", None)),
        (timedelta(minutes=1), ["--history"], None),
        (timedelta(days=3), [], ("suppressed", "stale")),
    ],
)
def test_old_events_and_history_tell_nobody_anything(
    ground: Ground, run: Run, age: timedelta, options: list[str], outcome: tuple[str, str] | None
) -> None:
    happened = (ground.clock() - age).isoformat()
    result = run(
        f"id,time,district,nature,phone\n1,{happened},6,THEFT,{JAMIE}\n",
        *options,
        mapping=MAPPING.replace("events:", _CALLER),
    )
    assert result.exit_code == 0, result.output
    assert [(row.outcome, row.reason) for row in _rows(ground, decisions)] == ([outcome] if outcome else [])
    assert len(_rows(ground, messages)) == (outcome == ("notice", None))
    assert [row.history for row in _rows(ground, events)] == [bool(options)]


def test_without_work_the_events_wait(ground: Ground, run: Run) -> None:
    assert _told(run(HEADER + _calls(0, 3), "--json", "--no-work"))["worked"] == 0
    assert {row.state for row in _rows(ground, events)} == {"new"}


def test_beside_a_worker_it_waits_for_its_turn(ground: Ground, run: Run) -> None:
    with ground.database.connect() as worker:
        worker.execute(text("SELECT pg_advisory_lock(hashtextextended('events:demo', 0))"))
        done: list[Result] = []
        thread = threading.Thread(target=lambda: done.append(run(HEADER + _calls(0, 3), "--json")))
        thread.start()
        thread.join(1)
        assert thread.is_alive()
        worker.execute(text("SELECT pg_advisory_unlock_all()"))
    thread.join(20)
    assert _told(done[0])["worked"] == 3


def test_a_worker_that_does_not_let_go_is_left_alone(
    ground: Ground, run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(ingesting, "_PATIENCE_SECONDS", 0.5)
    with ground.database.connect() as worker:
        worker.execute(text("SELECT pg_advisory_lock(hashtextextended('events:demo', 0))"))
        result = run(HEADER + _calls(0, 3))
    assert result.exit_code == 0
    assert "Another worker is at 3 more events" in result.stdout


def test_try_shows_events_and_records_nothing(
    ground: Ground, run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    def no_ground() -> None:
        raise AssertionError("no database is needed")

    monkeypatch.setattr(command, "open_ground", no_ground)
    content = HEADER + _calls(0, 1) + "2,noon,6,THEFT\n3,2018-05-01,6,\n" + _calls(4, 9)
    result = run(content, "--try", "--rows", "3", "--json")
    assert result.exit_code == 1
    first, second, third = _told(result)["rows"]
    assert first["events"][0]["time"] == "2018-05-01T00:00:14-05:00"
    (wrong,) = second["rejected"]
    assert (second["line"], wrong["columns"], wrong["field"]) == (3, ["time"], "time")
    assert wrong["reason"] == "expected a time as iso"
    (wrong,) = third["rejected"]
    assert (third["line"], wrong["columns"], wrong["field"]) == (4, ["nature"], "data.type_code")
    assert _rows(ground, events) == []


def test_try_tells_people_what_each_row_becomes(run: Run) -> None:
    mapping = MAPPING.replace('time: "{time}"}', 'time: "{time}", when: {nature: {not: [NOISE]}}}')
    rows = _calls(0, 1) + "2,noon,6,THEFT\n3,2018-05-01,6,Noise\n4,2018-05-01\n" + _calls(5, 30)
    shown = run("Calls of May\n\n" + HEADER + rows, "--try", mapping=mapping).stdout
    told = " ".join(shown.replace("│", " ").split())
    assert "calls.csv: utf-8, delimiter ',', header on line 3, read as cad" in told
    assert "4 call.received 0 2018-05-01T00:00:14-05:00 type_code: THEFT" in told
    assert "5 rejected call.received column 'time': time: expected a time as iso" in told
    assert "6 nothing no call.received: see column 'nature'" in told
    assert "7 rejected row: expected 4 fields, as the header has, found 2" in told
    assert "Rows 10, of these silent 1. Events 7, rejected 2. Nothing was stored." in told


@pytest.mark.parametrize(
    ("content", "mapping", "options", "why"),
    [
        (
            "id,nature\n",
            MAPPING,
            [],
            "calls.csv:1: expected columns 'district', 'time'; found the header 'id', 'nature'",
        ),
        (HEADER, MAPPING.replace("zone", "zoen"), [], "m.yaml:2: zoen: is not a key of a mapping"),
        (
            HEADER,
            MAPPING,
            ["--agency", "gotham"],
            "expected an agency that is in the database; there is demo",
        ),
        (HEADER, MAPPING, ["--try", "--rows", "0"], "--rows"),
        (
            "id,time,district,Nature\n",
            MAPPING,
            ["--try"],
            "found the header 'id', 'time', 'district', 'Nature' ('nature' is perhaps 'Nature')",
        ),
        (HEADER, MAPPING, ["--mapping", "tuscon"], "there is no such mapping; did you mean tucson?"),
    ],
)
def test_what_can_not_be_used_ends_with_2(
    ground: Ground, run: Run, content: str, mapping: str, options: list[str], why: str
) -> None:
    result = run(content, *options, mapping=mapping)
    assert result.exit_code == 2
    assert why in result.stderr
    assert _rows(ground, events) == []


def test_the_agency_must_be_named_where_there_are_several(ground: Ground, run: Run) -> None:
    with ground.database.begin() as connection:
        agencies.add_agency(connection, "tucson-two", ground.clock())
    result = run(HEADER + _calls(0, 1))
    assert result.exit_code == 2
    assert "there is demo, tucson-two" in result.stderr
    assert run(HEADER + _calls(0, 1), "--agency", "demo").exit_code == 0
    result = run(HEADER, "--agency", "tucson-two")
    assert result.exit_code == 2
    assert "has no policy file" in result.stderr


def test_the_rejects_never_overwrite_the_file_itself(run: Run, tmp_path: Path) -> None:
    result = run(HEADER + _calls(0, 1), "--rejects", str(tmp_path / "calls.csv"))
    assert result.exit_code == 2
    assert (tmp_path / "calls.csv").read_text() == HEADER + _calls(0, 1)


def test_a_database_that_is_gone_is_told(ground: Ground, run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    take = ingesting.take

    def gone(laid: Ground, *given: Any) -> Any:
        with laid.database.begin() as connection:
            connection.execute(text("SELECT pg_terminate_backend(pg_backend_pid())"))
        return take(laid, *given)

    monkeypatch.setattr(ingesting, "take", gone)
    result = run(HEADER + _calls(0, 1))
    assert result.exit_code == 2
    assert "Run it again: it goes on where it stopped." in result.stderr


def test_killed_in_the_middle_nothing_is_lost_or_doubled(
    ground: Ground, run: Run, tmp_path: Path, database_url: str, redis_url: str
) -> None:
    content = HEADER + _calls(0, 4000)
    (tmp_path / "calls.csv").write_text(content)
    (tmp_path / "m.yaml").write_text(MAPPING)
    settings = environment(
        database_url, redis_url, carrier="http://127.0.0.1:9", public="https://tidings.test"
    )
    arguments = ["ingest", str(tmp_path / "calls.csv"), "--mapping", str(tmp_path / "m.yaml")]
    with subprocess.Popen(
        [sys.executable, "-m", "gateway.cli", *arguments],
        env=os.environ | settings,
        cwd=Path(__file__).parents[3],
    ) as process:
        while process.poll() is None and not _rows(ground, events):
            time.sleep(0.01)
        process.kill()
    kept = len(_rows(ground, events))
    told = _told(run(content, "--json"))
    assert told["accepted"] == 4000 - kept
    assert [row.state for row in _rows(ground, events)] == ["done"] * 4000
