"""Which tracks a listener was given lately, so that the next hour brings others.

It is kept in memory alone and lost with the process: it makes lists fresher, and nobody misses it. Within an
hour of the clock nothing counts as served that came in that hour: the same question keeps its answer, and the
pages of a list fit together.
"""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Iterable
from datetime import datetime, timedelta

LATELY = timedelta(days=3)
MOST_TRACKS, MOST_LISTENERS = 400, 2000

Times = tuple[datetime | None, datetime]
"""When a track was served: the last time before that hour, and in it."""


class Served:
    """What each listener was given."""

    def __init__(self) -> None:
        self._listeners: OrderedDict[str, OrderedDict[str, Times]] = OrderedDict()
        self._lock = threading.Lock()

    def note(self, listener: str, track_ids: Iterable[str], at: datetime) -> None:
        """These were given at `at`, UTC."""
        hour = _hour(at)
        with self._lock:
            tracks = self._listeners.setdefault(listener, OrderedDict())
            self._listeners.move_to_end(listener)
            for track_id in track_ids:
                before, last = tracks.get(track_id, (None, None))
                if last is None or last < hour:
                    tracks[track_id] = (last or before, at)
                    tracks.move_to_end(track_id)
            while len(tracks) > MOST_TRACKS:
                tracks.popitem(last=False)
            while len(self._listeners) > MOST_LISTENERS:
                self._listeners.popitem(last=False)

    def before(self, listener: str, at: datetime) -> tuple[str, ...]:
        """What was given lately, but not in the hour of `at`; in the order of their ids."""
        hour = _hour(at)
        with self._lock:
            tracks = list(self._listeners.get(listener, {}).items())
        given = ((track_id, last if last < hour else earlier) for track_id, (earlier, last) in tracks)
        return tuple(sorted(track_id for track_id, when in given if when and when > hour - LATELY))

    def forget(self, listener: str) -> None:
        with self._lock:
            self._listeners.pop(listener, None)


def _hour(at: datetime) -> datetime:
    return at.replace(minute=0, second=0, microsecond=0)
