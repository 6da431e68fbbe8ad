"""What one carrier serves: the account, its numbers, and the application behind them."""

import re
from dataclasses import dataclass
from urllib.parse import urlsplit

from gateway.phones import contract


@dataclass(frozen=True)
class Line:
    """One Twilio account with the numbers of one agency's line, and where its application lives.

    `public_url` is what the application believes to be called under, and what every signature covers;
    `app_url` is where it really listens. They differ behind a proxy, and on a laptop. Without a
    `public_url` the `app_url` is both.
    """

    account_sid: str
    auth_token: str
    numbers: tuple[str, ...]
    messaging_service_sid: str | None = None
    app_url: str | None = None
    public_url: str | None = None
    sms_path: str = "/twilio/sms"
    fallback_url: str | None = None

    def __post_init__(self) -> None:
        """Raises ValueError that names the field, what it holds, and what is expected."""
        _expect("account_sid", self.account_sid, contract.ACCOUNT_SID, "AC and 32 hex digits")
        if not self.auth_token:
            raise ValueError("auth_token: empty; expected the secret that signs webhooks")
        if not self.numbers:
            raise ValueError("numbers: none; expected at least one number of the line")
        for number in self.numbers:
            _expect("numbers", number, contract.LINE_NUMBER, "E.164 such as +15205550100, or a short code")
        if self.messaging_service_sid is not None:
            _expect(
                "messaging_service_sid",
                self.messaging_service_sid,
                contract.SERVICE_SID,
                "MG and 32 hex digits",
            )
        for name in ("app_url", "public_url", "fallback_url"):
            if getattr(self, name) is not None:
                _expect(name, getattr(self, name), contract.URL, "an http or https URL")

    @property
    def sms_url(self) -> str | None:
        """The public URL of the webhook for inbound texts; None without an application."""
        base = self.public_url or self.app_url
        return None if base is None else base.rstrip("/") + self.sms_path

    def reach(self, url: str) -> str:
        """Where a public URL really listens: the application's own are called at `app_url`.

        Path and query stay as they are, byte for byte, because the signature covers them.
        """
        if self.app_url is None or self.public_url is None:
            return url
        if contract.origin(url) != contract.origin(self.public_url):
            return url
        at = urlsplit(self.app_url)
        scheme, _, rest = url.partition("://")
        netloc = urlsplit(url).netloc
        return f"{at.scheme}://{at.netloc}{rest[len(netloc) :]}" if scheme else url


def _expect(name: str, value: str, pattern: str, expected: str) -> None:
    if not re.fullmatch(pattern, value, re.DOTALL):
        raise ValueError(f"{name}: {value!r}; expected {expected}")
