"""A catalogue held in memory: read once, then only looked at."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from museaika.catalogue.columns import Columns, columns_of
from museaika.catalogue.track import Track


class InMemoryCatalogue:
    """Tracks in the order they were given.

    Raises:
        ValueError: when two tracks share an id.
    """

    def __init__(self, tracks: Iterable[Track]) -> None:
        self._tracks = tuple(tracks)
        self._by_id = {track.track_id: track for track in self._tracks}
        if len(self._by_id) < len(self._tracks):
            raise ValueError("two tracks of a catalogue share an id; give each its own")
        self._columns = columns_of(self._tracks)

    def all(self) -> Sequence[Track]:
        return self._tracks

    def get(self, track_id: str) -> Track | None:
        return self._by_id.get(track_id)

    def columns(self) -> Columns:
        return self._columns

    def __len__(self) -> int:
        return len(self._tracks)
