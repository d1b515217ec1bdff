"""The whole of Spotify in the product, against a fake of it with a memory."""

from __future__ import annotations

import random
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest
import requests
from flask import Flask, Response
from tests.fakes.spotify import CLIENT_ID, CLIENT_SECRET, FakeSpotify, Served, Token
from tests.unit.web.conftest import Person

from museaika.bootstrap import build_services
from museaika.settings import load_settings
from museaika.spotify.oauth import SCOPES, Grant
from museaika.spotify.shapes import Me
from museaika.web.app import create_app

EVERYTHING = "taste,playlists,player,library"
SONGS = [
    ("Bill Withers", "Lovely Day", 1977),
    ("ABBA", "Dancing Queen", 1976),
    ("Nick Drake", "Pink Moon", 1972),
]


@pytest.fixture
def fake() -> FakeSpotify:
    fake = FakeSpotify()
    fake.add_person("anna", "Anna", device="dev1")
    for artist, title, year in SONGS:
        fake.add_track(artist, title, year=year)
    return fake


@pytest.fixture
def served(fake) -> Iterator[Served]:
    served = Served(fake)
    yield served
    served.close()


@pytest.fixture
def make(tmp_path: Path, served):
    def make(**more: object) -> Flask:
        settings = load_settings(
            flask_env="testing",
            data_dir=tmp_path,
            ratelimit_enabled=False,
            spotify_client_id=CLIENT_ID,
            spotify_client_secret=CLIENT_SECRET,
            spotify_redirect_uri="http://127.0.0.1:5000/api/v1/auth/spotify/callback",
            spotify_api_url=f"{served.home}/v1",
            spotify_accounts_url=served.home,
            **more,
        )
        return create_app(settings, build_services(settings))

    return make


@pytest.fixture
def app(make) -> Flask:
    return make()


@pytest.fixture
def anna(app, served) -> Person:
    person = Person(app)
    connect(person, "anna", served)
    return person


def connect(person: Person, who: str, served: Served, steps: str = EVERYTHING) -> None:
    """Log in at the fake's page, as a browser does."""
    browser = person.app.test_client()
    begun = browser.get(
        f"/api/v1/auth/spotify/login?steps={steps}", headers={"Authorization": f"Bearer {person.token}"}
    )
    address = begun.headers["Location"]
    assert "Agree" in requests.get(address, timeout=10).text
    query = {name: one[0] for name, one in parse_qs(urlsplit(address).query).items()}
    agreed = requests.post(
        f"{served.home}/agree",
        data={**query, "who": who, "answer": "yes"},
        allow_redirects=False,
        timeout=10,
    )
    back = urlsplit(agreed.headers["Location"])
    answer = browser.get(f"{back.path}?{back.query}")
    assert answer.status_code == 200, answer.text


def connect_again(person: Person, fake: FakeSpotify) -> None:
    """After a fault that looked like the end of the connection: give it good tokens again."""
    service = person.app.extensions["museaika.services"].spotify
    scopes = {scope for step in SCOPES.values() for scope in step}
    fake.access["again"] = Token("anna", scopes, time.time() + 3600)
    fake.refresh["again"] = ("anna", scopes)
    expires_at = datetime.now(UTC) + timedelta(hours=1)
    grant = Grant("again", "again", expires_at, tuple(scopes))
    service._keeper.keep(person.user_id, Me(id="anna"), grant)


def data(answer, status=200):
    assert answer.status_code == status, answer.text
    return answer.get_json()["data"]


def code(answer):
    return answer.get_json()["error"]["code"]


def ours(person: Person, title: str) -> str:
    catalogue = person.app.extensions["museaika.services"].catalogue
    return next(track.track_id for track in catalogue.all() if track.title == title)


def a_list(person: Person, tracks: list[str], **more) -> str:
    return data(person.post("/playlists", json={"title": "Sunday", "tracks": tracks, **more}), 201)["id"]


def export(person: Person, playlist_id: str, **more):
    return data(person.post(f"/playlists/{playlist_id}/export/spotify", json=more))


def edit(person: Person, playlist_id: str, action: str, **fields: str) -> None:
    data(person.post(f"/playlists/{playlist_id}/edits", json={"action": action, "data": fields}))


def on_spotify(fake: FakeSpotify) -> list[str]:
    (only,) = fake.lists.values()
    return [fake.tracks[uri.removeprefix("spotify:track:")]["name"] for uri in only.items]


