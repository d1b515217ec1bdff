"""Moods, as they are told: read from a face, from words, or as a person says."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

from pydantic import Field

from museaika.mood.reading import MoodReading
from museaika.mood.vocabulary import MOODS
from museaika.perception.facereader import Face
from museaika.perception.text import Highlight, Sentiment, TextReading
from museaika.recommendations.mixes import Mix
from museaika.web.schemas.base import Axis, Share, Shares, Told, axis, share, shares

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
    mixed: bool
    """Whether one part of the text says the opposite of another."""


class SentenceTold(Told):
    """Characters `start` to `end` of the text (code points), read for themselves."""

    start: int
    end: int
    primary_mood: str
    confidence: Share
    sentiment: SentimentTold


class ModelTold(Told):
    """What read the text; answers may change when `version` does."""

    name: str
    version: str


class HighlightTold(Told):
    """Characters `start` to `end` of the text spoke for `mood` with this weight."""

    start: int
    end: int
    mood: str
    weight: float


class TextMoodTold(MoodTold):
    """A mood read from words."""

    sentiment: SentimentTold
    sentences: list[SentenceTold]
    """One by one; the text is their mean, each by its length and by how much it says."""
    language: str | None
    """ISO 639 code; null where there is nothing to tell it by, such as emoji alone."""
    language_supported: bool | None
    """False: the model was not made for this language, and `confidence` is lowered; null: nobody knows."""
    model: ModelTold
    labels: Shares | None = None
    """With `labels` alone: the model's own, each from 0 to 1 for itself; of the built-in one GoEmotions' 28."""
    highlights: list[HighlightTold] | None = None
    """With `explain` alone."""


class TextBatchTold(Told):
    """The answers to `texts`, in order."""

    items: list[TextMoodTold]


class QualityTold(Told):
    """How well a face can be seen."""

    score: Share
    """About the part of the usual accuracy that is left; the less, the nearer its scores are to one another."""
    defects: list[Literal["small", "blurred", "dark", "turned", "unseen"]]
    """Worst first; `unseen` where no face could be made out in a box that was given."""
    words: str | None
    """The same as a sentence."""


class FaceTold(Told):
    """One face; `box` is x, y, width, height in pixels of the upright image."""

    box: list[float] = Field(min_length=4, max_length=4)
    confidence: Share
    """That this is a face."""
    emotions: Shares
    primary_mood: str
    quality: QualityTold


class ImageMoodTold(MoodTold):
    """A mood read from a face, and from words beside it."""

    blend: Shares
    """How much each reader, `face` and `text`, had to say, by its confidence; sums to 1, empty when nothing was
    read."""
    faces: list[FaceTold]
    """Largest first."""
    notice: str


class NamedMood(Told):
    """One row of the vocabulary."""

    name: str
    synonyms: list[str]
    valence: Axis
    arousal: Axis


class VocabularyTold(Told):
    items: list[NamedMood]


def tell_mixes(mixes: list[Mix]) -> list[MixTold]:
    return [MixTold(playlist_id=m.playlist_id, name=m.name, reason=m.reason, url=m.url) for m in mixes]


def mood_fields(reading: MoodReading, mood_id: str | None, mixes: list[Mix]) -> dict[str, object]:
    """The fields that every detection's answer has."""
    return {
        "primary_mood": reading.primary_mood,
        "confidence": share(reading.confidence),
        "emotions": shares(reading.emotions),
        "moods": shares(reading.moods),
        "valence": axis(reading.valence),
        "arousal": axis(reading.arousal),
        "ambiguous": reading.ambiguous,
        "recommendations": tell_mixes(mixes),
        "mood_id": mood_id,
    }


NOTHING_READ: dict[str, object] = {
    "primary_mood": None, "confidence": None, "emotions": {}, "moods": {}, "valence": None,
    "arousal": None, "ambiguous": False, "recommendations": [], "mood_id": None,
}  # fmt: skip


def text_fields(reading: TextReading, model: ModelTold, *, labels: bool) -> dict[str, object]:
    """The fields that only a text's answer has."""
    return {
        "sentiment": tell_sentiment(reading.sentiment),
        "sentences": [
            SentenceTold(
                start=sentence.start,
                end=sentence.end,
                primary_mood=sentence.primary_mood,
                confidence=share(sentence.confidence),
                sentiment=tell_sentiment(sentence.sentiment),
            )
            for sentence in reading.sentences
        ],
        "language": reading.language,
        "language_supported": reading.language_supported,
        "model": model,
        "labels": shares(reading.labels) if labels else None,
    }


def tell_sentiment(sentiment: Sentiment) -> SentimentTold:
    return SentimentTold(
        label=sentiment.label,
        score=axis(sentiment.score),
        positive=share(sentiment.positive),
        neutral=share(sentiment.neutral),
        negative=share(sentiment.negative),
        mixed=sentiment.mixed,
    )


def tell_highlights(highlights: Sequence[Highlight]) -> list[HighlightTold]:
    return [HighlightTold(start=h.start, end=h.end, mood=h.mood, weight=h.weight) for h in highlights]


def tell_face(face: Face) -> FaceTold:
    return FaceTold(
        box=list(face.box),
        confidence=share(face.confidence),
        emotions=shares(face.emotions),
        primary_mood=face.primary_mood,
        quality=QualityTold(
            score=share(face.quality.score), defects=list(face.quality.defects), words=face.quality.words
        ),
    )


def tell_vocabulary() -> VocabularyTold:
    return VocabularyTold(
        items=[
            NamedMood(name=m.name, synonyms=list(m.synonyms), valence=m.valence, arousal=m.arousal)
            for m in MOODS.values()
        ]
    )
