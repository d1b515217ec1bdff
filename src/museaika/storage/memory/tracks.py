"""Imported tracks in memory."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from museaika.catalogue.track import Track


class MemoryTracks:
    def __init__(self) -> None:
        self._tracks: dict[str, Track] = {}

    def put_all(self, tracks: Iterable[Track]) -> tuple[int, int]:
        news = list(tracks)
        after = {**self._tracks, **{track.track_id: track for track in news}}
        added = len(after) - len(self._tracks)
        self._tracks = after
        return added, len(news) - added

    def all(self) -> Sequence[Track]:
        return [self._tracks[track_id] for track_id in sorted(self._tracks)]

    def remove(self, source: str) -> int:
        kept = {track_id: track for track_id, track in self._tracks.items() if track.source != source}
        removed = len(self._tracks) - len(kept)
        self._tracks = kept
        return removed
