"""Logging in with Spotify over HTTP: who ends up where, and what a stranger's link is worth."""

from __future__ import annotations

import io
import json
import zipfile
from urllib.parse import parse_qs, urlsplit

import pytest
from tests.unit.spotify.conftest import spotify  # noqa: F401 - the server that answers by script
from tests.unit.web.conftest import Person

from museaika.bootstrap import build_services
from museaika.settings import SettingsError, load_settings
from museaika.web.app import create_app

CALLBACK = "/auth/spotify/callback"


class Fake:
    """Just enough of Spotify: anybody who comes is `who`."""

    def __init__(self, script) -> None:
        self.who = {"id": "anna.s", "display_name": "Anna", "email": "anna@muse.example", "product": "premium"}
        self.script = script
        script.say = self.say

    def say(self, method: str, path: str):
        if path.startswith("/v1/api/token"):
            tokens = {"access_token": "the-access-token", "refresh_token": "the-refresh-token"}
            return 200, {}, {**tokens, "expires_in": 3600, "scope": "user-read-private", "token_type": "Bearer"}
        return 200, {}, self.who


@pytest.fixture
def fake(spotify):  # noqa: F811
    return Fake(spotify)


@pytest.fixture
def app(tmp_path, fake):
    settings = load_settings(
        flask_env="testing",
        data_dir=tmp_path,
        ratelimit_enabled=False,
        cors_origins="https://app.example",
        spotify_client_id="app",
        spotify_client_secret="s3cret",
        spotify_redirect_uri="http://127.0.0.1:5000/api/v1/auth/spotify/callback",
        spotify_api_url=fake.script.home,
        spotify_accounts_url=fake.script.home,
    )
    return create_app(settings, build_services(settings))


class Browser:
    """A browser: it keeps cookies, and follows nobody."""

    def __init__(self, app) -> None:
        self.http = app.test_client()

    def begin(self, query="", **headers):
        answer = self.http.get(f"/api/v1/auth/spotify/login{query}", headers=headers)
        assert answer.status_code == 302, answer.text
        return parse_qs(urlsplit(answer.headers["Location"]).query)["state"][0]

    def come_back(self, state, query="code=c0de"):
        return self.http.get(f"/api/v1{CALLBACK}?state={state}&{query}")


@pytest.fixture
def browser(app) -> Browser:
    return Browser(app)


def bearer(answer):
    return {"Authorization": f"Bearer {answer.get_json()['data']['access_token']}"}


def test_a_stranger_gets_an_account_and_the_same_one_next_time(browser, app) -> None:
    first = browser.come_back(browser.begin()).get_json()["data"]
    assert (first["user"]["kind"], first["user"]["display_name"]) == ("spotify", "Anna")
    assert {"access_token", "expires_in", "refresh_token", "user"} <= set(first)
    again = Browser(app)
    assert again.come_back(again.begin()).get_json()["data"]["user"]["user_id"] == first["user"]["user_id"]


def test_a_guest_who_connects_stays_the_same_person_with_all_they_had(browser, app) -> None:
    guest = Person(app)
    guest.post("/detect/manual", json={"mood": "calm"})
    state = browser.begin(Authorization=f"Bearer {guest.token}")
    told = browser.come_back(state)
    assert told.get_json()["data"]["user"]["user_id"] == guest.get("/auth/me").get_json()["data"]["user_id"]
    assert guest.get("/auth/me").get_json()["data"]["kind"] == "spotify"
    assert len(guest.get("/detect/history").get_json()["data"]["items"]) == 1
    told = guest.get("/auth/spotify").get_json()["data"]
    assert (told["connected"], told["spotify_id"], told["product"]) == (True, "anna.s", "premium")


def test_an_account_elsewhere_is_not_taken_over(browser, app) -> None:
    browser.come_back(browser.begin())
    guest = Person(app)
    refused = browser.come_back(browser.begin(Authorization=f"Bearer {guest.token}"))
    assert (refused.status_code, refused.get_json()["error"]["code"]) == (409, "spotify_taken")
    assert guest.get("/auth/spotify").get_json()["data"]["connected"] is False


def test_a_link_from_somebody_else_signs_nobody_in(browser, app) -> None:
    attacker = Browser(app)
    state = attacker.begin()
    refused = browser.come_back(state)
    assert (refused.status_code, refused.get_json()["error"]["code"]) == (403, "spotify_state")
    assert attacker.come_back(state).status_code == 403, "and the attempt used it up"


def test_a_state_is_good_once(browser) -> None:
    state = browser.begin()
    assert browser.come_back(state).status_code == 200
    assert browser.come_back(state).status_code == 403


def test_a_page_asks_for_the_address_and_gets_it_as_json(browser) -> None:
    answer = browser.http.get(
        "/api/v1/auth/spotify/login?steps=playlists", headers={"Accept": "application/json"}
    )
    address = answer.get_json()["data"]["authorize_url"]
    assert "playlist-modify-private" in address
    assert "HttpOnly" in answer.headers["Set-Cookie"]
    assert "SameSite=Lax" in answer.headers["Set-Cookie"]


