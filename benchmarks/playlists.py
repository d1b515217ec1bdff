#!/usr/bin/env python3
"""How many edits does one playlist take over real sockets, how soon are they acknowledged, what does one cost?

    ./museaika dev benchmarks/playlists.py                  # about two minutes

Starts `museaika serve` on fresh data. The clients run beside it on the same machine, in a process of their own;
times are wall-clock, from before an edit is sent until its acknowledgement is read. The rough run hangs up in
the middle, is late, sends edits again that were answered, and edits whose answer it did not wait for. Every
run looks afterwards whether the log has each acknowledged edit once. CPU times say more where others use the
machine; what an edit costs in lists of several lengths is that of a service on SQLite in this process.
"""

from __future__ import annotations

import argparse
import multiprocessing
import os
import random
import tempfile
import threading
import time
import uuid
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psutil
import requests
from rich.console import Console
from rich.table import Table
from serving import start, stop
from wires import Wire, a_list, cpu_seconds, cuts, edit, person

from museaika.catalogue.memory import InMemoryCatalogue
from museaika.playlists.diff import Wanted
from museaika.playlists.playlist import Edit
from museaika.playlists.service import PlaylistService
from museaika.storage.memory.bus import Bus
from museaika.storage.sqlite.database import documents_at
from museaika.storage.sqlite.playlists import SqlitePlaylists


class Editor:
    """One client: an edit, its acknowledgement, the next edit."""

    def __init__(self, url: str, token: str, made: dict[str, Any], number: int, rough: bool) -> None:
        self.url, self.token, self.list_id, self.number = url, token, made["id"], number
        self.anchors = [track["entry_id"] for track in made["tracks"]]
        self.dice = random.Random(number) if rough else None
        self.wire = Wire(url, token)
        self.seconds: list[float] = []
        self.answers: dict[str, int] = {}

    def work(self, edits: int, pause_s: float) -> None:
        for n in range(edits):
            anchor = self.anchors[(self.number * 131 + n) % len(self.anchors)]
            asked = {**edit(self.list_id, anchor), "op_id": uuid.uuid4().hex}
            if self.dice and self.dice.random() < 0.02:  # the line breaks before the answer
                self.wire.say("playlist_edit", asked)
                self.hang_up()
            began = time.perf_counter()
            answer = self.wire.call("playlist_edit", asked)
            self.seconds.append(time.perf_counter() - began)
            self.answers[asked["op_id"]] = answer["version"]
            if self.dice:
                self.be_rough(asked, answer)
            time.sleep(max(0.0, pause_s - (time.perf_counter() - began)))

    def be_rough(self, asked: dict[str, Any], answer: dict[str, Any]) -> None:
        if self.dice.random() < 0.02:
            self.hang_up()
        if self.dice.random() < 0.05 and self.wire.call("playlist_edit", asked) != answer:
            raise SystemExit("the same op_id got another answer")
        if self.dice.random() < 0.05:
            time.sleep(self.dice.uniform(0, 0.05))

    def hang_up(self) -> None:
        self.wire.socket.shutdown()
        self.wire = Wire(self.url, self.token)


@dataclass
class Measured:
    """What came of editors at work: `cpu_s` is the server's, `answers` are versions by op_id."""

    edits: int
    wall_s: float
    cpu_s: float
    latencies: list[float]
    answers: dict[str, int]

    @property
    def rate(self) -> float:
        return self.edits / self.wall_s

    @property
    def cpu_ms(self) -> float:
        return self.cpu_s / self.edits * 1000


def work_together(editors: list[Editor], edits: int, pause_s: float, pid: int) -> Measured:
    """Each editor in a thread of its own."""
    ready = threading.Barrier(len(editors) + 1)

    def one(editor: Editor) -> None:
        ready.wait()
        time.sleep(pause_s * editor.number / len(editors))
        editor.work(edits, pause_s)

    threads = [threading.Thread(target=one, args=(editor,)) for editor in editors]
    for thread in threads:
        thread.start()
    ready.wait()
    began, spent = time.perf_counter(), cpu_seconds(pid)
    for thread in threads:
        thread.join()
    wall_s, cpu_s = time.perf_counter() - began, cpu_seconds(pid) - spent
    latencies = [seconds for editor in editors for seconds in editor.seconds]
    answers = {op_id: version for editor in editors for op_id, version in editor.answers.items()}
    return Measured(len(editors) * edits, wall_s, cpu_s, latencies, answers)


