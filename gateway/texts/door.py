"""`POST /twilio/sms`: where Twilio brings what people text."""

from __future__ import annotations

import logging
import re

from flask import Blueprint, Response, request

from conversations.understanding import understand
from gateway import wake
from gateway.ground import Ground
from gateway.outbox.carriers.signature import Signatures, path_and_query
from gateway.texts.turn import Text, take_turn

log = logging.getLogger(__name__)

_SID = re.compile(r"[A-Z]{2}[0-9a-zA-Z]{32}")
_KEYWORDS = frozenset({"START", "STOP", "HELP"})


def door(ground: Ground, signatures: Signatures) -> Blueprint:
    """403 without Twilio's signature, 400 for what is no text, 404 for a number that is nobody's, else 204."""
    understand(
        ""
    )  # reads the word files now, so that a mistake in them stops the start and nobody waits for it
    blueprint = Blueprint("texts", __name__)

    @blueprint.post("/twilio/sms")
    def sms() -> Response:
        fields = request.form.to_dict(flat=False)
        if not signatures.valid(path_and_query(request), fields, request.headers.get("X-Twilio-Signature")):
            return Response(status=403)
        text = read(request.form.to_dict())
        if text is None:
            log.warning("a signed webhook that is no text")
            return Response(status=400)
        taken = take_turn(ground, text)
        if taken is None:
            log.error("a text came to a number that is no sender's; add it with ./tidings agency add")
            return Response(status=404)
        if taken.turn is not None:
            ground.waker.wake(wake.OUTBOX)
        return Response(status=204)

    return blueprint


def read(form: dict[str, str]) -> Text | None:
    """The form as a text; None where it has no MessageSid, From or To."""
    sid, phone, to = form.get("MessageSid", ""), form.get("From", ""), form.get("To", "")
    if not (_SID.fullmatch(sid) and 0 < len(phone) <= 64 and 0 < len(to) <= 64):
        return None
    if "\x00" in phone + to:
        return None
    keyword = form.get("OptOutType", "").upper()
    return Text(
        message_sid=sid,
        phone=phone,
        to=to,
        messaging_service_sid=form.get("MessagingServiceSid", "").replace("\x00", "") or None,
        body=form.get("Body", ""),
        opt_out_type=keyword if keyword in _KEYWORDS else None,
        params=form,
    )
