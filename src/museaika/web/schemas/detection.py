"""Moods, as they are asked for and told."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated, Literal

from flask_openapi3.models.file import FileStorage
from pydantic import AfterValidator, BeforeValidator, ConfigDict, Field, Json, model_validator

from museaika.mood.ports import Bucket, MoodBucket, MoodEntry, Source
from museaika.mood.reading import MoodReading
from museaika.mood.vocabulary import MOODS
from museaika.perception.facereader import MAX_BOXES, Face
from museaika.perception.text import Highlight, TextReading
from museaika.recommendations.mixes import Mix
from museaika.web.schemas.base import Asked, Axis, Moment, Share, Told, When

Shares = dict[str, Share]
SittingId = Annotated[str, Field(min_length=1, max_length=100, pattern=r"^[\x21-\x7e]+$")]
NOTICE = (
    "These scores describe a facial expression, as a model reads it, and not what the person feels. "
    "The image was not kept."
)


class MixTold(Told):
    """A list that fits the mood, made the moment it is asked for at `url`."""

    playlist_id: str
    name: str
    reason: str
    url: str


class MoodTold(Told):
    """A mood as it was read."""

    primary_mood: str | None
    """The likeliest mood; null when there was nothing to read, such as no face."""
    confidence: Share | None
    """The probability of `primary_mood`."""
    emotions: Shares
    """The reader's own classes, summing to 1."""
    moods: Shares
    """A probability for each mood of the vocabulary, summing to 1."""
    valence: Axis | None
    arousal: Axis | None
    ambiguous: bool
    """Whether the two likeliest moods are nearly as likely."""
    recommendations: list[MixTold]
    mood_id: str | None
    """The entry in the diary; null where nothing was kept, as under the privacy level strict."""


class SentimentTold(Told):
    """`score` is positive − negative; the three shares sum to 1."""

    label: Literal["positive", "neutral", "negative"]
    score: Axis
    positive: Share
    neutral: Share
    negative: Share


class HighlightTold(Told):
    """Characters `start` to `end` of the text spoke for `mood` with this weight."""

    start: int
    end: int
    mood: str
    weight: float


class TextMoodTold(MoodTold):
    """A mood read from words."""

    sentiment: SentimentTold
    highlights: list[HighlightTold] | None = None
    """With `explain` alone."""


class TextBatchTold(Told):
    """The answers to `texts`, in order."""

    items: list[TextMoodTold]


class FaceTold(Told):
    """One face; `box` is x, y, width, height in pixels of the upright image."""

    box: list[float] = Field(min_length=4, max_length=4)
    confidence: Share
    emotions: Shares
    primary_mood: str


class ImageMoodTold(MoodTold):
    """A mood read from a face."""

    faces: list[FaceTold]
    """Largest first."""
    notice: str


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


class NamedMood(Told):
    """One row of the vocabulary."""

    name: str
    synonyms: list[str]
    valence: Axis
    arousal: Axis


class VocabularyTold(Told):
    items: list[NamedMood]


MOST_EXPLAINED = 8


class TextAsked(Asked):
    """One text or several; `explain` shows which words spoke for the mood, for up to 8 texts."""

    text: Annotated[str, Field(min_length=1, max_length=5000)] | None = None
    texts: (
        Annotated[
            list[Annotated[str, Field(min_length=1, max_length=5000)]], Field(min_length=1, max_length=64)
        ]
        | None
    ) = None
    explain: bool = False
    session_id: SittingId | None = None

    @model_validator(mode="after")
    def _one_form(self) -> TextAsked:
        if (self.text is None) == (self.texts is None):
            raise ValueError("Send either `text` or `texts`.")
        if not all(text.strip() for text in self.texts or [self.text or ""]):
            raise ValueError("There is nothing to read in an empty text.")
        if self.explain and len(self.texts or ()) > MOST_EXPLAINED:
            raise ValueError(f"Up to {MOST_EXPLAINED} texts can be explained at once.")
        return self


class MoodAsked(Asked):
    """A mood by its name (or a synonym), or a point on the plane."""

    mood: Annotated[str, Field(min_length=1, max_length=60)] | None = None
    valence: Axis | None = None
    arousal: Axis | None = None

    @model_validator(mode="after")
    def _one_form(self) -> MoodAsked:
        point = (self.valence is not None) + (self.arousal is not None)
        if (self.mood is None and point != 2) or (self.mood is not None and point):
            raise ValueError("Send either `mood`, or both `valence` and `arousal`.")
        return self


