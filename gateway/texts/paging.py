"""Staff on call are texted at once when something can't wait. Whom it is about stands only behind the sign-in."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta

from sqlalchemy import Connection

from gateway.ground import Ground
from gateway.outbox.writing import Address, message, put_into_words
from gateway.store import messages
from locales import Fact, Link
from rules.policy import NoticeClass, PinnedPolicy

_WORTH_SENDING_FOR = timedelta(hours=1)


def page_staff(
    connection: Connection, ground: Ground, pinned: PinnedPolicy, sender_id: int, text_id: int, now: datetime
) -> None:
    """Somebody may be in danger: one message to each phone on call, for this one text."""
    link = Link(f"{ground.settings.public_url}/spotlight/")
    page(connection, ground, pinned, sender_id, "staff.distress", str(text_id), now, {"link": link}, text_id)


def page(
    connection: Connection,
    ground: Ground,
    pinned: PinnedPolicy,
    sender_id: int,
    words_id: str,
    occasion: str,
    now: datetime,
    facts: Mapping[str, Fact] | None = None,
    text_id: int | None = None,
) -> int:
    """One message to each phone on call. Safe to repeat for the same occasion. Returns how many are new.

    `words_id` is a message id of `locales`; `{agency}` is known to it without being given.
    """
    agency = pinned.policy.agency
    told = {"agency": agency.name, **(facts or {})}
    words = put_into_words(ground, pinned.policy, (words_id,), agency.language, told)
    new = [
        message(
            words,
            Address(agency.id, sender_id, phone, ground.vault.lookup(agency.id, "phone", phone)),
            intent_key=f"page:{occasion}:{place}",
            notice=words_id,
            notice_class=NoticeClass.SAFETY.value,
            due_at=now,
            now=now,
            expires_at=now + _WORTH_SENDING_FOR,
            text_id=text_id,
        )
        for place, phone in enumerate(agency.on_call)
    ]
    return len(messages.add(connection, new))