def test_a_list_is_written_once_then_updated_in_place_and_then_left_alone(anna, fake) -> None:
    playlist = a_list(anna, [ours(anna, title) for _, title, _ in SONGS])
    first = export(anna, playlist)
    assert (first["created"], first["changed"], first["tracks"], first["missing"]) == (True, True, 3, [])
    assert on_spotify(fake) == ["Lovely Day", "Dancing Queen", "Pink Moon"]
    before = len(fake.asked)
    again = export(anna, playlist)
    assert (again["created"], again["changed"]) == (False, False)
    assert all(method == "GET" for method, _ in fake.asked[before:]), "nothing was written, nothing searched"
    entries = data(anna.get(f"/playlists/{playlist}"))["tracks"]
    anna.post(
        f"/playlists/{playlist}/edits",
        json={"action": "remove_track", "data": {"entry_id": entries[0]["entry_id"]}},
    )
    changed = export(anna, playlist)
    assert changed["spotify_playlist_id"] == first["spotify_playlist_id"]
    assert on_spotify(fake) == ["Dancing Queen", "Pink Moon"]


def test_what_was_added_there_by_hand_stays_when_asked(anna, fake) -> None:
    playlist = a_list(anna, [ours(anna, "Lovely Day")])
    export(anna, playlist)
    by_hand = fake.add_track("The Neighbours", "Home Recording")
    (there,) = fake.lists.values()
    there.items.insert(0, f"spotify:track:{by_hand}")
    anna.post(
        f"/playlists/{playlist}/edits",
        json={"action": "add_track", "data": {"track_id": ours(anna, "Pink Moon")}},
    )
    assert export(anna, playlist, keep_own=True)["kept"] == 1
    assert on_spotify(fake) == ["Lovely Day", "Pink Moon", "Home Recording"]
    assert export(anna, playlist, keep_own=True)["changed"] is False
    assert export(anna, playlist, keep_own=False)["kept"] == 0
    assert on_spotify(fake) == ["Lovely Day", "Pink Moon"]


def test_more_than_a_hundred_tracks_arrive_in_order(anna, fake) -> None:
    uris = [f"spotify:track:{fake.add_track('Band', f'Song {number:03d}')}" for number in range(230)]
    playlist = a_list(anna, uris)
    export(anna, playlist)
    assert on_spotify(fake) == [f"Song {number:03d}" for number in range(230)]
    assert export(anna, playlist)["changed"] is False


def test_a_list_that_was_deleted_there_is_made_anew(anna, fake) -> None:
    playlist = a_list(anna, [ours(anna, "Lovely Day")])
    first = export(anna, playlist)
    fake.lists.clear()
    again = export(anna, playlist)
    assert again["created"]
    assert again["spotify_playlist_id"] != first["spotify_playlist_id"]


def test_tracks_that_spotify_does_not_have_are_named_and_not_looked_for_again(anna, fake) -> None:
    playlist = a_list(anna, [ours(anna, "Lovely Day"), ours(anna, "So What")])
    told = export(anna, playlist)
    assert [(one["title"], one["artists"]) for one in told["missing"]] == [("So What", ["Miles Davis"])]
    before = len(fake.asked)
    export(anna, playlist)
    assert not any(path == "/v1/search" for _, path in fake.asked[before:])


def test_a_look_for_many_tracks_is_spread_over_several_exports(anna, fake, monkeypatch) -> None:
    monkeypatch.setattr("museaika.web.routes.player.LOOKS", 2)
    playlist = a_list(anna, [ours(anna, title) for _, title, _ in SONGS])
    assert export(anna, playlist)["left"] == 1
    assert export(anna, playlist)["left"] == 0
    assert on_spotify(fake) == [title for _, title, _ in SONGS]


def test_a_list_comes_from_there_with_what_the_catalogue_knows(anna, fake) -> None:
    unknown = fake.add_track("The Neighbours", "Home Recording")
    made = a_list(anna, [ours(anna, "Dancing Queen"), f"spotify:track:{unknown}"])
    told = export(anna, made)
    lists = data(anna.get("/spotify/playlists"))["items"]
    assert [(one["name"], one["spotify_playlist_id"]) for one in lists] == [
        ("Sunday", told["spotify_playlist_id"])
    ]
    for given in (told["url"], told["url"] + "?si=abc", f"spotify:playlist:{told['spotify_playlist_id']}"):
        brought = data(anna.post("/playlists/import/spotify", json={"playlist": given}), 201)
        assert brought["title"] == "Sunday"
        assert [one["track_id"] for one in brought["tracks"]] == [
            ours(anna, "Dancing Queen"),
            f"spotify:track:{unknown}",
        ]
        assert [one["title"] for one in brought["tracks"]] == ["Dancing Queen", "Home Recording"]
    refused = anna.post("/playlists/import/spotify", json={"playlist": "https://evil.example/playlist/x"})
    assert refused.status_code == 422


