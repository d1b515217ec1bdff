"""What the labels of any text classifier mean: the moods, sentiments and emotions behind its words.

Looked up in the mood vocabulary: GoEmotions' names, those of facial expressions (happiness, sadness …), moods
and their synonyms; or the words of a sentiment (positive, 4 stars …).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from museaika.errors import Invalid
from museaika.mood.vocabulary import MOODS, find_mood
from museaika.perception.feelings import SENTIMENTS, TEXT_EMOTIONS, Floats

CLEARLY = 0.5
"""A mood of this valence is wholly positive, of its opposite wholly negative."""

SENTIMENT_WORDS = {
    "positive": ("positive", "pos", "very positive", "4 stars", "5 stars"),
    "neutral": ("neutral", "neu", "no emotion", "3 stars"),
    "negative": ("negative", "neg", "very negative", "1 star", "2 stars"),
}

EKMAN_OF = {
    "happy": "happy", "energetic": "happy", "romantic": "happy", "surprise": "surprise", "sad": "sad",
    "melancholic": "sad", "fear": "fear", "angry": "angry", "disgust": "disgust",
}  # fmt: skip
"""What Ekman would call a mood; neutral where there is no name for it."""


def moods_of_labels(labels: Sequence[str]) -> Floats:
    """(labels, moods): the share of each label that counts as each mood; rows sum to 1.

    Raises:
        Invalid: code `unknown_labels`, naming those that mean nothing here and what would.
    """
    found = {label: _moods_of(" ".join(label.replace("_", " ").casefold().split())) for label in labels}
    if strange := [label for label, shares in found.items() if not shares]:
        known = sorted({name for mood in MOODS.values() for name in (*mood.labels, *mood.face)})
        raise Invalid(
            f"The text model's labels {', '.join(strange[:8])} mean no mood that we know. Known are "
            f"{', '.join(known)}, positive, negative; and the moods of GET /moods with their synonyms.",
            code="unknown_labels",
        )
    table = np.array([[found[label].get(name, 0.0) for name in MOODS] for label in labels], np.float32)
    return np.asarray(table / table.sum(1, keepdims=True), np.float32)


def _moods_of(label: str) -> Mapping[str, float]:
    for column in ("labels", "face"):
        if shares := {m.name: getattr(m, column)[label] for m in MOODS.values() if label in getattr(m, column)}:
            return shares
    for side, sign in (("positive", 1), ("negative", -1)):
        if label in SENTIMENT_WORDS[side]:  # which mood it is nobody said: the clearer one is, the likelier
            return {mood.name: max(0.0, sign * mood.valence) ** 2 for mood in MOODS.values()}
    if label in SENTIMENT_WORDS["neutral"]:
        return {"neutral": 1.0}
    try:
        return {find_mood(label).name: 1.0}
    except Invalid:
        return {}


def sentiments_of_labels(labels: Sequence[str]) -> Floats:
    """(labels, sentiments): as the label says itself, or as its moods are pleasant."""
    told = {word: side for side, words in SENTIMENT_WORDS.items() for word in words}
    valence = np.array([mood.valence for mood in MOODS.values()])
    pleasant, unpleasant = (np.clip(sign * valence / CLEARLY, 0, 1) for sign in (1, -1))
    by_mood = {"positive": pleasant, "negative": unpleasant, "neutral": 1 - pleasant - unpleasant}
    rows = moods_of_labels(labels) @ np.stack([by_mood[side] for side in SENTIMENTS], axis=1)
    for row, label in zip(rows, labels, strict=True):
        if side := told.get(label.replace("_", " ").casefold()):
            row[:] = [name == side for name in SENTIMENTS]
    return np.asarray(rows, np.float32)


def emotions_of_moods() -> Floats:
    """(moods, emotions): one 1 in each row."""
    rows = [[EKMAN_OF.get(mood, "neutral") == name for name in TEXT_EMOTIONS] for mood in MOODS]
    return np.array(rows, np.float32)
