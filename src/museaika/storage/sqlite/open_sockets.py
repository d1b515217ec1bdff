"""Open sockets in SQLite, beside the news between processes: a crash leaves rows, and a lease ends them."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from museaika.accounts.ports import OpenSocket
from museaika.clock import rfc3339
from museaika.storage.retention import SOCKET_LEASE
from museaika.storage.sqlite.database import Database


class SqliteOpenSockets:
    def __init__(self, signals: Database) -> None:
        self._signals = signals

    def alive(self, server_id: str, at: datetime) -> None:
        self._signals.write(
            "INSERT OR REPLACE INTO servers VALUES (?, ?)", server_id, rfc3339(at + SOCKET_LEASE)
        )

    def come(self, one: OpenSocket) -> None:
        self._signals.write(
            "INSERT OR REPLACE INTO open_sockets VALUES (?, ?, ?)",
            one.sid, one.user_id, one.server_id,
        )  # fmt: skip

    def go(self, sid: str) -> None:
        self._signals.write("DELETE FROM open_sockets WHERE sid = ?", sid)

    def of(self, user_id: str, at: datetime) -> Sequence[OpenSocket]:
        rows = self._signals.rows(
            "SELECT sid, user_id, server_id FROM open_sockets JOIN servers USING (server_id)"
            " WHERE user_id = ? AND lease_until > ? ORDER BY sid",
            user_id, rfc3339(at),
        )  # fmt: skip
        return [OpenSocket(**row) for row in rows]

    def sweep(self, at: datetime) -> int:
        with self._signals.transaction() as connection:
            connection.execute("DELETE FROM servers WHERE lease_until <= ?", (rfc3339(at),))
            return connection.execute(
                "DELETE FROM open_sockets WHERE server_id NOT IN (SELECT server_id FROM servers)"
            ).rowcount
