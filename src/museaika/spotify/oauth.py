"""Signing in with Spotify: the code flow with state and PKCE (RFC 6749, RFC 7636), by Authlib.

A sign-in begins with an address to send the browser to and a cookie for that browser. It ends with Spotify's
code at our callback: the state has to be one of ours, not used before, and the cookie has to be the one we gave
to the browser that began. So neither a link from somebody else nor a stolen code is worth anything.
"""

from __future__ import annotations

import hashlib
import hmac
import secrets
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from types import MappingProxyType
from typing import Any, NoReturn
from urllib.parse import urlsplit

import requests
from authlib.integrations.base_client.errors import OAuthError
from authlib.integrations.requests_client import OAuth2Session

from museaika.clock import Clock, now
from museaika.errors import Forbidden, Invalid, MuseAIkaError
from museaika.spotify.ports import Login, Logins
from museaika.spotify.sealing import Sealer, Unsealable
from museaika.spotify.transport import CONNECT_S, READ_S
from museaika.spotify.troubles import garbled, reconnect, unreachable

GOOD_FOR = timedelta(minutes=10)
"""How long a person may take at Spotify's page."""

SCOPES: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        "profile": ("user-read-private", "user-read-email"),
        "taste": ("user-top-read", "user-library-read"),
        "playlists": (
            "playlist-read-private", "playlist-modify-private", "playlist-modify-public", "ugc-image-upload",
        ),
        "player": ("user-read-playback-state", "user-modify-playback-state", "user-read-recently-played"),
        "library": ("user-library-modify",),
    }
)  # fmt: skip
"""What may be asked for, step by step: words of ours, and Spotify's names for them."""


class BadRedirect(ValueError):
    """The redirect address can't work with Spotify; the message says why and what would."""


def check_redirect(uri: str) -> None:
    """Raises BadRedirect for an address that Spotify refuses today."""
    parts = urlsplit(uri)
    if parts.hostname == "localhost":
        better = uri.replace("localhost", "127.0.0.1", 1).replace("https:", "http:", 1)
        raise BadRedirect(
            f"Spotify no longer takes redirects to localhost. Register and set {better} instead, and open the "
            "server under that address."
        )
    loopback = parts.scheme == "http" and parts.hostname in ("127.0.0.1", "::1")
    if not loopback and parts.scheme != "https":
        raise BadRedirect("It has to begin with https://, or be http://127.0.0.1:PORT/… on one's own machine.")
    if parts.fragment or not parts.hostname:
        raise BadRedirect("It has to be a whole address without a # part.")


@dataclass(frozen=True, slots=True)
class Begun:
    """Where to send the browser, and the cookie that it has to bring back."""

    authorize_url: str
    cookie: str


@dataclass(frozen=True, slots=True)
class Grant:
    """What Spotify gave: an access token until `expires_at`, a refresh token (None: the old one stays), and
    the scopes that were agreed to."""

    access_token: str
    refresh_token: str | None
    expires_at: datetime
    scopes: tuple[str, ...]


