"""The mail server: one connection for a whole drain, and what its answers mean."""

from __future__ import annotations

import contextlib
import logging
import smtplib
import ssl
from dataclasses import dataclass
from email.message import EmailMessage
from urllib.parse import unquote, urlsplit

log = logging.getLogger(__name__)

SECONDS = 10.0
"""A server that says nothing for so long is given up for this drain."""
_LOOPBACK = frozenset({"127.0.0.1", "::1", "localhost"})
_ON_ITS_WAY_OUT = 421
"""The server closes the connection: nothing about this mail."""


@dataclass(frozen=True, slots=True)
class Taken:
    """The server took it."""


@dataclass(frozen=True, slots=True)
class Later:
    """4xx: this mail may go through at another time."""

    code: int


@dataclass(frozen=True, slots=True)
class Refused:
    """5xx, or no address at all (code 0): this mail never will."""

    code: int


@dataclass(frozen=True, slots=True)
class Away:
    """The server is not there, hangs, or knows us not: nothing can be said of any mail."""

    why: str
    our_fault: bool = False
    """True where somebody must mend our settings."""
    in_doubt: bool = False
    """True where it went silent with this mail in its hands: it may have taken it."""


Answer = Taken | Later | Refused | Away


class MailServer:
    """Connects when the first mail is handed over. Not for several threads."""

    def __init__(self, url: str, seconds: float = SECONDS) -> None:
        self._url = urlsplit(url)
        self._seconds = seconds
        self._connection: smtplib.SMTP | None = None

    def send(self, mail: EmailMessage) -> Answer:
        """Hand one mail over. Never raises."""
        try:
            if self._connection is None:
                self._connection = self._connect()
            refused = self._connection.send_message(mail)
            return Refused(next(iter(refused.values()))[0]) if refused else Taken()
        except smtplib.SMTPAuthenticationError as error:
            return self._away(f"login refused ({error.smtp_code})", our_fault=True)
        except smtplib.SMTPRecipientsRefused as error:
            return self._told(next(iter(error.recipients.values()))[0])
        except smtplib.SMTPSenderRefused as error:
            if error.smtp_code // 100 == 5:
                return self._away(f"our address is refused ({error.smtp_code})", our_fault=True)
            return self._told(error.smtp_code)
        except smtplib.SMTPNotSupportedError as error:
            # Either its words cannot be carried, or the server offers neither TLS nor login.
            if self._connection is not None:
                return Refused(0)
            return self._away(str(error), our_fault=True)
        except smtplib.SMTPResponseException as error:
            return self._told(error.smtp_code)
        except (smtplib.SMTPException, ssl.SSLError, OSError) as error:
            return self._away(type(error).__name__, in_doubt=self._connection is not None)
        except ValueError:
            return Refused(0)

    def _told(self, code: int) -> Answer:
        if code == _ON_ITS_WAY_OUT:
            return self._away("it closes the connection")
        return Later(code) if code // 100 == 4 else Refused(code)

    def _away(self, why: str, *, our_fault: bool = False, in_doubt: bool = False) -> Away:
        self.close()
        return Away(why, our_fault, in_doubt)

    def check(self) -> str | None:
        """None if a mail could be handed over now, else what is wrong."""
        try:
            self._connection = self._connect()
        except (smtplib.SMTPException, OSError) as error:
            return type(error).__name__
        finally:
            self.close()
        return None

    def _connect(self) -> smtplib.SMTP:
        """Encrypted, save to this very machine. Credentials never go in the clear."""
        host, scheme = self._url.hostname or "", self._url.scheme
        context = ssl.create_default_context()
        connection: smtplib.SMTP
        if scheme == "smtps":
            port = self._url.port or 465
            connection = smtplib.SMTP_SSL(host, port, timeout=self._seconds, context=context)
        else:
            connection = smtplib.SMTP(host, self._url.port or 587, timeout=self._seconds)
        try:
            connection.ehlo_or_helo_if_needed()
            if scheme == "smtp" and (host not in _LOOPBACK or connection.has_extn("starttls")):
                connection.starttls(context=context)
            if self._url.username:
                connection.login(unquote(self._url.username), unquote(self._url.password or ""))
        except BaseException:
            connection.close()
            raise
        return connection

    def close(self) -> None:
        """Say goodbye, if anybody listens."""
        connection, self._connection = self._connection, None
        if connection is not None:
            with contextlib.suppress(smtplib.SMTPException, OSError):
                connection.quit()
            connection.close()
