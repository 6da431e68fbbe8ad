"""The wire contract of Twilio's Message resource, as tables.

Names, types, patterns and which fields may be null follow Twilio's own OpenAPI description (repository
twilio/twilio-oai, spec/json/twilio_api_v2010.json, and the parameters its Python client 9.13 adds). The
carrier checks what it is sent against these tables; the tests check what it answers.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from email.utils import parsedate_to_datetime
from urllib.parse import urlsplit

API_VERSION = "2010-04-01"
BODY_LIMIT = 1600
VALIDITY_SECONDS = range(1, 36001)
PAGE_SIZES = range(1, 1001)

ACCOUNT_SID = r"AC[0-9a-fA-F]{32}"
MESSAGE_SID = r"(SM|MM)[0-9a-fA-F]{32}"
SERVICE_SID = r"MG[0-9a-fA-F]{32}"
E164 = r"\+[1-9]\d{6,14}"
LINE_NUMBER = rf"({E164}|\d{{3,8}})"  # a number or a short code: what a person can text
SENDER = rf"({LINE_NUMBER}|[A-Za-z0-9 ]{{1,11}})"  # or an alphanumeric id

STATUSES = (
    "queued",
    "sending",
    "sent",
    "failed",
    "delivered",
    "undelivered",
    "receiving",
    "received",
    "accepted",
    "scheduled",
    "read",
    "partially_delivered",
    "canceled",
)
DIRECTIONS = ("inbound", "outbound-api", "outbound-call", "outbound-reply")


@dataclass(frozen=True)
class Field:
    """What one field or parameter may hold. `pattern` is matched whole, against the text on the wire."""

    type: type
    pattern: str | None = None
    nullable: bool = False
    rfc2822: bool = False

    def accepts(self, value: object) -> bool:
        if value is None:
            return self.nullable
        if type(value) is not self.type:
            return False
        if self.pattern is not None and not re.fullmatch(self.pattern, str(value), re.DOTALL):
            return False
        return not self.rfc2822 or parsedate_to_datetime(str(value)).tzinfo is not None


def one_of(*words: str) -> str:
    """The pattern of an enumeration."""
    return "|".join(re.escape(word) for word in words)


BOOLEAN = one_of("true", "false", "True", "False")
INTEGER = r"\d+"
URL = r"https?://[^\s/]+.*"
ISO_DATE = r"\d{4}-\d{2}-\d{2}(T\d{2}:\d{2}:\d{2}Z)?"
ANYTHING = r".*"

# The Message resource, as answered by create, fetch, update and list.
MESSAGE: Mapping[str, Field] = {
    "account_sid": Field(str, ACCOUNT_SID),
    "api_version": Field(str, API_VERSION),
    "body": Field(str),
    "date_created": Field(str, rfc2822=True),
    "date_sent": Field(str, rfc2822=True, nullable=True),
    "date_updated": Field(str, rfc2822=True),
    "direction": Field(str, one_of(*DIRECTIONS)),
    "error_code": Field(int, INTEGER, nullable=True),
    "error_message": Field(str, nullable=True),
    "from": Field(str, SENDER, nullable=True),
    "messaging_service_sid": Field(str, SERVICE_SID, nullable=True),
    "num_media": Field(str, INTEGER),
    "num_segments": Field(str, INTEGER),
    "price": Field(str, r"-?\d+\.\d+", nullable=True),
    "price_unit": Field(str, r"[A-Z]{3}", nullable=True),
    "sid": Field(str, MESSAGE_SID),
    "status": Field(str, one_of(*STATUSES)),
    "subresource_uris": Field(dict),
    "to": Field(str, E164),
    "uri": Field(str, rf"/{API_VERSION}/Accounts/{ACCOUNT_SID}/Messages/{MESSAGE_SID}\.json"),
}

# The envelope of a list; `messages` holds Message resources.
PAGE: Mapping[str, Field] = {
    "messages": Field(list),
    "end": Field(int),
    "first_page_uri": Field(str),
    "next_page_uri": Field(str, nullable=True),
    "page": Field(int),
    "page_size": Field(int),
    "previous_page_uri": Field(str, nullable=True),
    "start": Field(int),
    "uri": Field(str),
}

ERROR: Mapping[str, Field] = {
    "code": Field(int),
    "message": Field(str),
    "more_info": Field(str, URL),
    "status": Field(int),
}

# What a program may send. A name that is not here is refused: Twilio would ignore it silently, and a
# misspelt parameter is exactly what a test ought to find.
CREATE: Mapping[str, Field] = {
    "To": Field(str),
    "From": Field(str),
    "MessagingServiceSid": Field(str),
    "Body": Field(str),
    "StatusCallback": Field(str, URL),
    "ApplicationSid": Field(str, r"AP[0-9a-fA-F]{32}"),
    "MaxPrice": Field(str, r"\d+(\.\d+)?"),
    "ProvideFeedback": Field(str, BOOLEAN),
    "Attempt": Field(str, INTEGER),
    "ValidityPeriod": Field(str, INTEGER),
    "ForceDelivery": Field(str, BOOLEAN),
    "ContentRetention": Field(str, one_of("retain", "discard")),
    "AddressRetention": Field(str, one_of("retain", "obfuscate")),
    "SmartEncoded": Field(str, BOOLEAN),
    "PersistentAction": Field(str),
    "TrafficType": Field(str, one_of("free")),
    "ShortenUrls": Field(str, BOOLEAN),
    "ScheduleType": Field(str, one_of("fixed")),
    "SendAt": Field(str, ISO_DATE),
    "SendAsMms": Field(str, BOOLEAN),
    "ContentVariables": Field(str),
    "MessageIntent": Field(str),
    "RiskCheck": Field(str, one_of("enable", "disable")),
    "FallbackFrom": Field(str, SENDER),
    "MediaUrl": Field(str, URL),
    "ContentSid": Field(str, r"HX[0-9a-fA-F]{32}"),
}
UPDATE: Mapping[str, Field] = {
    "Body": Field(str),
    "Status": Field(str, one_of("canceled")),
}
LIST: Mapping[str, Field] = {
    "To": Field(str),
    "From": Field(str),
    "DateSent": Field(str, ISO_DATE),
    "DateSent<": Field(str, ISO_DATE),
    "DateSent>": Field(str, ISO_DATE),
    "PageSize": Field(str, INTEGER),
    "Page": Field(str, INTEGER),
    "PageToken": Field(str, rf"P[AB]{MESSAGE_SID}"),
}

# The webhook of an inbound text, and of a status. More may come at any time, as Twilio says.
INBOUND: Mapping[str, Field] = {
    "MessageSid": Field(str, MESSAGE_SID),
    "SmsMessageSid": Field(str, MESSAGE_SID),
    "SmsSid": Field(str, MESSAGE_SID),
    "AccountSid": Field(str, ACCOUNT_SID),
    "From": Field(str, E164),
    "To": Field(str, SENDER),
    "Body": Field(str),
    "NumMedia": Field(str, INTEGER),
    "NumSegments": Field(str, INTEGER),
    "SmsStatus": Field(str, "received"),
    "ApiVersion": Field(str, API_VERSION),
    "FromCity": Field(str),
    "FromState": Field(str),
    "FromZip": Field(str),
    "FromCountry": Field(str),
    "ToCity": Field(str),
    "ToState": Field(str),
    "ToZip": Field(str),
    "ToCountry": Field(str),
}
STATUS: Mapping[str, Field] = {
    "MessageSid": Field(str, MESSAGE_SID),
    "SmsSid": Field(str, MESSAGE_SID),
    "MessageStatus": Field(str, one_of(*STATUSES)),
    "SmsStatus": Field(str, one_of(*STATUSES)),
    "AccountSid": Field(str, ACCOUNT_SID),
    "From": Field(str, SENDER),
    "To": Field(str, E164),
    "ApiVersion": Field(str, API_VERSION),
}


def violations(table: Mapping[str, Field], values: Mapping[str, object], *, whole: bool) -> list[str]:
    """Names whose value the table does not allow, or does not know; with `whole`, also those missing."""
    wrong = [name for name, value in values.items() if name not in table or not table[name].accepts(value)]
    missing = [name for name in table if name not in values] if whole else []
    return sorted(wrong) + missing


def origin(url: str) -> tuple[str, str]:
    """Scheme and host with port: what two URLs of one application share."""
    parts = urlsplit(url)
    return parts.scheme.lower(), parts.netloc.lower()
