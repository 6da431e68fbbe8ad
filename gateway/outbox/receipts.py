"""What the carrier says became of a message: late, twice, out of order, sometimes before it has answered the post."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from dataclasses import dataclass
from uuid import UUID

from flask import Blueprint, Response, request
from sqlalchemy.exc import IntegrityError, OperationalError

from gateway.ground import Ground
from gateway.outbox import react
from gateway.outbox.carriers.signature import Signatures, path_and_query
from gateway.outbox.react import InTrouble
from gateway.store import messages, receipts
from gateway.store.database import was_deadlock
from gateway.store.messages import Ruled
from gateway.store.states import RECEIPTS, TROUBLE, Input

log = logging.getLogger(__name__)


def door(ground: Ground, signatures: Signatures) -> Blueprint:
    """`POST /twilio/status?message=<our id>`"""
    blueprint = Blueprint("receipts", __name__)

    @blueprint.post("/twilio/status")
    def status() -> Response:
        form = request.form.to_dict(flat=False)
        if not signatures.valid(path_and_query(request), form, request.headers.get("X-Twilio-Signature")):
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
    receipt = _Receipt(message_id, sid, status, error_code, happened)
    try:
        return _keep(ground, receipt)
    except IntegrityError:
        return _keep(ground, receipt)  # its sid was adopted by another message in this very moment
    except OperationalError as error:
        if not was_deadlock(error):
            raise
        return _keep(ground, receipt)  # the carrier brings a receipt only once


@dataclass(frozen=True, slots=True)
class _Receipt:
    message_id: UUID
    sid: str
    status: str
    error_code: int
    happened: Input


def _keep(ground: Ground, receipt: _Receipt) -> bool:
    now = ground.clock()
    sid, happened, error_code = receipt.sid, receipt.happened, receipt.error_code
    with ground.database.begin() as connection:
        row = receipts.for_receipt(connection, receipt.message_id, sid)
        if row is None:
            log.warning(
                "receipt for a message that is not ours", extra={"message_id": str(receipt.message_id)}
            )
            return False
        if not receipts.record(connection, row.id, sid, receipt.status, error_code, now):
            return False
        failed = receipts.failed_tries(connection, row.id)
        of_an_earlier_try = row.carrier_sid not in {None, sid} or sid in failed
        if of_an_earlier_try and happened is not Input.RECEIPT_DELIVERED:
            return False  # the message has gone on since; only that it was read after all ends it
        known = None if row.carrier_sid else sid
        # A receipt may be quicker than the answer to the post: then it tells first that the message has left.
        left = now if row.sent_at is None and happened not in TROUBLE else None
        ruled = Ruled(row.id, carrier_sid=known, error_code=error_code or None, sent_at=left)
        if not messages.move_each(connection, happened, [ruled]):
            return False
        receipts.mark_moved(connection, sid, receipt.status, error_code)
        if happened in TROUBLE:
            trouble = InTrouble.of(row, attempts=len(failed | {sid}))
            further = react.to_receipt(ground, connection, trouble, error_code, now)
            if further is not None:
                messages.move_each(connection, further[0], [further[1]])
                messages.forget_sid(connection, row.id)
    return True
