"""One intent: what is told, the call or case, the party, the occasion, the channel. Never the policy's version."""

from __future__ import annotations

from gateway.store import records
from rules.engine import Notice
from rules.policy import Channel


def intent_key(key: records.Key, notice: Notice) -> str:
    """The intent of a notice about this record."""
    return intent(notice.tells, key, notice.party.id, notice.occasion, notice.channel)


def intent(tells: str, key: records.Key, party_id: str, occasion: str, channel: Channel) -> str:
    return ":".join((tells, *key, party_id, occasion, channel.value))


def on(channel: Channel, intent_key: str) -> str:
    """The same, told on another channel."""
    return f"{intent_key.rpartition(':')[0]}:{channel.value}"


def occasion_of(intent_key: str, tells: str, key: records.Key, party_id: str) -> str:
    """The occasion in an intent: it may hold colons, as a time does."""
    before = ":".join((tells, *key, party_id, ""))
    return intent_key.removeprefix(before).rpartition(":")[0]