def test_what_a_person_hears_counts_in_their_lists_until_they_disconnect(app, fake, served) -> None:
    fake.people["anna"].top = [fake.add_track("Nick Drake", "Pink Moon")]
    fake.people["anna"].saved = [fake.add_track("The Neighbours", "Home Recording")]
    person = Person(app)
    connect(person, "anna", served)
    service = app.extensions["museaika.services"].spotify
    assert service.familiar(person.user_id) == (ours(person, "Pink Moon"),)
    heard = data(person.get("/spotify/tracks"))["items"]
    assert [(one["title"], one["track_id"]) for one in heard] == [
        ("Pink Moon", ours(person, "Pink Moon")), ("Home Recording", None),
    ]  # fmt: skip
    data(person.delete("/auth/spotify"))
    assert service.familiar(person.user_id) == ()


def test_a_track_by_its_address_has_a_name_once_somebody_asked(anna, fake) -> None:
    there = fake.add_track("The Neighbours", "Home Recording")
    playlist = a_list(anna, [f"spotify:track:{there}"])
    assert data(anna.get(f"/playlists/{playlist}"))["tracks"][0]["title"] is None
    told = data(anna.get(f"/spotify/tracks/{there}"))
    assert (told["title"], told["artists"], told["track_id"]) == ("Home Recording", ["The Neighbours"], None)
    assert data(anna.get(f"/playlists/{playlist}"))["tracks"][0]["title"] == "Home Recording"
    before = len(fake.asked)
    anna.get(f"/spotify/tracks/{there}")
    assert len(fake.asked) == before
    assert anna.get(f"/spotify/tracks/{'0' * 22}").status_code == 404
    assert anna.get("/spotify/tracks/short").status_code in (404, 422)


def test_tracks_that_were_found_there_carry_their_address_for_everybody(anna, app, fake) -> None:
    track = data(anna.get("/recommendations?mood=calm&limit=1&discover=0"))["items"][0]
    assert track["uri"].startswith("museaika:track:")
    there = fake.add_track(track["artists"][0], track["title"], year=0)
    export(anna, a_list(anna, [track["track_id"]]))
    again = data(Person(app).get("/recommendations?mood=calm&limit=100&discover=0"))["items"]
    uris = {one["track_id"]: (one["uri"], one["url"]) for one in again}
    expected = (f"spotify:track:{there}", f"https://open.spotify.com/track/{there}")
    assert uris.get(track["track_id"], expected) == expected


def test_play_this_now(anna, fake) -> None:
    assert [one["name"] for one in data(anna.get("/player/devices"))["items"]] == ["Kitchen"]
    told = data(anna.post("/player/play", json={"uris": [f"museaika:track:{ours(anna, 'Lovely Day')}"]}))
    assert told == {"uris": fake.people["anna"].playing, "missing": []}
    assert len(told["uris"]) == 1


@pytest.mark.parametrize(
    ("change", "status", "expected"),
    [
        ({"premium": False}, 403, "spotify_premium_required"),
        ({"device": None}, 409, "spotify_no_device"),
        ({"registered": False}, 403, "spotify_not_allowed"),
    ],
)
def test_what_spotify_does_not_allow_is_told_in_words(anna, fake, change, status, expected) -> None:
    for name, value in change.items():
        setattr(fake.people["anna"], name, value)
    uri = f"spotify:track:{fake.add_track('ABBA', 'Dancing Queen')}"
    answer = anna.post("/player/play", json={"uris": [uri]})
    assert (answer.status_code, code(answer)) == (status, expected)


def test_what_was_not_agreed_to_is_asked_for_when_it_is_needed(app, fake, served) -> None:
    person = Person(app)
    connect(person, "anna", served, steps="")
    playlist = a_list(person, [ours(person, "Lovely Day")])
    for answer in (
        person.post(f"/playlists/{playlist}/export/spotify", json={}),
        person.post("/player/play", json={"uris": []}),
        person.get("/spotify/tracks"),
    ):
        assert (answer.status_code, code(answer)) == (403, "spotify_scope_missing")
    connect(person, "anna", served, steps="playlists")
    assert export(person, playlist)["tracks"] == 1
    connect(person, "anna", served, steps="player")
    assert person.get("/player/devices").status_code == 200
    assert export(person, playlist)["tracks"] == 1, "what was agreed to before still holds"


