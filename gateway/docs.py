"""`/docs` and `/v1/openapi.json`: the events' interface, for the engineer of a feed. Nothing comes from elsewhere."""

from __future__ import annotations

from pathlib import Path
from threading import Lock

import flask_openapi3_swagger
from flask import Blueprint, Response, jsonify, make_response, render_template, send_from_directory
from flask_openapi3 import OpenAPI

from gateway.web.shelf import furnish

SWAGGER = Path(flask_openapi3_swagger.__file__).parent / "templates" / "swagger"
"""Swagger UI as the installed package brings it."""

_A_DAY = "public, max-age=86400"


def door(app: OpenAPI) -> Blueprint:
    """Open to all: what it tells is in the repository, too."""
    blueprint = Blueprint("docs", __name__)
    blueprint.record_once(lambda state: furnish(state.app))
    described = Lock()

    @blueprint.get("/v1/openapi.json")
    def document() -> Response:
        with described:  # it is made on first use, piece by piece
            return jsonify(app.api_doc)

    @blueprint.get("/docs")
    def page() -> Response:
        return make_response(render_template("web/docs.html"))

    @blueprint.get("/docs/swagger/<path:name>")
    def swagger(name: str) -> Response:
        response = send_from_directory(SWAGGER, name, conditional=True)
        response.headers["Cache-Control"] = _A_DAY
        return response

    return blueprint
