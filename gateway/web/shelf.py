"""Static files under /static/, each with a hash of its content in the address: browsers may keep it for ever."""

from __future__ import annotations

import hashlib
import mimetypes
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from flask import Blueprint, Flask, Response, abort, request, url_for

STATIC = Path(__file__).parent / "static"

_FOR_EVER = "public, max-age=31536000, immutable"
_FOR_A_WHILE = "public, max-age=300"


@dataclass(frozen=True, slots=True)
class Item:
    """A small file, read once."""

    content: bytes
    mimetype: str
    version: str
    """Twelve digits that change with the content."""


@cache
def items() -> dict[str, Item]:
    """Everything on the shelf, by name."""
    return {path.name: _read(path) for path in STATIC.iterdir() if path.is_file()}


def _read(path: Path) -> Item:
    content = path.read_bytes()
    mimetype = mimetypes.guess_type(path.name)[0] or "application/octet-stream"
    return Item(content, mimetype, hashlib.sha256(content).hexdigest()[:12])


def asset(name: str) -> str:
    """The address of a file on the shelf; raises KeyError for a name that is not there."""
    return url_for("web.static", name=name, v=items()[name].version)


def furnish(app: Flask) -> None:
    """Put up the shelf once, whichever room asks first."""
    if "web" in app.blueprints:
        return
    blueprint = Blueprint("web", __name__, template_folder="templates")

    @blueprint.get("/static/<name>")
    def static(name: str) -> Response:
        item = items().get(name) or abort(404)
        response = Response(item.content, mimetype=item.mimetype)
        asked_for_this = request.args.get("v") == item.version
        response.headers["Cache-Control"] = _FOR_EVER if asked_for_this else _FOR_A_WHILE
        response.set_etag(item.version)
        return response.make_conditional(request)

    app.register_blueprint(blueprint)
    app.jinja_env.globals["asset"] = asset
