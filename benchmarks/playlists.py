#!/usr/bin/env python3
"""How many edits does one playlist take over real sockets, and how soon do listeners hear of them?

    ./museaika dev benchmarks/playlists.py                  # about a minute
    ./museaika dev benchmarks/playlists.py --listeners 500 --idle 1000

Starts `museaika serve` on fresh data. The clients run beside it on the same machine, in a process of their
own; times are wall-clock, from before an edit is sent until its acknowledgement, or the broadcast, is read.
"""

from __future__ import annotations

import argparse
import json
import multiprocessing
import os
import selectors
import statistics
import tempfile
import threading
import time
from pathlib import Path
from typing import Any

import psutil
import requests
import websocket
from rich.console import Console
from rich.table import Table
from serving import resident, start, stop

NAMESPACE = "/realtime"
EACH = 16
"""Sockets that the server lets one person open."""


class Wire:
    """Socket.IO over one WebSocket, by hand: light, so that the clients are not what is measured."""

    def __init__(self, url: str, token: str) -> None:
        address = url.replace("http", "ws") + "/socket.io/?EIO=4&transport=websocket"
        self.socket = websocket.create_connection(address, timeout=30, skip_utf8_validation=True)
        self.socket.recv()
        self.socket.send(f"40{NAMESPACE}," + json.dumps({"token": token}))
        welcome = self.socket.recv()
        if not welcome.startswith(f"40{NAMESPACE},"):
            raise SystemExit(f"not let in: {welcome}")
        self.asked = 0

    def call(self, name: str, data: dict[str, Any]) -> dict[str, Any]:
        self.asked += 1
        self.socket.send(f"42{NAMESPACE},{self.asked}" + json.dumps([name, data]))
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


def editors(url: str, tokens: list[str], made: dict[str, Any], edits: int, pause_s: float, out: Any) -> None:
    """Each token a client in a thread of its own, one edit after the other; puts seconds and latencies."""
    anchors = [track["entry_id"] for track in made["tracks"]]
    wires = [Wire(url, token) for token in tokens]
    latencies: list[float] = []
    ready = threading.Barrier(len(wires) + 1)

    def one(number: int) -> None:
        ready.wait()
        time.sleep(pause_s * number / len(wires))
        for n in range(edits):
            began = time.perf_counter()
            wires[number].call("playlist_edit", edit(made["id"], anchors[(number * 131 + n) % len(anchors)]))
            latencies.append(time.perf_counter() - began)
            time.sleep(max(0.0, pause_s - (time.perf_counter() - began)))

    threads = [threading.Thread(target=one, args=(number,)) for number in range(len(wires))]
    for thread in threads:
        thread.start()
    ready.wait()
    began = time.perf_counter()
    for thread in threads:
        thread.join()
    out.put((time.perf_counter() - began, latencies))


def measure_edits(
    url: str, clients: int, edits: int, entries: int, pause_s: float
) -> tuple[float, list[float]]:
    _, owner = person(url)
    made = a_list(url, owner, entries, public=False)
    headers = {"Authorization": f"Bearer {owner}"}
    tokens = []
    for _ in range(clients):
        user_id, token = person(url)
        path = f"{url}/api/v1/playlists/{made['id']}/collaborators"
        requests.post(path, json={"user_id": user_id}, headers=headers, timeout=30).raise_for_status()
        tokens.append(token)
    out: Any = multiprocessing.Queue()
    process = multiprocessing.Process(target=editors, args=(url, tokens, made, edits, pause_s, out))
    process.start()
    seconds, latencies = out.get(timeout=600)
    process.join()
    return clients * edits / seconds, latencies


