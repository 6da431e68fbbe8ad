"""Webhooks as Twilio posts them."""

from __future__ import annotations

from collections.abc import Mapping
from uuid import uuid4

from flask.testing import FlaskClient
from sqlalchemy import func, select
from twilio.request_validator import RequestValidator

from gateway.ground import Ground
from gateway.store.tables import metadata
from tests.gateway.world import JAMIE, LINE

PUBLIC = "https://tidings.test"


def new_sid() -> str:
    return f"SM{uuid4().hex}"


def form(**fields: str) -> dict[str, str]:
    """A text from Jamie to the line, but for what is said otherwise."""
    return {
        "MessageSid": new_sid(),
        "AccountSid": LINE.account_sid,
        "From": JAMIE,
        "To": LINE.numbers[0],
        "Body": "STATUS",
        "NumMedia": "0",
        "NumSegments": "1",
        **fields,
    }


def sign(path: str, fields: Mapping[str, str], base: str = PUBLIC, token: str = LINE.auth_token) -> str:
    return RequestValidator(token).compute_signature(base + path, dict(fields))


def bring(client: FlaskClient, path: str = "/twilio/sms", **fields: str) -> int:
    """One signed webhook. Returns the status of the answer."""
    posted = form(**fields)
    return client.post(path, data=posted, headers={"X-Twilio-Signature": sign(path, posted)}).status_code


def rows_in(ground: Ground) -> dict[str, int]:
    """How many rows each table has."""
    with ground.database.connect() as connection:
        return {
            name: connection.scalar(select(func.count()).select_from(table)) or 0
            for name, table in metadata.tables.items()
        }
