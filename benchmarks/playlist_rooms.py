#!/usr/bin/env python3
"""How soon do the listeners of a room hear of an edit, and what do sockets cost that say nothing?

    ./museaika dev benchmarks/playlist_rooms.py                  # half a minute
    ./museaika dev benchmarks/playlist_rooms.py --listeners 500 --idle 1000

Starts `museaika serve` on fresh data. The clients run beside it on the same machine, in a process of their own;
times are wall-clock, from before an edit is sent until the broadcast is read. The CPU time of the server says
more where others use the machine.
"""

from __future__ import annotations

import argparse
import json
import multiprocessing
import os
import selectors
import tempfile
import time
from pathlib import Path
from typing import Any

import psutil
from rich.console import Console
from rich.table import Table
from serving import resident, start, stop
from wires import EACH, Wire, a_list, cpu_seconds, cuts, edit, person


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
    parser.add_argument("--listeners", type=int, default=50, help="in one room (default 50)")
    parser.add_argument("--idle", type=int, default=50, help="sockets that say nothing (default 50)")
    wanted = parser.parse_args()
    os.environ["WEB_THREADS"] = str(max(64, wanted.listeners + 32, wanted.idle + 32))
    table = Table("what", "figure", title=f"One room, {os.cpu_count()} cores, clients beside the server")
    with tempfile.TemporaryDirectory() as folder:
        _, server, url = start(Path(folder))
        try:
            spent = cpu_seconds(server.pid)
            delays, due = measure_broadcast(url, wanted.listeners, 20)
            spent = cpu_seconds(server.pid) - spent
            table.add_row(f"{wanted.listeners} listeners: broadcast p50, p99", cuts(delays))
            table.add_row("the same: delivered", f"{len(delays):,} of {due:,}")
            table.add_row("the same: CPU of the server, joining included", f"{spent:.2f} s")
            grown = measure_idle(url, server, wanted.idle)
            table.add_row(f"{wanted.idle} idle sockets: more memory", f"{grown:.0f} MB")
        finally:
            stop(server)
    Console().print(table)
    Console().print(f"(load of the machine in the last minute: {psutil.getloadavg()[0]:.1f})")


if __name__ == "__main__":
    main()
