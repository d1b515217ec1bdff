#!/usr/bin/env python3
"""How quick and how big is the running server? Starts `museaika serve` on fresh data and measures it.

    ./museaika dev benchmarks/serving.py                # everything, about a minute
    ./museaika dev benchmarks/serving.py --requests 500

One client, one connection, over HTTP on the same machine: what a person at home would feel. Times are
wall-clock and contain the client's own (about 1 ms with `requests`).
"""

from __future__ import annotations

import argparse
import io
import os
import socket
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import psutil
import requests
from PIL import Image
from rich.console import Console
from rich.progress import track
from rich.table import Table
from skimage import data as photos

SENTENCES = (
    "I feel happy today",
    "not sure what to make of this week, honestly",
    "play me something for a rainy evening please",
    "I can't believe they cancelled it again, I'm furious",
)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--requests", type=int, default=200, help="requests per route (default 200)")
    wanted = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        first_s, server, url = start(Path(folder))
        stop(server)
        later_s, server, url = start(Path(folder))
        try:
            table = measure(url, server, wanted.requests)
        finally:
            stop(server)
    table.add_row("start, first (data made)", f"{first_s:.1f} s", "", "")
    table.add_row("start, later", f"{later_s:.1f} s", "", "")
    Console().print(table)


def measure(url: str, server: subprocess.Popen[bytes], times: int) -> Table:
    http = requests.Session()
    token = http.post(f"{url}/api/v1/auth/guest", json={}).json()["data"]["access_token"]
    http.headers["Authorization"] = f"Bearer {token}"
    full, fast = (
        http.prepare_request(  # encoded once: that is the client's work
            requests.Request(
                "POST",
                f"{url}/api/v1/detect/emotion",
                files={"image": portrait()},
                data={"consent": "true", "detail": detail},
            )
        )
        for detail in ("full", "fast")
    )
    routes: dict[str, Callable[[int], requests.Response]] = {
        "GET /health/live": lambda _: http.get(f"{url}/health/live"),
        "POST /detect/sentiment": lambda i: http.post(
            f"{url}/api/v1/detect/sentiment", json={"text": SENTENCES[i % len(SENTENCES)]}
        ),
        "POST /detect/emotion, 640×480, full": lambda _: http.send(full),
        "POST /detect/emotion, 640×480, fast": lambda _: http.send(fast),
        "GET /recommendations?mood=sad": lambda _: http.get(f"{url}/api/v1/recommendations?mood=sad"),
    }
    table = Table("what", "p50", "p95", "p99", title="One client over HTTP")
    for name, ask in routes.items():
        milliseconds = []
        for i in track(range(times + 20), description=name, transient=True):
            began = time.perf_counter()
            answer = ask(i)
            answer.raise_for_status()
            if i >= 20:  # the first ones warm things up
                milliseconds.append(1000 * (time.perf_counter() - began))
        cuts = statistics.quantiles(milliseconds, n=100)
        table.add_row(name, *(f"{cuts[p - 1]:.1f} ms" for p in (50, 95, 99)))
    table.add_row("memory, web + worker, idle", f"{resident(server):.0f} MB", "", "")
    seconds = compose(http, url)
    table.add_row("POST /generate, 30 s at 120 bpm, to completed", f"{seconds:.1f} s", "", "")
    table.add_row("memory, web + worker, after it", f"{resident(server):.0f} MB", "", "")
    return table


def portrait() -> bytes:
    """A public-domain portrait on a 640×480 canvas, as JPEG."""
    canvas = Image.new("RGB", (640, 480), (90, 110, 130))
    canvas.paste(Image.fromarray(photos.astronaut()).resize((480, 480)), (80, 0))
    buffer = io.BytesIO()
    canvas.save(buffer, "JPEG", quality=90)
    return buffer.getvalue()


def compose(http: requests.Session, url: str) -> float:
    began = time.perf_counter()
    wish = {"mood": "happy", "tempo": 120, "length": 30}
    job = http.post(f"{url}/api/v1/generate", json=wish).json()["data"]
    while job["status"] not in ("completed", "failed"):
        time.sleep(0.05)
        job = http.get(f"{url}/api/v1/generate/{job['job_id']}").json()["data"]
    if job["status"] != "completed":
        raise SystemExit(f"the piece failed: {job}")
    return time.perf_counter() - began


def start(folder: Path) -> tuple[float, subprocess.Popen[bytes], str]:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    command = [
        sys.executable,
        "-m",
        "museaika",
        "serve",
        "--port",
        str(port),
        "--data-dir",
        str(folder / "data"),
    ]
    began = time.perf_counter()
    server = subprocess.Popen(
        command,
        cwd=folder,
        env={**os.environ, "RATELIMIT_ENABLED": "false"},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    url = f"http://127.0.0.1:{port}"
    while True:
        try:
            if requests.get(f"{url}/health/ready", timeout=2).ok:
                return time.perf_counter() - began, server, url
        except requests.RequestException:
            if server.poll() is not None:
                raise SystemExit("the server ended; run `museaika doctor`") from None
        time.sleep(0.02)


def stop(server: subprocess.Popen[bytes]) -> None:
    server.terminate()
    server.wait(12)


def resident(server: subprocess.Popen[bytes]) -> float:
    """Megabytes of all processes of the server, pages that they share counted once (PSS)."""
    parent = psutil.Process(server.pid)
    family = [parent, *parent.children(recursive=True)]
    return (
        sum(getattr(process.memory_full_info(), "pss", process.memory_info().rss) for process in family) / 1e6
    )


if __name__ == "__main__":
    main()
