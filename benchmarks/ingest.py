"""A CSV export of dispatch, read and recorded, beside csv.reader alone and beside COPY of the same bytes."""

from __future__ import annotations

import csv
import io
import random
import statistics
from datetime import datetime, timedelta
from pathlib import Path

import psycopg

from benchmarks.result import Result, Size, stopwatch
from benchmarks.stage import CHECKOUT, Stage, grounded, vacuum
from gateway.feeds.ingest import Ingest
from gateway.feeds.mapping import Mapping, load
from gateway.feeds.rows import open_table
from gateway.feeds.translate import Translator
from gateway.ground import Ground

SIZE = Size(24_000)
MAPPING = CHECKOUT / "gateway" / "feeds" / "mappings" / "milwaukee.yaml"
_COLUMNS = ("id", "time", "location", "latitude", "longitude", "district", "nature", "status")
_NATURES = ("ENTRY AUTOS", "TRBL W/SUBJ", "TRAFFIC STOP", "NOISE NUISANCE", "THEFT", "WELFARE CITIZEN")
_STATUSES = (
    "Service in Progress",
    "To be Filed",
    "Advised",
    "Assignment Completed",
    "Unable to Locate Complainant",
)


def run(stage: Stage, size: Size = SIZE) -> list[Result]:
    """Recorded only, and recorded and worked off into records. Each round reads calls that are new."""
    env = stage.environment()
    mapping = load(MAPPING)
    rates: dict[str, list[float]] = {name: [] for name in ("record", "all", "csv", "copy")}
    file = stage.run.folder / "calls.csv"
    with grounded(env) as ground:
        for turn in range(size.rounds):
            file.write_text(export(size.count, first=turn * size.count))
            vacuum(env)
            seconds = dict(
                zip(rates, (*_ingest(ground, mapping, file, size.count), _read(file)), strict=False)
            )
            seconds["copy"] = _copy(env["DATABASE_URL"], file)
            for name, took in seconds.items():
                rates[name].append(size.count / took)
    told = {name: statistics.median(ones) for name, ones in rates.items()}
    return [
        Result("ingest, recorded", told["record"], told["csv"], "rows/s", "csv.reader alone"),
        Result("ingest, recorded", told["record"], told["copy"], "rows/s", "COPY of the same bytes"),
        Result("ingest, worked off too", told["all"], told["copy"], "rows/s", "COPY of the same bytes"),
    ]


def export(count: int, first: int = 0) -> str:
    """So many calls, as the city publishes them; the same ones each time."""
    dice = random.Random(first)
    out = io.StringIO()
    writer = csv.writer(out)
    writer.writerow(_COLUMNS)
    begun = datetime(2018, 5, 1)  # noqa: DTZ001 - the export has no offsets
    for number in range(first, first + count):
        writer.writerow(
            (
                1_211_376 + number,
                begun + timedelta(seconds=67 * number),
                f"{dice.randrange(100, 9900)} W OKLAHOMA AV,MKE",
                42.9 + dice.random() / 5,
                -88.0 + dice.random() / 5,
                dice.randrange(1, 8),
                dice.choice(_NATURES),
                dice.choice(_STATUSES),
            )
        )
    return out.getvalue()


def _ingest(ground: Ground, mapping: Mapping, file: Path, count: int) -> tuple[float, float]:
    """Seconds to record, and to record and work off."""
    with open_table(file, mapping.shape, mapping.wanted_columns) as table:
        job = Ingest(ground, "demo", table, Translator(mapping), history=True)
        with stopwatch() as recording:
            for _ in job.record():
                pass
        with stopwatch() as working:
            for _ in job.work():
                pass
    assert (job.report.accepted, job.report.worked) == (count, count), job.report
    return recording(), recording() + working()


def _read(file: Path) -> float:
    with stopwatch() as took, file.open(newline="") as text:
        for _ in csv.reader(text):
            pass
    return took()


def _copy(database: str, file: Path) -> float:
    columns = ", ".join(f"{name} text" for name in _COLUMNS)
    with psycopg.connect(database) as connection:
        connection.execute(f"CREATE TABLE bare ({columns})")
        connection.commit()
        with stopwatch() as took:
            with connection.cursor().copy("COPY bare FROM STDIN (FORMAT csv, HEADER)") as copy:
                copy.write(file.read_bytes())
            connection.commit()
        connection.execute("DROP TABLE bare")
    return took()
