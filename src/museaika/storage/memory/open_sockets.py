"""Open sockets in memory."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from datetime import datetime

from museaika.accounts.ports import OpenSocket
from museaika.storage.retention import SOCKET_LEASE


class MemoryOpenSockets:
    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._leases: dict[str, datetime] = {}
        self._open: dict[str, OpenSocket] = {}

    def alive(self, server_id: str, at: datetime) -> None:
        with self._lock:
            self._leases[server_id] = at + SOCKET_LEASE

    def come(self, one: OpenSocket) -> None:
        with self._lock:
            self._open[one.sid] = one

    def go(self, sid: str) -> None:
        with self._lock:
            self._open.pop(sid, None)

    def of(self, user_id: str, at: datetime) -> Sequence[OpenSocket]:
        with self._lock:
            alive = {server_id for server_id, until in self._leases.items() if until > at}
            theirs = [one for one in self._open.values() if one.user_id == user_id and one.server_id in alive]
        return sorted(theirs, key=lambda one: one.sid)

    def sweep(self, at: datetime) -> int:
        with self._lock:
            before = len(self._open)
            self._leases = {server_id: until for server_id, until in self._leases.items() if until > at}
            self._open = {sid: one for sid, one in self._open.items() if one.server_id in self._leases}
            return before - len(self._open)
