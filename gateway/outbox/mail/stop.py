"""The address behind "Stop these emails": whoever has the email can use it, nobody can guess it, and it never runs out.

It holds the keyed hash of the address and a keyed hash over that, so nothing needs to be kept for it.
"""

from __future__ import annotations

import base64
import binascii
import hmac

from gateway.ground import Ground

_HASH_BYTES = 32
_SEAL_BYTES = 16
"""128 bits."""


def address_hash(ground: Ground, agency_id: str, address: str) -> bytes:
    """By which an address is known: letters in any case are the same one."""
    return ground.vault.lookup(agency_id, "email", address.strip().casefold())


def stop_url(ground: Ground, agency_id: str, hashed: bytes) -> str:
    """Where emails to this address are ended, by a person on the page or by their mail program (RFC 8058)."""
    token = base64.urlsafe_b64encode(hashed + _seal(ground, agency_id, hashed)).decode()
    return f"{ground.settings.public_url}/unsubscribe/{agency_id}/{token}"


def read_token(ground: Ground, agency_id: str, token: str) -> bytes | None:
    """The hash of the address that it was made for; None for one that we did not make."""
    try:
        told = base64.b64decode(token.encode(), altchars=b"-_", validate=True)
    except (binascii.Error, ValueError):
        return None
    hashed, seal = told[:_HASH_BYTES], told[_HASH_BYTES:]
    return hashed if hmac.compare_digest(seal, _seal(ground, agency_id, hashed)) else None


def _seal(ground: Ground, agency_id: str, hashed: bytes) -> bytes:
    return ground.vault.lookup(agency_id, "unsubscribe", hashed.hex())[:_SEAL_BYTES]
