"""A camera before the real server: frames over a socket, read by the real networks."""

from __future__ import annotations

import io
import threading
import time
from typing import Any

import pytest
import socketio
from PIL import Image
from skimage import data
from tests.e2e.conftest import Guest, Server

pytestmark = pytest.mark.e2e

A_SECOND, SECONDS = 10, 3


def frame(shift: int) -> bytes:
    """A laptop camera's picture of somebody who moves a little."""
    picture, stream = Image.new("RGB", (640, 480)), io.BytesIO()
    picture.paste(Image.fromarray(data.astronaut()).resize((480, 480)), (80 + shift, 0))
    picture.save(stream, "JPEG", quality=85)
    return stream.getvalue()


def test_ten_frames_a_second_are_read_and_make_one_entry_of_the_diary(server: Server, guest: Guest) -> None:
    client = socketio.Client(reconnection=False)
    told: list[dict[str, Any]] = []
    client.on("mood_update", told.append, namespace="/realtime")
    client.connect(server.url, namespaces=["/realtime"], auth={"token": guest.token}, transports=["websocket"])
    answers: list[dict[str, Any]] = []
    everything = threading.Event()

    def answered(answer: dict[str, Any]) -> None:
        answers.append(answer)
        if len(answers) == A_SECOND * SECONDS:
            everything.set()

    frames = [frame(2 * i) for i in range(5)]
    for i in range(A_SECOND * SECONDS):
        more = {"session_id": "evening", "consent": True}
        client.emit("detect_frame", (frames[i % 5], more), namespace="/realtime", callback=answered)
        time.sleep(1 / A_SECOND)
    assert everything.wait(20), f"{len(answers)} answers\n{server.log()}"
    client.disconnect()
    read = [answer for answer in answers if answer["ok"]]
    assert {answer["error"]["code"] for answer in answers if not answer["ok"]} <= {"late"}
    assert len(read) >= 5, "some may be late on a busy machine, but not nearly all"
    assert {answer["primary_mood"] for answer in read} == {"happy"}
    assert all(len(answer["faces"]) == 1 for answer in read)
    assert len({answer["mood_id"] for answer in read}) == 1
    assert [mood["mood"] for mood in told] == ["happy"]
    assert len(guest.get("/detect/history").json()["data"]["items"]) == 1


def test_a_frame_without_consent_and_one_that_is_no_picture_are_refused(server: Server, guest: Guest) -> None:
    client = socketio.SimpleClient()
    client.connect(server.url, namespace="/realtime", auth={"token": guest.token}, transports=["websocket"])
    for image, consent, code in (
        (frame(0), False, "consent_required"),
        (b"GIF89a", True, "unsupported_type"),
        (b"\xff\xd8\xff", True, "invalid_image"),
    ):
        answer = client.call("detect_frame", (image, {"session_id": "e", "consent": consent}), timeout=20)
        assert answer["error"]["code"] == code
    client.disconnect()
