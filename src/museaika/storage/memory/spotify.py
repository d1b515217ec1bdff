"""Spotify's part of the stores in memory: for tests, and the cache of tracks that the embedded server keeps."""

from __future__ import annotations

import threading
import time
from collections import OrderedDict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

from museaika.spotify.client import Cached
from museaika.spotify.ports import Connection, Export, Login, Match
from museaika.spotify.troubles import taken

FRESH_S, KEPT_S = 24 * 3600.0, 48 * 3600.0
MOST_KEPT = 5_000
"""Tracks; one is about 3 KB."""


class MemoryConnections:
    def __init__(self) -> None:
        self._kept: dict[str, Connection] = {}
        self._lock = threading.Lock()

    def put(self, connection: Connection) -> None:
        with self._lock:
            holder = self.by_spotify_id(connection.spotify_id)
            if holder and holder.user_id != connection.user_id:
                raise taken()
            self._kept[connection.user_id] = connection

    def get(self, user_id: str) -> Connection | None:
        return self._kept.get(user_id)

    def by_spotify_id(self, spotify_id: str) -> Connection | None:
        return next((one for one in self._kept.values() if one.spotify_id == spotify_id), None)

    def replace(self, connection: Connection, *, expected_version: int) -> Connection | None:
        with self._lock:
            known = self._kept.get(connection.user_id)
            if known is None or known.version != expected_version:
                return None
            stored = self._kept[connection.user_id] = replace(connection, version=expected_version + 1)
            return stored

    def delete(self, user_id: str) -> bool:
        return self._kept.pop(user_id, None) is not None


class MemoryLogins:
    def __init__(self) -> None:
        self._kept: dict[str, Login] = {}

    def put(self, login: Login) -> None:
        self._kept[login.state] = login

    def take(self, state: str) -> Login | None:
        return self._kept.pop(state, None)

    def delete_expired(self, at: datetime) -> int:
        gone = [state for state, login in self._kept.items() if login.expires_at <= at]
        for state in gone:
            del self._kept[state]
        return len(gone)


class MemoryMatches:
    def __init__(self) -> None:
        self._kept: dict[str, Match] = {}

    def of(self, track_ids: Sequence[str]) -> Mapping[str, Match]:
        return {track_id: self._kept[track_id] for track_id in track_ids if track_id in self._kept}

    def put(self, match: Match) -> None:
        self._kept[match.track_id] = match


class MemoryExports:
    def __init__(self) -> None:
        self._kept: dict[tuple[str, str], Export] = {}

    def get(self, user_id: str, playlist_id: str) -> Export | None:
        return self._kept.get((user_id, playlist_id))

    def put(self, export: Export) -> None:
        self._kept[export.user_id, export.playlist_id] = export

    def delete_all(self, user_id: str) -> int:
        gone = [key for key in self._kept if key[0] == user_id]
        for key in gone:
            del self._kept[key]
        return len(gone)


class MemoryTrackCache:
    """What Spotify told of tracks, fresh for a day, the least used forgotten first."""

    def __init__(self, timer: Callable[[], float] = time.monotonic) -> None:
        self._kept: OrderedDict[str, tuple[float, str | None, Any]] = OrderedDict()
        self._timer = timer
        self._lock = threading.Lock()

    def get(self, track_id: str) -> Cached | None:
        with self._lock:
            known = self._kept.get(track_id)
            if known is None:
                return None
            at, etag, told = known
            age = self._timer() - at
            if age >= KEPT_S:
                return None
            self._kept.move_to_end(track_id)
            return Cached(told, etag, age < FRESH_S)

    def put(self, track_id: str, etag: str | None, told: Any) -> None:
        with self._lock:
            self._kept[track_id] = (self._timer(), etag, told)
            self._kept.move_to_end(track_id)
            while len(self._kept) > MOST_KEPT:
                self._kept.popitem(last=False)
