"""The one place where parts are put together."""

from __future__ import annotations

import logging
from typing import Any

from flask import Flask, Response, request
from flask_openapi3 import Info, OpenAPI

from gateway import health, logs, wake
from gateway.docs import door as docs_door
from gateway.feeds.door import door as events_door
from gateway.feeds.door import problem
from gateway.feeds.signed import HEADER
from gateway.ground import Ground, Policies
from gateway.outbox.carriers.signature import Signatures
from gateway.outbox.receipts import door as receipts_door
from gateway.portal.door import door as portal_door
from gateway.portal.unsubscribe import door as unsubscribe_door
from gateway.settings import Settings
from gateway.spotlight.door import door as spotlight_door
from gateway.store.database import open_database
from gateway.store.sealed import Vault
from gateway.texts.door import door as texts_door
from gateway.wake import Waker
from locales import FOLDER, Catalogs
from rules.survey import load_all

log = logging.getLogger(__name__)

_LARGEST_REQUEST = 2 * 1024 * 1024
_HEADERS = {
    "Content-Security-Policy": "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self' data:; "
    "connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
    "Cache-Control": "no-store",
}


def lay_ground(settings: Settings) -> Ground:
    """What every process stands on. Reads catalogs, policies and surveys.

    Raises rules.policy.BadPolicy and rules.survey.BadSurvey.
    """
    logs.configure(settings.log_level)
    catalogs = Catalogs.load(FOLDER)
    vault = Vault(settings.field_keys, settings.lookup_key)
    known = frozenset(message_id for message_id, _ in catalogs.sentences)
    surveys = load_all()
    policies = Policies.read(settings.policies, known, frozenset(surveys))
    return Ground(
        settings=settings,
        database=open_database(settings.database_url, vault),
        vault=vault,
        policies=policies if settings.smtp_url else policies.without_email(),
        catalogs=catalogs,
        waker=Waker.at(settings.redis_url),
        surveys=surveys,
    )


class _App(OpenAPI):
    def log_exception(self, exc_info: Any) -> None:
        """Flask would name the path, which may hold somebody's token."""
        log.error("a request broke", exc_info=exc_info, extra={"endpoint": request.endpoint})


def create_app(ground: Ground) -> Flask:
    """The web process: every door, and the headers that all answers carry."""
    settings = ground.settings
    app = _App(
        __name__,
        info=Info(title="Tidings", version="1", description="Events in: what happened to calls and cases."),
        security_schemes={
            "api_key": {"type": "http", "scheme": "bearer"},
            "signature": {"type": "apiKey", "in": "header", "name": HEADER},
        },
        doc_ui=False,
        static_folder=None,
    )
    app.config.update(
        SECRET_KEY=settings.secret_key,
        MAX_CONTENT_LENGTH=_LARGEST_REQUEST,
        MAX_FORM_MEMORY_SIZE=_LARGEST_REQUEST,
        SESSION_COOKIE_SECURE=settings.secure,
        SESSION_COOKIE_HTTPONLY=True,
        SESSION_COOKIE_SAMESITE="Lax",
        SESSION_COOKIE_NAME="tidings",
    )
    signatures = Signatures(settings.public_url, settings.twilio_auth_token)
    app.register_api(events_door(ground))
    app.register_blueprint(docs_door(app))
    app.register_blueprint(texts_door(ground, signatures))
    app.register_blueprint(receipts_door(ground, signatures))
    app.register_blueprint(portal_door(ground))
    app.register_blueprint(unsubscribe_door(ground))
    app.register_blueprint(spotlight_door(ground))
    app.register_blueprint(health.door(ground, wake.connect(settings.redis_url, seconds=0.2)))
    app.register_error_handler(413, lambda _: problem(413, "Too large", "Expected at most 2 MiB"))

    @app.after_request
    def carry_headers(response: Response) -> Response:
        for name, value in _HEADERS.items():
            response.headers.setdefault(name, value)
        if settings.secure:
            response.headers.setdefault("Strict-Transport-Security", "max-age=31536000; includeSubDomains")
        return response

    return app
