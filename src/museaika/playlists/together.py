"""Edits of one list that wait at the same moment are stored together: one trip to the disk for all of them."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass, field

from museaika.playlists.draft import Draft
from museaika.playlists.playlist import Operation

Work = Callable[[Draft], Operation]
MOST_WAIT_S = 60.0


@dataclass(eq=False, slots=True)
class Wish:
    """One person's edit on its way; `answer` counts once it is `ready`."""

    user_id: str
    work: Work
    answer: Operation | BaseException | None = None
    ready: threading.Event = field(default_factory=threading.Event)

    def outcome(self) -> Operation:
        """Waits until the wish is stored or refused. Raises what its work raised."""
        if not self.ready.wait(MOST_WAIT_S) or self.answer is None:
            raise TimeoutError("an edit was taken up and never answered")
        if isinstance(self.answer, BaseException):
            raise self.answer
        return self.answer


class Queue:
    """The wishes that wait for each list. Whoever gets hold of a list takes all that wait for it."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._waiting: dict[str, list[Wish]] = {}

    def add(self, playlist_id: str, wish: Wish) -> None:
        with self._lock:
            self._waiting.setdefault(playlist_id, []).append(wish)

    def take(self, playlist_id: str) -> list[Wish]:
        with self._lock:
            return self._waiting.pop(playlist_id, [])

    def withdraw(self, playlist_id: str, wish: Wish) -> bool:
        """Whether the wish was still waiting; if not, somebody took it up and will answer it."""
        with self._lock:
            waiting = self._waiting.get(playlist_id, [])
            if wish not in waiting:
                return False
            waiting.remove(wish)
            if not waiting:
                del self._waiting[playlist_id]
            return True
