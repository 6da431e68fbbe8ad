"""The pages that victims open: `/m/<token>` behind the link in a text, and `/portal/`, where one begins."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from flask import Blueprint, Response, abort, make_response, redirect, render_template, request
from sqlalchemy import Connection, Row
from werkzeug.wrappers import Response as AnyResponse

from gateway.ground import Ground
from gateway.portal.longform import LongForm, long_form
from gateway.portal.robots import opened_by_a_person
from gateway.portal.speech import Speech, chosen
from gateway.store import agencies, pages, records
from gateway.web.shelf import furnish
from locales import LANGUAGES, SOURCE, Fact, MissingFact, Phone
from rules.policy import Policy
from rules.suppression import Subject
from rules.values import Case, Party

NEUTRAL_SITE = "https://www.weather.gov/"
"""Where "Leave this page now" leads: a site that anybody may have been reading."""


def door(ground: Ground) -> Blueprint:
    """No page here sets a cookie, asks a third party for anything, or is kept by a browser or a search engine."""
    blueprint = Blueprint("portal", __name__, template_folder="templates")
    blueprint.record_once(lambda state: furnish(state.app))

    @blueprint.get("/m/<token>")
    def message(token: str) -> Response:
        found = _find(ground, token, ground.clock())
        if found is None:
            return _gone(ground)
        speech = Speech(ground, chosen(request.args.get("lang"), found.language), found.policy)
        steps = _steps(speech, found.form)
        return _page("portal/message.html", speech, form=found.form, steps=steps)

    @blueprint.get("/")
    def front() -> AnyResponse:
        return redirect("/portal/")

    @blueprint.get("/portal/")
    def start() -> Response:
        served = _served(ground)
        if len(served) == 1:
            return _start(ground, served[0])
        listed = [policy.agency for policy in served]
        return _page("portal/agencies.html", _unasked(served, ground), agencies=listed)

    @blueprint.get("/portal/<agency_id>")
    def start_of(agency_id: str) -> Response:
        policy = next((one for one in _served(ground) if one.agency.id == agency_id), None)
        return _start(ground, policy) if policy else abort(404)

    return blueprint


@dataclass(frozen=True, slots=True)
class _Found:
    policy: Policy
    language: str
    form: LongForm


def _find(ground: Ground, token: str, now: datetime) -> _Found | None:
    """The page as it is right now; an opening by a person is noted."""
    with ground.database.begin() as connection:
        page = pages.find(connection, token, now)
        if page is None:
            return None
        key = ("case", page.record_number)
        facts = records.load(connection, page.agency_id, [key]).get(key)
        if facts is None:
            return None
        policy = ground.policies.of(page.agency_id).policy
        case = records.view(key, facts)
        assert isinstance(case, Case)
        form = long_form(_reader(ground, connection, policy, case, page), policy.agency, case)
        if opened_by_a_person(request.method, request.headers):
            pages.note_opened(connection, token, now)
    return _Found(policy, page.language, form)


def _reader(
    ground: Ground, connection: Connection, policy: Policy, case: Case, page: Row[Any]
) -> Subject | None:
    """What the rules look at: the party whom the link was sent to, on the case and the calls behind it.

    None if they no longer stand on it, or with another number: the old one may have been somebody else's.
    """
    party = next((party for party in case.parties if party.id == page.party_id), None)
    if party is None or _has_moved(ground, party, page):
        return None
    calls = records.linked(connection, page.agency_id, [case])["case", case.number].calls
    return Subject(policy, case, party, ground.clock().astimezone(policy.agency.zone).date(), calls)


def _has_moved(ground: Ground, party: Party, page: Row[Any]) -> bool:
    if page.sent_to is None or party.phone is None:
        return False
    return ground.vault.lookup(page.agency_id, "phone", party.phone) != bytes(page.sent_to)


def _steps(speech: Speech, form: LongForm) -> list[str]:
    said = []
    for step in form.steps:
        try:
            said.append(speech.say(step, **form.step_facts))
        except MissingFact:
            continue
    return said


def _start(ground: Ground, policy: Policy) -> Response:
    """One short explanation in every language at once: nobody has to find a switch in a language they can't read."""
    with ground.database.connect() as connection:
        sender = agencies.sender_of(connection, policy.agency.id)
    facts: dict[str, Fact] = {"phone": Phone(policy.agency.phone)}
    if sender is not None:
        facts["number"] = Phone(sender.number) if sender.number.startswith("+") else sender.number
    first = _unasked([policy], ground).language
    ordered = sorted(LANGUAGES, key=lambda language: language is not first)
    speeches = [Speech(ground, language, policy) for language in ordered]
    return _page("portal/start.html", speeches[0], speeches=speeches, facts=facts)


def _gone(ground: Ground) -> Response:
    """The same for a link that is unknown, has expired or was revoked: nothing of the page is looked at."""
    response = _page("portal/gone.html", _unasked(_served(ground), ground))
    response.status_code = 404
    return response


def _unasked(served: Sequence[Policy], ground: Ground) -> Speech:
    """For a page that is nobody's: in the language asked for, or the browser's, or the agency's if there is but one."""
    policy = served[0] if len(served) == 1 else None
    spoken = request.accept_languages.best_match([language.code for language in LANGUAGES])
    otherwise = spoken or (policy.agency.language if policy else SOURCE)
    return Speech(ground, chosen(request.args.get("lang"), otherwise), policy)


def _served(ground: Ground) -> list[Policy]:
    """The agencies of this deployment: there may be policies of others in the folder."""
    with ground.database.connect() as connection:
        known = agencies.ids(connection)
    return [
        ground.policies.of(agency_id).policy for agency_id in known if agency_id in ground.policies.by_agency
    ]


def _page(template: str, speech: Speech, **values: Any) -> Response:
    response = make_response(
        render_template(
            template,
            speech=speech,
            say=speech.say,
            language=speech.language,
            languages=LANGUAGES,
            agency=speech.policy.agency if speech.policy else None,
            neutral_site=NEUTRAL_SITE,
            **values,
        )
    )
    response.headers["X-Robots-Tag"] = "noindex, nofollow, noarchive"
    response.headers["Referrer-Policy"] = "no-referrer"
    response.headers["Cache-Control"] = "no-store"
    response.headers["Content-Language"] = speech.language.code
    return response
