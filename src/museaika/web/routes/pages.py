"""The pages for people: the studio at `/`, the docs at `/docs`. Nothing on them comes from outside."""

from __future__ import annotations

from importlib.resources import files
from pathlib import Path

from flask import Blueprint, Response, current_app, json, send_from_directory

from museaika.errors import NotFound
from museaika.web.routing import require_feature

STUDIO = Path(__file__).parents[1] / "studio"
DOCS = Path(__file__).parents[1] / "docs"
SCALAR = Path(str(files("flask_openapi3_scalar"))) / "templates" / "scalar" / "js"

DOCS_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; "
    "font-src 'self' data:; connect-src 'self'; worker-src 'self' blob:; base-uri 'none'; form-action 'none'; "
    "frame-ancestors 'none'"
)
"""The API reference writes its own style elements; scripts stay as strict as everywhere."""

pages = Blueprint("pages", __name__)


@pages.get("/")
def studio() -> Response:
    return send_from_directory(STUDIO, "index.html")


@pages.get("/studio/<path:name>")
def studio_file(name: str) -> Response:
    return send_from_directory(STUDIO, name)


@pages.get("/docs")
def docs() -> Response:
    response = send_from_directory(DOCS, "index.html")
    response.headers["Content-Security-Policy"] = DOCS_POLICY
    return response


@pages.get("/docs/<path:name>")
def docs_file(name: str) -> Response:
    return send_from_directory(SCALAR if name == "scalar.standalone.js" else DOCS, name)


@pages.get("/openapi.json")
@pages.get("/api/v1/openapi.json")
def openapi() -> Response:
    spec = json.dumps(current_app.api_doc, sort_keys=False)  # type: ignore[attr-defined]
    return Response(spec, mimetype="application/json")


@pages.route("/socket.io/", methods=["GET", "POST"])
def sockets() -> Response:
    """Reached only where real time is switched off: else the sockets answer before us."""
    require_feature("sockets")
    raise NotFound("Socket.IO is spoken at this address.")
