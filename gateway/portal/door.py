"""The pages that victims open: `/m/<token>` behind the link in a text, and `/portal/`, where one begins."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

from flask import Blueprint, Response, abort, make_response, redirect, render_template, request
from markupsafe import Markup
from werkzeug.wrappers import Response as AnyResponse

from gateway.ground import Ground
from gateway.portal.longform import LongForm
from gateway.portal.message import read
from gateway.portal.robots import opened_by_a_person
from gateway.portal.speech import Speech, chosen
from gateway.store import agencies
from gateway.web.shelf import furnish
from locales import LANGUAGES, SOURCE, Fact, MissingFact, Phone
from rules.policy import Policy

NEUTRAL_SITE = "https://www.weather.gov/"
"""Where "Leave this page now" leads: a site that anybody may have been reading."""


def door(ground: Ground) -> Blueprint:
    """No page here sets a cookie, asks a third party for anything, or is kept by a browser or a search engine."""
    blueprint = Blueprint("portal", __name__, template_folder="templates")
    blueprint.record_once(lambda state: furnish(state.app))

    @blueprint.get("/m/<token>")
    def message(token: str) -> Response:
        by_a_person = opened_by_a_person(request.method, request.headers)
        found = read(ground, _bare(token), ground.clock(), by_a_person=by_a_person)
        if found is None:
            return _gone(ground)
        speech = Speech(ground, chosen(request.args.get("lang"), found.language), found.policy)
        sections = _said(speech, found.form)
        return _page("portal/message.html", speech, form=found.form, sections=sections)

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


_TOKEN = re.compile(r"[\w-]*", re.ASCII)


def _bare(token: str) -> str:
    """Without the full stop or bracket that a phone took for a part of the link."""
    found = _TOKEN.match(token)
    return found[0] if found else ""


def _said(speech: Speech, form: LongForm) -> list[tuple[str, list[Markup]]]:
    """Each heading with what stands below it. A sentence that lacks a fact is left out, and a heading over nothing."""
    sections = []
    for section in form.sections:
        said = []
        for sentence in section.sentences:
            try:
                said.append(speech.say(sentence, **form.known))
            except MissingFact:
                continue
        if said:
            sections.append((section.heading, said))
    return sections


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
