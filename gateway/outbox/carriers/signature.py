"""Whether a webhook really is Twilio's: its signature over our public address and all that was posted."""

from __future__ import annotations

from collections.abc import Mapping

from flask import Request
from twilio.request_validator import RequestValidator

Form = Mapping[str, list[str]]


def path_and_query(request: Request) -> str:
    """What was asked for, as it stood on the wire. The query stays raw: read and written anew it may differ."""
    query = request.query_string.decode("latin-1")
    return f"{request.path}?{query}" if query else request.path


class Signatures:
    """Checks X-Twilio-Signature. The address is the public one, since TLS ends before us."""

    def __init__(self, public_url: str, auth_token: str) -> None:
        self._public_url = public_url
        self._validator = RequestValidator(auth_token)

    def valid(self, path_and_query: str, form: Form, signature: str | None) -> bool:
        """`path_and_query` raw, as it was asked for; every field counts, also those we don't know."""
        if not signature or not signature.isascii():
            return False
        return bool(self._validator.validate(self._public_url + path_and_query, _Fields(form), signature))


class _Fields(dict[str, list[str]]):
    """A form as the validator reads it: every value of a name counts."""

    def getlist(self, name: str) -> list[str]:
        return self[name]
