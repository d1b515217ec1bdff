"""Wakes workers of this machine through a counter in SQLite; the jobs themselves are leased rows."""

from __future__ import annotations

import time

from museaika.storage.sqlite.database import Database


class CountingWaker:
    """A Waker: each wake raises the counter, and a waiting worker looks at it every `poll_s`. One object
    belongs to one waiting thread; a wake that came while it was busy ends its next wait at once."""

    def __init__(self, signals: Database, *, poll_s: float = 0.05) -> None:
        self._signals = signals
        self._poll_s = poll_s
        self._seen = self._count()

    def wake(self) -> None:
        self._signals.write("UPDATE wakes SET count = count + 1")

    def wait(self, timeout_s: float) -> bool:
        deadline = time.monotonic() + timeout_s
        while True:
            count = self._count()
            if count != self._seen:
                self._seen = count
                return True
            left = deadline - time.monotonic()
            if left <= 0:
                return False
            time.sleep(min(self._poll_s, left))

    def _count(self) -> int:
        row = self._signals.row("SELECT count FROM wakes")
        return int(row["count"]) if row else 0
