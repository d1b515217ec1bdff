"""A server that answers whatever a test puts into its script, and a gate in memory."""

from __future__ import annotations

import json
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from datetime import datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest

from museaika.spotify.ports import Block
from museaika.spotify.transport import Transport

Answer = tuple[int, dict[str, str], Any]


class Script:
    """`say` is asked for each request; it gives (status, headers, JSON or bytes), or does what it likes."""

    def __init__(self) -> None:
        self.asked: list[tuple[str, str, dict[str, str], bytes]] = []
        self.say: Callable[[str, str], Answer] = lambda _method, _path: (200, {}, {})
        self.home = ""


class Slow(Exception):
    """Raised by a script: say nothing for a while."""


class Hangup(Exception):
    """Raised by a script: close the connection without an answer."""


@pytest.fixture
def spotify() -> Iterator[Script]:
    script = Script()

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def answer(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            script.asked.append((self.command, self.path, dict(self.headers), body))
            try:
                status, headers, told = script.say(self.command, self.path)
            except Slow:
                time.sleep(0.5)
                status, headers, told = 200, {}, {}
            except Hangup:
                self.close_connection = True
                return
            data = told if isinstance(told, bytes) else b"" if told is None else json.dumps(told).encode()
            self.send_response(status)
            for name, value in headers.items():
                self.send_header(name, value)
            self.send_header("Content-Length", str(len(data)))
            self.end_headers()
            self.wfile.write(data)

        do_GET = do_PUT = do_POST = do_DELETE = answer  # noqa: N815 - http.server's names

        def log_message(self, *_: object) -> None: ...

        def handle_one_request(self) -> None:
            try:
                super().handle_one_request()
            except ConnectionError:
                self.close_connection = True

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    script.home = f"http://127.0.0.1:{server.server_port}/v1"
    threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
    yield script
    server.shutdown()
    server.server_close()


class MemoryGate:
    def __init__(self) -> None:
        self.standing: Block | None = None
        self.spent = 0

    def blocked(self, at: datetime) -> Block | None:
        return self.standing if self.standing and self.standing.until > at else None

    def block(self, block: Block) -> None:
        self.standing = block

    def spend(self, at: datetime) -> Block | None:
        self.spent += 1
        return None


class Counting:
    def __init__(self) -> None:
        self.noted: Counter[tuple[str, str]] = Counter()

    def note(self, endpoint: str, outcome: str, seconds: float) -> None:
        assert seconds >= 0
        self.noted[endpoint, outcome] += 1


@pytest.fixture
def gate() -> MemoryGate:
    return MemoryGate()


@pytest.fixture
def meter() -> Counting:
    return Counting()


@pytest.fixture
def pauses() -> list[float]:
    """Every pause the transport makes between tries."""
    return []


@pytest.fixture
def transport(spotify, gate, meter, pauses) -> Transport:
    return Transport(spotify.home, gate, meter, sleep=pauses.append)
