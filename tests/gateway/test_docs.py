"""The documentation of the events' interface."""

from __future__ import annotations

import re

from flask.testing import FlaskClient


def test_the_document_describes_the_door_for_events(client: FlaskClient) -> None:
    document = client.get("/v1/openapi.json").get_json()
    assert document["openapi"].startswith("3.1")
    opened_by = {path: door["post"]["security"] for path, door in document["paths"].items()}
    assert opened_by == {
        "/v1/events": [{"api_key": []}],
        "/v1/eido": [{"api_key": []}],
        "/v1/hooks/{agency}": [{"signature": []}],
    }
    assert set(document["components"]["securitySchemes"]) == {"api_key", "signature"}
    assert document["components"]["securitySchemes"]["signature"]["name"] == "Tidings-Signature"
    assert client.get("/v1/openapi.json").get_json() == document


def test_the_page_loads_swagger_ui_from_ourselves_and_nothing_from_elsewhere(client: FlaskClient) -> None:
    page = client.get("/docs").text
    addresses = [address for address in re.findall('(?:href|src)="([^"]+)"', page) if address != "data:,"]
    assert len(addresses) >= 4
    for address in addresses:
        assert address.startswith("/"), address
        with client.get(address.replace("&amp;", "&")) as answer:
            assert answer.status_code == 200
            assert answer.headers["X-Content-Type-Options"] == "nosniff"


def test_the_page_needs_no_inline_script(client: FlaskClient) -> None:
    answer = client.get("/docs")
    assert not re.search(r"<script>|<style|\son[a-z]+=", answer.text)
    assert "script-src 'self'" in answer.headers["Content-Security-Policy"]


def test_no_other_file_of_the_package_can_be_read(client: FlaskClient) -> None:
    for name in ("../__init__.py", "..%2f__init__.py", "%2e%2e/__init__.py", "nothing.js"):
        assert client.get(f"/docs/swagger/{name}").status_code == 404
