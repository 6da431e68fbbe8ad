"""Surveys by the hash of the version that was begun, whatever their files say now."""

from __future__ import annotations

import logging
from collections.abc import Mapping

from sqlalchemy import Connection

from gateway.ground import Ground
from gateway.store import surveys
from rules.survey import BadSurvey, PinnedSurvey, Survey, parse

log = logging.getLogger(__name__)

_read: dict[str, PinnedSurvey] = {}
"""A version never changes, so that it is read once in a process. There are as many as surveys were ever edited."""


def current(ground: Ground) -> Mapping[str, PinnedSurvey]:
    """Those of the files, by hash."""
    return {pinned.hash: pinned for pinned in ground.surveys.values()}


def of(connection: Connection, ground: Ground, hashes: frozenset[str]) -> Mapping[str, Survey]:
    """What these versions ask. One that nobody pinned, or that can't be read any more, is left out and told."""
    known = {**_read, **current(ground)} if hashes else {}
    if missing := hashes - known.keys():
        for version, source in surveys.sources(connection, missing).items():
            try:
                known[version] = _read[version] = parse(source, f"survey {version}")
            except BadSurvey:
                log.exception("a survey that is under way can't be read", extra={"survey": version})
        if lost := missing - known.keys():
            log.error("a survey that is under way is not there", extra={"surveys": sorted(lost)})
    return {version: known[version].survey for version in hashes & known.keys()}
