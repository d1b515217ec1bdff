"""The sittings of this process: frames that belong together are smoothed together, and soon forgotten."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import dataclass, field

from museaika.errors import Conflict
from museaika.mood.reading import MoodReading
from museaika.perception.facereader import Face
from museaika.perception.sitting import Sitting
from museaika.recommendations.mixes import Mix

FORGET_AFTER_S = 300.0
MOST = 10_000


@dataclass(frozen=True, slots=True)
class Kept:
    """What was written into the diary for a sitting's mood; `mood_id` is None where nothing is kept."""

    mood: str
    mood_id: str | None
    mixes: list[Mix]

    def is_old(self, now: MoodReading) -> bool:
        """Whether the mood is another one now, and clearly so."""
        return now.primary_mood != self.mood and not now.ambiguous


@dataclass(slots=True)
class _Seat:
    """One sitting, the time of its last frame, and what was written down last."""

    last: float
    sitting: Sitting = field(default_factory=Sitting)
    kept: Kept | None = None


class Sittings:
    """One `Sitting` for each person and session id; the ones that rest longest go first."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._seats: OrderedDict[tuple[str, str], _Seat] = OrderedDict()

    def steady(self, user_id: str, session_id: str, faces: Sequence[Face], at: float) -> MoodReading | None:
        """Take in the faces of a frame that arrived at `at` (seconds, monotonic) and return the sitting's mood.

        Raises:
            Conflict: code `late`, when a newer frame of the sitting was read already.
        """
        key = (user_id, session_id)
        with self._lock:
            self._forget_old(at)
            seat = self._seats.setdefault(key, _Seat(at))
            try:
                steady = seat.sitting.update(faces, at)
            except ValueError:
                raise Conflict("A newer frame of this sitting was read already.", code="late") from None
            seat.last = at
            self._seats.move_to_end(key)
            return steady

    def kept(self, user_id: str, session_id: str) -> Kept | None:
        with self._lock:
            seat = self._seats.get((user_id, session_id))
            return seat.kept if seat else None

    def keep(self, user_id: str, session_id: str, kept: Kept) -> None:
        with self._lock:
            if seat := self._seats.get((user_id, session_id)):
                seat.kept = kept

    def _forget_old(self, at: float) -> None:
        while self._seats:
            key, seat = next(iter(self._seats.items()))
            if at - seat.last < FORGET_AFTER_S and len(self._seats) < MOST:
                return
            del self._seats[key]
