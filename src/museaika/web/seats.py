"""Seats for connections that stay: each holds a thread, and some threads must stay free for requests."""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager

from museaika.errors import RateLimited, Unavailable

FREE_THREADS = 8
"""Threads that streams and sockets leave to requests."""
MOST_EACH = 16
"""Streams and sockets of one person."""


class Seats:
    """Counts streams and sockets; full is full."""

    def __init__(self, total: int) -> None:
        self._total = total
        self._lock = threading.Lock()
        self._taken: Counter[str] = Counter()

    def take(self, user_id: str) -> None:
        """Raises RateLimited (one person has too many), or Unavailable (there is no thread left)."""
        with self._lock:
            if self._taken[user_id] >= MOST_EACH:
                raise RateLimited(
                    f"You have {MOST_EACH} streams and sockets open. Close one first.",
                    code="too_many_streams",
                    retry_after_s=5,
                )
            if self._taken.total() >= self._total:
                raise Unavailable("All places for streams are taken.", code="busy", retry_after_s=5)
            self._taken[user_id] += 1

    def leave(self, user_id: str) -> None:
        with self._lock:
            self._taken[user_id] -= 1
            if self._taken[user_id] <= 0:
                del self._taken[user_id]

    @contextmanager
    def taken(self, user_id: str) -> Iterator[None]:
        self.take(user_id)
        try:
            yield
        finally:
            self.leave(user_id)
