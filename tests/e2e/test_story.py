"""A stranger's first minutes over plain HTTP: a sentence, a photo, tracks, and a new piece of music."""

from __future__ import annotations

import io
import json
import shutil
import subprocess
import time
import uuid
import zipfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

import mido
import pytest
import requests
from PIL import Image
from skimage import data as photos

if TYPE_CHECKING:
    from tests.e2e.conftest import Guest, Server

pytestmark = pytest.mark.e2e


def astronaut() -> bytes:
    buffer = io.BytesIO()
    Image.fromarray(photos.astronaut()).save(buffer, "JPEG", quality=92)
    return buffer.getvalue()


def decoded_seconds(mp3: bytes, folder: Path) -> float:
    """How long an MP3 plays, by FFmpeg or else by what a decoder in Python says."""
    path = folder / "piece.mp3"
    path.write_bytes(mp3)
    if shutil.which("ffprobe") is None:
        pytest.skip("ffprobe (Debian: ffmpeg) measures the MP3")
    decode = ["ffmpeg", "-v", "error", "-i", str(path), "-f", "s16le", "-ac", "1", "-ar", "44100", "-"]
    pcm = subprocess.run(decode, check=True, capture_output=True).stdout
    return len(pcm) / 2 / 44100


def test_a_happy_sentence_reads_happy(guest: Guest) -> None:
    answer = guest.post("/detect/sentiment", json={"text": "I feel happy today"})
    assert answer.status_code == 200, answer.text
    read = answer.json()["data"]
    assert read["primary_mood"] == "happy"
    assert read["sentiment"]["label"] == "positive"
    assert sum(read["moods"].values()) == pytest.approx(1, abs=0.01)
    assert read["recommendations"]
    newest = guest.get("/detect/history").json()["data"]["items"][0]
    assert (newest["id"] if "id" in newest else newest["mood_id"]) == read["mood_id"]


def test_a_photo_with_consent_has_one_face(guest: Guest) -> None:
    answer = guest.post(
        "/detect/emotion", files={"image": ("me.jpg", astronaut(), "image/jpeg")}, data={"consent": "true"}
    )
    assert answer.status_code == 200, answer.text
    read = answer.json()["data"]
    assert len(read["faces"]) == 1
    assert sum(read["faces"][0]["emotions"].values()) == pytest.approx(1, abs=0.01)
    x, y, width, height = read["faces"][0]["box"]
    assert x < 224 < x + width, "her nose is at (224, 120)"
    assert y < 120 < y + height
    assert "notice" in read


def test_without_consent_the_photo_is_not_read(guest: Guest) -> None:
    answer = guest.post("/detect/emotion", files={"image": b"not even an image"})
    assert (answer.status_code, answer.json()["error"]["code"]) == (403, "consent_required")


def test_a_photo_without_a_face_is_no_error(guest: Guest) -> None:
    buffer = io.BytesIO()
    Image.fromarray(photos.coffee()).save(buffer, "PNG")
    read = guest.post("/detect/emotion", files={"image": buffer.getvalue()}, data={"consent": "true"}).json()[
        "data"
    ]
    assert (read["faces"], read["primary_mood"]) == ([], None)


def test_twenty_tracks_for_sadness(guest: Guest) -> None:
    tracks = guest.get("/recommendations", params={"mood": "sad"}).json()["data"]["items"]
    assert len(tracks) == 20
    assert all(track["title"] and track["artists"] and track["reason"] for track in tracks)
    assert sum(track["valence"] < 0 for track in tracks) >= 19


