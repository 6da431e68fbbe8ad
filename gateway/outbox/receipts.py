"""What the carrier says became of a message: late, twice, out of order, sometimes before it has answered the post."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from uuid import UUID

from flask import Blueprint, Response, request

from gateway.ground import Ground
from gateway.outbox import react
from gateway.outbox.carriers.signature import Signatures
from gateway.outbox.react import InTrouble
from gateway.store import messages
from gateway.store.messages import Ruled
from gateway.store.states import RECEIPTS, Input

log = logging.getLogger(__name__)

_TROUBLE = frozenset({Input.RECEIPT_UNDELIVERED, Input.RECEIPT_FAILED})


def door(ground: Ground, signatures: Signatures) -> Blueprint:
    """`POST /twilio/status?message=<our id>`"""
    blueprint = Blueprint("receipts", __name__)

    @blueprint.post("/twilio/status")
    def status() -> Response:
        path = request.full_path if request.query_string else request.path
        form = request.form.to_dict(flat=False)
        if not signatures.valid(path, form, request.headers.get("X-Twilio-Signature")):
            return Response(status=403)
        receive(ground, request.args.get("message", ""), request.form)
        return Response(status=204)

    return blueprint


def receive(ground: Ground, message: str, form: Mapping[str, str]) -> bool:
    """Keep a receipt and move its message forward. True if it moved; unknown or malformed ones are only logged."""
    sid, status = form.get("MessageSid", ""), form.get("MessageStatus", "").lower()
    code = form.get("ErrorCode", "")
    error_code = int(code) if code.isascii() and code.isdigit() and len(code) < 10 else 0
    happened = RECEIPTS.get(status)
    try:
        message_id = UUID(message)
    except ValueError:
        message_id = None
    if message_id is None or happened is None or not (0 < len(sid) <= 64 and sid.isalnum()):
        log.warning("receipt of an unknown kind")
        return False
    now = ground.clock()
    with ground.database.begin() as connection:
        row = messages.for_receipt(connection, message_id)
        if row is None:
            log.warning("receipt for a message that is not ours", extra={"message_id": str(message_id)})
            return False
        if not messages.record_receipt(connection, message_id, sid, status, error_code, now):
            return False
        if row.carrier_sid not in {None, sid}:
            return False  # of an earlier try; the message has gone on since
        ruled = Ruled(message_id, carrier_sid=sid, error_code=error_code or None, sent_at=None)
        if not messages.move_each(connection, happened, [ruled]):
            return False
        messages.mark_moved(connection, sid, status, error_code)
        if happened in _TROUBLE:
            trouble = InTrouble(
                row.id,
                row.agency_id,
                row.sender_id,
                bytes(row.phone_hash),
                row.notice,
                row.attempts,
                row.record_number,
            )
            further = react.to_receipt(connection, trouble, error_code, now)
            if further is not None:
                messages.move_each(connection, further[0], [further[1]])
                messages.forget_sid(connection, message_id)
    return True
