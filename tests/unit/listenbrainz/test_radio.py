"""The tag radio, against a small server that speaks as ListenBrainz' documentation says."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, urlsplit

import pytest

from museaika.errors import Unavailable
from museaika.listenbrainz.radio import AT_ONCE, ListenBrainzRadio
from museaika.mood.vocabulary import MOODS, distance


def recording(number: int, tags: tuple[str, ...] = ("calm", "piano")) -> dict[str, object]:
    band = f"Band {number}"
    return {
        "artist": {"name": f"{band} feat. Guest", "artists": [{"name": band}, {"name": "Guest"}]},
        "recording": {"name": f"Song {number}", "length": 180_000 + number, "isrcs": ["GBAYE0000001"]},
        "release": {"name": "First", "year": 1999, "mbid": "x"},
        "tag": {"artist": [], "recording": [{"tag": tag, "count": 3} for tag in tags], "release_group": []},
    }  # fmt: skip


class Elsewhere:
    """What the stand-in answers: override `status`, `headers` or `bodies` by path."""

    def __init__(self) -> None:
        self.asked: list[tuple[str, dict[str, list[str]], str | None]] = []
        self.status, self.headers = 200, dict[str, str]()
        self.known = {f"mbid-{number}": recording(number) for number in range(120)}
        self.raw: bytes | None = None

    def answer(self, path: str, query: dict[str, list[str]]) -> object:
        if path == "/1/lb-radio/tags":
            picks = [{"recording_mbid": mbid, "percent": 50.0, "tag_count": 2, "source": "recording"}
                     for mbid in self.known]  # fmt: skip
            return picks[: int(query["count"][0])]
        ids = query["recording_mbids"][0].split(",")
        return {mbid: self.known[mbid] for mbid in ids}


@pytest.fixture
def elsewhere() -> Iterator[Elsewhere]:
    state = Elsewhere()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            url = urlsplit(self.path)
            query = parse_qs(url.query)
            state.asked.append((url.path, query, self.headers.get("Authorization")))
            body = state.raw if state.raw is not None else json.dumps(state.answer(url.path, query)).encode()
            self.send_response(state.status)
            for name, value in state.headers.items():
                self.send_header(name, value)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None: ...

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    state.home = f"http://127.0.0.1:{server.server_port}"  # type: ignore[attr-defined]
    threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
    yield state
    server.shutdown()
    server.server_close()


def test_tracks_carry_what_is_known_of_them(elsewhere) -> None:
    (track,) = ListenBrainzRadio(elsewhere.home).tracks_for(MOODS["calm"], 1)
    assert (track.title, track.artists) == ("Song 0", ("Band 0", "Guest"))
    assert (track.album, track.year, track.duration_ms, track.isrc) == ("First", 1999, 180_000, "GBAYE0000001")
    assert track.source == "listenbrainz"
    assert "piano" in track.tags


def test_only_the_tags_of_the_mood_are_sent(elsewhere) -> None:
    ListenBrainzRadio(elsewhere.home, token="t0ken").tracks_for(MOODS["sad"], 3)
    path, query, token = elsewhere.asked[0]
    assert path == "/1/lb-radio/tags"
    assert query.pop("tag") == list(MOODS["sad"].tags)
    assert set(query) == {"operator", "pop_begin", "pop_end", "count"}
    assert token == "Token t0ken"


def test_many_recordings_are_looked_up_in_parts(elsewhere) -> None:
    found = ListenBrainzRadio(elsewhere.home).tracks_for(MOODS["calm"], 120)
    assert len(found) == 120
    lookups = [query for path, query, _ in elsewhere.asked if path == "/1/metadata/recording/"]
    assert [len(query["recording_mbids"][0].split(",")) for query in lookups] == [AT_ONCE, AT_ONCE, 20]


def test_tags_move_a_recording_on_the_plane_and_make_its_place_surer(elsewhere) -> None:
    elsewhere.known = {
        "a": recording(1, ()), "b": recording(2, ("calm", "peaceful")), "c": recording(3, ("sad", "sorrow"))
    }  # fmt: skip
    bare, calm, sad = ListenBrainzRadio(elsewhere.home).tracks_for(MOODS["calm"], 3)
    assert distance(bare.valence, bare.arousal, MOODS["calm"]) < 0.01
    assert distance(calm.valence, calm.arousal, MOODS["calm"]) < 0.01
    assert bare.confidence < calm.confidence <= 0.4
    assert sad.valence < 0 < calm.valence


def test_recordings_without_title_or_artist_are_left_out(elsewhere) -> None:
    elsewhere.known = {"a": {}, "b": recording(1), "c": {"recording": {"name": "Nobody's"}}}
    (track,) = ListenBrainzRadio(elsewhere.home).tracks_for(MOODS["calm"], 3)
    assert track.title == "Song 1"


@pytest.mark.parametrize(
    ("status", "headers", "raw", "words", "pause"),
    [
        (429, {"X-RateLimit-Reset-In": "7"}, b"{}", "asks to wait", 7),
        (429, {}, b"{}", "asks to wait", 60),
        (429, {"X-RateLimit-Reset-In": "soon"}, b"{}", "asks to wait", 60),
        (401, {}, b"{}", "LISTENBRAINZ_TOKEN", None),
        (500, {}, b"oops", "answered 500", None),
        (302, {"Location": "http://127.0.0.1:1/"}, b"", "answered 302", None),
        (200, {}, b"<html>", "not JSON", None),
        (200, {}, b"[" * 100_000, "not JSON", None),
        (200, {}, b'{"what": "else"}', "form that we do not know", None),
        (200, {}, b"null", "form that we do not know", None),
        (200, {}, b'[{"recording_mbid": 7}]', "form that we do not know", None),
    ],
)  # fmt: skip
def test_every_refusal_is_told_in_words(elsewhere, status, headers, raw, words, pause) -> None:
    elsewhere.status, elsewhere.headers, elsewhere.raw = status, headers, raw
    with pytest.raises(Unavailable, match=words) as caught:
        ListenBrainzRadio(elsewhere.home).tracks_for(MOODS["calm"], 5)
    assert caught.value.retry_after_s == pause


def test_a_server_that_is_not_there_is_unavailable() -> None:
    with pytest.raises(Unavailable, match="can't be reached"):
        ListenBrainzRadio("http://127.0.0.1:1").tracks_for(MOODS["calm"], 5)
