"""A playlist in memory, between one operation and the next."""

from __future__ import annotations

from collections import Counter

from museaika.playlists.feeling import MoodOf
from museaika.playlists.order import Order
from museaika.playlists.playlist import Entry, Playlist, Snapshot


class State:
    """A playlist as it stands; only `apply` changes it. `mood_in` is the mood that each entry counts for,
    `moods` how many count for each."""

    def __init__(self, snapshot: Snapshot, mood_of: MoodOf = lambda _, mood_context: mood_context) -> None:
        self.playlist: Playlist = snapshot.playlist
        self.entries: dict[str, Entry] = {entry.entry_id: entry for entry in snapshot.entries}
        self.order = Order(snapshot.places or list(self.entries), snapshot.gone)
        self.mood_of = mood_of
        self.mood_in = {one.entry_id: mood_of(one.track_id, one.mood_context) for one in snapshot.entries}
        self.moods = Counter(filter(None, self.mood_in.values()))

    def snapshot(self) -> Snapshot:
        ordered = tuple(self.entries[entry_id] for entry_id in self.order)
        return Snapshot(self.playlist, ordered, tuple(self.order.places), tuple(self.order.gone))
