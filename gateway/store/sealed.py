"""What identifies a person is sealed before it reaches the database, and found again by a keyed hash."""

from __future__ import annotations

import hashlib
import hmac
import json
from typing import Any

from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from sqlalchemy import Dialect, LargeBinary
from sqlalchemy.types import TypeDecorator

_FERNET = b"\x01"
"""The scheme byte before each sealed value, so that another cipher can follow without a guess."""


class CannotOpen(Exception):
    """A sealed value was made with a key that FIELD_KEYS no longer holds, or is damaged."""


class Vault:
    """Seals and opens with the field keys, and hashes for look-up with a key of its own."""

    def __init__(self, field_keys: tuple[bytes, ...], lookup_key: bytes) -> None:
        self._fernet = MultiFernet([Fernet(key) for key in field_keys])
        self._lookup_key = lookup_key

    def seal(self, text: str) -> bytes:
        return _FERNET + self._fernet.encrypt(text.encode("utf-8", "surrogatepass"))

    def open(self, sealed: bytes) -> str:
        """Raises CannotOpen."""
        token = _token(sealed)
        try:
            return self._fernet.decrypt(token).decode("utf-8", "surrogatepass")
        except InvalidToken as error:
            raise CannotOpen("no key in FIELD_KEYS opens this value") from error

    def rotate(self, sealed: bytes) -> bytes:
        """The same value under the newest key. Raises CannotOpen."""
        token = _token(sealed)
        try:
            return _FERNET + self._fernet.rotate(token)
        except InvalidToken as error:
            raise CannotOpen("no key in FIELD_KEYS opens this value") from error

    def lookup(self, agency_id: str, kind: str, value: str) -> bytes:
        """The hash under which a phone number or an email of this agency is found. 32 bytes."""
        message = "\x1f".join((agency_id, kind, value)).encode("utf-8", "surrogatepass")
        return hmac.new(self._lookup_key, message, hashlib.sha256).digest()


def _token(sealed: bytes) -> bytes:
    sealed = bytes(sealed)
    if sealed[:1] != _FERNET:
        raise CannotOpen("unknown scheme byte")
    return sealed[1:]


class Sealed(TypeDecorator[str]):
    """A column of text that only the application can read. The engine's dialect carries the vault."""

    impl = LargeBinary
    cache_ok = True

    def process_bind_param(self, value: str | None, dialect: Dialect) -> bytes | None:
        return None if value is None else dialect.vault.seal(value)  # type: ignore[attr-defined]

    def process_result_value(self, value: bytes | None, dialect: Dialect) -> str | None:
        return None if value is None else dialect.vault.open(value)  # type: ignore[attr-defined]


class SealedJson(TypeDecorator[Any]):
    """The same for plain JSON values."""

    impl = LargeBinary
    cache_ok = True

    def process_bind_param(self, value: Any, dialect: Dialect) -> bytes | None:
        if value is None:
            return None
        return dialect.vault.seal(json.dumps(value, separators=(",", ":")))  # type: ignore[attr-defined, no-any-return]

    def process_result_value(self, value: bytes | None, dialect: Dialect) -> Any:
        return None if value is None else json.loads(dialect.vault.open(value))  # type: ignore[attr-defined]