def test_thirty_seconds_of_happy_music_at_120(guest: Guest, tmp_path: Path) -> None:
    accepted = guest.post("/generate", json={"mood": "happy", "tempo": 120, "length": 30})
    assert accepted.status_code == 202, accepted.text
    assert accepted.headers["Location"].endswith(accepted.json()["data"]["job_id"])
    job = guest.wait_for_job(accepted.json()["data"]["job_id"])
    assert job["status"] == "completed", job
    mp3 = guest.get(f"/generate/{job['job_id']}/download", params={"format": "mp3"})
    assert mp3.headers["Content-Type"] == "audio/mpeg"
    assert decoded_seconds(mp3.content, tmp_path) == pytest.approx(30, abs=0.1)
    midi = mido.MidiFile(file=io.BytesIO(guest.get(f"/generate/{job['job_id']}/download?format=midi").content))
    tempos = [message.tempo for track in midi.tracks for message in track if message.type == "set_tempo"]
    assert tempos == [500_000]
    linked = requests.get(requests.compat.urljoin(guest.server.url, job["download_url"]), timeout=10)
    assert linked.content == mp3.content, "a signed link needs no token"


def test_the_same_seed_gives_the_same_midi_and_another_seed_another_piece(guest: Guest) -> None:
    def midi(seed: int) -> bytes:
        wish = {"mood": "calm", "length": 8, "seed": seed}
        job = guest.wait_for_job(guest.post("/generate", json=wish).json()["data"]["job_id"])
        return guest.get(f"/generate/{job['job_id']}/download?format=midi").content

    assert midi(7) == midi(7)
    assert midi(7) != midi(8)


def test_progress_streams_until_the_piece_is_there(guest: Guest) -> None:
    job_id = guest.post("/generate", json={"mood": "sad", "length": 10}).json()["data"]["job_id"]
    kinds, stages = [], []
    with guest.get(f"/generate/{job_id}/events", stream=True) as stream:
        for line in stream.iter_lines(decode_unicode=True):
            if line.startswith("event:"):
                kinds.append(line.split(":", 1)[1].strip())
            elif line.startswith("data:"):
                stages.append(json.loads(line.split(":", 1)[1]))
    assert kinds[-1] == "complete"
    assert set(kinds[:-1]) <= {"progress"}


def test_a_repeated_request_with_one_key_makes_one_job(guest: Guest) -> None:
    key = {"Idempotency-Key": str(uuid.uuid4())}
    first, second = (guest.post("/generate", json={"mood": "calm", "length": 5}, headers=key) for _ in range(2))
    assert first.json()["data"]["job_id"] == second.json()["data"]["job_id"]
    other = guest.post("/generate", json={"mood": "calm", "length": 6}, headers=key)
    assert other.status_code == 422


def test_a_stranger_sees_nothing_of_it(server: Server, guest: Guest) -> None:
    job_id = guest.post("/generate", json={"mood": "calm", "length": 5}).json()["data"]["job_id"]
    mood_id = guest.post("/detect/manual", json={"mood": "calm"}).json()["data"]["mood_id"]
    stranger = server.guest()
    for method, path in [
        ("GET", f"/generate/{job_id}"),
        ("DELETE", f"/generate/{job_id}"),
        ("GET", f"/generate/{job_id}/download"),
        ("GET", f"/generate/{job_id}/events"),
        ("DELETE", f"/detect/history/{mood_id}"),
    ]:
        assert stranger.request(method, path).status_code == 404, path
    assert stranger.get("/detect/history").json()["data"]["items"] == []


def test_everything_can_be_taken_away_and_erased(server: Server) -> None:
    guest = server.guest()
    guest.request("PATCH", "/users/me", json={"privacy_level": "full"})
    guest.post("/detect/sentiment", json={"text": "a sentence that only I could have written"})
    job_id = guest.post("/generate", json={"mood": "happy", "length": 5}).json()["data"]["job_id"]
    guest.wait_for_job(job_id)
    export = zipfile.ZipFile(io.BytesIO(guest.get("/users/me/export").content))
    everything = b"".join(export.read(name) for name in export.namelist() if name.endswith(".json"))
    assert b"only I could have written" in everything
    assert any(name.endswith(".mp3") for name in export.namelist())
    assert guest.request("DELETE", "/users/me").ok
    assert guest.get("/auth/me").status_code == 401
    time.sleep(0.2)
    for path in server.data_dir.rglob("*"):
        assert job_id not in path.name
        if path.is_file():
            assert b"only I could have written" not in path.read_bytes(), path