class OAuth:
    """The app's own account with Spotify. `authority` is the base address of the accounts service."""

    def __init__(
        self,
        authority: str,
        client_id: str,
        client_secret: str,
        redirect_uri: str,
        logins: Logins,
        sealer: Sealer,
        clock: Clock = now,
    ) -> None:
        check_redirect(redirect_uri)
        self._authority = authority.rstrip("/")
        self._app = {"client_id": client_id, "client_secret": client_secret, "redirect_uri": redirect_uri}
        self._logins, self._sealer, self._clock = logins, sealer, clock

    def begin(
        self, steps: Iterable[str], *, user_id: str | None, return_to: str | None, agreed: Iterable[str] = ()
    ) -> Begun:
        """Begin a sign-in that asks for some of SCOPES, the profile always, and for what was `agreed` to
        before: Spotify's new tokens are good for nothing else. Raises Invalid for other steps."""
        scopes = tuple(dict.fromkeys((*_scopes(steps), *agreed)))
        state, verifier, cookie = (secrets.token_urlsafe(32) for _ in range(3))
        with self._session(scope=" ".join(scopes), code_challenge_method="S256") as session:
            url, _ = session.create_authorization_url(
                f"{self._authority}/authorize", state=state, code_verifier=verifier
            )
        at = self._clock()
        self._logins.delete_expired(at)
        self._logins.put(
            Login(
                state=state,
                browser=_hash(cookie),
                verifier=self._sealer.seal(verifier, state),
                scopes=scopes,
                expires_at=at + GOOD_FOR,
                user_id=user_id,
                return_to=return_to,
            )
        )
        return Begun(url, cookie)

    def finish(self, state: str, code: str, cookie: str) -> tuple[Login, Grant]:
        """Swap the code of a sign-in that this browser began for tokens.

        Raises:
            Forbidden: code `spotify_state`: not begun here, not by this browser, too long ago, or used before.
            Invalid: code `spotify_code`: Spotify does not take the code.
        """
        login = self._take(state, cookie)
        try:
            verifier = self._sealer.open(login.verifier, login.state)
        except Unsealable:
            raise _stranger() from None
        grant = self._ask("authorization_code", code=code, code_verifier=verifier)
        if grant.refresh_token is None:
            raise garbled()
        return login, grant

    def give_up(self, state: str, cookie: str) -> Login:
        """The person said no at Spotify's page: forget the sign-in. Raises Forbidden, as `finish`."""
        return self._take(state, cookie)

    def refresh(self, refresh_token: str) -> Grant:
        """Get a new access token. Raises Conflict, code `spotify_reconnect`, when Spotify wants a new yes."""
        return self._ask("refresh_token", refresh_token=refresh_token)

    def _take(self, state: str, cookie: str) -> Login:
        login = self._logins.take(state) if state else None
        if login is None or login.expires_at <= self._clock():
            raise _stranger()
        if not hmac.compare_digest(login.browser, _hash(cookie)):
            raise _stranger()
        return login

    def _session(self, **more: Any) -> OAuth2Session:
        return OAuth2Session(**self._app, token_endpoint_auth_method="client_secret_basic", **more)  # noqa: S106

    def _ask(self, grant_type: str, **fields: str) -> Grant:
        url = f"{self._authority}/api/token"
        try:
            with self._session() as session:
                told = session.fetch_token(
                    url, grant_type=grant_type, timeout=(CONNECT_S, READ_S), allow_redirects=False, **fields
                )
        except OAuthError as problem:
            _refused(grant_type, problem)
        except requests.HTTPError as problem:
            raise unreachable(str(problem.response.status_code)) from None
        except requests.RequestException as problem:
            raise unreachable(type(problem).__name__) from None
        except (ValueError, TypeError, AttributeError, KeyError, RecursionError):
            raise garbled() from None
        return _grant(told, self._clock())


def _refused(grant_type: str, problem: OAuthError) -> NoReturn:
    if problem.error == "invalid_grant":
        if grant_type == "refresh_token":
            raise reconnect() from None
        message = "Spotify did not take the sign-in: it took too long, or was used before. Begin again."
        raise Invalid(message, code="spotify_code") from None
    if problem.error == "invalid_client":
        raise _misconfigured() from None
    raise garbled() from None


def _misconfigured() -> MuseAIkaError:
    problem = unreachable("it does not know this app")
    problem.detail += " The operator has to check SPOTIFY_CLIENT_ID and SPOTIFY_CLIENT_SECRET."
    return problem


def _grant(told: Any, at: datetime) -> Grant:
    try:
        access, refresh = told["access_token"], told.get("refresh_token")
        lasts = float(told.get("expires_in", 3600))
        scopes = tuple(sorted(str(told.get("scope") or "").split()))
        if not (isinstance(access, str) and access and 0 < lasts < 1e7):
            raise ValueError
        if refresh is not None and not isinstance(refresh, str):
            raise ValueError
    except (KeyError, TypeError, ValueError, AttributeError):
        raise garbled() from None
    return Grant(access, refresh or None, at + timedelta(seconds=lasts), scopes)


def _scopes(steps: Iterable[str]) -> tuple[str, ...]:
    wanted = dict.fromkeys(("profile", *steps))
    if unknown := [step for step in wanted if step not in SCOPES]:
        raise Invalid(f"'{unknown[0][:40]}' is nothing to ask for. Choose from {', '.join(SCOPES)}.")
    return tuple(dict.fromkeys(scope for step in wanted for scope in SCOPES[step]))


def _hash(cookie: str) -> str:
    return hashlib.sha256(cookie.encode("utf-8", "surrogatepass")).hexdigest()


def _stranger() -> Forbidden:
    return Forbidden(
        "This sign-in was not begun in this browser, took longer than ten minutes, or was used before. Begin "
        "again at GET /api/v1/auth/spotify/login.",
        code="spotify_state",
    )
