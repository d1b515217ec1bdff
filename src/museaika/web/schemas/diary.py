"""The diary, as it is asked for and told."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from museaika.mood.ports import Bucket, MoodBucket, MoodEntry, Source
from museaika.web.schemas.base import Asked, Axis, Moment, Share, Shares, Told, When, axis, share, shares


class HistoryAsked(Asked):
    """Which part of the diary."""

    start: When | None = Field(None, alias="from")
    end: When | None = Field(None, alias="to")
    source: Source | None = None
    bucket: Bucket | None = None
    limit: int = Field(20, ge=1, le=100)
    cursor: Annotated[str, Field(min_length=1, max_length=500)] | None = None


class MoodPath(Asked):
    mood_id: str


class EntryTold(Told):
    """One line of the diary."""

    mood_id: str
    primary_mood: str
    confidence: Share
    valence: Axis
    arousal: Axis
    source: Source
    timestamp: Moment
    moods: Shares
    emotions: Shares
    text: str | None
    session_id: str | None
    corrected_from: str | None


class BucketTold(Told):
    """A stretch of time: how many moods, their mean place, and each mood's share."""

    start: Moment
    count: int
    valence: Axis
    arousal: Axis
    moods: Shares


class HistoryTold(Told):
    """Entries, newest first; or with `bucket` stretches of time, oldest first."""

    items: list[EntryTold | BucketTold]
    next_cursor: str | None = None


def tell_entry(entry: MoodEntry) -> EntryTold:
    return EntryTold(
        mood_id=entry.mood_id,
        primary_mood=entry.primary_mood,
        confidence=share(entry.confidence),
        valence=axis(entry.valence),
        arousal=axis(entry.arousal),
        source=entry.source,
        timestamp=entry.timestamp,
        moods=shares(entry.moods),
        emotions=shares(entry.emotions),
        text=entry.text,
        session_id=entry.session_id,
        corrected_from=entry.corrected_from,
    )


def tell_bucket(bucket: MoodBucket) -> BucketTold:
    return BucketTold(
        start=bucket.start,
        count=bucket.count,
        valence=axis(bucket.valence),
        arousal=axis(bucket.arousal),
        moods=shares(bucket.moods),
    )
