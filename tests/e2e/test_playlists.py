"""Many hands on one list over real sockets, lines that break, and a server that is killed: nothing is lost."""

from __future__ import annotations

import random
import threading
import time
import uuid
from collections.abc import Callable
from typing import Any

import pytest
import socketio

from .conftest import Guest, Server

SETTINGS = {
    "RATELIMIT_ENABLED": "false",
    "ENABLE_MUSIC_GENERATION": "false",
    "ACCESS_TOKEN_MINUTES": "600",  # nobody renews a token here, and a soak may take long
}


class Hand(threading.Thread):
    """One person at one list: edits at random, hangs up now and then, and asks again until answered. With
    `follows` it keeps a replica by what the room tells."""

    def __init__(
        self, guest: Guest, made: dict[str, Any], edits: int, seed: int, *, follows: bool = False
    ) -> None:
        super().__init__(daemon=True)
        self.guest, self.list_id, self.edits = guest, made["id"], edits
        self.entries = [track["entry_id"] for track in made["tracks"]]
        self.replica = Replica(made) if follows else None
        self.dice = random.Random(seed)
        self.acknowledged: dict[str, dict[str, Any]] = {}
        self.refused: list[str] = []
        self.line: Any = None

    def run(self) -> None:
        for _ in range(self.edits):
            action, data = self.wish()
            asked = {"playlist_id": self.list_id, "action": action, "data": data, "op_id": uuid.uuid4().hex}
            answer = self.ask(asked)
            if action == "remove_track" and len(self.entries) > 50:
                self.entries.remove(data["entry_id"])
            if not answer["ok"]:
                assert answer["error"]["code"] == "entry_gone", answer
                self.refused.append(asked["op_id"])
                continue
            self.acknowledged[asked["op_id"]] = answer
            if action == "add_track":
                self.entries.append(answer["entry_id"])
            if self.dice.random() < 0.1:
                assert self.ask(asked) == answer, "the same op_id got another answer"
            if self.dice.random() < 0.05:
                self.hang_up()
            if self.dice.random() < 0.1:
                time.sleep(self.dice.uniform(0, 0.05))
            self.follow()
        self.hang_up()

    def follow(self) -> None:
        """Hear what the room told since the last time; where something is missing, fetch it."""
        if self.replica is None or self.line is None:
            return
        while self.line.input_buffer:
            name, told = self.line.input_buffer.pop(0)
            if name == "playlist_update" and not self.replica.hear(told):
                self.hang_up()  # the next line begins where the replica stands
                break

    def wish(self) -> tuple[str, dict[str, Any]]:
        some = self.dice.choice(self.entries)
        anchor = self.dice.choice([{}, {"after": None}, {"after": self.dice.choice(self.entries)}])
        growth = ["add_track"] * (2 if len(self.entries) < 300 else 0)  # lists have a limit
        action = self.dice.choice([*growth, "move_track", "remove_track", "rename"])
        return action, {
            "add_track": {"track_id": f"spotify:track:{self.dice.randrange(10**22):022d}", **anchor},
            "move_track": {"entry_id": some, **anchor},
            "remove_track": {"entry_id": some},
            "rename": {"title": f"Ours {self.dice.random()}"},
        }[action]

    def ask(self, asked: dict[str, Any]) -> dict[str, Any]:
        deadline = time.monotonic() + 120
        while time.monotonic() < deadline:
            try:
                if self.line is None:
                    self.line = socketio.SimpleClient()
                    self.line.connect(
                        self.guest.server.url,
                        namespace="/realtime",
                        auth={"token": self.guest.token},
                        transports=["websocket"],
                        wait_timeout=5,
                    )
                    self.join_room()
                answer: dict[str, Any] = self.line.call("playlist_edit", asked, timeout=10)
                return answer
            except socketio.exceptions.SocketIOError:
                self.hang_up()
                time.sleep(0.2)
        raise AssertionError("nobody answered for two minutes")

    def join_room(self) -> None:
        if self.replica is None:
            return
        asked = {"playlist_id": self.list_id, "since": self.replica.version}
        answer = self.line.call("playlist_join", asked, timeout=10)
        if "playlist" in answer:
            self.replica = Replica(answer["playlist"])
        for told in answer.get("edits", ()):
            assert self.replica.hear(told)

    def hang_up(self) -> None:
        if self.line is not None:
            self.line.client.reconnection = False
            self.line.disconnect()
            self.line = None


