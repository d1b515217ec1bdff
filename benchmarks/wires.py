"""Light clients for measuring shared lists: Socket.IO by hand, so that the clients are not what is measured."""

from __future__ import annotations

import json
import statistics
from typing import Any

import psutil
import requests
import websocket

NAMESPACE = "/realtime"
EACH = 16
"""Sockets that the server lets one person open."""


class Wire:
    """Socket.IO over one WebSocket."""

    def __init__(self, url: str, token: str) -> None:
        address = url.replace("http", "ws") + "/socket.io/?EIO=4&transport=websocket"
        self.socket = websocket.create_connection(address, timeout=120, skip_utf8_validation=True)
        self.socket.recv()
        self.socket.send(f"40{NAMESPACE}," + json.dumps({"token": token}))
        welcome = self.socket.recv()
        if not welcome.startswith(f"40{NAMESPACE},"):
            raise SystemExit(f"not let in: {welcome}")
        self.asked = 0

    def say(self, name: str, data: dict[str, Any]) -> None:
        self.asked += 1
        self.socket.send(f"42{NAMESPACE},{self.asked}" + json.dumps([name, data]))

    def call(self, name: str, data: dict[str, Any]) -> dict[str, Any]:
        self.say(name, data)
        while True:
            text = self.read()
            if text and text.startswith(f"43{NAMESPACE},{self.asked}["):
                answer: dict[str, Any] = json.loads(text[text.index("[") :])[0]
                if not answer["ok"]:
                    raise SystemExit(f"refused: {answer}")
                return answer

    def read(self) -> str | None:
        """The next message; None for a ping, which is answered."""
        text: str = self.socket.recv()
        if text == "2":
            self.socket.send("3")
            return None
        return text


def person(url: str) -> tuple[str, str]:
    told = requests.post(f"{url}/api/v1/auth/guest", json={}, timeout=30).json()["data"]
    return told["user"]["user_id"], told["access_token"]


def a_list(url: str, token: str, entries: int, *, public: bool) -> dict[str, Any]:
    tracks = [f"spotify:track:{n:022d}" for n in range(entries)]
    asked = {"title": "Ours", "tracks": tracks, "is_public": public}
    headers = {"Authorization": f"Bearer {token}"}
    answer = requests.post(f"{url}/api/v1/playlists", json=asked, headers=headers, timeout=60)
    answer.raise_for_status()
    told: dict[str, Any] = answer.json()["data"]
    return told


def edit(list_id: str, anchor: str) -> dict[str, Any]:
    data = {"track_id": "spotify:track:" + "0" * 22, "after": anchor}
    return {"playlist_id": list_id, "action": "add_track", "data": data}


def cuts(seconds: list[float]) -> str:
    """p50 and p99."""
    cut = statistics.quantiles(seconds, n=100)
    return f"{cut[49] * 1000:.0f} ms, {cut[98] * 1000:.0f} ms"


def cpu_seconds(pid: int) -> float:
    """What a server and its children have used so far."""
    process = psutil.Process(pid)
    return sum(sum(one.cpu_times()[:2]) for one in (process, *process.children(recursive=True)))
