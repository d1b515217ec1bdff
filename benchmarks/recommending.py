"""How long does GET /recommendations take over HTTP, found anew and remembered?

    OMP_NUM_THREADS=1 python benchmarks/recommending.py

Starts a server in a folder of its own and asks on one kept connection, as somebody who said
something of 50 tracks. Each question is another one (found anew) or always the same (remembered).
"""

from __future__ import annotations

import os
import socket
import statistics
import subprocess
import sys
import tempfile
import time

import requests

ASKED = 200
ANEW_MS, REMEMBERED_MS = 30.0, 5.0


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def timed(session: requests.Session, url: str, questions: list[dict[str, object]]) -> list[float]:
    """Milliseconds of each answer."""
    took = []
    for question in questions:
        start = time.perf_counter()
        session.get(url, params=question, timeout=30).raise_for_status()
        took.append((time.perf_counter() - start) * 1000)
    return took


def wait_until_ready(base: str) -> None:
    for _ in range(600):
        try:
            if requests.get(f"{base}/health/live", timeout=1).ok:
                return
        except requests.RequestException:
            time.sleep(0.1)
    raise TimeoutError("the server did not start within a minute")


def ask(base: str) -> tuple[float, float]:
    session = requests.Session()
    token = session.post(f"{base}/auth/guest", json={}, timeout=30).json()["data"]["access_token"]
    session.headers["Authorization"] = f"Bearer {token}"
    url = f"{base}/recommendations"
    listed = session.get(url, params={"mood": "calm", "limit": 50}, timeout=30).json()["data"]["items"]
    for number, track in enumerate(listed):
        verdict = {"track_id": track["track_id"], "verdict": "like" if number % 3 else "skip", "mood": "calm"}
        session.post(f"{url}/feedback", json=verdict, timeout=30).raise_for_status()
    anew = timed(session, url, [{"mood": "calm", "discover": n / (2 * ASKED)} for n in range(ASKED)])
    remembered = timed(session, url, [{"mood": "calm"}] * ASKED)
    middles = []
    for name, took in (("found anew", anew), ("remembered", remembered)):
        middles.append(statistics.median(took))
        slow = statistics.quantiles(took, n=20)[-1]
        print(f"{name:<11} p50 {middles[-1]:6.2f} ms   p95 {slow:6.2f} ms")
    return middles[0], middles[1]


def main() -> int:
    port = free_port()
    with tempfile.TemporaryDirectory() as folder:
        environment = {**os.environ, "DATA_DIR": folder, "PORT": str(port), "RATELIMIT_ENABLED": "false"}
        server = subprocess.Popen(
            [sys.executable, "-m", "museaika", "serve", "--workers", "0"],
            env=environment,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        try:
            base = f"http://127.0.0.1:{port}/api/v1"
            wait_until_ready(base)
            anew, remembered = ask(base)
        finally:
            server.terminate()
            server.wait(30)
    return 0 if anew <= ANEW_MS and remembered <= REMEMBERED_MS else 1


if __name__ == "__main__":
    sys.exit(main())
