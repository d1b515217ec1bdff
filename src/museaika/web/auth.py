"""Who calls: a bearer token, or the studio's session cookie together with its CSRF header."""

from __future__ import annotations

import hmac
from typing import cast

from flask import Response, g, request

from museaika.accounts.service import Caller, SignIn
from museaika.errors import Forbidden, Unauthenticated
from museaika.web.here import services

SESSION_COOKIE = "museaika_session"
CSRF_COOKIE = "museaika_csrf"
CSRF_HEADER = "X-CSRF-Token"
SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})


def caller() -> Caller:
    """The person behind this request, asked of the stores once.

    Raises:
        Unauthenticated: nobody, or a token that is no longer good.
        Forbidden: code `csrf_failed`, for a cookie without its header on a route that changes something.
    """
    if "caller" not in g:
        g.caller = _identify()
    return cast(Caller, g.caller)


def caller_if_any() -> Caller | None:
    """The caller where one presented itself at all; a bad token is still an error."""
    return caller() if "Authorization" in request.headers or SESSION_COOKIE in request.cookies else None


def rate_key() -> str:
    """Whom to count this request for: the person a well-signed token names, or else the address."""
    token = _bearer_token()
    if token:
        try:
            return f"user:{services().accounts.claims(token).user_id}"
        except Unauthenticated:
            pass
    return f"address:{request.remote_addr}"


def _identify() -> Caller:
    accounts = services().accounts
    if "Authorization" in request.headers:
        token = _bearer_token()
        if not token:
            raise Unauthenticated("Send the access token as: Authorization: Bearer <token>.")
        return accounts.authenticate(token)
    cookie = request.cookies.get(SESSION_COOKIE)
    if not cookie:
        raise Unauthenticated(
            "This needs an access token, sent as: Authorization: Bearer <token>. "
            "POST /api/v1/auth/guest gives one at once where guests are welcome."
        )
    found = accounts.authenticate_cookie(cookie)
    if request.method not in SAFE_METHODS:
        _check_csrf(accounts.csrf_token(found.session_id))
    return found


def _bearer_token() -> str | None:
    scheme, _, token = request.headers.get("Authorization", "").partition(" ")
    return token.strip() or None if scheme.lower() == "bearer" else None


def _check_csrf(expected: str) -> None:
    given = request.headers.get(CSRF_HEADER, "")
    if not hmac.compare_digest(given.encode(), expected.encode()):
        raise Forbidden(
            f"A page that signs in by cookie must send the value of the cookie {CSRF_COOKIE} "
            f"in the header {CSRF_HEADER}.",
            code="csrf_failed",
        )


def set_cookies(response: Response, signed_in: SignIn) -> None:
    """Give the studio its session: one cookie that scripts can't read, and the CSRF value that they can."""
    session, settings = signed_in.session, services().settings
    secure = request.is_secure or settings.production
    csrf = services().accounts.csrf_token(session.session_id)
    for name, value, hidden in ((SESSION_COOKIE, signed_in.cookie, True), (CSRF_COOKIE, csrf, False)):
        response.set_cookie(
            name, value, expires=session.expires_at, httponly=hidden, secure=secure, samesite="Lax", path="/"
        )


def clear_cookies(response: Response) -> None:
    for name in (SESSION_COOKIE, CSRF_COOKIE):
        response.delete_cookie(name, path="/", samesite="Lax")
