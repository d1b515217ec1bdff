"""A catalogue that may grow while it is read: whoever took a look keeps what they saw."""

from __future__ import annotations

import threading
from collections.abc import Iterable, Sequence

from museaika.catalogue.columns import Columns
from museaika.catalogue.memory import InMemoryCatalogue
from museaika.catalogue.track import Track


class GrowingCatalogue:
    """Tracks that are known; `grow` adds to them, and never moves or changes one that is there."""

    def __init__(self, known: InMemoryCatalogue) -> None:
        self._known = known
        self._lock = threading.Lock()

    def now(self) -> InMemoryCatalogue:
        """The catalogue as it stands, which will not change any more."""
        return self._known

    def grow(self, tracks: Iterable[Track]) -> tuple[Track, ...]:
        """Add those that are not known yet, and return them."""
        with self._lock:
            known = self._known
            unknown = {track.track_id: track for track in tracks if known.get(track.track_id) is None}
            added = tuple(unknown.values())
            if added:
                self._known = InMemoryCatalogue((*known.all(), *added))
        return added

    def all(self) -> Sequence[Track]:
        return self._known.all()

    def get(self, track_id: str) -> Track | None:
        return self._known.get(track_id)

    def columns(self) -> Columns:
        return self._known.columns()

    def __len__(self) -> int:
        return len(self._known)