@pytest.mark.parametrize("origin", ["https://app.example", "https://evil.example"])
def test_only_a_friend_may_bring_the_cookie_from_another_origin(browser, origin) -> None:
    answer = browser.http.get(
        "/api/v1/auth/spotify/login", headers={"Accept": "application/json", "Origin": origin}
    )
    allowed = answer.headers.get("Access-Control-Allow-Credentials") == "true"
    assert allowed == (origin == "https://app.example")
    elsewhere = browser.http.get("/api/v1/moods", headers={"Origin": origin})
    assert "Access-Control-Allow-Credentials" not in elsewhere.headers


@pytest.mark.parametrize("target", ["/", "/#diary", "https://app.example/after?x=1"])
def test_after_it_the_browser_goes_where_it_wanted_with_a_session(browser, target) -> None:
    answer = browser.come_back(browser.begin("?return_to=" + target.replace("#", "%23")))
    assert (answer.status_code, answer.headers["Location"]) == (302, target)
    assert "museaika_session" in "".join(answer.headers.getlist("Set-Cookie"))
    assert "the-access-token" not in str(answer.headers)


@pytest.mark.parametrize(
    "target",
    ["https://evil.example/", "//evil.example", "/\\evil.example", "https:evil.example", "javascript:alert(1)",
     "https://app.example.evil.example/", "https://app.example@evil.example/", "http://app.example/", "evil",
     "/%0d%0aSet-Cookie:x=1\r\n", "\t//evil.example"],
)  # fmt: skip
def test_nobody_is_sent_elsewhere(browser, target) -> None:
    answer = browser.http.get("/api/v1/auth/spotify/login", query_string={"return_to": target})
    assert (answer.status_code, answer.get_json()["error"]["code"]) == (422, "return_to_not_allowed")


def test_a_no_at_spotify_is_no_error_page(browser) -> None:
    refused = browser.come_back(browser.begin(), "error=access_denied")
    assert (refused.status_code, refused.get_json()["error"]["code"]) == (403, "spotify_declined")
    for target, there in (("/", "/?spotify=declined"), ("/%3Fa=1%23x", "/?a=1&spotify=declined#x")):
        back = browser.come_back(browser.begin(f"?return_to={target}"), "error=access_denied")
        assert (back.status_code, back.headers["Location"]) == (302, there)


def test_disconnecting_leaves_no_token_behind(browser, app, tmp_path) -> None:
    told = browser.come_back(browser.begin())
    headers = bearer(told)
    kept = b"".join(path.read_bytes() for path in tmp_path.rglob("*") if path.is_file())
    assert b"anna.s" in kept
    for secret in (b"the-access-token", b"the-refresh-token", b"s3cret"):
        assert secret not in kept, "it is in the database in plain text"
    assert browser.http.delete("/api/v1/auth/spotify", headers=headers).get_json()["data"]["deleted"] == 1
    assert browser.http.delete("/api/v1/auth/spotify", headers=headers).get_json()["data"]["deleted"] == 0
    left = b"".join(path.read_bytes() for path in tmp_path.rglob("*") if path.is_file())
    assert b"anna.s" not in left


def test_the_export_tells_of_the_connection_without_secrets_and_erasing_ends_it(browser, app) -> None:
    headers = bearer(browser.come_back(browser.begin()))
    with zipfile.ZipFile(
        io.BytesIO(browser.http.get("/api/v1/users/me/export", headers=headers).data)
    ) as zipped:
        told = json.loads(zipped.read("spotify.json"))
    assert told["spotify_id"] == "anna.s"
    assert not any("token" in name for name in told)
    browser.http.delete("/api/v1/users/me", headers=headers)
    fresh = Browser(app)
    told = fresh.come_back(fresh.begin())
    assert browser.http.get("/api/v1/auth/me", headers=bearer(told)).status_code == 200


def test_without_an_app_the_routes_say_what_is_missing(make_app) -> None:
    person = Person(make_app())
    told = person.get("/auth/spotify").get_json()["data"]
    assert (told["available"], told["connected"]) == (False, False)
    for answer in (person.get("/auth/spotify/login"), person.get("/player/devices")):
        assert (answer.status_code, answer.get_json()["error"]["code"]) == (404, "feature_disabled")
        assert "SPOTIFY_CLIENT_ID" in answer.get_json()["error"]["detail"]


@pytest.mark.parametrize(
    ("wanted", "words"),
    [
        ({"spotify_client_id": "app"}, "one is missing"),
        ({"spotify_client_id": "app", "spotify_client_secret": "x", "spotify_redirect_uri": "http://localhost/cb"},
         "http://127.0.0.1/cb"),
    ],
)  # fmt: skip
def test_an_app_that_cannot_work_stops_the_start_with_a_sentence(tmp_path, wanted, words) -> None:
    with pytest.raises(SettingsError, match=words):
        build_services(load_settings(flask_env="testing", data_dir=tmp_path, **wanted))
