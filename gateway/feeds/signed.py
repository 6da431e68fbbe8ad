"""The signature of a webhook: `Tidings-Signature: t=<unix seconds>,v1=<hex>`, as Stripe signs its own.

Each v1 is the HMAC-SHA256 of "<t>.<the body, byte by byte>" under one secret. Several of them stand there while a
secret is being replaced, and one that is right is enough. The time is signed with the body, so that what somebody
overheard is worth nothing five minutes later; within these, an event that comes twice is kept once.
"""

from __future__ import annotations

import hashlib
import hmac
import re
from collections.abc import Sequence
from datetime import datetime, timedelta

HEADER = "Tidings-Signature"
TOLERANCE = timedelta(minutes=5)
_MOST_CHARACTERS = 1000
_TIME = re.compile(r"[0-9]{1,12}")
_DIGEST = re.compile(r"[0-9a-fA-F]{64}")
_NOBODYS = "compared with where there is no secret, so that this takes as long"


def sign(body: bytes, secrets: Sequence[str], at: datetime) -> str:
    """The header for a body, signed under each of the secrets."""
    seconds = str(int(at.timestamp()))
    return ",".join([f"t={seconds}", *(f"v1={_digest(secret, seconds, body)}" for secret in secrets)])


def is_signed(header: str, body: bytes, secrets: Sequence[str], now: datetime) -> bool:
    """Whether one of the signatures was made with one of the secrets, less than five minutes ago or ahead."""
    seconds, digests = _read(header)
    expected = [_digest(secret, seconds or "0", body) for secret in secrets or (_NOBODYS,)]
    matches = [hmac.compare_digest(one, told) for one in expected for told in digests]
    is_now = seconds is not None and abs(int(seconds) - now.timestamp()) <= TOLERANCE.total_seconds()
    return any(matches) and is_now and bool(secrets)


def _read(header: str) -> tuple[str | None, list[str]]:
    """The time and the signatures; names that are not known are for later schemes."""
    if len(header) > _MOST_CHARACTERS:
        return None, []
    told = [part.strip().partition("=") for part in header.split(",")]
    times = [value for name, _, value in told if name == "t"]
    digests = [value.lower() for name, _, value in told if name == "v1" and _DIGEST.fullmatch(value)]
    return (times[0] if len(times) == 1 and _TIME.fullmatch(times[0]) else None), digests


def _digest(secret: str, seconds: str, body: bytes) -> str:
    signed = seconds.encode() + b"." + body
    return hmac.new(secret.encode(), signed, hashlib.sha256).hexdigest()
