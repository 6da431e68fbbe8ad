"""The environment, read once at start into a frozen value. A wrong one is told by name, with what is expected."""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit

POLICIES = Path(__file__).parent.parent / "rules" / "policies"


class BadSettings(ValueError):
    """One line for each setting that is missing or malformed."""


class _Expected(ValueError):
    """What a setting should have been. Any other error may quote the value, so its words are never shown."""


@dataclass(frozen=True)
class Settings:
    """All that the processes need to know of where they run. Secrets never show in its repr."""

    database_url: str = field(repr=False)
    redis_url: str = field(repr=False)
    secret_key: str = field(repr=False)
    field_keys: tuple[bytes, ...] = field(repr=False)
    """Fernet keys, the first one seals; older ones still open."""
    lookup_key: bytes = field(repr=False)
    """Keyed hashes for look-up; never derived from the field keys, so that opt-outs outlive their rotation."""
    public_url: str
    """Where the world reaches us, without a slash at the end: signatures and links are made with it."""
    twilio_account_sid: str
    twilio_auth_token: str = field(repr=False)
    twilio_api_base: str = "https://api.twilio.com"
    smtp_url: str | None = field(default=None, repr=False)
    """The mail server; without one no emails are written, and their notices go another way."""
    port: int = 8000
    web_concurrency: int = 2
    log_level: str = "INFO"
    policies: Path = POLICIES
    drop_folder: Path | None = None
    """Where other systems drop files; only the process `drops` looks at it."""

    @property
    def secure(self) -> bool:
        """Whether people reach us by HTTPS; only a laptop's own address may do without."""
        return self.public_url.startswith("https://")


def _database(text: str) -> str:
    """Heroku says postgres://, SQLAlchemy wants the driver named."""
    scheme, _, rest = text.partition("://")
    if scheme not in {"postgres", "postgresql", "postgresql+psycopg"} or not _has_place(text):
        raise _Expected("expected postgres://user:password@host:5432/name")
    return f"postgresql+psycopg://{rest}"


def _redis(text: str) -> str:
    if text.partition("://")[0] not in {"redis", "rediss", "unix"} or not _has_place(text):
        raise _Expected("expected redis://host:6379/0 or rediss://...")
    return text


def _smtp(text: str) -> str:
    if (
        text.partition("://")[0] not in {"smtp", "smtps"}
        or not _has_place(text)
        or not urlsplit(text).hostname
    ):
        raise _Expected("expected smtp://user:password@host:587 or smtps://user:password@host:465")
    return text


def _has_place(text: str) -> bool:
    """Whether an address says where: a host, or for a socket a path or a query; and a port that can be."""
    try:
        url = urlsplit(text)
        return bool(url.hostname or url.path.strip("/") or url.query) and url.port != 0
    except ValueError:
        return False


def _secret(text: str) -> str:
    if len(text) < 32:
        raise _Expected("expected at least 32 characters; make one with: openssl rand -hex 32")
    text.encode()
    return text


def _keys(text: str) -> tuple[bytes, ...]:
    keys = tuple(part.strip().encode() for part in text.split(",") if part.strip())
    try:
        lengths = {len(base64.b64decode(key, altchars=b"-_", validate=True)) for key in keys}
    except (binascii.Error, ValueError):
        lengths = set()
    if lengths != {32}:
        raise _Expected(
            "expected Fernet keys, newest first, with commas between; make one with: ./tidings key field"
        )
    return keys


def _origin(text: str) -> str:
    try:
        url = urlsplit(text)
        whole = bool(url.hostname) and url.port != 0 and not (url.query or url.fragment or url.username)
    except ValueError:
        whole = False
    if not whole or url.scheme not in {"http", "https"}:
        raise _Expected("expected an address such as https://tidings.example.gov")
    if url.scheme == "http" and url.hostname not in {"127.0.0.1", "localhost", "::1"}:
        raise _Expected("expected https://, since links and signatures depend on it")
    return text.rstrip("/")


def _matching(pattern: str, expected: str) -> Callable[[str], str]:
    def check(text: str) -> str:
        if not re.fullmatch(pattern, text):
            raise _Expected(f"expected {expected}")
        return text

    return check


def _whole(low: int, high: int) -> Callable[[str], int]:
    def check(text: str) -> int:
        if not re.fullmatch("[0-9]{1,9}", text) or not low <= int(text) <= high:
            raise _Expected(f"expected a whole number from {low} to {high}")
        return int(text)

    return check


def _folder(text: str) -> Path:
    if not Path(text).is_dir():
        raise _Expected("expected a folder with one .yaml file per agency")
    return Path(text)


def _elsewhere(text: str) -> Path:
    """It may be a disk that this process has not, or not yet."""
    if not Path(text).is_absolute():
        raise _Expected("expected the whole path of a folder with one folder per agency, such as /srv/drop")
    return Path(text)


_REQUIRED: Mapping[str, Callable[[str], object]] = {
    "DATABASE_URL": _database,
    "REDIS_URL": _redis,
    "SECRET_KEY": _secret,
    "FIELD_KEYS": _keys,
    "LOOKUP_KEY": _secret,
    "PUBLIC_URL": _origin,
    "TWILIO_ACCOUNT_SID": _matching(
        r"AC[0-9a-fA-F]{32}", "AC and 32 hexadecimal digits, from Twilio's console"
    ),
    "TWILIO_AUTH_TOKEN": _matching(r"\S{16,}", "the auth token from Twilio's console"),
}
_OPTIONAL: Mapping[str, Callable[[str], object]] = {
    "TWILIO_API_BASE": _origin,
    "SMTP_URL": _smtp,
    "PORT": _whole(1, 65535),
    "WEB_CONCURRENCY": _whole(1, 64),
    "LOG_LEVEL": _matching("DEBUG|INFO|WARNING|ERROR", "DEBUG, INFO, WARNING or ERROR"),
    "POLICIES": _folder,
    "DROP_FOLDER": _elsewhere,
}


def from_environ(environ: Mapping[str, str]) -> Settings:
    """Raises BadSettings, which names every setting that is missing or malformed and never shows its value."""
    values: dict[str, object] = {}
    mistakes = []
    for name, check in {**_REQUIRED, **_OPTIONAL}.items():
        text = environ.get(name, "").strip()
        if not text:
            if name in _REQUIRED:
                mistakes.append(f"{name} is missing: {_expectation(check)}")
            continue
        try:
            values[name.lower()] = check(text)
        except _Expected as error:
            mistakes.append(f"{name}: {error}")
        except ValueError:
            mistakes.append(f"{name}: {_expectation(check)}")
    if mistakes:
        raise BadSettings("\n".join(mistakes))
    if isinstance(values["lookup_key"], str):
        values["lookup_key"] = values["lookup_key"].encode()
    return Settings(**values)  # type: ignore[arg-type]


def _expectation(check: Callable[[str], object]) -> str:
    try:
        check("")
    except ValueError as error:
        return str(error)
    return "expected a value"
