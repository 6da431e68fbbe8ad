"""An agency that tells by text, email and letter, and a mail server that does what a test says."""

from __future__ import annotations

import asyncio
import email
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from email.message import EmailMessage
from email.policy import SMTP
from typing import Any

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import Envelope

from gateway.ground import Ground, Policies
from rules.policy import Channel, PinnedPolicy
from tests.gateway.jobs.cluster import free_port

CHANNELS = (Channel.TEXT, Channel.EMAIL, Channel.LETTER)
MAIL = "jamie@example.org"
HOME = ["812 West Cactus Lane", "Saguaro City AZ 85701"]


def telling_by(ground: Ground, *channels: Channel, **more: Any) -> Ground:
    """The demo agency with a mail and a postal address, its report and arrest notices by these channels in turn."""
    pinned = ground.policies.by_agency["demo"]
    agency = pinned.policy.agency.model_copy(
        update={
            "email": "tidings@police.example.gov",
            "head": "Chief Alex Example",
            "address": ("100 Mesquite Street", "Saguaro City AZ 85701"),
        }
    )
    notices = tuple(
        rule.model_copy(update={"by": channels or CHANNELS, **more})
        if rule.id in {"report.filed", "arrest.made"}
        else rule
        for rule in pinned.policy.notices
    )
    policy = pinned.policy.model_copy(update={"agency": agency, "notices": notices})
    # What was worked out of the old rules must not be kept.
    for cached in ("_rules", "_telling"):
        policy.__dict__.pop(cached, None)
    return replace(ground, policies=Policies({"demo": PinnedPolicy(policy, pinned.hash, pinned.source)}))


@dataclass
class Inbox:
    """What the mail server took, and what it says instead, as often as it is told to."""

    url: str = ""
    mails: list[EmailMessage] = field(default_factory=list)
    connections: int = 0
    answers: list[str] = field(default_factory=list)
    """To be given in place of taking a mail, the first one first."""
    latency: float = 0.0
    """Seconds between taking a mail and saying so."""
    mute_at: frozenset[int] = frozenset()
    """How many mails it has when it takes one and never says so."""

    async def handle_EHLO(  # noqa: N802
        self, server: Any, session: Any, envelope: Any, hostname: str, responses: list[str]
    ) -> list[str]:
        self.connections += 1
        session.host_name = hostname
        return responses

    async def handle_DATA(self, server: Any, session: Any, envelope: Envelope) -> str:  # noqa: N802
        if self.answers:
            return self.answers.pop(0)
        assert isinstance(envelope.content, bytes)
        self.mails.append(email.message_from_bytes(envelope.content, policy=SMTP))  # type: ignore[arg-type]
        await asyncio.sleep(3600 if len(self.mails) in self.mute_at else self.latency)
        return "250 OK"

    def part(self, kind: str, place: int = -1) -> str:
        """The words of one part of a mail: `plain` or `html`."""
        body = self.mails[place].get_body((kind,))
        assert body is not None
        return str(body.get_content())


@contextmanager
def mail_server() -> Iterator[Inbox]:
    """A real SMTP server on a free port."""
    inbox = Inbox()
    controller = Controller(inbox, hostname="127.0.0.1", port=free_port(), ready_timeout=30)
    controller.start()
    try:
        inbox.url = f"smtp://127.0.0.1:{controller.port}"
        yield inbox
    finally:
        controller.stop()
