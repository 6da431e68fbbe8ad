"""The wish to end, as a flag that whoever works looks at between two pieces of work."""

from __future__ import annotations

import signal
import threading


class Stop:
    """Set by SIGTERM or SIGINT; waiting on it ends at once when it is set."""

    def __init__(self) -> None:
        self._event = threading.Event()

    def __call__(self) -> bool:
        return self._event.is_set()

    def ask(self, *_: object) -> None:
        self._event.set()

    def wait(self, seconds: float) -> bool:
        """True if it was asked for while waiting."""
        return self._event.wait(seconds)

    def on_signals(self) -> None:
        """From now on the signals that end a process only set the flag."""
        for signum in (signal.SIGTERM, signal.SIGINT):
            signal.signal(signum, self.ask)
