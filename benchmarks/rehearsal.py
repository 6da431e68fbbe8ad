"""Past calls rehearsed, beside reading and translating the same file alone."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

from benchmarks.result import Result, Size, median_rates
from benchmarks.stage import Stage
from gateway.feeds import mapping as mappings
from gateway.feeds.rows import open_table
from gateway.feeds.translate import Translator
from gateway.rehearsal import feed
from gateway.rehearsal.play import play
from gateway.rehearsal.tally import Tally, tally
from locales import FOLDER, Catalogs
from rules.policy import POLICIES, load
from rules.survey import load_all

SIZE = Size(6_000)
_TYPES = (
    "TRAFFIC STOP",
    "THEFT",
    "TRBL W/SUBJ",
    "REPORTS",
    "BATTERY DV",
    "ACC PDO",
    "WELFARE CITIZEN",
    "PATROL",
)
"""One call in eight is texted, as in a city's own log: 24,039 calls with 2,101 of them."""
_BETWEEN = timedelta(seconds=50)


def run(stage: Stage | None = None, size: Size = SIZE) -> list[Result]:
    """Rows a second: with rules, gate, words, bills and all stages of each call made up, and without."""
    pinned = load(POLICIES / "milwaukee.yaml")
    mapping = mappings.load(mappings.MAPPINGS / "milwaukee.yaml")
    catalogs, surveys = Catalogs.load(FOLDER), load_all()
    found: list[Tally] = []
    with _calls(size.count) as file:

        def rehearsed() -> None:
            reading = feed.reading(
                file, mapping, priority="3", priority_wanted=False, taken=frozenset(), languages={}
            )
            counted = Tally(pinned.policy.agency.zone, 0.0079)
            lines = play(pinned, reading.run(), catalogs=catalogs, surveys=surveys, phones_are_real=False)
            tally(lines, counted)
            found.append(counted)

        def translated() -> None:
            translator = Translator(mapping)
            with open_table(file, mapping.shape, mapping.wanted_columns) as table:
                for row in table:
                    translator.events_of(row.values)  # type: ignore[union-attr]

        rates = median_rates(size.count, size.rounds, measured=rehearsed, floor=translated)
    details = {
        "notices": found[0].recipients,
        "not sent": found[0].not_told,
        "seconds for 24,039 rows": round(24_039 / rates["measured"], 1),
    }
    return [
        Result(
            "rehearsal", rates["measured"], rates["floor"], "rows/s", "reading and translating alone", details
        )
    ]


@contextmanager
def _calls(many: int) -> Iterator[Path]:
    begin = datetime(2018, 5, 1, tzinfo=ZoneInfo("America/Chicago"))
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "calls.csv"
        lines = (
            f"{1_000_000 + number},{begin + _BETWEEN * number:%Y-%m-%d %H:%M:%S},6,{_TYPES[number % 8]},Advised\n"
            for number in range(many)
        )
        file.write_text("id,time,district,nature,status\n" + "".join(lines))
        yield file
