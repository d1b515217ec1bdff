"""Our client and our fake of Spotify, held against the description of the Web API, by Prism between the two.

Needs Prism (`npm install --prefix .prism @stoplight/prism-cli`, or PRISM names its command) and the description
(SPOTIFY_SPEC, or where the shared data lies); skipped with a reason where one is missing.
"""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
import requests
from tests.fakes.spotify import FakeSpotify, Served, Token

from museaika.errors import Conflict, Forbidden, NotFound
from museaika.spotify.client import Client
from museaika.spotify.oauth import SCOPES
from museaika.spotify.transport import Transport
from museaika.spotify.troubles import Blocked
from museaika.storage.memory.spotify import MemoryTrackCache

ROOT = Path(__file__).parents[3]
SPEC = Path(os.environ.get("SPOTIFY_SPEC", ROOT.parent / "shared/data/spotify/openapi-devmode.yml"))
PRISM = os.environ.get("PRISM") or shutil.which("prism", path=str(ROOT / ".prism/node_modules/.bin")) or ""

NO_PRISM = "Prism is not installed: npm install --prefix .prism @stoplight/prism-cli"
NO_SPEC = "the description of Spotify's Web API is not here: SPOTIFY_SPEC"
pytestmark = [
    pytest.mark.skipif(not PRISM, reason=NO_PRISM),
    pytest.mark.skipif(not SPEC.exists(), reason=NO_SPEC),
]


class Open:
    """A gate that stands open."""

    def blocked(self, at: object) -> None: ...

    def block(self, block: object) -> None: ...

    def spend(self, at: object) -> None: ...


class Outcomes(list[tuple[str, str]]):
    def note(self, endpoint: str, outcome: str, seconds: float) -> None:
        self.append((endpoint, outcome))


@pytest.fixture(scope="module")
def fake() -> FakeSpotify:
    fake = FakeSpotify()
    anna = fake.add_person("anna", "Anna", device="dev1")
    for number in range(130):
        track = fake.add_track("Band", f"Song {number}", isrc=f"GBAYE{number:07d}")
        (anna.saved if number % 2 else anna.top).append(track)
    scopes = {scope for step in SCOPES.values() for scope in step}
    fake.access["good"] = Token("anna", scopes, time.time() + 3600)
    fake.access["narrow"] = Token("anna", set(), time.time() + 3600)
    return fake


@pytest.fixture(scope="module")
def prism(fake: FakeSpotify) -> Iterator[str]:
    served = Served(fake)
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    home = fake.public = f"http://127.0.0.1:{port}"
    command = [PRISM, "proxy", str(SPEC), f"{served.home}/v1", "--errors", "--port", str(port)]
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        for _ in range(300):
            try:
                requests.get(f"{home}/me", timeout=5)
                break
            except requests.ConnectionError:
                time.sleep(0.2)
        yield home
    finally:
        process.terminate()
        process.wait(10)
        served.close()


@pytest.fixture
def outcomes() -> Outcomes:
    return Outcomes()


@pytest.fixture
def client(prism: str, outcomes: Outcomes) -> Client:
    return client_of(prism, outcomes, "good")


def client_of(home: str, outcomes: Outcomes, token: str) -> Client:
    return Client(Transport(home, Open(), outcomes), lambda refused=None: token, MemoryTrackCache())


def test_what_is_looked_up_and_told(client: Client, fake: FakeSpotify) -> None:
    assert client.me().email == "anna@muse.example"
    assert client.search('track:"Song 7" artist:"Band"')[0].name == "Song 7"
    assert client.search("isrc:GBAYE0000009")[0].external_ids.isrc == "GBAYE0000009"
    assert client.track(fake.people["anna"].top[0]).name == "Song 0"
    assert len(client.top_tracks()) == 50
    assert [track.name for track in client.saved_tracks(60)][:2] == ["Song 1", "Song 3"]
    assert len(client.saved_tracks(60)) == 60, "pages are followed"
    client.save([f"spotify:track:{one}" for one in fake.people["anna"].top[:45]])


def test_lists_are_made_changed_and_read(client: Client, fake: FakeSpotify) -> None:
    uris = [f"spotify:track:{one}" for one in fake.tracks]
    made = client.create_playlist("Sunday", "slow", public=False)
    client.replace(made.id, uris)
    assert [entry.item.uri for entry in client.entries(made.id) if entry.item] == uris
    client.remove(made.id, uris[5:])
    snapshot = client.add(made.id, uris[5:7], position=0)
    client.move(made.id, 0, 3, str(snapshot))
    expected = [uris[6], *uris[:1], uris[5], *uris[1:5]]
    left = [entry.item.uri for entry in client.entries(made.id) if entry.item]
    assert sorted(left) == sorted(expected)
    client.describe_playlist(made.id, "Monday", "quick", public=True)
    assert client.playlist(made.id).name == "Monday"
    assert made.id in [one.id for one in client.playlists()]
    client.cover(made.id, b"\xff\xd8\xff\xd9")


def test_the_player(client: Client, fake: FakeSpotify) -> None:
    assert [one.name for one in client.devices().devices] == ["Kitchen"]
    client.play([f"spotify:track:{next(iter(fake.tracks))}"])
    client.enqueue(f"spotify:track:{next(iter(fake.tracks))}")
    assert client.playing() is not None
    assert client.queue().queue
    assert client.recently_played()
    client.pause()
    client.skip("dev1")
    client.back()
    client.seek(30_000)
    client.volume(40)


def test_refusals(client: Client, prism: str, outcomes: Outcomes, fake: FakeSpotify) -> None:
    with pytest.raises(NotFound):
        client.playlist("0" * 22)
    with pytest.raises(Forbidden):
        client_of(prism, outcomes, "narrow").top_tracks()
    with pytest.raises(Conflict, match="ended"):
        client_of(prism, outcomes, "unknown").me()
    fake.retry_after = ("48925", "QUOTA_EXCEEDED")
    try:
        with pytest.raises(Blocked) as caught:
            client.me()
    finally:
        fake.retry_after = None
    assert caught.value.reason == "QUOTA_EXCEEDED"


def test_prism_would_have_said_so(prism: str) -> None:
    bearer = {"Authorization": "Bearer good"}
    answer = requests.get(f"{prism}/search?limit=11&type=track&q=x", timeout=10, headers=bearer)
    assert answer.status_code == 422
    assert "limit" in answer.text