def test_under_strict_privacy_nothing_is_kept(server: Server) -> None:
    guest = server.guest()
    guest.request("PATCH", "/users/me", json={"privacy_level": "strict"})
    read = guest.post("/detect/sentiment", json={"text": "nobody will know"}).json()["data"]
    assert read["primary_mood"]
    assert read["mood_id"] is None
    assert guest.get("/detect/history").json()["data"]["items"] == []


def raw(body: bytes) -> dict[str, Any]:
    return {"data": body, "headers": {"Content-Type": "application/json"}}


def photo(data: bytes) -> dict[str, Any]:
    return {"files": {"image": data}, "data": {"consent": "true"}}


PNG_START = bytes.fromhex("89504e470d0a1a0a0000000d49484452")
PNG_BOMB = PNG_START + (50_000).to_bytes(4, "big") * 2 + bytes.fromhex("0802000000")
BAD: dict[str, tuple[str, dict[str, Any], set[int]]] = {
    "an empty body": ("/detect/sentiment", {"data": b""}, {400, 415, 422}),
    "broken JSON": ("/detect/sentiment", raw(b'{"text": '), {400}),
    "invalid UTF-8": ("/detect/sentiment", raw(b'{"text": "\xff\xfe"}'), {400, 422}),
    "an empty text": ("/detect/sentiment", {"json": {"text": ""}}, {422}),
    "a million characters": ("/detect/sentiment", {"json": {"text": "a" * 10**6}}, {413, 422}),
    "a field nobody knows": ("/detect/sentiment", {"json": {"text": "hi", "colour": "red"}}, {422}),
    "an unknown mood": ("/detect/manual", {"json": {"mood": "hapy"}}, {422}),
    "a mood off the plane": ("/detect/manual", {"json": {"valence": 3, "arousal": 0}}, {422}),
    "a tempo of -1": ("/generate", {"json": {"mood": "happy", "tempo": -1}}, {422}),
    "a length of an hour": ("/generate", {"json": {"mood": "happy", "length": 3600}}, {422}),
    "no number": ("/generate", raw(b'{"mood":"happy","tempo":NaN}'), {400, 422}),
    "chords that are none": ("/generate", {"json": {"mood": "happy", "chords": "Am H9 %%"}}, {422}),
    "an engine that is not there": ("/generate", {"json": {"mood": "happy", "engine": "orchestra"}}, {422}),
    "an empty image": ("/detect/emotion", photo(b""), {422}),
    "a text as an image": ("/detect/emotion", photo(b"hello"), {415, 422}),
    "a truncated photo": ("/detect/emotion", photo(astronaut()[:3000]), {422}),
    "a PNG of 50,000 × 50,000": ("/detect/emotion", photo(PNG_BOMB), {413, 422}),
    "a body of 100 MB": ("/detect/emotion", photo(bytes(100_000_000)), {413}),
}


@pytest.mark.parametrize("what", BAD)
def test_bad_input_gets_a_sentence_that_helps(guest: Guest, what: str) -> None:
    path, options, statuses = BAD[what]
    answer = guest.post(path, **options)
    assert answer.status_code in statuses, answer.text
    error: dict[str, Any] = answer.json()["error"]
    assert error["code"]
    assert len(error["detail"].split()) >= 4, "a sentence, not a word"
    assert error["request_id"] == answer.headers["X-Request-Id"]


def test_the_unknown_mood_is_answered_with_a_suggestion(guest: Guest) -> None:
    assert "happy" in guest.post("/detect/manual", json={"mood": "hapy"}).json()["error"]["detail"]
