"""An email as it goes over the wire. The same row gives the same mail each time, but for its date."""

from __future__ import annotations

from datetime import datetime
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime
from typing import Any

from sqlalchemy import Row

from rules.policy import Agency


def mime(row: Row[Any], agency: Agency, now: datetime) -> EmailMessage:
    """Plain text and HTML of one email. Raises ValueError, IndexError or MessageError for an address that is none.

    Its Message-ID is made of our own id: a mail program that gets it twice after a crash knows that it is one.
    """
    sender = agency.email or ""
    mail = EmailMessage(policy=SMTP)
    mail["From"] = Address(agency.long_name, addr_spec=sender)
    mail["To"] = Address(addr_spec=row.address)
    mail["Subject"] = row.content["subject"]
    mail["Date"] = format_datetime(now)
    mail["Message-ID"] = f"<{row.id}@{sender.rpartition('@')[2]}>"
    # RFC 8058: the mail program's own button, which posts without asking anybody anything.
    mail["List-Unsubscribe"] = f"<{row.content['stop']}>"
    mail["List-Unsubscribe-Post"] = "List-Unsubscribe=One-Click"
    # RFC 3834, and what Exchange reads instead: no absence note is to come back.
    mail["Auto-Submitted"] = "auto-generated"
    mail["X-Auto-Response-Suppress"] = "All"
    # Seven bits on every line, so that no server on the way needs an extension.
    mail.set_content(row.content["text"], cte="quoted-printable")
    mail.add_alternative(row.content["html"], subtype="html", cte="quoted-printable")
    # Only now: what is called Content-* before would go over to the first part.
    mail["Content-Language"] = row.language
    return mail
