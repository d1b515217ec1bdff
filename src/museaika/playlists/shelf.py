"""The playlists that are in use, ready in memory; what is true stands in the store."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Iterator
from contextlib import contextmanager

from museaika.errors import MuseAIkaError
from museaika.playlists.edits import apply
from museaika.playlists.feeling import MoodOf
from museaika.playlists.ports import Playlists
from museaika.playlists.rights import not_found
from museaika.playlists.state import State

ENTRIES_KEPT = 200_000
"""Entries of all lists in memory together; the list that was used longest ago goes first."""
SAVE_EVERY = 64
"""A snapshot is saved after so many edits, and after a quarter of the list's length where that is more: so
saving costs each edit the same, however long the list is."""


class _Place:
    """One list: who holds `lock` may use `state`."""

    def __init__(self) -> None:
        self.lock = threading.Lock()
        self.state: State | None = None
        self.saved = 0


class Shelf:
    """Hands a list to one thread at a time."""

    def __init__(self, playlists: Playlists, mood_of: MoodOf) -> None:
        self._playlists = playlists
        self._mood_of = mood_of
        self._lock = threading.Lock()
        self._places: OrderedDict[str, _Place] = OrderedDict()

    @contextmanager
    def holding(self, playlist_id: str) -> Iterator[State]:
        """The list as it stands in the store now. When the work ends in an error, what it did to the list in
        memory is dropped. Raises NotFound."""
        place = self._place(playlist_id)
        with place.lock:
            state = self._ready(place, playlist_id)
            version = state.playlist.version
            try:
                yield state
            except BaseException as error:
                if not isinstance(error, MuseAIkaError) or state.playlist.version != version:
                    place.state = None
                raise
            self._save_now_and_then(place, state)

    @contextmanager
    def rewriting(self, playlist_id: str) -> Iterator[None]:
        """While the past of a list is rewritten in the store nobody uses it; afterwards it is read anew."""
        place = self._place(playlist_id)
        with place.lock:
            place.state = None
            yield

    def drop(self, playlist_id: str) -> None:
        with self._lock:
            self._places.pop(playlist_id, None)

    def _place(self, playlist_id: str) -> _Place:
        with self._lock:
            place = self._places.setdefault(playlist_id, _Place())
            self._places.move_to_end(playlist_id)
            kept = sum(len(p.state.entries) for p in self._places.values() if p.state)
            while kept > ENTRIES_KEPT and len(self._places) > 1:
                _, oldest = self._places.popitem(last=False)
                kept -= len(oldest.state.entries) if oldest.state else 0
            return place

    def _ready(self, place: _Place, playlist_id: str) -> State:
        if place.state is None:
            snapshot = self._playlists.snapshot(playlist_id)
            if snapshot is None:
                self.drop(playlist_id)
                raise not_found()
            place.state, place.saved = State(snapshot, self._mood_of), snapshot.playlist.version
        for operation in self._playlists.since(playlist_id, place.state.playlist.version):
            apply(place.state, operation)
        return place.state

    def _save_now_and_then(self, place: _Place, state: State) -> None:
        if state.playlist.version - place.saved >= max(SAVE_EVERY, len(state.entries) // 4):
            self._playlists.save(state.snapshot())
            place.saved = state.playlist.version
