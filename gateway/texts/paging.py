"""Staff on call are texted at once when somebody may be in danger. Whose phone it is stands only behind the sign-in."""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import Connection

from gateway.ground import Ground
from gateway.outbox.writing import Address, message, put_into_words
from gateway.store import messages
from locales import Link
from rules.policy import NoticeClass, PinnedPolicy

_WORTH_SENDING_FOR = timedelta(hours=1)


def page_staff(
    connection: Connection, ground: Ground, pinned: PinnedPolicy, sender_id: int, text_id: int, now: datetime
) -> None:
    """One message to each phone on call, for this one text."""
    agency = pinned.policy.agency
    facts = {"agency": agency.name, "link": Link(f"{ground.settings.public_url}/spotlight/")}
    words = put_into_words(ground, pinned.policy, ("staff.distress",), agency.language, facts)
    new = [
        message(
            words,
            Address(agency.id, sender_id, phone, ground.vault.lookup(agency.id, "phone", phone)),
            intent_key=f"page:{text_id}:{place}",
            notice="staff.distress",
            notice_class=NoticeClass.SAFETY.value,
            due_at=now,
            now=now,
            expires_at=now + _WORTH_SENDING_FOR,
            text_id=text_id,
        )
        for place, phone in enumerate(agency.on_call)
    ]
    messages.add(connection, new)
