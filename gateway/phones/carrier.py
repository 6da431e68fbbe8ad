"""The carrier put together: everything that one process keeps."""

import asyncio
from collections import defaultdict
from dataclasses import dataclass, replace
from functools import partial

from gateway.phones.agenda import Agenda
from gateway.phones.archive import Archive
from gateway.phones.behaviour import Behaviours, Rulebook
from gateway.phones.courier import Courier
from gateway.phones.message import Message
from gateway.phones.optout import OptOutList
from gateway.phones.pace import Pace
from gateway.phones.receipts import Receipts
from gateway.phones.settings import Line
from gateway.phones.texts import Texts

CALLBACKS_AT_ONCE = 64
TEXTS_AT_ONCE = 64


@dataclass(frozen=True)
class Phone:
    """A person's phone as the page shows it."""

    number: str
    label: str = ""
    language: str = ""


class Carrier:
    """One account's messages in both directions. Everything happens on one event loop."""

    def __init__(self, line: Line, behaviours: Behaviours | None = None) -> None:
        self.line = line
        self.initial = behaviours or Behaviours()
        self.rules = Rulebook(self.initial)
        self.opt_outs = OptOutList()
        self.phones: dict[str, Phone] = {}
        self.paces: defaultdict[str, Pace] = defaultdict(Pace)
        self.callbacks = Agenda(CALLBACKS_AT_ONCE)
        self.webhooks = Agenda(TEXTS_AT_ONCE)
        self.answering = 0  # requests to send that have been accepted and not yet answered
        self.closing = asyncio.Event()

    async def start(self) -> None:
        self.courier = Courier(self.line, CALLBACKS_AT_ONCE + TEXTS_AT_ONCE)
        self.callbacks.start()
        self.webhooks.start()
        self._begin_archive()

    async def stop(self) -> None:
        self.closing.set()
        self.archive.announce()
        await self.callbacks.stop()
        await self.webhooks.stop()
        await self.courier.close()

    def reset(self) -> None:
        """As after a start: no messages, the behaviour it was started with, no phones, no opt-outs."""
        self.callbacks.forget()
        self.webhooks.forget()
        self.rules.put(self.initial)
        self.opt_outs.clear()
        self.phones.clear()
        self.paces.clear()
        self.archive.announce()  # whoever waits for changes of the old archive learns of the new one
        self._begin_archive()

    def move_application(self, **changes: str | None) -> None:
        """The application lives elsewhere from now on: any of app_url, public_url, sms_path, fallback_url."""
        self.line = self.courier.line = self.texts.line = replace(self.line, **changes)

    @property
    def settled(self) -> bool:
        """Nothing is under way: no callback, no webhook, no answer."""
        return not (self.callbacks.pending or self.webhooks.pending or self.answering)

    def type(self, sender: str, to: str, body: str) -> Message:
        """A person sends a text; the webhook follows as soon as there is room."""
        text = self.texts.receive(sender, to, body)
        self.webhooks.later(0, partial(self.texts.deliver, text))
        return text

    def add_phone(self, phone: Phone) -> None:
        """Shows a phone; one that is known gets the new label."""
        self.phones[phone.number] = phone
        self.archive.announce()

    def _begin_archive(self) -> None:
        self.archive = Archive()
        self.receipts = Receipts(self.archive, self.callbacks, self.courier)
        self.texts = Texts(self.line, self.rules, self.archive, self.webhooks, self.courier, self.opt_outs)