class Replica:
    """A list kept by updates alone."""

    def __init__(self, made: dict[str, Any]) -> None:
        self.version, self.title = made["version"], made["title"]
        self.entries = [track["entry_id"] for track in made["tracks"]]

    def hear(self, told: dict[str, Any]) -> bool:
        """False where updates before this one are missing."""
        if told["version"] > self.version + 1:
            return False
        if told["version"] <= self.version:
            return True
        self.version, data = told["version"], told["data"]
        if told["action"] == "rename":
            self.title = data["title"]
        if told["action"] in ("move_track", "remove_track"):
            self.entries.remove(data["entry_id"])
        if told["action"] in ("move_track", "add_track"):
            place = 0 if data["after"] is None else self.entries.index(data["after"]) + 1
            self.entries.insert(place, data["entry_id"])
        return True


def a_list_of_many(server: Server, hands: int, entries: int) -> tuple[Guest, list[Guest], dict[str, Any]]:
    owner, others = server.guest(), [server.guest() for _ in range(hands)]
    tracks = [f"spotify:track:{n:022d}" for n in range(entries)]
    made = owner.post("/playlists", json={"title": "Ours", "tracks": tracks}).json()["data"]
    for other in others:
        path = f"/playlists/{made['id']}/collaborators"
        assert owner.post(path, json={"user_id": other.user["user_id"]}).ok
    return owner, others, owner.get(f"/playlists/{made['id']}").json()["data"]


def check_nothing_is_lost_or_doubled(owner: Guest, before: dict[str, Any], hands: list[Hand]) -> int:
    log: list[dict[str, Any]] = []
    version, latest = before["version"], None
    while latest is None or version < latest:
        page = owner.get(f"/playlists/{before['id']}/edits?since={version}&limit=500").json()["data"]
        log += page["items"]
        version, latest = (log[-1]["version"] if log else version), page["version"]
    assert [done["version"] for done in log] == list(range(before["version"] + 1, latest + 1))
    by_id = {done["op_id"]: done for done in log}
    assert len(by_id) == len(log)
    for hand in hands:
        assert not hand.is_alive()
        assert len(hand.acknowledged) + len(hand.refused) == hand.edits
        for op_id, answer in hand.acknowledged.items():
            assert by_id[op_id]["version"] == answer["version"]
        assert not by_id.keys() & set(hand.refused)
    replica = Replica(before)
    for done in log:
        assert replica.hear(done)
    fresh = owner.get(f"/playlists/{before['id']}").json()["data"]
    for one in (replica, *(hand.replica for hand in hands if hand.replica)):
        for done in log[one.version - before["version"] :]:  # what came after the hand had hung up
            assert one.hear(done)
        assert one.entries == [track["entry_id"] for track in fresh["tracks"]]
        assert (one.version, one.title) == (latest, fresh["title"])
    assert fresh["version"] == latest
    return len(log)


def many_hands(server: Server, hands: int, edits: int, kills: int, *, follow: bool = False) -> int:
    owner, others, before = a_list_of_many(server, hands, 100)
    crowd = [Hand(other, before, edits, seed, follows=follow) for seed, other in enumerate(others)]
    for hand in crowd:
        hand.start()
    dice = random.Random(7)
    for _ in range(kills):
        time.sleep(dice.uniform(0.3, 1.5))
        assert any(hand.is_alive() for hand in crowd), "all was over before the cut came"
        server.kill9()
        server.start()
    for hand in crowd:
        hand.join(1200)
    return check_nothing_is_lost_or_doubled(owner, before, crowd)


@pytest.mark.e2e
@pytest.mark.timeout(300)
def test_an_acknowledged_edit_outlives_broken_lines_and_power_cuts(new_server: Callable[..., Server]) -> None:
    assert many_hands(new_server(**SETTINGS).start(), hands=6, edits=100, kills=2, follow=True) > 0


@pytest.mark.soak
@pytest.mark.e2e
@pytest.mark.timeout(3600)
def test_after_fifty_power_cuts_every_acknowledged_edit_is_there(new_server: Callable[..., Server]) -> None:
    assert many_hands(new_server(**SETTINGS).start(), hands=8, edits=6_000, kills=50) > 0


@pytest.mark.soak
@pytest.mark.e2e
@pytest.mark.timeout(3600)
def test_thirty_two_people_on_lines_that_break_end_with_the_same_list(
    new_server: Callable[..., Server],
) -> None:
    """Each edits five hundred times and hears all the others."""
    server = new_server(**SETTINGS, WEB_THREADS="128").start()
    assert many_hands(server, hands=32, edits=500, kills=0, follow=True) > 10_000
