"""What waits to be sent to each socket. It is bounded: whoever does not read is closed, and comes back to fetch
what was missed; the others never wait for them.

Each socket has a queue that its own thread empties into the line, so a broadcast only ever fills queues.
Engine.IO would let them grow for as long as the line seems alive.
"""

from __future__ import annotations

import socket
import time
from collections.abc import Callable
from queue import Empty, Queue
from typing import Any

import structlog
from engineio.async_drivers.threading import SimpleWebSocketWSGI
from engineio.exceptions import SocketIsClosedError
from flask_socketio import SocketIO
from simple_websocket import ConnectionClosed

log = structlog.get_logger()

MOST_BYTES = 8_000_000
"""More than the snapshot of a full list."""
MOST_PACKETS = 2_000
LARGEST_MESSAGE = 1_000_000
"""Bytes that a client may send at once."""
LOOK_UP_S = 5.0
LAST_WORDS_S = 3.0
"""So long a line may take to carry the reason, before it is cut."""


class Backlog(Queue[Any]):
    """The packets that wait for one socket; None among them ends it. `overflow` is called once, by whoever put
    in the packet that was too much."""

    def __init__(self) -> None:
        super().__init__()
        self.bytes = 0
        self.overflow: Callable[[], None] | None = None
        self.wire: Wire | None = None
        self._dropped = False

    def put(self, item: Any, block: bool = True, timeout: float | None = None) -> None:
        super().put(item, block, timeout)
        if self.overflow and (self.bytes > MOST_BYTES or self.qsize() > MOST_PACKETS):
            tell, self.overflow = self.overflow, None
            tell()

    def drop(self) -> bool:
        """False when somebody drops it already."""
        with self.mutex:
            first, self._dropped = not self._dropped, True
            return first

    def drain(self) -> None:
        try:
            while True:
                self.get_nowait()
                self.task_done()
        except Empty:
            return

    def _put(self, item: Any) -> None:
        super()._put(item)
        self.bytes += _size(item)

    def _get(self) -> Any:
        item = super()._get()
        self.bytes -= _size(item)
        return item


class Wire(SimpleWebSocketWSGI):  # type: ignore[misc]
    """A WebSocket that can be cut from outside, and refuses a message that is too large while it comes in."""

    def __init__(self, handler: Any, server: Any) -> None:
        super().__init__(handler, server, max_message_size=LARGEST_MESSAGE)
        handler.__self__.queue.wire = self

    def wait(self) -> Any:
        """The next message, None at the end. It looks up now and then, because the line below wakes us for a
        message that is too large just before it says that it has closed."""
        try:
            while (message := self.ws.receive(timeout=LOOK_UP_S)) is None and self.ws.connected:
                continue
            return message
        except ConnectionClosed:
            return None

    def cut(self) -> None:
        """End it, also where a thread is stuck in sending. Again does nothing."""
        try:
            self.ws.sock.shutdown(socket.SHUT_RDWR)
        except OSError:
            return


class Backlogs:
    """Gives the sockets of a server bounded queues. `dropped(code)` is called for each that is closed."""

    def __init__(self, io: SocketIO, namespace: str, dropped: Callable[[str], None]) -> None:
        self._io, self._namespace, self._dropped = io, namespace, dropped
        self._eio = io.server.eio
        self._eio.create_queue = Backlog
        self._eio._async = {**self._eio._async, "websocket": Wire}  # there is no other way to the line
        self._send, self._eio.send_packet = self._eio.send_packet, self._send_unless_closed

    def watch(self, sid: str) -> None:
        if line := self._line(sid):
            reason = "You read too slowly what is sent here. Come back, and fetch what you missed."
            line.queue.overflow = lambda: self.drop(sid, "too_slow", reason)

    def drop(self, sid: str, code: str, detail: str) -> None:
        """Close a socket with a reason, without waiting for it."""
        self._io.start_background_task(self._drop, sid, code, detail)

    def _drop(self, sid: str, code: str, detail: str) -> None:
        line = self._line(sid)
        if line is None or line.closing or not line.queue.drop():
            return
        log.info("socket_dropped", code=code, packets=line.queue.qsize(), bytes=line.queue.bytes)
        self._dropped(code)
        line.queue.drain()
        self._io.emit("dropped", {"code": code, "detail": detail}, to=sid, namespace=self._namespace)
        line.close(wait=False)
        time.sleep(LAST_WORDS_S)
        if line.queue.wire is not None:
            line.queue.wire.cut()

    def _line(self, sid: str) -> Any:
        eio_sid = self._io.server.manager.eio_sid_from_sid(sid, self._namespace)
        return self._eio.sockets.get(eio_sid)

    def _send_unless_closed(self, eio_sid: str, packet: Any) -> None:
        """Who closes just now must not keep a broadcast from those after them."""
        try:
            self._send(eio_sid, packet)
        except SocketIsClosedError:
            return


def _size(packet: Any) -> int:
    data = getattr(packet, "data", None)
    return len(data) if isinstance(data, str | bytes) else 0
