"""What the doors for events answer."""

from __future__ import annotations

from typing import Literal

from flask import Response
from pydantic import BaseModel, Field


class EventResult(BaseModel):
    """What became of one event of the batch, in the order given."""

    id: str | None
    result: Literal["accepted", "duplicate", "rejected"]
    field: str | None = Field(None, description="of a rejected event: where")
    reason: str | None = Field(None, description="of a rejected event: what was expected")


class Results(BaseModel):
    """One result for each event."""

    results: list[EventResult]


class EidoProblem(BaseModel):
    """What of an EIDO was not understood. The rest of it is taken all the same."""

    pointer: str = Field(description="JSON pointer into the EIDO")
    reason: str = Field(description="what was expected there")


class EidoResults(Results):
    """One result for each event that the EIDO told of."""

    problems: list[EidoProblem] = Field(default=[], description="only where it was an EIDO")


class Problem(BaseModel):
    """RFC 9457."""

    type: str = "about:blank"
    title: str
    status: int
    detail: str | None = None


def problem(status: int, title: str, detail: str | None = None) -> Response:
    """An error as problem+json."""
    body = Problem(title=title, status=status, detail=detail).model_dump_json(exclude_none=True)
    return Response(body, status=status, mimetype="application/problem+json")


def refused(scheme: str, title: str, detail: str) -> Response:
    """A 401 that says the same whatever was wrong."""
    answer = problem(401, title, detail)
    answer.headers["WWW-Authenticate"] = scheme
    return answer
