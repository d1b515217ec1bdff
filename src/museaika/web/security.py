"""What goes around every request and answer: ids, rates, who may call from where, and careful headers."""

from __future__ import annotations

import math
import re
import time
import uuid

import structlog
from flask import Flask, Response, g, request
from flask_cors import CORS
from flask_limiter import Limiter

from museaika.settings import Settings
from museaika.web.auth import CSRF_HEADER, rate_key
from museaika.web.replay import HEADER as IDEMPOTENCY_KEY

REQUEST_ID = "X-Request-Id"
_NOT_COUNTED = re.compile(r"(/api/v1)?/(health(/live|/ready)?|metrics)/?")
"""What watches the server must get its answer also when others from the same address ask too much."""
_WELL_FORMED_ID = re.compile(r"[A-Za-z0-9._:-]{1,128}")

API_POLICY = "default-src 'none'; frame-ancestors 'none'"
PAGE_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data: blob:; font-src 'self'; "
    "media-src 'self' blob:; connect-src 'self'; worker-src 'self'; manifest-src 'self'; base-uri 'none'; "
    "form-action 'self'; frame-ancestors 'none'"
)
HEADERS = {
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Permissions-Policy": "camera=(self), microphone=(), geolocation=(), payment=(), usb=()",
    "Cross-Origin-Opener-Policy": "same-origin",
    "X-Frame-Options": "DENY",
}
EXPOSED = (
    "Content-Disposition", "Content-Range", "ETag", "Idempotent-Replayed", "Link", "Location",
    "RateLimit-Limit", "RateLimit-Remaining", "RateLimit-Reset", "Retry-After", REQUEST_ID,
)  # fmt: skip


SPOTIFY_LOGIN, EVERYTHING = r"/api/v1/auth/spotify/.*", r"/.*"
"""A page of another origin that logs in with Spotify has to bring back the cookie it began with; nothing else
takes cookies from other origins."""


GUEST_ROUTE, LIMITER = "/api/v1/auth/guest", "museaika.limiter"


def protect(app: Flask, settings: Settings) -> None:
    app.before_request(_name_request)
    app.after_request(_careful)
    CORS(
        app,
        resources={SPOTIFY_LOGIN: {"supports_credentials": True}, EVERYTHING: {}},
        origins=settings.allowed_origins,
        allow_headers=[
            "Authorization", "Content-Type", IDEMPOTENCY_KEY, "If-Match", "If-None-Match", "Range",
            CSRF_HEADER, REQUEST_ID,
        ],
        expose_headers=list(EXPOSED),
        max_age=600,
    )  # fmt: skip
    _limit_rates(app, settings)


def _name_request() -> None:
    """Keep a well-formed id that came in, or make one, and let every log line of the request carry it."""
    given = request.headers.get(REQUEST_ID, "")
    g.request_id = given if _WELL_FORMED_ID.fullmatch(given) else f"req_{uuid.uuid4().hex}"
    structlog.contextvars.clear_contextvars()
    structlog.contextvars.bind_contextvars(request_id=g.request_id)


def _careful(response: Response) -> Response:
    response.headers[REQUEST_ID] = g.request_id
    for name, value in HEADERS.items():
        response.headers.setdefault(name, value)
    page = response.mimetype == "text/html"
    response.headers.setdefault("Content-Security-Policy", PAGE_POLICY if page else API_POLICY)
    if request.path.startswith("/api/"):
        response.headers.setdefault("Cache-Control", "no-store")
    if request.is_secure:
        response.headers.setdefault("Strict-Transport-Security", "max-age=31536000")
    return response


def limit_guests(app: Flask, settings: Settings) -> None:
    """An address makes only so many guests an hour: accounts cost nothing, but they take room."""
    endpoint = next(rule.endpoint for rule in app.url_map.iter_rules() if rule.rule == GUEST_ROUTE)
    limited = app.extensions[LIMITER].limit(
        f"{settings.guests_per_hour_per_address} per hour",
        key_func=lambda: f"guests:{request.remote_addr}",
    )
    app.view_functions[endpoint] = limited(app.view_functions[endpoint])


def _limit_rates(app: Flask, settings: Settings) -> None:
    """Count requests by person, or else by address, over a moving minute."""
    limiter = Limiter(
        rate_key,
        app=app,
        application_limits=[f"{settings.ratelimit_requests_per_minute} per minute"],
        application_limits_cost=lambda: 0 if _NOT_COUNTED.fullmatch(request.path) else 1,
        strategy="sliding-window-counter",
        storage_uri="memory://",
        request_identifier=lambda: request.endpoint or "nowhere",
        enabled=settings.ratelimit_enabled,
        headers_enabled=False,
    )
    app.extensions[LIMITER] = limiter

    @app.after_request
    def tell_rates(response: Response) -> Response:
        rate = limiter.current_limit if settings.ratelimit_enabled else None
        if rate is not None:
            reset = max(1, math.ceil(rate.reset_at - time.time()))
            response.headers["RateLimit-Limit"] = str(rate.limit.amount)
            response.headers["RateLimit-Remaining"] = str(max(0, rate.remaining))
            response.headers["RateLimit-Reset"] = str(reset)
            if response.status_code == 429 and rate.breached:
                response.headers["Retry-After"] = str(reset)
        return response
