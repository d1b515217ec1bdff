"""The real thing: `museaika serve` in processes of its own, spoken to over HTTP as anyone would."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import requests

ROOT = Path(__file__).resolve().parents[2]
READY_WITHIN_S = 60.0


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


class Server:
    """A running MuseAIka; `start` it again after `kill9` on the same port and data."""

    def __init__(self, data_dir: Path, workers: int = 1, **environment: str) -> None:
        self.data_dir = data_dir
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self.api = f"{self.url}/api/v1"
        self.workers = workers
        self.environment = environment
        self.log_path = data_dir.with_suffix(".log")
        self.process: subprocess.Popen[bytes] | None = None

    def start(self) -> Server:
        arguments = ["--port", str(self.port), "--data-dir", str(self.data_dir), "--workers", str(self.workers)]
        with self.log_path.open("ab") as log:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "museaika", "serve", *arguments],
                cwd=self.data_dir.parent,  # no .env of the developer's
                env={**os.environ, "PYTHONPATH": str(ROOT / "src"), **self.environment},
                stdout=log,
                stderr=log,
            )
        self._wait_until_ready()
        return self

    def _wait_until_ready(self) -> None:
        deadline = time.monotonic() + READY_WITHIN_S
        while time.monotonic() < deadline:
            assert self.process is not None
            assert self.process.poll() is None, f"the server ended:\n{self.log()}"
            try:
                if requests.get(f"{self.url}/health/ready", timeout=2).ok:
                    return
            except requests.RequestException:
                pass
            time.sleep(0.1)
        raise AssertionError(f"the server was not ready within {READY_WITHIN_S:.0f} s:\n{self.log()}")

    def log(self) -> str:
        return self.log_path.read_text(errors="replace")[-8000:]

    def stop(self) -> int:
        """Ask it to stop, as `systemctl stop` would; returns the exit code."""
        assert self.process is not None
        self.process.terminate()
        return self.process.wait(12)

    def kill9(self) -> None:
        """Kill the supervisor, the web server and the workers at once, with no chance to say goodbye."""
        assert self.process is not None
        for pid in [self.process.pid, *self.descendants()]:
            try:
                os.kill(pid, signal.SIGKILL)
            except ProcessLookupError:
                continue
        self.process.wait()

    def descendants(self) -> list[int]:
        import psutil

        assert self.process is not None
        return [child.pid for child in psutil.Process(self.process.pid).children(recursive=True)]

    def guest(self) -> Guest:
        answer = requests.post(f"{self.api}/auth/guest", json={}, timeout=10)
        assert answer.status_code in (200, 201), answer.text
        return Guest(self, answer.json()["data"])


class Guest:
    """Somebody signed in: `guest.post("/detect/sentiment", json=…)` answers with the response."""

    def __init__(self, server: Server, signed_in: dict[str, Any]) -> None:
        self.server = server
        self.user = signed_in["user"]
        self.token: str = signed_in["access_token"]
        self.http = requests.Session()
        self.http.headers["Authorization"] = f"Bearer {self.token}"

    def request(self, method: str, path: str, **options: Any) -> requests.Response:
        return self.http.request(method, self.server.api + path, **{"timeout": 30, **options})

    def get(self, path: str, **options: Any) -> requests.Response:
        return self.request("GET", path, **options)

    def post(self, path: str, **options: Any) -> requests.Response:
        return self.request("POST", path, **options)

    def wait_for_job(self, job_id: str, within_s: float = 60.0) -> dict[str, Any]:
        """Poll a generation job until it has ended; returns its data."""
        deadline = time.monotonic() + within_s
        while time.monotonic() < deadline:
            job: dict[str, Any] = self.get(f"/generate/{job_id}").json()["data"]
            if job["status"] in ("completed", "failed", "cancelled"):
                return job
            time.sleep(0.2)
        raise AssertionError(f"{job_id} did not end within {within_s:.0f} s: {job}\n{self.server.log()}")


@pytest.fixture(scope="session")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """One server for the stories that do not harm it; nobody is slowed by rate limits."""
    running = Server(tmp_path_factory.mktemp("server") / "data", RATELIMIT_ENABLED="false").start()
    yield running
    running.kill9()


@pytest.fixture
def new_server(tmp_path: Path) -> Iterator[Callable[..., Server]]:
    """Makes servers with data of their own, for stories that end badly."""
    made: list[Server] = []

    def make(**options: Any) -> Server:
        made.append(Server(tmp_path / f"data{len(made)}", **options))
        return made[-1]

    yield make
    for one in made:
        if one.process is not None and one.process.poll() is None:
            one.kill9()


@pytest.fixture
def guest(server: Server) -> Guest:
    return server.guest()
