"""The drop folder: each file counts once, whatever happens to whoever reads it, and its result lies beside it."""

from __future__ import annotations

import json
import random
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select, text

from gateway.feeds import ingest
from gateway.feeds.drop import Claimed, feeds_in, is_complete
from gateway.feeds.dropped import Dropped
from gateway.ground import Ground
from gateway.jobs.drops import Drops, _alone
from gateway.jobs.stop import Stop
from gateway.settings import BadSettings, from_environ
from gateway.store.tables import events, tasks
from gateway.wake import EVENTS
from tests.gateway.jobs.cluster import Cluster, wait_for
from tests.gateway.world import environment

HEADER = "id,time,district,nature,status\n"


def _calls(first: int, last: int) -> str:
    return "".join(f"{number},2018-05-01 00:00:14,6,THEFT,Advised\n" for number in range(first, last))


@pytest.fixture
def feed(tmp_path: Path) -> Path:
    """The demo agency's folder for files that the Milwaukee mapping reads."""
    folder = tmp_path / "drop" / "demo" / "milwaukee"
    folder.mkdir(parents=True)
    return folder


@pytest.fixture
def drops(ground: Ground, feed: Path) -> Iterator[Drops]:
    """Whoever watches it."""
    made = Drops(ground, Stop(), feed.parents[1])
    yield made
    made.close()


def _drop(folder: Path, name: str, content: str | bytes) -> None:
    """As one should: written under another name, then renamed."""
    part = folder / (name + ".part")
    part.write_bytes(content if isinstance(content, bytes) else content.encode())
    part.rename(folder / name)


def _watch(drops: Drops) -> None:
    while drops.look():
        pass


def _result(folder: Path, name: str = "calls") -> dict[str, Any]:
    told: dict[str, Any] = json.loads((folder / "archive" / f"{name}.result.json").read_text("utf-8"))
    return told


def _rows(ground: Ground, table: Any) -> list[Any]:
    with ground.database.connect() as connection:
        return list(connection.execute(select(table)))


def _archived(folder: Path) -> list[str]:
    return sorted(path.name for path in (folder / "archive").iterdir())


def _claimed(drops: Drops, feed: Path) -> Claimed:
    (inner,) = [one for one in feeds_in(drops.root) if one.mapping]
    claimed = inner.claim(feed / "calls.csv")
    assert claimed
    return claimed


def test_a_dropped_file_is_read_once_and_archived_beside_its_result(
    ground: Ground, drops: Drops, feed: Path
) -> None:
    _drop(feed, "calls.csv", HEADER + _calls(0, 3))
    _watch(drops)
    _watch(drops)
    result = _result(feed)
    assert (result["accepted"], result["duplicates"], result["rejected"], result["silent"]) == (3, 0, 0, 0)
    assert (result["error"], result["rejected_rows"], result["source"]) == (None, [], "milwaukee-calls")
    assert result["seconds"] >= 0
    assert _archived(feed) == ["calls.csv", "calls.result.json"]
    assert [path.name for path in feed.iterdir() if path.is_file()] == []
    assert list((feed / ".reading").iterdir()) == []
    assert len(_rows(ground, events)) == 3
    assert _rows(ground, tasks) == []


def test_the_workers_are_woken(ground: Ground, drops: Drops, feed: Path) -> None:
    woken: list[str] = []

    class Waker:
        def wake(self, queue: str) -> bool:
            woken.append(queue)
            return True

    drops.ground = replace(ground, waker=Waker())  # type: ignore[arg-type]
    _drop(feed, "calls.csv", HEADER + _calls(0, 3))
    _watch(drops)
    assert set(woken) == {EVENTS}


@pytest.mark.parametrize("name", ["calls.csv.tmp", "calls.csv.part", ".calls.csv", "calls.txt", "calls"])
def test_a_file_without_its_final_name_is_not_touched(drops: Drops, feed: Path, name: str) -> None:
    (feed / name).write_text(HEADER + _calls(0, 3))
    _watch(drops)
    assert (feed / name).exists()
    assert not (feed / "archive").exists()


def test_a_link_is_never_followed(drops: Drops, feed: Path, tmp_path: Path) -> None:
    (tmp_path / "secret").write_text(HEADER)
    (feed / "calls.csv").symlink_to(tmp_path / "secret")
    assert not is_complete(feed / "calls.csv")
    _watch(drops)
    assert not (feed / "archive").exists()


