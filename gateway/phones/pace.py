"""The rate at which one sender may send, counted in segments."""


class Pace:
    """A bucket of one second's segments that refills as time passes.

    A long message may overdraw it, or it could never be sent; what follows waits until the debt is paid.
    """

    def __init__(self) -> None:
        self._level: float | None = None
        self._at = 0.0

    def admits(self, segments: int, per_second: float, now: float) -> bool:
        """Takes the segments if there is room at `now` (seconds); says whether there was."""
        burst = max(per_second, 1.0)
        level = burst if self._level is None else min(burst, self._level + (now - self._at) * per_second)
        self._at, self._level = now, level
        if level < 1.0:
            return False
        self._level = level - segments
        return True
