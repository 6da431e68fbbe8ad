"""The page behind "Stop these emails", and the mail program's own button for it (RFC 8058).

Opening the page changes nothing, for mail filters open every link; only pressing the button does.
"""

from __future__ import annotations

from flask import Blueprint, Response, abort, make_response, render_template, request

from gateway.ground import Ground, NoPolicy
from gateway.outbox.mail.stop import read_token
from gateway.portal.door import NEUTRAL_SITE
from gateway.portal.speech import Speech, chosen
from gateway.store import emails
from gateway.web.shelf import furnish
from locales import LANGUAGES, Phone
from rules.policy import Policy


def door(ground: Ground) -> Blueprint:
    """`/unsubscribe/<agency>/<token>`. Without cookies, so that there is nothing for a forged form to ride on."""
    blueprint = Blueprint("unsubscribe", __name__, template_folder="templates")
    blueprint.record_once(lambda state: furnish(state.app))

    @blueprint.get("/unsubscribe/<agency_id>/<token>")
    def ask(agency_id: str, token: str) -> Response:
        policy, _ = _known(ground, agency_id, token)
        return _page(ground, policy, done=False)

    @blueprint.post("/unsubscribe/<agency_id>/<token>")
    def stop(agency_id: str, token: str) -> Response:
        """By the button of the page, or by a mail program, which takes no redirect. Safe to repeat."""
        policy, address_hash = _known(ground, agency_id, token)
        with ground.database.begin() as connection:
            emails.opt_out(connection, agency_id, address_hash, ground.clock())
        return _page(ground, policy, done=True)

    return blueprint


def _known(ground: Ground, agency_id: str, token: str) -> tuple[Policy, bytes]:
    """404 for a token that we did not make, whatever is wrong with it."""
    try:
        policy = ground.policies.of(agency_id).policy
    except NoPolicy:
        abort(404)
    address_hash = read_token(ground, agency_id, token)
    return (policy, address_hash) if address_hash else abort(404)


def _page(ground: Ground, policy: Policy, *, done: bool) -> Response:
    spoken = request.accept_languages.best_match([language.code for language in LANGUAGES])
    speech = Speech(ground, chosen(request.args.get("lang"), spoken or policy.agency.language), policy)
    response = make_response(
        render_template(
            "portal/unsubscribe.html",
            speech=speech,
            say=speech.say,
            language=speech.language,
            languages=LANGUAGES,
            agency=policy.agency,
            neutral_site=NEUTRAL_SITE,
            done=done,
            phone=Phone(policy.agency.phone),
        )
    )
    response.headers["X-Robots-Tag"] = "noindex, nofollow, noarchive"
    response.headers["Content-Language"] = speech.language.code
    return response