def test_the_same_file_twice_is_all_duplicates(ground: Ground, drops: Drops, feed: Path) -> None:
    for _ in range(2):
        _drop(feed, "calls.csv", HEADER + _calls(0, 3))
        _watch(drops)
    assert (_result(feed)["accepted"], _result(feed)["duplicates"]) == (3, 0)
    assert (_result(feed, "calls-2")["accepted"], _result(feed, "calls-2")["duplicates"]) == (0, 3)
    assert _archived(feed) == ["calls-2.csv", "calls-2.result.json", "calls.csv", "calls.result.json"]
    assert len(_rows(ground, events)) == 3


def test_rejected_rows_are_told_and_can_be_mended_and_dropped_again(
    ground: Ground, drops: Drops, feed: Path
) -> None:
    content = "Calls of May\n\n" + HEADER + _calls(0, 2) + "é,noon,6,THEFT,\n7,2018-05-01,6,,\n8\n"
    _drop(feed, "calls.csv", content.encode("cp1252"))
    _watch(drops)
    result = _result(feed)
    assert (result["accepted"], result["rejected"]) == (2, 3)
    assert [(row["line"], row["field"], row["columns"]) for row in result["rejected_rows"]] == [
        (6, "time", ["time"]),
        (7, "data.type_code", ["nature"]),
        (8, "row", []),
    ]
    (task,) = _rows(ground, tasks)
    assert (task.kind, task.urgent, task.detail["rejected"]) == ("rows_rejected", False, "3")
    wrong = (feed / "archive" / "calls.rejected.csv").read_text("utf-8-sig")
    assert wrong == "Calls of May\n\n" + HEADER + "é,noon,6,THEFT,\n7,2018-05-01,6,,\n8\n"
    mended = (
        wrong.replace("noon", "2018-05-01")
        .replace("6,,", "6,THEFT,")
        .replace("8\n", "8,2018-05-01,6,THEFT,\n")
    )
    _drop(feed, "calls.rejected.csv", mended.encode("utf-8-sig"))
    _watch(drops)
    result = _result(feed, "calls.rejected-2")
    assert (result["accepted"], result["rejected"]) == (3, 0)


@pytest.mark.parametrize(
    ("content", "why"),
    [
        ("a,b\n1,2\n", "calls.csv:1: expected columns 'district', 'id', 'nature', 'status', 'time'"),
        (HEADER.replace("nature", "Nature"), "'nature' is perhaps 'Nature'"),
        ("", "calls.csv: expected a header"),
        (
            b"PK\x03\x04" + b"\0" * 99,
            "calls.csv: expected a CSV file; found a zip archive or an Excel workbook",
        ),
        (HEADER.encode("utf-16-le")[1:], "calls.csv"),
    ],
)
def test_an_unreadable_file_is_archived_with_its_error_and_is_an_urgent_task(
    ground: Ground, drops: Drops, feed: Path, content: str | bytes, why: str
) -> None:
    _drop(feed, "calls.csv", content)
    _drop(feed, "good.csv", HEADER + _calls(0, 2))
    _watch(drops)
    assert why in _result(feed)["error"]
    assert str(feed) not in _result(feed)["error"]
    assert _result(feed, "good")["accepted"] == 2
    (task,) = _rows(ground, tasks)
    assert (task.kind, task.urgent, task.detail["file"]) == ("file_unreadable", True, "calls.csv")
    assert why in task.detail["error"]


def test_without_such_a_mapping_the_nearest_name_is_told(ground: Ground, drops: Drops, feed: Path) -> None:
    folder = feed.parent / "tuscon"
    folder.mkdir()
    _drop(folder, "calls.csv", HEADER)
    _drop(feed.parent, "astray.csv", HEADER)
    _watch(drops)
    assert "tuscon: there is no such mapping; did you mean tucson?" in _result(folder)["error"]
    assert "expected it in a folder that is named for its mapping" in _result(feed.parent, "astray")["error"]
    assert {task.kind for task in _rows(ground, tasks)} == {"file_unreadable"}


def test_an_agencys_own_mapping_goes_before_a_shipped_one(ground: Ground, drops: Drops, feed: Path) -> None:
    (feed.parent / "milwaukee.yaml").write_text(
        "source: own\nzone: America/Chicago\nevents:\n"
        '  - {type: call.received, id: "{id}", subject: "{id}", time: "{time}", data: {type_code: "{nature}"}}\n'
    )
    _drop(feed, "calls.csv", HEADER + _calls(0, 1))
    _watch(drops)
    assert [row.source for row in _rows(ground, events)] == ["own"]
    (feed.parent / "milwaukee.yaml").write_text("source: own\n")
    _drop(feed, "later.csv", HEADER + _calls(0, 1))
    _watch(drops)
    assert "milwaukee.yaml:1: zone: is missing" in _result(feed, "later")["error"]


