"""The web app, put together: services, what surrounds every request, routes, sockets."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

from flask import Flask
from flask_openapi3.models.info import Info
from flask_openapi3.openapi import OpenAPI
from werkzeug.middleware.proxy_fix import ProxyFix

from museaika import __version__
from museaika.settings import Settings, load_settings
from museaika.web import here, reading
from museaika.web.auth import SESSION_COOKIE
from museaika.web.errors import handle_errors
from museaika.web.routes import all_routers, pages
from museaika.web.schemas.base import ErrorAnswer
from museaika.web.security import limit_guests, protect
from museaika.web.sockets import Realtime

if TYPE_CHECKING:
    from museaika.bootstrap import Services

SECURITY_SCHEMES: dict[str, Any] = {
    "bearer": {"type": "http", "scheme": "bearer", "bearerFormat": "JWT"},
    "cookie": {"type": "apiKey", "in": "cookie", "name": SESSION_COOKIE},
}


def create_app(config: str | Settings | None = None, services: Services | None = None) -> Flask:
    """Make the app. `config` is ready settings or the name of an environment: `testing` keeps its data in a
    folder of its own that goes with the process. `services` replaces what the settings would build."""
    settings = config if isinstance(config, Settings) else _settings(config)
    if services is None:
        from museaika.bootstrap import build_services

        services = build_services(settings)
    app = _bare_app(services.settings)
    here.install(app, services)
    handle_errors(app)
    protect(app, services.settings)
    app.after_request(reading.let_finish)
    app.extensions[here.METRICS].watch(app, services.bus)
    if services.spotify:
        services.spotify.meter.listen(app.extensions[here.METRICS].spotify_answered)
    for router in all_routers():
        app.register_api(router.blueprint)  # type: ignore[attr-defined]
    app.register_blueprint(pages)
    limit_guests(app, services.settings)
    if services.settings.enable_real_time:
        Realtime(app)
    if hops := services.settings.trusted_proxies:
        app.wsgi_app = ProxyFix(app.wsgi_app, x_for=hops, x_proto=hops, x_host=hops)  # type: ignore[method-assign]
    return app


def _settings(environment: str | None) -> Settings:
    if environment == "testing":
        return load_settings(flask_env="testing", data_dir=_passing_folder())
    return load_settings(flask_env=environment)


def _passing_folder() -> Path:
    """A folder that is removed when the process ends."""
    folder = tempfile.TemporaryDirectory(prefix="museaika-testing-", ignore_cleanup_errors=True)
    _FOLDERS.append(folder)
    return Path(folder.name)


_FOLDERS: list[tempfile.TemporaryDirectory[str]] = []


def _bare_app(settings: Settings) -> Flask:
    app = OpenAPI(
        __name__,
        info=Info(
            title="MuseAIka",
            version=__version__,
            description="Reads a mood, recommends music for it, and composes music for it.",
        ),
        security_schemes=SECURITY_SCHEMES,
        validation_error_model=ErrorAnswer,
        doc_ui=False,
        static_folder=None,
    )
    app.request_class = here.PrivateRequest
    app.url_map.strict_slashes = False
    app.config["TESTING"] = settings.flask_env == "testing"
    app.config["PROPAGATE_EXCEPTIONS"] = False
    return cast(Flask, app)
