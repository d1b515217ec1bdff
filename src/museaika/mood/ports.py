"""What the diary asks of a store."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal, Protocol

from museaika.paging import Page

Source = Literal["camera", "text", "manual"]
Bucket = Literal["hour", "day", "week"]


@dataclass(frozen=True, slots=True)
class MoodEntry:
    """One line of a person's diary: a mood that was read, as far as their privacy level keeps it.

    `moods` and `emotions` are probabilities; valence, arousal −1…1. `text` is kept at level full alone.
    `corrected_from` is the mood that was read before the person put it right.
    """

    mood_id: str
    user_id: str
    primary_mood: str
    confidence: float
    valence: float
    arousal: float
    source: Source
    timestamp: datetime
    moods: Mapping[str, float] = field(default_factory=dict)
    emotions: Mapping[str, float] = field(default_factory=dict)
    text: str | None = None
    session_id: str | None = None
    corrected_from: str | None = None
    version: int = 1


@dataclass(frozen=True, slots=True)
class MoodBucket:
    """A stretch of time: how many moods, their mean place on the plane, and each mood's share (sum 1)."""

    start: datetime
    count: int
    valence: float
    arousal: float
    moods: Mapping[str, float]


class MoodEntries(Protocol):
    """Keeps diaries; everything asks for the owner, so that nobody reads another's."""

    def add(self, entry: MoodEntry) -> None: ...

    def get(self, user_id: str, mood_id: str) -> MoodEntry | None: ...

    def latest(self, user_id: str) -> MoodEntry | None: ...

    def replace(self, entry: MoodEntry, *, expected_version: int) -> MoodEntry | None:
        """Store with the next version, or return None when another write came first or it is gone."""
        ...

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
        """Newest first, `start` ≤ timestamp < `end`. A damaged cursor raises Invalid."""
        ...

    def buckets(
        self, user_id: str, *, unit: Bucket, start: datetime | None = None, end: datetime | None = None
    ) -> Sequence[MoodBucket]:
        """Oldest first, by UTC hour, day or ISO week; empty stretches are left out."""
        ...

    def delete(self, user_id: str, mood_id: str) -> bool: ...

    def delete_all(self, user_id: str) -> int: ...
