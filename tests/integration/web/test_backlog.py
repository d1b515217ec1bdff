"""A socket that does not read, or sends too much: it is closed with a reason, and the room notices nothing."""

from __future__ import annotations

import contextlib
import json
import socket
import threading
import time
from collections.abc import Callable, Iterator
from typing import Any

import pytest
import requests
import websocket
from tests.unit.web.conftest import build
from werkzeug.serving import make_server

from museaika.playlists.playlist import Edit
from museaika.settings import load_settings
from museaika.web.app import create_app

EDITS = 400
"""Of two kilobytes each: more than the buffers of a line hold."""


class Line:
    """Socket.IO over a WebSocket with small buffers, read only when told to."""

    def __init__(self, url: str) -> None:
        self.user = requests.post(f"{url}/api/v1/auth/guest", timeout=10).json()["data"]
        address = url.replace("http", "ws") + "/socket.io/?EIO=4&transport=websocket"
        small = [(socket.SOL_SOCKET, socket.SO_RCVBUF, 8192)]
        self.wire = websocket.create_connection(address, timeout=20, sockopt=small)
        self.wire.recv()
        self.wire.send("40/realtime," + json.dumps({"token": self.user["access_token"]}))
        assert self.wire.recv().startswith("40/realtime,")

    def send(self, name: str, data: dict[str, Any], number: int = 1) -> None:
        self.wire.send(f"42/realtime,{number}" + json.dumps([name, data]))

    def join(self, list_id: str) -> None:
        self.send("playlist_join", {"playlist_id": list_id})
        while not self.wire.recv().startswith("43/realtime,1["):
            pass

    def read(self) -> Iterator[tuple[str, Any]]:
        """Events until the line ends."""
        while True:
            try:
                text = self.wire.recv()
            except (OSError, websocket.WebSocketException):
                return
            if text == "1":
                yield "closed", None
                return
            elif text == "2":
                self.wire.send("3")
            elif text.startswith("42/realtime,"):
                yield tuple(json.loads(text.removeprefix("42/realtime,")))


@pytest.fixture
def serve(tmp_path: Any) -> Iterator[Callable[..., tuple[Any, str]]]:
    servers = []

    def start(**wanted: Any) -> tuple[Any, str]:
        settings = load_settings(
            **{"flask_env": "testing", "data_dir": tmp_path, "ratelimit_enabled": False, **wanted}
        )
        app = create_app(settings, build(settings))
        servers.append(make_server("127.0.0.1", 0, app, threaded=True))
        servers[-1].block_on_close = False
        servers[-1].socket.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 8192)  # lines inherit it
        threading.Thread(target=servers[-1].serve_forever, daemon=True).start()
        return app, f"http://127.0.0.1:{servers[-1].server_port}"

    yield start
    for server in servers:
        server.shutdown()


def dropped(url: str, reason: str) -> bool:
    return (
        f'museaika_sockets_dropped_total{{reason="{reason}"}} 1.0'
        in requests.get(f"{url}/metrics", timeout=10).text
    )


def flood(app: Any, list_id: str, owner: str) -> float:
    """Many large edits; gives back the seconds of the slowest."""
    services, slowest = app.extensions["museaika.services"], 0.0
    for number in range(EDITS):
        began = time.perf_counter()
        services.playlists.edit(owner, list_id, Edit("describe", {"description": f"{number:04d}" * 500}))
        slowest = max(slowest, time.perf_counter() - began)
    return slowest


@pytest.mark.parametrize("wakes_up", [True, False], ids=["slow", "dead"])
def test_who_does_not_read_is_dropped_and_the_others_hear_all(
    serve: Any, monkeypatch: pytest.MonkeyPatch, wakes_up: bool
) -> None:
    monkeypatch.setattr("museaika.web.backlog.MOST_PACKETS", 100)
    monkeypatch.setattr("museaika.web.backlog.LAST_WORDS_S", 10.0 if wakes_up else 0.2)
    app, url = serve()
    slow, good = Line(url), Line(url)
    owner = good.user["user"]["user_id"]
    playlists = app.extensions["museaika.services"].playlists
    list_id = playlists.create(owner, "Ours", is_public=True).playlist.playlist_id
    slow.join(list_id)
    good.join(list_id)
    heard: list[int] = []

    def listen() -> None:
        for name, told in good.read():
            if name == "playlist_update":
                heard.append(told["version"])
                if len(heard) == EDITS:
                    return

    listener = threading.Thread(target=listen)
    listener.start()
    assert flood(app, list_id, owner) < 2.0
    listener.join(20)
    assert heard == list(range(2, EDITS + 2))
    assert dropped(url, "too_slow")
    if wakes_up:
        events = list(slow.read())
        assert [name for name, _ in events[-2:]] == ["dropped", "closed"]
        assert events[-2][1]["code"] == "too_slow"
        assert len(events) < EDITS
    deadline = time.monotonic() + 10
    while "museaika_sockets_open 1.0" not in requests.get(f"{url}/metrics", timeout=10).text:
        assert time.monotonic() < deadline, "the line of who was dropped was not closed"
        time.sleep(0.1)


def test_a_socket_that_sends_on_regardless_is_dropped(serve: Any) -> None:
    _, url = serve(ratelimit_enabled=True, ratelimit_socket_events_per_second=5)
    rude, polite = Line(url), Line(url)
    for number in range(400):
        rude.send("playlist_leave", {"playlist_id": "pl_0"}, number)
    assert ("dropped", "rate_limited") in [(name, told and told["code"]) for name, told in rude.read()]
    assert dropped(url, "rate_limited")
    polite.send("playlist_leave", {"playlist_id": "pl_0"}, 7)
    assert json.loads(polite.wire.recv().removeprefix("43/realtime,7"))[0]["ok"] is True


def test_a_message_that_is_too_large_ends_its_line_alone(serve: Any) -> None:
    _, url = serve()
    huge, other = Line(url), Line(url)
    with contextlib.suppress(OSError):  # the server hangs up while we are still sending
        huge.wire.send("42/realtime," + "x" * 3_000_000)
    assert [name for name, _ in huge.read() if name != "closed"] == []
    other.send("playlist_leave", {"playlist_id": "pl_0"}, 7)
    assert other.wire.recv().startswith("43/realtime,7")
