"""What events call for, written by the outbox's own hand: see `gateway.outbox.notices`."""

from __future__ import annotations

from gateway.outbox.intents import intent, intent_key
from gateway.outbox.notices import NoSender, write

__all__ = ["NoSender", "intent", "intent_key", "write"]