def measure_edits(
    url: str, pid: int, clients: int, edits: int, entries: int, *, pause_s: float = 0.0, rough: bool = False
) -> Measured:
    """The editors work in a process of their own, so that they do not share an interpreter with us."""
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

    def work() -> None:
        editors = [Editor(url, token, made, number, rough) for number, token in enumerate(tokens)]
        out.put(work_together(editors, edits, pause_s, pid))

    process = multiprocessing.get_context("fork").Process(target=work)
    process.start()
    measured: Measured = out.get(timeout=600)
    process.join()
    look_at_the_log(url, headers, made, measured.answers, 1 + clients)
    return measured


def look_at_the_log(
    url: str, headers: dict[str, str], made: dict[str, Any], answers: dict[str, int], since: int
) -> None:
    """Every acknowledged edit is there once, at its version, without a gap, and the log makes the list."""
    api, log, cursor = f"{url}/api/v1/playlists/{made['id']}", [], ""
    while cursor is not None:
        page = requests.get(f"{api}/edits?since={since}&limit=500{cursor}", headers=headers, timeout=30).json()[
            "data"
        ]
        log += page["items"]
        cursor = page["next_cursor"] and f"&cursor={page['next_cursor']}"
    if [done["version"] for done in log] != list(range(since + 1, since + 1 + len(answers))):
        raise SystemExit("the log has gaps, or edits that nobody made")
    if {done["op_id"]: done["version"] for done in log} != answers:
        raise SystemExit("the log is not what was acknowledged")
    order = [track["entry_id"] for track in made["tracks"]]
    for done in log:
        order.insert(order.index(done["data"]["after"]) + 1, done["entry_id"])
    fresh = requests.get(api, headers=headers, timeout=60).json()["data"]
    if [track["entry_id"] for track in fresh["tracks"]] != order:
        raise SystemExit("the log makes another list than the server's")


def measure_cost(entries: int, edits: int = 2000) -> float:
    """CPU milliseconds of an edit, snapshots included: moves, because they leave the length as it is."""
    with tempfile.TemporaryDirectory() as folder:
        database = documents_at(Path(folder) / "lists.sqlite3")
        database.init()
        service = PlaylistService(SqlitePlaylists(database), InMemoryCatalogue(()), Bus())
        tracks = [Wanted(f"spotify:track:{n:022d}") for n in range(entries)]
        whole, dice = service.create("ada", "Ours", tracks=tracks), random.Random(7)
        ids = [entry.entry_id for entry in whole.entries]
        service.edit("ada", whole.playlist.playlist_id, Edit("rename", {"title": "Warm"}))
        began = time.process_time()
        for _ in range(edits):
            data = {"entry_id": dice.choice(ids), "after": dice.choice(ids)}
            service.edit("ada", whole.playlist.playlist_id, Edit("move_track", data))
        return (time.process_time() - began) / edits * 1000


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--clients", type=int, default=32)
    parser.add_argument("--edits", type=int, default=150, help="of each client (default 150)")
    parser.add_argument("--entries", type=int, default=5000, help="in the list at first (default 5,000)")
    wanted = parser.parse_args()
    table = Table("what", "figure", title=f"One playlist, {os.cpu_count()} cores, clients beside the server")
    for entries in (100, 1000, 10_000):
        table.add_row(f"an edit of a list of {entries:,} entries", f"{measure_cost(entries):.2f} CPU-ms")
    with tempfile.TemporaryDirectory() as folder:
        _, server, url = start(Path(folder))
        try:
            for rough in (False, True):
                done = measure_edits(url, server.pid, wanted.clients, wanted.edits, wanted.entries, rough=rough)
                name = f"{wanted.clients} clients × {wanted.edits} edits, {wanted.entries:,} entries"
                table.add_row(f"{name}{', rough' * rough}: acknowledged", f"{done.rate:.0f} edits/s")
                table.add_row("the same: acknowledgement p50, p99", cuts(done.latencies))
                table.add_row("the same: CPU of the server an edit", f"{done.cpu_ms:.2f} ms")
            done = measure_edits(url, server.pid, 20, 60, wanted.entries, pause_s=0.2)
            table.add_row(f"at {done.rate:.0f} edits/s: acknowledgement p50, p99", cuts(done.latencies))
        finally:
            stop(server)
    Console().print(table)
    Console().print(f"(load of the machine in the last minute: {psutil.getloadavg()[0]:.1f})")


if __name__ == "__main__":
    main()
