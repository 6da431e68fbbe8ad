"""A request to send, checked as Twilio checks it."""

import re
from collections.abc import Mapping

from gateway.phones import contract
from gateway.phones.errors import Refusal
from gateway.phones.message import Message, new_sid, now
from gateway.phones.segments import count_segments
from gateway.phones.settings import Line


def message_from(form: Mapping[str, str], line: Line) -> Message:
    """The message a form asks for, not yet kept by anyone.

    Raises Refusal with Twilio's code for the first thing that is wrong.
    """
    to, body, service = form.get("To", ""), form.get("Body", ""), form.get("MessagingServiceSid")
    if not to:
        raise Refusal(21604)
    if not re.fullmatch(contract.E164, to):
        raise Refusal(21211, f"Invalid 'To' Phone Number: {to}")
    sender = _sender(form.get("From", ""), service, line)
    if sender == to:
        raise Refusal(21266)
    if not body and "MediaUrl" not in form and "ContentSid" not in form:
        raise Refusal(21602)
    if len(body) > contract.BODY_LIMIT:
        raise Refusal(21617)
    if wrong := contract.violations(contract.CREATE, form, whole=False):
        raise Refusal(
            21609 if wrong == ["StatusCallback"] else 20001, f"Invalid parameter: {', '.join(wrong)}"
        )
    validity = form.get("ValidityPeriod")
    if validity is not None and int(validity) not in contract.VALIDITY_SECONDS:
        raise Refusal(20001, f"Invalid ValidityPeriod {validity}; expected 1 to 36000 seconds")
    return Message(
        sid=new_sid(),
        account_sid=line.account_sid,
        sender=sender,
        to=to,
        body=body,
        direction="outbound-api",
        status="accepted" if service else "queued",
        segments=count_segments(body),
        created=now(),
        service_sid=service,
        callback=form.get("StatusCallback"),
        validity_s=None if validity is None else int(validity),
    )


def _sender(given: str, service: str | None, line: Line) -> str:
    """The number a message goes out from; a service picks the first of its numbers."""
    if service is not None and service != line.messaging_service_sid:
        raise Refusal(21705)
    if not given:
        if service is None:
            raise Refusal(21603)
        return line.numbers[0]
    if not re.fullmatch(contract.SENDER, given):
        raise Refusal(21212, f"Invalid 'From' Number: {given}")
    if given not in line.numbers:
        raise Refusal(21606)
    return given
