"""The sockets of this process on the roll that all servers share."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from uuid import uuid4

import structlog

from museaika.accounts.ports import OpenSocket, OpenSockets
from museaika.clock import Clock
from museaika.errors import MuseAIkaError, RateLimited
from museaika.web.seats import MOST_EACH

log = structlog.get_logger()

EVERY_S = 5.0
"""So often a server with sockets says that it is alive: three times before its lease is over."""


class RollCall:
    """Writes down who comes and goes; while somebody is here, a thread says that this server is alive."""

    def __init__(
        self, open_sockets: OpenSockets, clock: Clock, sleep: Callable[[float], None] = time.sleep
    ) -> None:
        self._open_sockets = open_sockets
        self._clock = clock
        self._sleep = sleep
        self._server_id = f"srv_{uuid4().hex}"
        self._lock = threading.Lock()
        self._here = 0
        self._caller: threading.Thread | None = None

    def come(self, sid: str, user_id: str) -> None:
        """Raises RateLimited: the person has too many sockets, on all servers together."""
        with self._lock:
            self._here += 1
            if self._caller is None:
                self._call()
                self._caller = threading.Thread(target=self._go_on_calling, name="rollcall", daemon=True)
                self._caller.start()
        self._open_sockets.come(OpenSocket(sid, user_id, self._server_id))
        if len(self._open_sockets.of(user_id, self._clock())) > MOST_EACH:
            raise RateLimited(
                f"You have {MOST_EACH} sockets open. Close one first.", code="too_many_streams", retry_after_s=5
            )

    def go(self, sid: str) -> None:
        with self._lock:
            self._here -= 1
        try:
            self._open_sockets.go(sid)
        except MuseAIkaError as error:  # it stays on the roll for as long as this server lives
            log.error("rollcall_failed", reason=error.detail)

    def _go_on_calling(self) -> None:
        while True:
            self._sleep(EVERY_S)
            with self._lock:
                if self._here <= 0:
                    self._caller = None
                    return
            try:
                self._call()
            except MuseAIkaError as error:
                log.error("rollcall_failed", reason=error.detail)

    def _call(self) -> None:
        at = self._clock()
        self._open_sockets.alive(self._server_id, at)
        swept = self._open_sockets.sweep(at)
        if swept:
            log.warning("sockets_of_a_dead_server_forgotten", count=swept)
