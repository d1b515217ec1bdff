"""Who is connected: the sockets of this process, whom they follow, and how much each person may send."""

from __future__ import annotations

import threading
import time
from collections import defaultdict
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Visitor:
    """One socket: whose it is, and the sign-in that opened it."""

    user_id: str
    session_id: str


class Presence:
    """The open sockets by their ids."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._visitors: dict[str, Visitor] = {}
        self._followers: dict[str, set[str]] = defaultdict(set)

    def come(self, sid: str, visitor: Visitor) -> None:
        with self._lock:
            self._visitors[sid] = visitor

    def go(self, sid: str) -> Visitor | None:
        """Forget a socket; returns whose it was, None when it was forgotten before."""
        with self._lock:
            for owner in [owner for owner, sids in self._followers.items() if sid in sids]:
                self._drop(owner, sid)
            return self._visitors.pop(sid, None)

    def who(self, sid: str) -> Visitor | None:
        return self._visitors.get(sid)

    def of(self, user_id: str, session_id: str | None = None) -> list[str]:
        """A person's sockets, or those of one sign-in."""
        with self._lock:
            return [
                sid
                for sid, visitor in self._visitors.items()
                if visitor.user_id == user_id and session_id in (None, visitor.session_id)
            ]

    def follow(self, sid: str, owner: str) -> None:
        with self._lock:
            if sid in self._visitors:
                self._followers[owner].add(sid)

    def unfollow(self, sid: str, owner: str) -> None:
        with self._lock:
            self._drop(owner, sid)

    def followers(self, owner: str) -> dict[str, Visitor]:
        """The sockets that asked for a person's moods."""
        with self._lock:
            return {sid: self._visitors[sid] for sid in self._followers.get(owner, ()) if sid in self._visitors}

    def _drop(self, owner: str, sid: str) -> None:
        self._followers[owner].discard(sid)
        if not self._followers[owner]:
            del self._followers[owner]


class Allowance:
    """So many events a second for each key, a person or a socket, and `at_once` (or as many) at one moment."""

    def __init__(self, per_second: int, *, at_once: int | None = None) -> None:
        self._rate = per_second
        self._most = float(at_once or per_second)
        self._lock = threading.Lock()
        self._left: dict[str, tuple[float, float]] = {}

    def spend(self, key: str) -> bool:
        """Take one; False when nothing is left."""
        with self._lock:
            at = time.monotonic()
            left, since = self._left.get(key, (self._most, at))
            left = min(self._most, left + (at - since) * self._rate)
            granted = left >= 1
            self._left[key] = (left - granted, at)
            return granted

    def forget(self, key: str) -> None:
        with self._lock:
            self._left.pop(key, None)