def test_an_agency_that_is_not_there_yet_has_its_files_waiting(drops: Drops, feed: Path) -> None:
    folder = feed.parents[1] / "gotham" / "milwaukee"
    folder.mkdir(parents=True)
    _drop(folder, "calls.csv", HEADER)
    _watch(drops)
    assert (folder / "calls.csv").exists()


def test_a_file_that_comes_under_the_name_of_one_that_is_being_read_is_read_too(
    ground: Ground, drops: Drops, feed: Path
) -> None:
    _drop(feed, "calls.csv", HEADER + _calls(0, 1200))
    dropped = Dropped(ground, _claimed(drops, feed))
    assert not dropped.read(lambda: False)
    dropped.close()
    _drop(feed, "calls.csv", HEADER + _calls(1200, 1300))
    _watch(drops)
    assert _result(feed)["rows"] == 1200
    assert _result(feed, "calls-2")["accepted"] == 100
    assert len(_rows(ground, events)) == 1300


def test_who_goes_on_counts_on(ground: Ground, drops: Drops, feed: Path) -> None:
    bad = "".join(f"{number},noon,6,THEFT,\n" for number in range(5000, 5600))
    _drop(feed, "calls.csv", HEADER + _calls(0, 700) + bad + _calls(700, 1500))
    claimed = _claimed(drops, feed)
    for batches in range(1, 9):
        dropped = Dropped(ground, claimed)
        left = iter(range(batches))  # each gets farther than the one before
        done = dropped.read(lambda left=left: next(left, None) is not None)  # type: ignore[misc]
        dropped.close()
        if done:
            break
        with claimed.rejected.open("a") as half:  # what is not noted is written again
            half.write("half a row")
    result = _result(feed)
    assert (result["rows"], result["accepted"], result["duplicates"], result["rejected"]) == (
        2100,
        1500,
        0,
        600,
    )
    assert len(result["rejected_rows"]) == 600
    assert (feed / "archive" / "calls.rejected.csv").read_text() == HEADER + bad


def test_a_line_beyond_reason_ends_the_file_but_keeps_what_came_before(
    ground: Ground, drops: Drops, feed: Path
) -> None:
    _drop(feed, "calls.csv", HEADER + _calls(0, 3) + "x" * 1_100_000)
    _watch(drops)
    assert _result(feed)["accepted"] == 3
    assert "expected lines below 1,000,000 characters" in _result(feed)["error"]
    assert len(_rows(ground, events)) == 3