def test_who_is_not_connected_is_told_where_to_begin(app, fake) -> None:
    person = Person(app)
    for answer in (person.get("/spotify/tracks"), person.post("/player/play", json={})):
        assert (answer.status_code, code(answer)) == (409, "spotify_not_connected")
        assert "/auth/spotify/login" in answer.get_json()["error"]["detail"]


def test_a_quota_that_lasts_for_hours_stops_spotify_alone_in_every_process(anna, make, fake) -> None:
    fake.retry_after = ("48925", "QUOTA_EXCEEDED")
    began = time.monotonic()
    answer = anna.get("/player/devices")
    assert (answer.status_code, code(answer)) == (503, "spotify_quota")
    assert 48_900 < int(answer.headers["Retry-After"]) <= 48_925
    asked = len(fake.asked)
    fake.retry_after = None
    other = Person(make())  # another process on the same data
    other.token = anna.token
    for person in (anna, other):
        assert code(person.get("/player/devices")) == "spotify_quota"
        assert len(data(person.get("/recommendations?mood=calm"))["items"]) == 20
    assert len(fake.asked) == asked, "nothing was sent"
    assert time.monotonic() - began < 30, "nobody slept it out"


def test_whatever_spotify_answers_nothing_of_ours_becomes_a_500(anna, fake, monkeypatch) -> None:
    monkeypatch.setattr("museaika.spotify.transport.PAUSE_S", 0.001)
    playlist = a_list(anna, [ours(anna, "Lovely Day")])
    dice = random.Random(11)

    def fault() -> Response:
        status = dice.choice([200, 201, 204, 301, 400, 401, 403, 404, 500, 502, 503])
        body = dice.choice([b"", b"<html>", b"[]", b"null", b'"x"', b'{"items": 3}', b'{"error": []}', b"\xff"])
        return Response(body, status)

    seen = set()
    for number in range(120):
        fake.faults.extend([fault] * dice.randrange(1, 4))
        answer = [
            lambda: anna.get("/spotify/tracks"),
            lambda: anna.post(f"/playlists/{playlist}/export/spotify", json={}),
            lambda: anna.post("/player/play", json={"uris": []}),
            lambda: anna.get("/spotify/playlists"),
        ][number % 4]()
        fake.faults.clear()
        seen.add(answer.status_code)
        assert answer.status_code != 500, answer.text
        if answer.status_code == 409:
            connect_again(anna, fake)
    assert {200, 503} <= seen


def test_an_expired_token_is_refreshed_once_for_many_requests_at_once(anna, fake) -> None:
    fake.expire()
    with ThreadPoolExecutor(20) as pool:
        answers = list(pool.map(lambda _: anna.get("/player/devices").status_code, range(60)))
    assert set(answers) == {200}
    assert fake.refreshes == 1


def test_who_removed_the_app_at_spotify_is_asked_to_connect_again(anna, fake, served) -> None:
    fake.revoke("anna")
    for _ in range(2):
        answer = anna.get("/player/devices")
        assert (answer.status_code, code(answer)) == (409, "spotify_reconnect")
    assert fake.refreshes == 1, "what is dead is not tried again"
    assert data(anna.get("/auth/spotify"))["reconnect"] is True
    connect(anna, "anna", served)
    assert anna.get("/player/devices").status_code == 200


def test_no_secret_is_in_logs_errors_exports_or_the_database(anna, fake, tmp_path, capfd, served) -> None:
    secrets = [*fake.access, *fake.refresh, CLIENT_SECRET]
    fake.expire()
    anna.get("/player/devices")
    fake.retry_after = ("5", "RATE_LIMITED")
    told = [anna.get("/player/devices").data, anna.get("/users/me/export").data, anna.get("/auth/spotify").data]
    secrets += [*fake.access, *fake.refresh]
    out, err = capfd.readouterr()
    kept = [path.read_bytes() for path in tmp_path.rglob("*") if path.is_file() and path.name != "secrets.json"]
    for place in (*told, out.encode(), err.encode(), *kept):
        assert not [secret for secret in secrets if secret.encode() in place]
