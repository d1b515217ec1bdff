"""`detect_frame` over Socket.IO: frames of a camera, read as they come, and dropped when they come too fast.

Of each socket one frame is read at a time. Of those that wait only the newest is; the others are answered
`late` at once, so that a slow server tells moods of now and not of some seconds ago.
"""

from __future__ import annotations

import os
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, Protocol

from flask import Flask
from pydantic import ValidationError

from museaika.errors import Conflict, Invalid, RateLimited
from museaika.web.detecting import read_image, require_consent
from museaika.web.here import SERVICES
from museaika.web.presence import Allowance, Visitor
from museaika.web.schemas.feelings import FrameAsked
from museaika.web.wording import invalid

FRAMES_A_SECOND = 15
"""Of one socket, and as many at once."""


class Line(Protocol):
    """What frames need of the sockets."""

    def take_raw(self, name: str, handle: Callable[[str, Visitor, tuple[Any, ...]], dict[str, Any]]) -> None:
        """Let `handle` answer a client's event of that name, given all that was sent with it."""
        ...


class Frames:
    """The cameras that sockets of this process hold up."""

    def __init__(self, app: Flask, line: Line) -> None:
        self._services = app.extensions[SERVICES]
        self._turns = Turns(os.cpu_count() or 1)
        self._allowance = Allowance(FRAMES_A_SECOND)
        line.take_raw("detect_frame", self._read)

    def forget(self, sid: str) -> None:
        """The socket is closed."""
        self._turns.forget(sid)
        self._allowance.forget(sid)

    def _read(self, sid: str, visitor: Visitor, data: tuple[Any, ...]) -> dict[str, Any]:
        image, asked = _checked(data)
        user = self._services.accounts.get(visitor.user_id)
        require_consent(user, asked.consent)
        if self._services.settings.ratelimit_enabled and not self._allowance.spend(sid):
            raise RateLimited(f"One socket may send {FRAMES_A_SECOND} frames a second. Send fewer.")
        with self._turns.turn(sid):
            told = read_image(user, image, detail="fast", session_id=asked.session_id)
        return told.model_dump(mode="json")


class Turns:
    """Whose turn it is: one at a time of each line, `most` of all lines together, and the newest first."""

    def __init__(self, most: int) -> None:
        self._most = most
        self._change = threading.Condition()
        self._newest: dict[str, object] = {}
        self._busy: set[str] = set()

    @contextmanager
    def turn(self, line: str) -> Iterator[None]:
        """Wait for one's turn. Raises Conflict, code `late`, when a newer one came into the line meanwhile."""
        ticket = object()
        with self._change:
            self._newest[line] = ticket
            self._change.notify_all()
            self._change.wait_for(lambda: self._newest.get(line) is not ticket or self._is_free(line))
            if self._newest.get(line) is not ticket:
                raise Conflict("A newer frame came before this one was read.", code="late")
            self._busy.add(line)
        try:
            yield
        finally:
            with self._change:
                self._busy.discard(line)
                self._change.notify_all()

    def forget(self, line: str) -> None:
        """Whoever waits there is late."""
        with self._change:
            self._newest.pop(line, None)
            self._change.notify_all()

    def _is_free(self, line: str) -> bool:
        return line not in self._busy and len(self._busy) < self._most


def _checked(data: tuple[Any, ...]) -> tuple[bytes, FrameAsked]:
    if len(data) != 2 or not isinstance(data[0], bytes | bytearray) or not isinstance(data[1], dict):
        raise Invalid("Send the bytes of a JPEG, and beside them {session_id, consent: true}.")
    try:
        return bytes(data[0]), FrameAsked.model_validate(data[1], strict=True)
    except ValidationError as error:
        raise invalid(error, "data") from None
