"""What listeners said of tracks, in memory."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from datetime import datetime

from museaika.paging import Page
from museaika.recommendations.taste import Verdict
from museaika.storage.memory.paging import newest_first


class MemoryVerdicts:
    def __init__(self) -> None:
        self._verdicts: dict[tuple[str, str], Verdict] = {}
        self._lock = threading.Lock()

    def put(self, user_id: str, verdict: Verdict) -> None:
        if verdict.at is None:
            raise ValueError("a verdict to be kept needs its time")
        with self._lock:
            self._verdicts[user_id, verdict.track_id] = verdict

    def remove(self, user_id: str, track_id: str) -> bool:
        with self._lock:
            return self._verdicts.pop((user_id, track_id), None) is not None

    def of(self, user_id: str) -> Sequence[Verdict]:
        with self._lock:
            theirs = [one for (owner, _), one in self._verdicts.items() if owner == user_id]
        return sorted(theirs, key=_place)

    def page(self, user_id: str, *, cursor: str | None = None, limit: int = 20) -> Page[Verdict]:
        return newest_first(self.of(user_id), _place, cursor, limit)

    def delete_all(self, user_id: str) -> int:
        with self._lock:
            theirs = [place for place in self._verdicts if place[0] == user_id]
            for place in theirs:
                del self._verdicts[place]
        return len(theirs)


def _place(verdict: Verdict) -> tuple[datetime, str]:
    if verdict.at is None:
        raise ValueError("a verdict that was kept has its time")
    return verdict.at, verdict.track_id
