"""The sittings of this process: frames that belong together are smoothed together, and soon forgotten."""

from __future__ import annotations

import threading
from collections import OrderedDict

from museaika.errors import Conflict
from museaika.mood.blending import Smoother
from museaika.mood.reading import MoodReading

FORGET_AFTER_S = 300.0
MOST = 10_000


class Sittings:
    """One `Smoother` for each person and session id; the ones that rest longest go first."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._smoothers: OrderedDict[tuple[str, str], tuple[float, Smoother]] = OrderedDict()

    def steady(self, user_id: str, session_id: str, reading: MoodReading, at: float) -> MoodReading:
        """Take in a frame that arrived at `at` (seconds, monotonic) and return the sitting's mood.

        Raises:
            Conflict: code `late`, when a newer frame of the sitting was read already.
        """
        key = (user_id, session_id)
        with self._lock:
            self._forget_old(at)
            _, smoother = self._smoothers.get(key, (at, Smoother()))
            try:
                steady = smoother.update(reading, at)
            except ValueError:
                raise Conflict("A newer frame of this sitting was read already.", code="late") from None
            self._smoothers[key] = (at, smoother)
            self._smoothers.move_to_end(key)
            return steady

    def _forget_old(self, at: float) -> None:
        while self._smoothers:
            key, (last, _) = next(iter(self._smoothers.items()))
            if at - last < FORGET_AFTER_S and len(self._smoothers) < MOST:
                return
            del self._smoothers[key]
