"""Everything the carrier has accepted, in order, and how to notice that something changed."""

import asyncio
from collections import Counter, defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from itertools import islice
from uuid import uuid4

from gateway.phones.message import Message


@dataclass(frozen=True)
class Attempt:
    """One request to send, accepted or not."""

    at: float
    to: str
    body: str
    callback: str | None
    sid: str | None  # of the message, when it was accepted
    answer: str  # "201", "429", ..., "never", "closed"
    code: int | None


class Archive:
    """Messages by SID and by number, and a journal of changes.

    Nothing is ever dropped: the carrier is for demonstrations and tests, where everything may be asked for.
    """

    def __init__(self) -> None:
        self.epoch = uuid4().hex  # a reader that knows another epoch starts anew
        self.messages: list[Message] = []
        self.attempts: list[Attempt] = []
        self._by_sid: dict[str, Message] = {}
        self._by_number: defaultdict[str, list[Message]] = defaultdict(list)
        self._tried: Counter[tuple[str, str, str | None]] = Counter()
        self._journal: list[Message | None] = []
        self._changed = asyncio.Event()

    @property
    def revision(self) -> int:
        """Grows with every change."""
        return len(self._journal)

    def keep(self, message: Message) -> None:
        message.order = len(self.messages)
        self.messages.append(message)
        self._by_sid[message.sid] = message
        self._by_number[message.to].append(message)
        self._by_number[message.sender].append(message)
        self.touch(message)

    def attempt(self, attempt: Attempt) -> None:
        """Counts a request to send; the same text to the same number for the same callback is one intent."""
        self.attempts.append(attempt)
        intent = (attempt.to, attempt.body, attempt.callback)
        self._tried[intent] += 1
        if self._tried[intent] > 1:
            for message in self._by_number.get(attempt.to, ()):
                if (message.to, message.body, message.callback) == intent:
                    message.attempts = self._tried[intent]

    def tried(self, to: str, body: str, callback: str | None) -> int:
        return self._tried[to, body, callback]

    def find(self, sid: str) -> Message | None:
        return self._by_sid.get(sid)

    def delete(self, message: Message) -> None:
        """Deleted for Twilio's API; tests still see it."""
        message.gone = True
        self.touch(message)

    def of(self, number: str | None) -> list[Message]:
        """All messages to or from a number (None: all there are), oldest first."""
        return self.messages if number is None else self._by_number.get(number, [])

    def phones(self) -> list[str]:
        """People's numbers in the order in which they first appeared."""
        return list(dict.fromkeys(message.phone for message in self.messages))

    def touch(self, message: Message) -> None:
        """Says that a message is new or has changed."""
        self.announce(message)

    def announce(self, message: Message | None = None) -> None:
        """Wakes whoever waits for changes; without a message, for something else than a message."""
        self._journal.append(message)
        self._changed.set()

    def changes(self, since: int) -> Iterable[Message]:
        """Messages changed after revision `since`, each once, in the order of their last change."""
        recent = islice(reversed(self._journal), self.revision - since)
        latest = {message.sid: message for message in recent if message is not None}
        return reversed(latest.values())

    async def wait(self, since: int, seconds: float) -> None:
        """Until there is a revision after `since`, or so many seconds are over."""
        try:
            async with asyncio.timeout(seconds):
                while self.revision <= since:
                    self._changed.clear()
                    await self._changed.wait()
        except TimeoutError:
            return