def test_while_the_database_is_away_the_file_waits(
    ground: Ground, drops: Drops, feed: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    take, left = ingest.take, iter([False, True])

    def gone(laid: Ground, *given: Any) -> Any:
        if next(left, False):
            with laid.database.begin() as connection:
                connection.execute(text("SELECT pg_terminate_backend(pg_backend_pid())"))
        return take(laid, *given)

    monkeypatch.setattr(ingest, "take", gone)
    _drop(feed, "calls.csv", HEADER + _calls(0, 1300))
    while not (feed / "archive" / "calls.result.json").exists():
        drops.look()
    result = _result(feed)
    assert (result["accepted"], result["duplicates"], result["error"]) == (1300, 0, None)
    assert _rows(ground, tasks) == []


def test_a_file_that_breaks_its_reader_is_put_aside_and_the_next_is_read(
    ground: Ground, drops: Drops, feed: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    take = ingest.take

    def broken(laid: Ground, agency_id: str, bodies: Any, *given: Any) -> Any:
        if any(body["id"] == "13" for body in bodies):
            raise ZeroDivisionError
        return take(laid, agency_id, bodies, *given)

    monkeypatch.setattr(ingest, "take", broken)
    _drop(feed, "a.csv", HEADER + _calls(13, 14))
    _drop(feed, "b.csv", HEADER + _calls(14, 15))
    _watch(drops)
    assert _result(feed, "a")["error"] == "it could not be read: ZeroDivisionError"
    assert _result(feed, "b")["accepted"] == 1
    assert [(task.kind, task.urgent) for task in _rows(ground, tasks)] == [("file_unreadable", True)]


def test_one_feed_that_can_not_be_read_does_not_hold_up_the_others(
    ground: Ground, drops: Drops, feed: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    other = feed.parent / "a-shipped-one-comes-later"
    other.mkdir()
    (other / "archive").write_text("no folder at all")
    _drop(other, "calls.csv", HEADER)
    _drop(feed, "calls.csv", HEADER + _calls(0, 2))
    drops.look()
    drops.look()
    assert _result(feed)["accepted"] == 2


def test_whatever_stands_in_a_file_it_ends_in_the_archive(ground: Ground, drops: Drops, feed: Path) -> None:
    for seed in range(40):
        dice = random.Random(seed)
        noise = bytes(dice.choices(b"0123,\"'\n\r\\\0\xff\xc3\xa9 THEFT", k=400)) + dice.randbytes(100)
        _drop(feed, f"{seed}.csv", (HEADER.encode() if seed % 4 else b"") + noise)
    _watch(drops)
    assert len(list((feed / "archive").glob("*.result.json"))) == 40
    assert list((feed / ".reading").iterdir()) == []


@pytest.mark.parametrize("name", ["\udcff\udcfe", "a\nb", "é" * 120, "x" * 240, "<b>", "nul\x01"])
def test_any_name_that_a_file_may_have_is_archived(
    ground: Ground, drops: Drops, feed: Path, name: str
) -> None:
    (feed / f"{name}.csv").write_text(HEADER + _calls(0, 1))
    _watch(drops)
    assert len(_rows(ground, events)) == 1
    (result,) = (feed / "archive").glob("*.result.json")
    assert json.loads(result.read_text("utf-8"))["accepted"] == 1


def test_only_one_process_reads_a_folder(feed: Path) -> None:
    root = feed.parents[1]
    with _alone(root) as first, _alone(root) as second:
        assert (first, second) == (True, False)
    with _alone(root) as again:
        assert again


def test_the_folder_is_named_by_its_whole_path(database_url: str, redis_url: str) -> None:
    env = environment(database_url, redis_url, "http://127.0.0.1:9", "https://tidings.test")
    assert from_environ(env).drop_folder is None
    assert from_environ(env | {"DROP_FOLDER": "/not/there/yet"}).drop_folder == Path("/not/there/yet")
    with pytest.raises(BadSettings, match="DROP_FOLDER: expected the whole path of a folder"):
        from_environ(env | {"DROP_FOLDER": "drop"})


@pytest.fixture
def cluster(database_url: str, redis_url: str, feed: Path, tmp_path: Path) -> Iterator[Cluster]:
    """The real process, on the test's folder."""
    env = environment(database_url, redis_url, "http://127.0.0.1:9", "https://tidings.test")
    made = Cluster(env | {"DROP_FOLDER": str(feed.parents[1]), "LOG_LEVEL": "INFO"}, tmp_path)
    yield made
    made.close()


def test_killed_again_and_again_everything_is_recorded_once(
    ground: Ground, cluster: Cluster, feed: Path
) -> None:
    for name in ("a", "b", "c"):
        first = 10_000 * ord(name)
        bad = f"{first + 9000},noon,6,THEFT,\n"
        _drop(
            feed,
            f"{name}.csv",
            HEADER + _calls(first, first + 2500) + bad + _calls(first + 2500, first + 4000),
        )

    def count() -> int:
        return len(_rows(ground, events))

    kept = -1
    for _ in range(4):
        cluster.start("drops")
        before = max(kept, count())
        wait_for(lambda before=before: count() > before, 60, lambda: (cluster.logs / "drops.log").read_text())  # type: ignore[misc]
        cluster.kill("drops")
        kept = count()
    cluster.start("drops")
    wait_for(lambda: len(list((feed / "archive").glob("*.result.json"))) == 3, 90, count)
    assert count() == 12_000
    for name in ("a", "b", "c"):
        result = _result(feed, name)
        assert (result["rows"], result["rejected"], result["error"]) == (4001, 1, None)
        assert result["accepted"] + result["duplicates"] == 4000
        first = 10_000 * ord(name)
        rejected = (feed / "archive" / f"{name}.rejected.csv").read_text()
        assert rejected == HEADER + f"{first + 9000},noon,6,THEFT,\n"
    assert cluster.end(within=10)["drops"][0] == 0


def test_without_a_folder_the_process_waits_and_ends_when_told(cluster: Cluster) -> None:
    del cluster.env["DROP_FOLDER"]
    cluster.start("drops")
    wait_for(lambda: "nothing to watch" in (cluster.logs / "drops.log").read_text(), 30)
    assert cluster.end(within=10)["drops"][0] == 0
