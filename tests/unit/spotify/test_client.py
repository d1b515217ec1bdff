"""What the client does beyond one request: pages, parts, a new token, and what it remembers."""

from __future__ import annotations

import json

import pytest

from museaika.errors import Conflict, Unavailable
from museaika.spotify.client import Cached, Client
from museaika.storage.memory.spotify import MemoryTrackCache


class Tokens:
    """Hands out `old` until it is refused, then `new`."""

    def __init__(self) -> None:
        self.refused: list[str | None] = []

    def __call__(self, refused: str | None = None) -> str:
        self.refused.append(refused)
        return "new" if refused else "old"


@pytest.fixture
def tokens() -> Tokens:
    return Tokens()


@pytest.fixture
def cache() -> MemoryTrackCache:
    return MemoryTrackCache()


@pytest.fixture
def client(transport, tokens, cache) -> Client:
    return Client(transport, tokens, cache)


def test_a_refused_token_is_replaced_once(client, spotify, tokens) -> None:
    answers = iter([(401, {}, {}), (200, {}, {"id": "anna"})])
    spotify.say = lambda *_: next(answers)
    assert client.me().id == "anna"
    assert tokens.refused == [None, "old"]
    spotify.say = lambda *_: (401, {}, {})
    with pytest.raises(Conflict) as caught:
        client.me()
    assert caught.value.code == "spotify_reconnect"


def test_a_track_is_asked_for_again_after_a_day_only_if_it_changed(client, spotify, cache, monkeypatch) -> None:
    spotify.say = lambda *_: (200, {"ETag": "W/1"}, {"id": "t1", "name": "Song", "artists": [{"name": "Band"}]})
    assert client.track("t1").name == "Song"
    assert client.track("t1").artists[0].name == "Band"
    assert len(spotify.asked) == 1
    known = cache.get("t1")
    monkeypatch.setattr(cache, "get", lambda _: Cached(known.told, known.etag, fresh=False))
    spotify.say = lambda *_: (304, {}, None)
    assert client.track("t1").name == "Song"
    assert spotify.asked[-1][2]["If-None-Match"] == "W/1"


def test_what_does_not_fit_into_one_request_goes_in_parts(client, spotify) -> None:
    spotify.say = lambda *_: (201, {}, {"snapshot_id": "s"})
    client.add("list", [f"u{number}" for number in range(250)], position=7)
    sent = [json.loads(body) for *_, body in spotify.asked]
    assert [len(part["uris"]) for part in sent] == [100, 100, 50]
    assert [part["position"] for part in sent] == [7, 107, 207]


def test_pages_are_followed_to_their_end_or_the_limit(client, spotify, transport) -> None:
    def say(_method: str, path: str) -> object:
        offset = int(path.partition("offset=")[2] or 0)
        items = [{"track": {"id": str(offset + number), "name": "x"}} for number in range(2)]
        following = f"{transport.api}/me/tracks?offset={offset + 2}" if offset < 4 else None
        return 200, {}, {"items": items, "next": following}

    spotify.say = say
    assert [track.id for track in client.saved_tracks()] == ["0", "1", "2", "3", "4", "5"]
    assert [track.id for track in client.saved_tracks(3)] == ["0", "1", "2"]


def test_a_page_that_leads_elsewhere_is_not_followed(client, spotify) -> None:
    spotify.say = lambda *_: (200, {}, {"items": [{}], "next": "http://evil.example/v1/me/tracks?offset=2"})
    with pytest.raises(Unavailable):
        client.saved_tracks()


@pytest.mark.parametrize("told", [None, [], {"tracks": 3}, {"tracks": {"items": [{"artists": "x"}]}}])
def test_an_answer_of_the_wrong_shape_is_told_as_such(client, spotify, told) -> None:
    spotify.say = lambda *_: (200, {}, told)
    with pytest.raises(Unavailable) as caught:
        client.search("x")
    assert caught.value.code == "spotify_garbled"


def test_nothing_playing_is_nothing(client, spotify) -> None:
    spotify.say = lambda *_: (204, {}, None)
    assert client.playing() is None


def test_a_cover_that_is_too_large_is_not_sent(client, spotify) -> None:
    with pytest.raises(ValueError, match="256 KB"):
        client.cover("list", b"x" * 200_000)
    assert spotify.asked == []