def listeners(url: str, tokens: list[str], list_id: str, edits: int, ready: Any, out: Any) -> None:
    """Many sockets in one room, read by one thread; puts the moments at which each edit came to each."""
    wires = [Wire(url, token) for token in tokens]
    chosen = selectors.DefaultSelector()
    for wire in wires:
        wire.call("playlist_join", {"playlist_id": list_id})
        chosen.register(wire.socket.sock, selectors.EVENT_READ, wire)
    ready.set()
    heard: list[tuple[str, float]] = []
    deadline = time.monotonic() + 120
    while len(heard) < len(wires) * edits and time.monotonic() < deadline:
        for key, _ in chosen.select(timeout=1):
            text = key.data.read()
            if text and '"playlist_update"' in text:
                at = time.time()
                heard.append((json.loads(text[text.index("[") :])[1]["op_id"], at))
    out.put(heard)


def measure_broadcast(url: str, count: int, edits: int) -> tuple[list[float], int]:
    _, owner = person(url)
    made = a_list(url, owner, 50, public=True)
    tokens = [token for _ in range(-(-count // EACH)) for token in [person(url)[1]] * EACH][:count]
    ready, out = multiprocessing.Event(), multiprocessing.Queue()
    args = (url, tokens, made["id"], edits, ready, out)
    process = multiprocessing.Process(target=listeners, args=args)
    process.start()
    if not ready.wait(300):
        raise SystemExit("the listeners did not get in")
    wire, sent = Wire(url, owner), {}
    for n in range(edits):
        op_id = f"op-{n}"
        sent[op_id] = time.time()
        wire.call("playlist_edit", {**edit(made["id"], made["tracks"][0]["entry_id"]), "op_id": op_id})
        time.sleep(0.5)
    heard = out.get(timeout=300)
    process.join()
    return [at - sent[op_id] for op_id, at in heard], count * edits


def measure_idle(url: str, server: Any, count: int) -> float:
    """Megabytes that the server grows by with so many sockets that say nothing."""
    tokens = [person(url)[1] for _ in range(-(-count // EACH))]
    before = resident(server)
    wires = [Wire(url, tokens[n // EACH]) for n in range(count)]
    time.sleep(3)
    grown = resident(server) - before
    for wire in wires:
        wire.socket.close()
    return grown


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--clients", type=int, default=32)
    parser.add_argument("--edits", type=int, default=500, help="of each client (default 500)")
    parser.add_argument("--entries", type=int, default=5000, help="in the list at first (default 5,000)")
    parser.add_argument("--listeners", type=int, default=50, help="in one room (default 50)")
    parser.add_argument("--idle", type=int, default=50, help="sockets that say nothing (default 50)")
    wanted = parser.parse_args()
    os.environ["WEB_THREADS"] = str(max(64, wanted.listeners + 32, wanted.idle + 32))
    table = Table("what", "figure", title=f"One playlist, {os.cpu_count()} cores, clients beside the server")
    with tempfile.TemporaryDirectory() as folder:
        _, server, url = start(Path(folder))
        try:
            rate, latencies = measure_edits(url, wanted.clients, wanted.edits, wanted.entries, 0.0)
            name = f"{wanted.clients} clients × {wanted.edits} edits, {wanted.entries:,} entries"
            table.add_row(f"{name}: acknowledged", f"{rate:.0f} edits/s")
            table.add_row("the same: acknowledgement p50, p99", cuts(latencies))
            rate, latencies = measure_edits(url, 20, 60, wanted.entries, 0.2)
            table.add_row(f"at {rate:.0f} edits/s: acknowledgement p50, p99", cuts(latencies))
            delays, due = measure_broadcast(url, wanted.listeners, 20)
            table.add_row(f"{wanted.listeners} listeners: broadcast p50, p99", cuts(delays))
            table.add_row("the same: delivered", f"{len(delays):,} of {due:,}")
            grown = measure_idle(url, server, wanted.idle)
            table.add_row(f"{wanted.idle} idle sockets: more memory", f"{grown:.0f} MB")
        finally:
            stop(server)
    Console().print(table)
    load = psutil.getloadavg()[0]
    Console().print(f"(load of the machine in the last minute: {load:.1f})")


def cuts(seconds: list[float]) -> str:
    cut = statistics.quantiles(seconds, n=100)
    return f"{cut[49] * 1000:.0f} ms, {cut[98] * 1000:.0f} ms"


if __name__ == "__main__":
    main()
