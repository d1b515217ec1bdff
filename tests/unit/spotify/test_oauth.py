"""Signing in: who may finish what, and what a stolen state or code is worth."""

from __future__ import annotations

import base64
import hashlib
from datetime import UTC, datetime, timedelta
from urllib.parse import parse_qs, urlsplit

import pytest

from museaika.errors import Conflict, Forbidden, Invalid, Unavailable
from museaika.spotify.oauth import GOOD_FOR, SCOPES, BadRedirect, OAuth, check_redirect
from museaika.spotify.sealing import Sealer
from museaika.storage.memory.spotify import MemoryLogins

T0 = datetime(2026, 1, 5, 12, tzinfo=UTC)
CALLBACK = "http://127.0.0.1:5000/api/v1/auth/spotify/callback"
TOKENS = {
    "access_token": "at",
    "refresh_token": "rt",
    "expires_in": 3600,
    "scope": "user-top-read",
    "token_type": "Bearer",
}


@pytest.fixture
def logins() -> MemoryLogins:
    return MemoryLogins()


@pytest.fixture
def at() -> list[datetime]:
    return [T0]


@pytest.fixture
def oauth(spotify, logins, at) -> OAuth:
    spotify.say = lambda *_: (200, {"Content-Type": "application/json"}, TOKENS)
    return OAuth(spotify.home, "app", "s3cret", CALLBACK, logins, Sealer("k" * 40), clock=lambda: at[0])


def begun(oauth, **more):
    started = oauth.begin(more.pop("steps", ["taste"]), user_id=None, return_to=None, **more)
    return started, {name: one[0] for name, one in parse_qs(urlsplit(started.authorize_url).query).items()}


def test_the_browser_is_sent_to_spotify_with_state_challenge_and_scopes(oauth, spotify) -> None:
    started, query = begun(oauth)
    assert started.authorize_url.startswith(f"{spotify.home}/authorize?")
    assert query["response_type"] == "code"
    assert query["client_id"] == "app"
    assert query["redirect_uri"] == CALLBACK
    assert query["code_challenge_method"] == "S256"
    assert set(query["scope"].split()) == {*SCOPES["profile"], *SCOPES["taste"]}
    assert len(query["state"]) >= 32
    assert "s3cret" not in started.authorize_url


def test_the_code_is_swapped_with_the_verifier_of_the_challenge(oauth, spotify) -> None:
    started, query = begun(oauth)
    login, grant = oauth.finish(query["state"], "c0de", started.cookie)
    assert (grant.access_token, grant.refresh_token, grant.scopes) == ("at", "rt", ("user-top-read",))
    assert grant.expires_at == T0 + timedelta(hours=1)
    _, path, headers, body = spotify.asked[0]
    sent = {name: one[0] for name, one in parse_qs(body.decode()).items()}
    assert path == "/v1/api/token"
    assert headers["Authorization"] == "Basic " + base64.b64encode(b"app:s3cret").decode()
    assert (sent["grant_type"], sent["code"], sent["redirect_uri"]) == ("authorization_code", "c0de", CALLBACK)
    digest = hashlib.sha256(sent["code_verifier"].encode()).digest()
    assert base64.urlsafe_b64encode(digest).rstrip(b"=").decode() == query["code_challenge"]
    assert sent["code_verifier"] not in login.verifier, "it is kept sealed"


@pytest.mark.parametrize(
    "wrong", ["other browser", "no cookie", "unknown state", "no state", "too late", "used"]
)
def test_a_sign_in_that_this_browser_did_not_begin_is_refused_before_spotify_is_asked(
    oauth, spotify, at, wrong
) -> None:
    started, query = begun(oauth)
    other, _ = begun(oauth)
    state, cookie = query["state"], started.cookie
    if wrong == "other browser":
        cookie = other.cookie
    elif wrong == "no cookie":
        cookie = ""
    elif wrong == "unknown state":
        state = "x" * 43
    elif wrong == "no state":
        state = ""
    elif wrong == "too late":
        at[0] += GOOD_FOR
    elif wrong == "used":
        oauth.finish(state, "c0de", cookie)
        spotify.asked.clear()
    with pytest.raises(Forbidden) as caught:
        oauth.finish(state, "c0de", cookie)
    assert caught.value.code == "spotify_state"
    assert spotify.asked == []


@pytest.mark.parametrize(
    ("status", "told", "kind", "code"),
    [
        (
            400,
            {"error": "invalid_grant", "error_description": "Invalid authorization code"},
            Invalid,
            "spotify_code",
        ),
        (400, {"error": "invalid_client"}, Unavailable, "spotify_unavailable"),
        (400, {"error": "invalid_request"}, Unavailable, "spotify_garbled"),
        (500, {}, Unavailable, "spotify_unavailable"),
        (429, {}, Unavailable, "spotify_garbled"),
        (200, b"<html>", Unavailable, "spotify_garbled"),
        (200, [], Unavailable, "spotify_garbled"),
        (200, {"access_token": 7}, Unavailable, "spotify_garbled"),
        (200, {"access_token": "a", "refresh_token": []}, Unavailable, "spotify_garbled"),
        (200, {"access_token": "a", "expires_in": "soon"}, Unavailable, "spotify_garbled"),
        (200, {"access_token": "a", "expires_in": 3600}, Unavailable, "spotify_garbled"),
        (302, {}, Unavailable, "spotify_garbled"),
    ],
)
def test_whatever_spotify_answers_the_error_is_typed(oauth, spotify, status, told, kind, code) -> None:
    started, query = begun(oauth)
    spotify.say = lambda *_: (status, {"Location": "http://127.0.0.1:1/"}, told)
    with pytest.raises(kind) as caught:
        oauth.finish(query["state"], "c0de", started.cookie)
    assert caught.value.code == code
    assert "s3cret" not in caught.value.detail


def test_a_dead_refresh_token_asks_to_reconnect(oauth, spotify) -> None:
    spotify.say = lambda *_: (400, {}, {"error": "invalid_grant", "error_description": "Refresh token revoked"})
    with pytest.raises(Conflict) as caught:
        oauth.refresh("rt")
    assert caught.value.code == "spotify_reconnect"


def test_a_refresh_without_a_new_refresh_token_keeps_the_old_one(oauth, spotify) -> None:
    spotify.say = lambda *_: (200, {}, {"access_token": "new", "expires_in": 3600})
    grant = oauth.refresh("rt")
    assert (grant.access_token, grant.refresh_token) == ("new", None)


def test_what_can_be_asked_for_is_told(oauth) -> None:
    with pytest.raises(Invalid, match="taste, playlists, player"):
        oauth.begin(["everything"], user_id=None, return_to=None)


@pytest.mark.parametrize(
    ("uri", "words"),
    [
        (
            "http://localhost:5000/api/v1/auth/spotify/callback",
            "http://127.0.0.1:5000/api/v1/auth/spotify/callback",
        ),
        ("https://localhost/cb", "http://127.0.0.1/cb"),
        ("http://muse.example/cb", "https://"),
        ("ftp://127.0.0.1/cb", "https://"),
        ("https:///cb", "whole address"),
        ("https://muse.example/cb#x", "# part"),
        ("", "https://"),
    ],
)
def test_redirects_that_spotify_refuses_are_refused_at_the_start_with_what_would_work(uri, words) -> None:
    with pytest.raises(BadRedirect) as caught:
        check_redirect(uri)
    assert words in str(caught.value)


@pytest.mark.parametrize("uri", [CALLBACK, "https://muse.example/cb", "http://[::1]:5000/cb"])
def test_good_redirects_pass(uri) -> None:
    check_redirect(uri)
