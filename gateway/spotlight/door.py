"""The pages of an agency's staff. Nothing is shown to anybody who is not signed in, and to nobody another agency's."""

from __future__ import annotations

import logging
from datetime import timedelta
from typing import Any

from flask import Blueprint, abort, flash, g, redirect, render_template, request, url_for
from flask_wtf.csrf import generate_csrf, validate_csrf
from sqlalchemy import Row
from werkzeug.wrappers import Response as AnyResponse
from wtforms import ValidationError

from gateway import wake
from gateway.ground import Ground
from gateway.spotlight import held, sessions, shown
from gateway.spotlight.wording import INTENTS, STATES, kind_of
from gateway.store import contacts, desk, records, staff, tasks
from gateway.store.contacts import OnReport, State
from gateway.store.staff import Member
from gateway.texts.newcomers import decide
from gateway.web.shelf import furnish
from locales.facts import cleaned
from rules.policy import Agency

log = logging.getLogger(__name__)

A_DAY = timedelta(hours=24)
_SIGN_IN = "spotlight.sign_in"
_RULINGS = {"agree": State.CONFIRMED, "refuse": State.REFUSED}
_RULED = {
    State.CONFIRMED: "The new phone may be told of the case.",
    State.REFUSED: "The new phone is told nothing of the case.",
}


def door(ground: Ground) -> Blueprint:
    """Every route asks for a session and every form for its token, unless said otherwise here."""
    blueprint = Blueprint("spotlight", __name__, url_prefix="/spotlight", template_folder="templates")
    blueprint.record_once(lambda state: furnish(state.app))
    blueprint.record_once(lambda state: sessions.manage(state.app, ground))
    blueprint.before_request(lambda: _guard(ground))
    blueprint.context_processor(lambda: {"csrf_token": generate_csrf, "states": STATES})
    _doors_of_signing(blueprint, ground)
    _doors_of_tasks(blueprint, ground)
    _door_of_newcomers(blueprint, ground)
    held.doors(blueprint, ground)

    @blueprint.get("/")
    def today() -> str:
        now, member, agency = ground.clock(), _member(), _agency(ground)
        with ground.database.connect() as connection:
            sent = desk.messages_by_state(connection, member.agency_id, now - A_DAY)
            got = desk.texts_by_intent(connection, member.agency_id, now - A_DAY)
            rows = tasks.open_ones(connection, member.agency_id)
            open_count = tasks.count_open(connection, member.agency_id)
        return _page(
            "spotlight/today.html",
            ground,
            now=shown.clock(now, agency.zone),
            messages=shown.bars(sent, STATES),
            texts=shown.bars(got, INTENTS),
            tasks=[shown.task(row, now, agency.zone) for row in rows],
            open_count=open_count,
        )

    @blueprint.get("/why")
    def why() -> str:
        member = _member()
        number = cleaned(request.args.get("number", ""))[:64]
        rows = []
        if number:
            with ground.database.connect() as connection:
                rows = list(desk.why(connection, member.agency_id, number))
            log.info("why was read", extra={"staff": member.id, "decisions": len(rows)})
        steps = shown.steps(rows, _agency(ground).zone)
        return _page("spotlight/why.html", ground, number=number, steps=steps)

    return blueprint


def _doors_of_signing(blueprint: Blueprint, ground: Ground) -> None:
    @blueprint.route("/sign-in", methods=["GET", "POST"])
    def sign_in() -> AnyResponse | str | tuple[str, int]:
        wanted = request.values.get("next", "")
        if request.method == "GET":
            return render_template("spotlight/sign_in.html", wanted=wanted, username="")
        now = ground.clock()
        username, password = request.form.get("username", ""), request.form.get("password", "")
        member = staff.check(ground.database, username, password, now)
        if member is None:
            log.warning("sign-in refused")
            page = render_template("spotlight/sign_in.html", wanted=wanted, username=username, refused=True)
            return page, 401
        sessions.begin(member, now)
        log.info("signed in", extra={"staff": member.id})
        return redirect(_inside(wanted), 303)

    @blueprint.post("/sign-out")
    def sign_out() -> AnyResponse:
        log.info("signed out", extra={"staff": _member().id})
        sessions.end()
        return redirect(url_for(_SIGN_IN), 303)


