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

SETTINGS = {"RATELIMIT_ENABLED": "false", "ENABLE_MUSIC_GENERATION": "false"}


class Hand(threading.Thread):
    """One person at one list: edits at random, hangs up now and then, and asks again until answered."""

    def __init__(self, guest: Guest, list_id: str, entries: list[str], edits: int, seed: int) -> None:
        super().__init__(daemon=True)
        self.guest, self.list_id, self.edits = guest, list_id, edits
        self.entries = list(entries)
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
        self.hang_up()

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
                answer: dict[str, Any] = self.line.call("playlist_edit", asked, timeout=10)
                return answer
            except socketio.exceptions.SocketIOError:
                self.hang_up()
                time.sleep(0.2)
        raise AssertionError("nobody answered for two minutes")

    def hang_up(self) -> None:
        if self.line is not None:
            self.line.client.reconnection = False
            self.line.disconnect()
            self.line = None


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
    entries = [track["entry_id"] for track in before["tracks"]]
    for done in log:
        entry, data = done["entry_id"], done["data"]
        if done["action"] in ("move_track", "remove_track"):
            entries.remove(entry)
        if done["action"] in ("move_track", "add_track"):
            entries.insert(0 if data["after"] is None else entries.index(data["after"]) + 1, entry)
    fresh = owner.get(f"/playlists/{before['id']}").json()["data"]
    assert [track["entry_id"] for track in fresh["tracks"]] == entries
    assert fresh["version"] == latest
    return len(log)


def many_hands(server: Server, hands: int, edits: int, kills: int) -> None:
    owner, others, before = a_list_of_many(server, hands, 100)
    entries = [track["entry_id"] for track in before["tracks"]]
    crowd = [Hand(other, before["id"], entries, edits, seed) for seed, other in enumerate(others)]
    for hand in crowd:
        hand.start()
    dice = random.Random(7)
    for _ in range(kills):
        time.sleep(dice.uniform(0.3, 1.5))
        assert any(hand.is_alive() for hand in crowd), "all was over before the cut came"
        server.kill9()
        server.start()
    for hand in crowd:
        hand.join(300)
    assert check_nothing_is_lost_or_doubled(owner, before, crowd) > 0


@pytest.mark.e2e
@pytest.mark.timeout(300)
def test_an_acknowledged_edit_outlives_broken_lines_and_power_cuts(new_server: Callable[..., Server]) -> None:
    many_hands(new_server(**SETTINGS).start(), hands=6, edits=150, kills=2)


@pytest.mark.soak
@pytest.mark.e2e
@pytest.mark.timeout(3600)
def test_after_fifty_power_cuts_every_acknowledged_edit_is_there(new_server: Callable[..., Server]) -> None:
    many_hands(new_server(**SETTINGS).start(), hands=8, edits=6_000, kills=50)
