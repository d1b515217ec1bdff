"""Diaries in memory."""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from statistics import fmean

from museaika.mood.ports import Bucket, MoodBucket, MoodEntry, Source
from museaika.paging import Page
from museaika.storage.memory.paging import newest_first


class MemoryMoodEntries:
    def __init__(self) -> None:
        self._entries: dict[str, MoodEntry] = {}
        self._lock = threading.Lock()

    def add(self, entry: MoodEntry) -> None:
        with self._lock:
            self._entries[entry.mood_id] = entry

    def get(self, user_id: str, mood_id: str) -> MoodEntry | None:
        entry = self._entries.get(mood_id)
        return entry if entry and entry.user_id == user_id else None

    def latest(self, user_id: str) -> MoodEntry | None:
        return next(iter(self.page(user_id, limit=1).items), None)

    def replace(self, entry: MoodEntry, *, expected_version: int) -> MoodEntry | None:
        with self._lock:
            present = self.get(entry.user_id, entry.mood_id)
            if present is None or present.version != expected_version:
                return None
            self._entries[entry.mood_id] = replace(entry, version=expected_version + 1)
            return self._entries[entry.mood_id]

    def page(
        self,
        user_id: str,
        *,
        start: datetime | None = None,
        end: datetime | None = None,
        source: Source | None = None,
        cursor: str | None = None,
        limit: int = 20,
    ) -> Page[MoodEntry]:
        entries = [e for e in self._within(user_id, start, end) if source is None or e.source == source]
        return newest_first(entries, lambda e: (e.timestamp, e.mood_id), cursor, limit)

    def buckets(
        self, user_id: str, *, unit: Bucket, start: datetime | None = None, end: datetime | None = None
    ) -> Sequence[MoodBucket]:
        grouped: dict[datetime, list[MoodEntry]] = {}
        for entry in self._within(user_id, start, end):
            grouped.setdefault(_start_of(entry.timestamp, unit), []).append(entry)
        return [_bucket(start, grouped[start]) for start in sorted(grouped)]

    def delete(self, user_id: str, mood_id: str) -> bool:
        with self._lock:
            return self.get(user_id, mood_id) is not None and self._entries.pop(mood_id) is not None

    def delete_all(self, user_id: str) -> int:
        with self._lock:
            theirs = [mood_id for mood_id, entry in self._entries.items() if entry.user_id == user_id]
            for mood_id in theirs:
                del self._entries[mood_id]
        return len(theirs)

    def _within(self, user_id: str, start: datetime | None, end: datetime | None) -> list[MoodEntry]:
        with self._lock:
            entries = [entry for entry in self._entries.values() if entry.user_id == user_id]
        return [e for e in entries if (not start or start <= e.timestamp) and (not end or e.timestamp < end)]


def _start_of(moment: datetime, unit: Bucket) -> datetime:
    if unit == "hour":
        return moment.replace(minute=0, second=0, microsecond=0)
    day = moment.replace(hour=0, minute=0, second=0, microsecond=0)
    return day if unit == "day" else day - timedelta(days=day.weekday())


def _bucket(start: datetime, entries: Sequence[MoodEntry]) -> MoodBucket:
    counts = Counter(entry.primary_mood for entry in entries)
    return MoodBucket(
        start=start,
        count=len(entries),
        valence=fmean(entry.valence for entry in entries),
        arousal=fmean(entry.arousal for entry in entries),
        moods={mood: count / len(entries) for mood, count in counts.items()},
    )