def _doors_of_tasks(blueprint: Blueprint, ground: Ground) -> None:
    @blueprint.get("/tasks/<int:task_id>")
    def task(task_id: int) -> str:
        now, member, agency = ground.clock(), _member(), _agency(ground)
        with ground.database.connect() as connection:
            row = desk.task(connection, member.agency_id, task_id)
            if row is None:
                abort(404)
            told = shown.task(row, now, agency.zone)
            text = desk.text(connection, member.agency_id, told.text_id) if told.text_id else None
            cases = records.cases_of_phone(connection, member.agency_id, text.phone_hash) if text else []
            newcomer = _newcomer(member, row, text)
            waits = newcomer is not None and contacts.waits(connection, newcomer)
            surge = held.held_by(connection, row)
            holds = held.shown(connection, surge, agency.zone) if surge is not None else None
        log.info("task was read", extra={"staff": member.id, "task": task_id})
        written = text.params.get("Body", "") if text else ""
        came = shown.clock(text.received_at, agency.zone) if text else ""
        phone = shown.phone(text.phone) if text else ""
        return _page(
            "spotlight/task.html",
            ground,
            task=told,
            text=text,
            phone=phone,
            written=written,
            came=came,
            cases=cases,
            waits=waits,
            holds=holds,
        )

    @blueprint.post("/tasks/<int:task_id>/close")
    def close_task(task_id: int) -> AnyResponse:
        member = _member()
        with ground.database.begin() as connection:
            if held.held_by(connection, desk.task(connection, member.agency_id, task_id)) is not None:
                flash("Release or discard what is held first.")
                return redirect(url_for("spotlight.task", task_id=task_id), 303)
            closed = desk.close_task(connection, member.agency_id, task_id, ground.clock())
        if closed is not None:
            log.info("task closed", extra={"staff": member.id, "task": task_id})
            flash(f"Done: {kind_of(closed.kind).title}.")
        return redirect(url_for("spotlight.today"), 303)


def _door_of_newcomers(blueprint: Blueprint, ground: Ground) -> None:
    @blueprint.post("/tasks/<int:task_id>/contact")
    def rule_on_contact(task_id: int) -> AnyResponse:
        """Agree to a new number on a case, or refuse it. Either way the task is done."""
        member, state = _member(), _RULINGS.get(request.form.get("ruling", ""))
        with ground.database.begin() as connection:
            row = desk.task(connection, member.agency_id, task_id)
            text_id = shown.text_id_of(row.detail) if row else None
            text = desk.text(connection, member.agency_id, text_id) if text_id else None
            newcomer = _newcomer(member, row, text)
            if newcomer is None or text is None or state is None or not contacts.waits(connection, newcomer):
                abort(404)
            decide(connection, ground, newcomer, text.phone, state, member.username)
            desk.close_task(connection, member.agency_id, task_id, ground.clock())
        ground.waker.wake(wake.OUTBOX)
        log.info("contact ruled on", extra={"staff": member.id, "task": task_id, "ruling": state.value})
        flash(_RULED[state])
        return redirect(url_for("spotlight.today"), 303)


def _newcomer(member: Member, task: Row[Any] | None, text: Row[Any] | None) -> OnReport | None:
    """The number that a task is about which is new on a case."""
    if task is None or text is None or task.kind != "new_contact" or "number" not in task.detail:
        return None
    return OnReport(member.agency_id, task.detail["number"], bytes(text.phone_hash))


def _guard(ground: Ground) -> AnyResponse | tuple[str, int] | None:
    """Before every route of this room."""
    if request.method == "POST":
        try:
            validate_csrf(request.form.get("csrf_token"))
        except ValidationError:
            return render_template("spotlight/stale.html"), 400
    if request.endpoint == _SIGN_IN:
        return None
    g.member = sessions.go_on(ground.clock())
    if g.member is not None:
        return None
    wanted = request.full_path.rstrip("?") if request.method == "GET" else None
    return redirect(url_for(_SIGN_IN, next=wanted), 303)


def _member() -> Member:
    member: Member = g.member
    return member


def _agency(ground: Ground) -> Agency:
    return ground.policies.of(_member().agency_id).policy.agency


def _inside(wanted: str) -> str:
    """Where to go after signing in: never out of this room."""
    inside = wanted.startswith("/spotlight/") and "\\" not in wanted and wanted.isprintable()
    return wanted if inside else url_for("spotlight.today")


def _page(template: str, ground: Ground, **values: Any) -> str:
    return render_template(template, member=_member(), agency=_agency(ground), **values)
