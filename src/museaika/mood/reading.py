"""A mood as it was read: names with probabilities, and one point on the plane of valence and arousal."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from museaika.mood.vocabulary import MOODS, Mood, moods_at, nearest_mood

AMBIGUOUS_MARGIN = 0.10
"""Two moods whose probabilities are closer than this could as well be the other way round."""


@dataclass(frozen=True, slots=True)
class MoodReading:
    """What was read, whoever read it.

    `moods` are probabilities over the whole vocabulary (sum 1), `primary_mood` the likeliest of them and
    `confidence` its probability (calibrated where the reader is); `emotions` are the reader's own classes
    (sum 1) and may be empty; `valence` and `arousal` are −1…1.
    """

    primary_mood: str
    confidence: float
    moods: Mapping[str, float]
    emotions: Mapping[str, float]
    valence: float
    arousal: float
    ambiguous: bool


def reading_from_moods(moods: Mapping[str, float], emotions: Mapping[str, float] | None = None) -> MoodReading:
    """Read a distribution over the vocabulary: the plane's point is its expected valence and arousal.

    `moods` need not be normalised; missing names count as 0.
    """
    total = sum(moods.values())
    if total <= 0:
        raise ValueError("a reading needs at least one mood with a positive weight")
    shares = {name: moods.get(name, 0.0) / total for name in MOODS}
    first, second = sorted(shares.items(), key=lambda item: -item[1])[:2]
    return MoodReading(
        primary_mood=first[0],
        confidence=first[1],
        moods=shares,
        emotions=dict(emotions or {}),
        valence=sum(MOODS[name].valence * share for name, share in shares.items()),
        arousal=sum(MOODS[name].arousal * share for name, share in shares.items()),
        ambiguous=first[1] - second[1] < AMBIGUOUS_MARGIN,
    )


def reading_of(mood: Mood) -> MoodReading:
    """A mood that a person picked by name: certain, at its own place on the plane."""
    return MoodReading(
        mood.name, 1.0, {n: float(n == mood.name) for n in MOODS}, {}, mood.valence, mood.arousal, False
    )


def reading_at(valence: float, arousal: float) -> MoodReading:
    """A point that a person picked on the plane (each axis −1…1): the nearest mood names it."""
    moods = moods_at(valence, arousal)
    name = nearest_mood(valence, arousal).name
    runner_up = max(share for other, share in moods.items() if other != name)
    close = moods[name] - runner_up < AMBIGUOUS_MARGIN
    return MoodReading(name, moods[name], moods, {}, valence, arousal, close)
