"""A real server with real sockets: what only the wire can show."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Callable, Iterator
from typing import Any

import pytest
import requests
import socketio
from tests.unit.web.conftest import build
from werkzeug.serving import make_server

from museaika.settings import load_settings
from museaika.web.app import create_app
from museaika.web.seats import MOST_EACH

POLLING = "/socket.io/?EIO=4&transport=polling"


@pytest.fixture(scope="module")
def app(tmp_path_factory: pytest.TempPathFactory) -> Any:
    folder = tmp_path_factory.mktemp("live")
    settings = load_settings(
        flask_env="testing", data_dir=folder, ratelimit_enabled=False, cors_origins="https://friend.example"
    )
    return create_app(settings, build(settings))


@pytest.fixture(scope="module")
def url(app: Any) -> Iterator[str]:
    server = make_server("127.0.0.1", 0, app, threaded=True)
    server.block_on_close = False
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()


class Guest:
    def __init__(self, url: str) -> None:
        self.url, self.api = url, f"{url}/api/v1"
        self.token = requests.post(f"{self.api}/auth/guest", timeout=10).json()["data"]["access_token"]
        self.http = requests.Session()
        self.http.headers["Authorization"] = f"Bearer {self.token}"

    def post(self, path: str, **body: Any) -> Any:
        answer = self.http.post(f"{self.api}{path}", json=body, timeout=10)
        assert answer.ok, answer.text
        return answer.json()["data"]


class Polling:
    """Socket.IO by hand, over plain requests: quick, and in full charge of its headers."""

    def __init__(self, url: str, auth: Any = None, **headers: str) -> None:
        self.http = requests.Session()
        self.http.headers.update(headers)
        opened = self.http.get(url + POLLING, timeout=5)
        self.welcome = opened.status_code == 200
        if self.welcome:
            self.address = f"{url}{POLLING}&sid={json.loads(opened.text[1:])['sid']}"
            self.send("40/realtime," + (json.dumps(auth) if auth else ""))
            self.welcome = "40/realtime," in self.receive()

    def send(self, packet: str | bytes) -> requests.Response:
        return self.http.post(self.address, data=packet, timeout=5)

    def receive(self) -> str:
        return self.http.get(self.address, timeout=5).text


@pytest.fixture
def guest(url: str) -> Guest:
    return Guest(url)


def test_a_mood_arrives_over_a_websocket(guest: Guest) -> None:
    line = socketio.SimpleClient()
    line.connect(guest.url, namespace="/realtime", auth={"token": guest.token}, transports=["websocket"])
    guest.post("/detect/manual", mood="calm")
    name, told = line.receive(timeout=5)
    assert (name, told["mood"]) == ("mood_update", "calm")
    line.disconnect()


def test_a_mood_arrives_over_polling(guest: Guest) -> None:
    line = Polling(guest.url, {"token": guest.token})
    guest.post("/detect/manual", mood="calm")
    assert '["mood_update",{' in line.receive().replace(" ", "")


def test_a_page_of_another_site_connects_only_when_it_was_named(guest: Guest) -> None:
    auth = {"token": guest.token}
    for headers in ({}, {"Origin": guest.url}, {"Origin": "https://friend.example"}):
        assert Polling(guest.url, auth, **headers).welcome, headers
    for origin in ("https://foe.example", "null", f"{guest.url}.foe.example"):
        assert not Polling(guest.url, auth, Origin=origin).welcome, origin


def test_our_own_page_connects_with_its_cookie_and_another_site_does_not(url: str) -> None:
    browser = requests.Session()
    browser.post(f"{url}/api/v1/auth/guest", json={"cookie": True}, timeout=10)
    cookie = "; ".join(f"{cookie.name}={cookie.value}" for cookie in browser.cookies)
    assert Polling(url, Cookie=cookie, Origin=url).welcome
    assert not Polling(url, Origin=url).welcome
    assert not Polling(url, Cookie=cookie).welcome
    assert not Polling(url, Cookie=cookie, Origin="https://foe.example").welcome


def test_signing_out_closes_the_line(guest: Guest) -> None:
    closed = threading.Event()
    client = socketio.Client(reconnection=False)
    client.on("disconnect", lambda *_: closed.set(), namespace="/realtime")
    client.connect(guest.url, namespaces=["/realtime"], auth={"token": guest.token}, transports=["websocket"])
    guest.post("/auth/logout")
    assert closed.wait(5)
    client.disconnect()


def test_of_the_frames_that_wait_only_the_newest_is_read(app: Any, guest: Guest) -> None:
    faces = app.extensions["museaika.services"].faces
    client = socketio.Client()
    client.connect(guest.url, namespaces=["/realtime"], auth={"token": guest.token}, transports=["websocket"])
    answers: dict[int, Any] = {}
    faces.may_go_on.clear()
    try:
        for i in range(6):
            client.emit(
                "detect_frame",
                (b"frame %d" % i, {"session_id": "evening", "consent": True}),
                namespace="/realtime",
                callback=lambda answer, i=i: answers.__setitem__(i, answer),
            )
            wait_until(lambda: b"frame 0" in faces.looked)
            time.sleep(0.2)  # as a camera would
    finally:
        faces.may_go_on.set()
        wait_until(lambda: len(answers) == 6)
        client.disconnect()
    assert [answers[i]["ok"] for i in range(6)] == [True, False, False, False, False, True]
    assert {answers[i]["error"]["code"] for i in range(1, 5)} == {"late"}
    assert [seen for seen in faces.looked if seen.startswith(b"frame")] == [b"frame 0", b"frame 5"]


def wait_until(so: Callable[[], bool], within_s: float = 10.0) -> None:
    until = time.monotonic() + within_s
    while not so():
        assert time.monotonic() < until
        time.sleep(0.01)


GARBAGE = [
    b"4" + b"[" * 100_000,
    b'42/realtime,["subscribe_mood",NaN]',
    b'42/realtime,["\\ud800"]',
    b"\xff\xfe\xfd",
    b"49" * 1000,
    b"",
]


@pytest.mark.parametrize("body", GARBAGE, ids=range(len(GARBAGE)))
def test_garbage_on_one_line_is_refused_and_harms_no_other(guest: Guest, body: bytes) -> None:
    good, bad = (Polling(guest.url, {"token": guest.token}) for _ in range(2))
    assert bad.send(body).status_code < 500
    guest.post("/detect/manual", mood="happy")
    assert '"mood":"happy"' in good.receive().replace(" ", "")


@pytest.mark.parametrize(
    "query", ["EIO=3&transport=polling", "EIO=4&transport=pigeon", "EIO=4&transport=polling&sid=unknown"]
)
def test_who_does_not_speak_the_protocol_is_refused(url: str, query: str) -> None:
    assert 400 <= requests.get(f"{url}/socket.io/?{query}", timeout=5).status_code < 500


def test_events_stream_while_they_happen(app: Any, guest: Guest) -> None:
    job_id = guest.post("/generate", mood="calm")["job_id"]
    names = []
    with guest.http.get(f"{guest.api}/generate/{job_id}/events", stream=True, timeout=10) as stream:
        assert stream.headers["Content-Type"].startswith("text/event-stream")
        for line in stream.iter_lines(chunk_size=1, decode_unicode=True):
            if line.startswith("event: "):
                names.append(line.removeprefix("event: "))
            if len(names) == 1 and line.startswith("data: "):
                threading.Thread(target=app.extensions["museaika.services"].worker.run_one).start()
    assert names[0] == "progress"
    assert names[-1] == "complete"


def test_streams_of_one_person_are_limited_and_end_with_the_job(guest: Guest) -> None:
    job_id = guest.post("/generate", mood="calm")["job_id"]
    path = f"{guest.api}/generate/{job_id}/events"
    streams = [guest.http.get(path, stream=True, timeout=10) for _ in range(MOST_EACH)]
    full = guest.http.get(path, timeout=10)
    assert (full.status_code, full.json()["error"]["code"]) == (429, "too_many_streams")
    guest.http.delete(f"{guest.api}/generate/{job_id}", timeout=10)
    for stream in streams:
        assert "event: cancelled" in stream.text
    assert "event: cancelled" in guest.http.get(path, timeout=10).text
