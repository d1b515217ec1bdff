"""What ListenBrainz tells of a recording, and the track that it makes.

Nobody placed these recordings on the plane, but people tagged them. A recording stands where the moods of its
tags stand on average; the mood that was asked for counts as one tag more. That is a guess, and `confidence`
says so.
"""

from __future__ import annotations

from pydantic import BaseModel, Field, RootModel

from museaika.catalogue.columns import MOODS_OF_TAG
from museaika.catalogue.track import Track, track_id_for
from museaika.mood.vocabulary import MOODS, Mood

GUESS, SURER, SUREST = 0.2, 0.05, 0.4
"""The confidence of a place without tags, what each further mood tag adds, and where that ends."""
TAGS_KEPT = 8


class Pick(BaseModel):
    recording_mbid: str


class Picks(RootModel[list[Pick]]):
    """The answer of `lb-radio/tags`."""


class Named(BaseModel):
    name: str | None = None


class Artists(Named):
    artists: list[Named] = Field(default_factory=list)


class Work(Named):
    length: int | None = None
    isrcs: list[str] = Field(default_factory=list)


class Release(Named):
    year: int | None = None


class Tag(BaseModel):
    tag: str
    count: int = 1


class Tags(BaseModel):
    recording: list[Tag] = Field(default_factory=list)
    artist: list[Tag] = Field(default_factory=list)


class Recording(BaseModel):
    """One entry of `metadata/recording`; everything may be missing."""

    artist: Artists = Field(default_factory=Artists)
    recording: Work = Field(default_factory=Work)
    release: Release = Field(default_factory=Release)
    tag: Tags = Field(default_factory=Tags)


class Recordings(RootModel[dict[str, Recording]]):
    """The answer of `metadata/recording`, by MusicBrainz id."""


def track_of(told: Recording, asked: Mood, source: str) -> Track | None:
    """Return the track, or None where title or artist is missing."""
    title = told.recording.name
    artists = tuple(one.name for one in told.artist.artists if one.name) or (
        (told.artist.name,) if told.artist.name else ()
    )
    if not title or not artists:
        return None
    tags = tuple(one.tag.casefold() for one in sorted(told.tag.recording, key=lambda one: -one.count))
    valence, arousal, confidence = place(tags, asked)
    return Track(
        track_id=track_id_for(artists[0], title),
        title=title,
        artists=artists,
        album=told.release.name,
        year=told.release.year,
        duration_ms=told.recording.length,
        valence=valence,
        arousal=arousal,
        tags=tags[:TAGS_KEPT] or (asked.tags[0],),
        genre=None,
        language=None,
        source=source,
        confidence=confidence,
        isrc=told.recording.isrcs[0] if told.recording.isrcs else None,
    )


def place(tags: tuple[str, ...], asked: Mood) -> tuple[float, float, float]:
    """Return valence and arousal (−1…1) of a recording with these tags, and how sure that is (0…1)."""
    named = [MOODS[MOODS_OF_TAG[tag]] for tag in tags if tag in MOODS_OF_TAG]
    moods = [asked, *named]
    valence, arousal = (
        sum(getattr(mood, axis) for mood in moods) / len(moods) for axis in ("valence", "arousal")
    )
    return round(valence, 3), round(arousal, 3), min(GUESS + SURER * len(named), SUREST)
