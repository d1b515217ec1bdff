"""A person's diary of moods: what was read, put right, looked back on, and forgotten."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from uuid import uuid4

from museaika.clock import Clock, now
from museaika.errors import NotFound, VersionConflict
from museaika.events import MoodRead, Publisher
from museaika.mood.ports import Bucket, MoodBucket, MoodEntries, MoodEntry, Source
from museaika.mood.reading import MoodReading
from museaika.paging import Page

_CORRECTION_TRIES = 3


class Diary:
    """Everything asks for the owner: what belongs to somebody else is simply not there."""

    def __init__(self, entries: MoodEntries, publisher: Publisher, clock: Clock = now) -> None:
        self._entries = entries
        self._publisher = publisher
        self._clock = clock

    def record(
        self,
        user: str,
        privacy: str,
        reading: MoodReading,
        *,
        source: Source,
        text: str | None = None,
        session_id: str | None = None,
    ) -> MoodEntry | None:
        """Keep a reading as far as the privacy level allows: strict nothing (None is returned), standard
        the mood without `text`, full with it. The person's own open pages are told at every level."""
        at = self._clock()
        entry = MoodEntry(
            mood_id=f"mood_{uuid4()}",
            user_id=user,
            primary_mood=reading.primary_mood,
            confidence=reading.confidence,
            valence=reading.valence,
            arousal=reading.arousal,
            source=source,
            timestamp=at,
            moods=dict(reading.moods),
            emotions=dict(reading.emotions),
            text=text if privacy == "full" else None,
            session_id=session_id,
        )
        kept = privacy in ("standard", "full")
        if kept:
            self._entries.add(entry)
        self._publisher.publish(
            MoodRead(user, reading.primary_mood, entry.moods, reading.valence, reading.arousal, at)
        )
        return entry if kept else None

    def correct(self, user: str, mood_id: str, reading: MoodReading) -> MoodEntry:
        """Put an entry right; it remembers the mood that was read first.

        Raises:
            NotFound: the diary has no such entry.
            VersionConflict: others kept changing it at the same moment.
        """
        for _ in range(_CORRECTION_TRIES):
            entry = self.get(user, mood_id)
            corrected = replace(
                entry,
                primary_mood=reading.primary_mood,
                confidence=reading.confidence,
                valence=reading.valence,
                arousal=reading.arousal,
                moods=dict(reading.moods),
                corrected_from=entry.corrected_from or entry.primary_mood,
            )
            if stored := self._entries.replace(corrected, expected_version=entry.version):
                return stored
        raise VersionConflict("This entry is being changed from elsewhere. Look at it again, then retry.")

    def get(self, user: str, mood_id: str) -> MoodEntry:
        """Raises NotFound for an unknown entry and for other people's."""
        entry = self._entries.get(user, mood_id)
        if entry is None:
            raise _no_entry()
        return entry

    def latest(self, user: str) -> MoodEntry | None:
        return self._entries.latest(user)

    def page(
        self,
        user: str,
        *,
        start: datetime | None = None,
        end: datetime | None = None,
        source: Source | None = None,
        cursor: str | None = None,
        limit: int = 20,
    ) -> Page[MoodEntry]:
        """Newest first, `start` ≤ timestamp < `end`. Raises Invalid for a damaged cursor."""
        return self._entries.page(user, start=start, end=end, source=source, cursor=cursor, limit=limit)

    def trends(
        self, user: str, *, unit: Bucket, start: datetime | None = None, end: datetime | None = None
    ) -> Sequence[MoodBucket]:
        """By UTC hour, day or ISO week, oldest first."""
        return self._entries.buckets(user, unit=unit, start=start, end=end)

    def forget(self, user: str, mood_id: str) -> None:
        """Raises NotFound for an unknown entry and for other people's."""
        if not self._entries.delete(user, mood_id):
            raise _no_entry()

    def forget_all(self, user: str) -> int:
        """Empty the diary; return how many entries it had."""
        return self._entries.delete_all(user)


def _no_entry() -> NotFound:
    return NotFound("Your diary has no such entry. It may have been forgotten already.")
