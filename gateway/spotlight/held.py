"""Notices that are held because there are abnormally many of them: what there is to see, and the decision."""

from __future__ import annotations

import logging
from dataclasses import dataclass
from datetime import tzinfo
from typing import Any

from flask import Blueprint, flash, g, redirect, render_template, url_for
from sqlalchemy import Connection, Row
from werkzeug.wrappers import Response as AnyResponse

from gateway import wake
from gateway.ground import Ground
from gateway.outbox import surge
from gateway.spotlight.shown import clock, notice_named
from gateway.store import desk, surges

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Held:
    """What a task's page tells of a surge."""

    notice: str
    total: int
    letters: int
    seen: int
    usual: int
    examples: tuple[str, ...]
    since: str
    discarded_by: str | None
    """Who decided so; the rest is done by itself."""


def held_by(connection: Connection, task: Row[Any] | None) -> Row[Any] | None:
    """The surge that a task is about, while it lasts."""
    if task is None or task.kind != "surge":
        return None
    row = surges.held_one(connection, task.agency_id, task.detail.get("notice", ""))
    return row if row is not None and surges.task_key(row.notice, row.began_at) == task.key else None


def shown(connection: Connection, row: Row[Any], zone: tzinfo) -> Held:
    """A surge in words."""
    held = surges.held_by(connection, row.agency_id, row.notice)
    return Held(
        notice=notice_named(row.notice),
        total=held.messages + held.emails + held.letters,
        letters=held.letters,
        seen=row.seen,
        usual=row.usual,
        examples=held.examples,
        since=clock(row.began_at, zone),
        discarded_by=row.ended_by,
    )


def doors(blueprint: Blueprint, ground: Ground) -> None:
    """Ask once more, then do it. A link never decides anything: only the form behind it does."""

    @blueprint.get("/tasks/<int:task_id>/<any(release, discard):decision>")
    def ask_of_surge(task_id: int, decision: str) -> str | AnyResponse:
        agency = ground.policies.of(g.member.agency_id).policy.agency
        with ground.database.connect() as connection:
            row = held_by(connection, desk.task(connection, g.member.agency_id, task_id))
            if row is None:
                return _decided_before()
            held = shown(connection, row, agency.zone)
        return render_template(
            "spotlight/surge.html",
            member=g.member,
            agency=agency,
            held=held,
            decision=decision,
            task_id=task_id,
        )

    @blueprint.post("/tasks/<int:task_id>/<any(release, discard):decision>")
    def decide_on_surge(task_id: int, decision: str) -> AnyResponse:
        by = g.member.username
        with ground.database.begin() as connection:
            row = held_by(connection, desk.task(connection, g.member.agency_id, task_id))
            if row is None:
                return _decided_before()
            if decision == "release":
                done = surge.release(ground, connection, row, by)
                told = f"Released: {notice_named(row.notice)}. What is still in time goes out now."
            else:
                done = surges.condemn(connection, row.id, by)
                told = f"{notice_named(row.notice)} is being taken back. Nothing of it goes out."
        if not done:
            return _decided_before()
        ground.waker.wake(wake.OUTBOX)
        log.info("surge decided", extra={"staff": g.member.id, "surge": row.id, "decision": decision})
        flash(told)
        return redirect(url_for("spotlight.today"), 303)


def _decided_before() -> AnyResponse:
    flash("Somebody has decided on this already.")
    return redirect(url_for("spotlight.today"), 303)
