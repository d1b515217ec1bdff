"""`museaika serve` as an operator meets it: it starts, survives its children's deaths and stops in order."""

import json
import os
import signal
import socket
import stat
import subprocess
import sys
import time
from collections.abc import Callable
from typing import TYPE_CHECKING

import psutil
import pytest
import requests

if TYPE_CHECKING:
    from tests.e2e.conftest import Server

pytestmark = pytest.mark.e2e


def web_processes(server: "Server") -> list[psutil.Process]:
    return [p for p in map(psutil.Process, server.descendants()) if "web" in p.cmdline()]


def test_it_says_where_it_is_and_keeps_its_secrets_to_itself(new_server: Callable[..., "Server"]) -> None:
    server = new_server().start()
    deadline = time.monotonic() + 5
    while "is ready" not in server.log() and time.monotonic() < deadline:
        time.sleep(0.1)
    assert server.url in server.log()
    assert f"{server.url}/docs" in server.log()
    secrets = server.data_dir / "secrets.json"
    assert stat.S_IMODE(secrets.stat().st_mode) == 0o600
    for secret in json.loads(secrets.read_text()).values():
        assert secret not in server.log()


def test_sigterm_stops_everything_within_ten_seconds(new_server: Callable[..., "Server"]) -> None:
    server = new_server(workers=2).start()
    children = server.descendants()
    assert len(children) >= 4, "gunicorn, its worker and two composers"
    assert server.stop() == 0
    assert not [pid for pid in children if psutil.pid_exists(pid)]
    with socket.socket() as probe:
        assert probe.connect_ex(("127.0.0.1", server.port)) != 0


def test_a_client_that_sends_everything_before_it_listens_learns_why_it_was_refused(
    new_server: Callable[..., "Server"],
) -> None:
    server = new_server().start()
    photo = b"x" * 9_000_000
    for token, path, size, status in (
        ("expired", "/detect/emotion", len(photo), 401),
        (server.guest().token, "/detect/sentiment", len(photo), 413),
        ("expired", "/nowhere", len(photo), 404),
        (server.guest().token, "/detect/emotion", 2**31, 413),  # more than anyone waits for: it hangs up
    ):
        head = (
            f"POST /api/v1{path} HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {token}\r\n"
            f"Content-Type: application/json\r\nContent-Length: {size}\r\n\r\n"
        )
        with socket.create_connection(("127.0.0.1", server.port), timeout=20) as line:
            line.sendall(head.encode() + photo)
            assert line.recv(4096).startswith(f"HTTP/1.1 {status}".encode()), path


def test_a_killed_web_server_comes_back_with_everything_it_acknowledged(
    new_server: Callable[..., "Server"],
) -> None:
    server = new_server().start()
    guest = server.guest()
    assert guest.post("/detect/manual", json={"mood": "calm"}).ok
    for process in web_processes(server):
        os.kill(process.pid, signal.SIGKILL)
    server._wait_until_ready()
    assert [item["primary_mood"] for item in guest.get("/detect/history").json()["data"]["items"]] == ["calm"]


def test_two_servers_do_not_share_one_data_folder(new_server: Callable[..., "Server"]) -> None:
    first = new_server().start()
    arguments = ["--port", str(first.port + 1), "--data-dir", str(first.data_dir)]
    second = subprocess.run(
        [sys.executable, "-m", "museaika", "serve", *arguments], capture_output=True, text=True, timeout=30
    )
    assert second.returncode == 2
    assert "Another MuseAIka is serving" in second.stderr
    assert requests.get(f"{first.url}/health/live", timeout=5).ok


def test_a_taken_port_is_said_in_a_sentence(new_server: Callable[..., "Server"]) -> None:
    server = new_server()
    with socket.socket() as other:
        other.bind(("127.0.0.1", server.port))
        other.listen()
        with pytest.raises(AssertionError, match=rf"Port {server.port} .* is taken"):
            server.start()


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("MONGO_URI", "mongodb://127.0.0.1:1/x"),
        ("REDIS_URL", "redis://127.0.0.1:1/0"),
        ("S3_ENDPOINT", "http://127.0.0.1:1"),
    ],
)
def test_a_back_end_that_is_set_but_cannot_be_used_stops_the_start(
    new_server: Callable[..., "Server"], name: str, value: str
) -> None:
    server = new_server(**{name: value})
    with pytest.raises(AssertionError, match=name):
        server.start()
