"""Power cuts: everything is killed at once, in the middle of the work, and nothing acknowledged is lost.

One person asks for pieces and records moods without a pause. Every piece that was accepted must be
completed in the end, once; every mood that was acknowledged must be in the diary.
"""

import collections
import json
import random
import threading
import time
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any

import pytest
import requests

if TYPE_CHECKING:
    from tests.e2e.conftest import Guest, Server

pytestmark = pytest.mark.e2e

MOODS = ("calm", "happy", "sad", "energetic", "angry", "focused")
SETTINGS = {
    "RATELIMIT_ENABLED": "false",
    "JOB_LEASE_SECONDS": "2",
    "MAX_QUEUED_JOBS_PER_USER": "500",
    "LOG_FORMAT": "json",
}


class Life:
    """A person who keeps asking; `pieces` and `moods` are the ids that the server acknowledged."""

    def __init__(self, guest: "Guest", pieces: int) -> None:
        self.guest = guest
        self.pieces: list[str] = []
        self.moods: list[str] = []
        self.refused: list[str] = []
        self._wanted = pieces
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._live)

    def __enter__(self) -> "Life":
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._over.set()
        self._thread.join()

    def _live(self) -> None:
        steps = 0
        while not self._over.is_set():
            steps += 1
            try:
                if len(self.pieces) < self._wanted and steps % 4 == 1:
                    self._ask("/generate", self._piece(steps), self.pieces, "job_id")
                self._ask("/detect/manual", {"mood": MOODS[steps % len(MOODS)]}, self.moods, "mood_id")
            except requests.RequestException:  # nobody is there; what was not acknowledged may be lost
                time.sleep(0.1)

    def _ask(self, path: str, body: dict[str, Any], acknowledged: list[str], name: str) -> None:
        answer = self.guest.post(path, json=body, timeout=10)
        if answer.ok:
            acknowledged.append(answer.json()["data"][name])
        else:
            self.refused.append(answer.text)

    def _piece(self, seed: int) -> dict[str, Any]:
        return {"mood": MOODS[seed % len(MOODS)], "length": 8, "seed": seed}


def jobs_of(guest: "Guest") -> dict[str, dict[str, Any]]:
    return {job["job_id"]: job for job in every(guest, "/generate")}


def every(guest: "Guest", path: str) -> Iterator[dict[str, Any]]:
    """All items of a list, page by page."""
    cursor: str | None = None
    while True:
        data = guest.get(path, params={"limit": 100, **({"cursor": cursor} if cursor else {})}).json()["data"]
        yield from data["items"]
        if (cursor := data["next_cursor"]) is None:
            return


def completed(guest: "Guest") -> dict[str, dict[str, Any]]:
    return {job_id: job for job_id, job in jobs_of(guest).items() if job["status"] == "completed"}


def wait(what: str, true: Callable[[], bool], server: "Server", within_s: float) -> None:
    deadline = time.monotonic() + within_s
    while not true():
        assert time.monotonic() < deadline, f"{what} did not happen within {within_s:.0f} s\n{server.log()}"
        time.sleep(0.3)


def endings(server: "Server") -> collections.Counter[str]:
    """How often the workers' logs say of each job that it was completed."""
    counted: collections.Counter[str] = collections.Counter()
    for line in server.log_path.read_text(errors="replace").splitlines():
        if '"job_ended"' in line:
            told = json.loads(line)
            counted[told["job_id"]] += told["status"] == "completed"
    return counted


def check_nothing_is_lost_or_made_twice(
    server: "Server", life: Life, before: dict[str, dict[str, Any]]
) -> None:
    jobs = jobs_of(life.guest)
    assert life.refused == []
    assert {jobs[job_id]["status"] for job_id in life.pieces} == {"completed"}
    for job_id, job in before.items():
        assert jobs[job_id]["completed_at"] == job["completed_at"]
    diary = [item["mood_id"] for item in every(life.guest, "/detect/history")]
    assert set(life.moods) <= set(diary)
    assert len(diary) == len(set(diary))

    objects = server.data_dir / "objects"
    stored = {path.relative_to(objects).as_posix() for path in objects.rglob("*") if path.is_file()}
    names = ("piece.mp3", "piece.wav", "piece.mid", "piece.musicxml", "stems.zip")
    drafts = {path for path in stored if path.startswith(".drafts/")}
    assert stored - drafts == {f"{job_id}/1/{name}" for job_id in jobs for name in names}
    assert set(endings(server).values()) == {1}
    some = random.Random(1).choice(life.pieces)
    audio = life.guest.get(f"/generate/{some}/download", params={"format": "wav"})
    assert len(audio.content) == jobs[some]["result"]["downloads"]["wav"]["bytes"]


@pytest.mark.timeout(240)
def test_after_a_power_cut_every_accepted_piece_is_made_once_and_every_mood_remembered(
    new_server: Callable[..., "Server"],
) -> None:
    server = new_server(workers=2, **SETTINGS).start()
    guest = server.guest()
    with Life(guest, pieces=10) as life:
        wait("two pieces", lambda: len(completed(guest)) >= 2 and len(life.pieces) >= 4, server, 60)
        before = completed(guest)
        server.kill9()
    open_jobs = len(life.pieces) - len(before)
    assert open_jobs > 0, "the cut came too late to prove anything"
    server.start()
    with Life(guest, pieces=10 - len(life.pieces)) as later:
        wait("ten pieces", lambda: len(completed(guest)) >= 10, server, 90)
    life.pieces += later.pieces
    life.moods += later.moods
    check_nothing_is_lost_or_made_twice(server, life, before)


@pytest.mark.soak
@pytest.mark.timeout(1800)
def test_after_many_power_cuts_at_any_moment_nothing_is_lost(new_server: Callable[..., "Server"]) -> None:
    server = new_server(workers=2, **SETTINGS).start()
    guest, dice, before = server.guest(), random.Random(9), {}
    with Life(guest, pieces=60) as life:
        for _ in range(12):
            time.sleep(dice.uniform(0.5, 9.0))
            before.update(completed(guest))
            server.kill9()
            server.start()
        wait("the last order", lambda: len(life.pieces) >= 60, server, 120)
        # Some jobs were stored though their answer was cut off, so the names count, not the number.
        wait("all pieces", lambda: set(life.pieces) <= set(completed(guest)), server, 600)
    check_nothing_is_lost_or_made_twice(server, life, before)
