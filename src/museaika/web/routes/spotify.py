"""Logging in with Spotify, and connecting and disconnecting it."""

from __future__ import annotations

from urllib.parse import urlsplit, urlunsplit

from flask import Response, redirect, request

from museaika.accounts.service import Caller
from museaika.errors import FieldError, Forbidden, Invalid, NotFound
from museaika.settings import Settings
from museaika.spotify.service import SpotifyService
from museaika.web.auth import caller_if_any, set_cookies
from museaika.web.here import services
from museaika.web.routing import BASE, Router, respond
from museaika.web.schemas.accounts import SignInTold, tell_sign_in
from museaika.web.schemas.base import Deleted
from museaika.web.schemas.spotify import (
    CallbackAsked,
    ConnectionTold,
    LoginAsked,
    LoginTold,
    tell_connection,
)

router = Router("Spotify", "Log in with Spotify, and connect or disconnect it.")

LOGIN_COOKIE = "museaika_spotify"
LOGIN_PATH = f"{BASE}/auth/spotify"
LOGIN_S = 600


def spotify() -> SpotifyService:
    """Raises NotFound: code `feature_disabled`."""
    service = services().spotify
    if service is None:
        raise NotFound(
            "This server has no Spotify app. Its operator can register one and set SPOTIFY_CLIENT_ID, "
            "SPOTIFY_CLIENT_SECRET and SPOTIFY_REDIRECT_URI.",
            code="feature_disabled",
        )
    return service


@router.route("get", "/auth/spotify/login", LoginTold, signed_in=False, fails=(302, 404))
def log_in(query: LoginAsked) -> Response:
    """Begin at Spotify's page: a redirect, or with `Accept: application/json` its address

    Whoever is signed in keeps their account and what is in it.
    """
    person = caller_if_any()
    target = None if query.return_to is None else _allowed(query.return_to, services().settings)
    steps = [step.strip() for step in query.steps.split(",") if step.strip()]
    begun = spotify().begin(steps, user_id=person.user_id if person else None, return_to=target)
    wants_json = request.accept_mimetypes.best_match(["text/html", "application/json"]) == "application/json"
    response = respond(LoginTold(authorize_url=begun.authorize_url)) if wants_json else None
    response = response or _to(begun.authorize_url)
    secure = request.is_secure or services().settings.production
    response.set_cookie(
        LOGIN_COOKIE,
        begun.cookie,
        max_age=LOGIN_S,
        path=LOGIN_PATH,
        httponly=True,
        secure=secure,
        samesite="Lax",
    )
    return response


@router.route("get", "/auth/spotify/callback", SignInTold, signed_in=False, fails=(302, 403, 404, 409))
def come_back(query: CallbackAsked) -> Response:
    """End the sign-in: tokens, or with a `return_to` a redirect there and the session cookie"""
    cookie = request.cookies.get(LOGIN_COOKIE, "")
    if query.error or not query.code:
        response = _said_no(query, cookie)
    else:
        arrived = spotify().finish(query.state, query.code, cookie)
        if arrived.return_to is None:
            response = respond(tell_sign_in(arrived.signed_in))
        else:
            response = _to(arrived.return_to)
            set_cookies(response, arrived.signed_in)
    response.delete_cookie(LOGIN_COOKIE, path=LOGIN_PATH, samesite="Lax")
    return response


@router.route("get", "/auth/spotify", ConnectionTold)
def connection(caller: Caller) -> ConnectionTold:
    """Whether the caller's Spotify is connected, and for what; and whether this server knows Spotify at all"""
    service = services().spotify
    if service is None:
        return ConnectionTold(available=False, connected=False)
    return tell_connection(service.connection(caller.user_id))


@router.route("delete", "/auth/spotify", Deleted, fails=(404,))
def disconnect(caller: Caller) -> Deleted:
    """Delete the tokens and all that came from Spotify; again does nothing"""
    return Deleted(deleted=int(spotify().forget(caller.user_id)))


def _said_no(query: CallbackAsked, cookie: str) -> Response:
    target = spotify().give_up(query.state, cookie)
    if target is None:
        raise Forbidden(
            "Spotify was not connected, because the question there was not answered with yes. You can begin "
            "again at any time.",
            code="spotify_declined",
        )
    parts = urlsplit(target)
    told = f"{parts.query}&spotify=declined" if parts.query else "spotify=declined"
    return _to(urlunsplit(parts._replace(query=told)))


def _allowed(target: str, settings: Settings) -> str:
    """Raises Invalid, code `return_to_not_allowed`, for an address outside this server and its friends."""
    parts = urlsplit(target)
    own_path = target.startswith("/") and not target.startswith("//") and "\\" not in target
    origin = f"{parts.scheme}://{parts.netloc}"
    friends = [*settings.allowed_origins, *([settings.public_url.rstrip("/")] if settings.public_url else [])]
    if target.isprintable() and ((own_path and not parts.netloc) or origin in friends):
        return target
    message = "return_to has to be a path of this server, or an address of an origin in CORS_ORIGINS."
    raise Invalid(message, code="return_to_not_allowed", errors=(FieldError(("query", "return_to"), message),))


def _to(address: str) -> Response:
    response: Response = redirect(address)  # type: ignore[assignment]
    response.headers["Cache-Control"] = "no-store"
    return response