def _parsed(value: object) -> object:
    return value if value not in ("", None) else None


def _a_file(value: object) -> object:
    if not hasattr(value, "stream"):
        raise ValueError("Send the image as a file, with a file name (curl: -F image=@photo.jpg).")
    return value


FormBox = Annotated[list[Annotated[int, Field(ge=0, le=100_000)]], Field(min_length=4, max_length=4)]


class ImageAsked(Asked):
    """A photo, and how to read it."""

    model_config = ConfigDict(arbitrary_types_allowed=True)

    image: Annotated[FileStorage, AfterValidator(_a_file)]
    """JPEG, PNG or WebP, up to 10 MB and 25 megapixels."""
    text: Annotated[str, Field(max_length=5000)] | None = None
    """Words of the same moment, blended in."""
    consent: bool = False
    """That the person agrees to have the expression read; needed unless the profile says so."""
    session_id: SittingId | None = None
    """Frames of one sitting are smoothed."""
    boxes: Annotated[
        Json[Annotated[list[FormBox], Field(max_length=MAX_BOXES)]] | None, BeforeValidator(_parsed)
    ] = None
    """JSON `[[x, y, w, h]]`: read these places instead of looking for faces."""
    detail: Literal["fast", "full"] = "full"


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


def tell_mixes(mixes: list[Mix]) -> list[MixTold]:
    return [MixTold(playlist_id=m.playlist_id, name=m.name, reason=m.reason, url=m.url) for m in mixes]


def mood_fields(reading: MoodReading, mood_id: str | None, mixes: list[Mix]) -> dict[str, object]:
    """The fields that every detection's answer has."""
    return {
        "primary_mood": reading.primary_mood,
        "confidence": _share(reading.confidence),
        "emotions": {name: _share(share) for name, share in reading.emotions.items()},
        "moods": {name: _share(share) for name, share in reading.moods.items()},
        "valence": _axis(reading.valence),
        "arousal": _axis(reading.arousal),
        "ambiguous": reading.ambiguous,
        "recommendations": tell_mixes(mixes),
        "mood_id": mood_id,
    }


NOTHING_READ: dict[str, object] = {
    "primary_mood": None, "confidence": None, "emotions": {}, "moods": {}, "valence": None,
    "arousal": None, "ambiguous": False, "recommendations": [], "mood_id": None,
}  # fmt: skip


def sentiment_fields(reading: TextReading, highlights: Sequence[Highlight] | None) -> dict[str, object]:
    sentiment = reading.sentiment
    return {
        "sentiment": SentimentTold(
            label=sentiment.label,
            score=_axis(sentiment.score),
            positive=_share(sentiment.positive),
            neutral=_share(sentiment.neutral),
            negative=_share(sentiment.negative),
        ),
        "highlights": None
        if highlights is None
        else [HighlightTold(start=h.start, end=h.end, mood=h.mood, weight=h.weight) for h in highlights],
    }


def tell_face(face: Face) -> FaceTold:
    return FaceTold(
        box=list(face.box),
        confidence=_share(face.confidence),
        emotions={name: _share(share) for name, share in face.emotions.items()},
        primary_mood=face.primary_mood,
    )


def tell_entry(entry: MoodEntry) -> EntryTold:
    return EntryTold(
        mood_id=entry.mood_id,
        primary_mood=entry.primary_mood,
        confidence=_share(entry.confidence),
        valence=_axis(entry.valence),
        arousal=_axis(entry.arousal),
        source=entry.source,
        timestamp=entry.timestamp,
        moods={name: _share(share) for name, share in entry.moods.items()},
        emotions={name: _share(share) for name, share in entry.emotions.items()},
        text=entry.text,
        session_id=entry.session_id,
        corrected_from=entry.corrected_from,
    )


def tell_bucket(bucket: MoodBucket) -> BucketTold:
    return BucketTold(
        start=bucket.start,
        count=bucket.count,
        valence=_axis(bucket.valence),
        arousal=_axis(bucket.arousal),
        moods={name: _share(share) for name, share in bucket.moods.items()},
    )


def tell_vocabulary() -> VocabularyTold:
    return VocabularyTold(
        items=[
            NamedMood(name=m.name, synonyms=list(m.synonyms), valence=m.valence, arousal=m.arousal)
            for m in MOODS.values()
        ]
    )


def _share(value: float) -> float:
    """Float noise must not leave 0…1."""
    return min(max(float(value), 0.0), 1.0)


def _axis(value: float) -> float:
    return min(max(float(value), -1.0), 1.0)
