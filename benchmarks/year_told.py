"""What a year of a department of Tucson's size tells: 3,000 victims a month, told twice, late and out of order."""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from benchmarks.stage import phone

BEGIN = datetime(2026, 1, 1, 19, 0, tzinfo=UTC)
"""Noon in Tucson."""
VICTIMS = 36_000
"""In a year."""
DAYS = 365
"""Fewer victims fill fewer days: how many there are in one stays the same."""
SEED = 20260101


@dataclass(frozen=True)
class Year:
    """The events in their order of arrival, and what is owed because of them."""

    arrivals: Sequence[tuple[datetime, dict[str, Any]]]
    victims: int


OFFENSES = {"220": 8, "23F": 20, "23H": 20, "240": 12, "290": 15, "26A": 10, "13B": 8, "11A": 2, "250": 5}
"""NIBRS code -> its share."""


def year_of(victims: int, seed: int = SEED) -> Year:
    """Reports with one or two victims each, detectives, changes of status, arrests, spread over a year."""
    draw = random.Random(seed)
    told: list[tuple[datetime, dict[str, Any]]] = []
    made, seconds = 0, max(DAYS * 86_400 * victims // VICTIMS, 86_400)
    while made < victims:
        number = f"T26-{made:06}"
        filed = BEGIN + timedelta(seconds=draw.randrange(seconds))
        people = [_victim(draw, made + place, place) for place in range(1 if draw.random() < 0.9 else 2)]
        made += len(people)
        for event in _life(draw, number, filed, people):
            told += _as_told(draw, event)
    told.sort(key=lambda one: one[0])
    return Year(told, made)


def _victim(draw: random.Random, count: int, place: int) -> dict[str, Any]:
    person: dict[str, Any] = {
        "role": "victim",
        "id": f"victim{place}",
        "victim_type": "I",
        "birth_date": f"{draw.randrange(1940, 2015)}-0{draw.randrange(1, 10)}-1{draw.randrange(10)}",
        "language": draw.choice(["en"] * 12 + ["es"] * 6 + ["fr", "ar", "sw", "fa"]),
    }
    if draw.random() < 0.93:
        person["phone"] = phone(count)
    if draw.random() < 0.5:
        person["relationships"] = [draw.choice(["ST", "AQ", "SE", "BG", "RU"])]
    return person


def _life(
    draw: random.Random, number: str, filed: datetime, people: list[dict[str, Any]]
) -> Iterator[dict[str, Any]]:
    code = draw.choices(list(OFFENSES), list(OFFENSES.values()))[0]
    data = {"offenses": [code], "division": "west", "unit": "property", "parties": people}
    yield _event("report.filed", number, filed, data)
    at = filed
    if draw.random() < 0.3:
        at += timedelta(hours=draw.randrange(2, 90))
        yield _event("case.assigned", number, at, {"assigned_to": f"Det. {draw.choice('ABCDEFG')}. Example"})
    if draw.random() < 0.05:
        at += timedelta(hours=draw.randrange(1, 30))
        yield _event("report.updated", number, at, {"offenses": [draw.choice(["11A", "13A", "220"])]})
    for arrest in range(draw.choices([0, 1, 2], [90, 9, 1])[0]):
        at += timedelta(hours=draw.randrange(1, 300))
        yield _event("arrest.made", number, at, {"arrest_id": f"{number}-{arrest}"})
    if draw.random() < 0.4:
        at += timedelta(hours=draw.randrange(10, 600))
        yield _event("case.status_changed", number, at, {"status": draw.choice(["inactive", "closed"])})


_ids = iter(range(10**9))


def _event(kind: str, number: str, at: datetime, data: dict[str, Any]) -> dict[str, Any]:
    return {
        "specversion": "1.0",
        "source": "rms",
        "id": f"{number}:{kind}:{next(_ids)}",
        "type": kind,
        "subject": number,
        "time": at.isoformat(),
        "data": data,
    }


def _as_told(draw: random.Random, event: dict[str, Any]) -> Iterator[tuple[datetime, dict[str, Any]]]:
    """Mostly at once; some late by up to a day and so behind what followed, some twice, some anew under another id."""
    at = datetime.fromisoformat(event["time"])
    late = (
        timedelta(hours=draw.random() * 24) if draw.random() < 0.1 else timedelta(minutes=draw.random() * 5)
    )
    yield at + late, event
    if draw.random() < 0.05:
        yield at + late + timedelta(hours=draw.random() * 30), event
    if draw.random() < 0.02:
        yield at + late + timedelta(hours=draw.random() * 30), event | {"id": event["id"] + ":again"}
