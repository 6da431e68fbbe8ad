"""What a benchmark tells."""

from __future__ import annotations

import math
import statistics
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True, slots=True)
class Size:
    """How much is done in a round, and how many rounds there are: medians are told."""

    count: int
    rounds: int = 3


@dataclass(frozen=True, slots=True)
class Result:
    """`measured` and `floor` in the same unit; both are medians over the rounds."""

    name: str
    measured: float
    floor: float
    unit: str
    floor_is: str
    details: Mapping[str, Any] = field(default_factory=dict)

    @property
    def ratio(self) -> float:
        """How many times dearer than its floor: of times the one over the other, of rates the other way round."""
        if not (self.measured and self.floor):
            return math.nan
        return self.floor / self.measured if self.unit.endswith("/s") else self.measured / self.floor

    def plain(self) -> dict[str, Any]:
        """For JSON."""
        return {
            "name": self.name,
            "measured": round(self.measured, 3),
            "floor": round(self.floor, 3),
            "unit": self.unit,
            "floor_is": self.floor_is,
            "ratio": round(self.ratio, 3),
            "details": dict(self.details),
        }


def median_rates(count: int, rounds: int, **works: Callable[[], object]) -> dict[str, float]:
    """Name -> how many a second, the median. Measured by turns, so that a noisy minute meets all alike."""
    seconds: dict[str, list[float]] = {name: [] for name in works}
    for _ in range(rounds):
        for name, work in works.items():
            with stopwatch() as took:
                work()
            seconds[name].append(took())
    return {name: count / statistics.median(costs) for name, costs in seconds.items()}


@contextmanager
def stopwatch() -> Iterator[Callable[[], float]]:
    """Yields what tells the block's seconds, when it has ended."""
    began = time.perf_counter()
    ended: list[float] = []
    yield lambda: ended[0] - began
    ended.append(time.perf_counter())


def percentiles(values: Sequence[float]) -> dict[str, float]:
    """p50, p95 and p99."""
    ranked = sorted(values)
    return {
        f"p{percent}": round(ranked[min(len(ranked) - 1, len(ranked) * percent // 100)], 2)
        for percent in (50, 95, 99)
    }
