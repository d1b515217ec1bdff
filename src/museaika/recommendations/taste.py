"""What a listener said about earlier recommendations, as a leaning towards or away from every track.

A verdict speaks first of the track itself, then more softly of its artist, and softest of its genre. It
counts in full for the mood it was given in and less the farther the present wish lies from that mood;
later verdicts count more than earlier ones.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from types import MappingProxyType

import numpy as np
from numpy.typing import NDArray

from museaika.catalogue.columns import Columns
from museaika.errors import FieldError, Invalid
from museaika.mood.vocabulary import MOODS, distance
from museaika.recommendations.ranking import RULED_OUT, Wish


@dataclass(frozen=True, slots=True)
class Weight:
    """What a verdict adds to the fit (0…1) of the track itself, of its artists' and of its genre's tracks."""

    track: float
    artist: float
    genre: float


VERDICTS: Mapping[str, Weight] = MappingProxyType(
    {
        "like": Weight(track=0.10, artist=0.06, genre=0.02),
        "skip": Weight(track=-0.25, artist=-0.02, genre=-0.005),
        "dislike": Weight(track=2 * RULED_OUT, artist=-0.10, genre=-0.02),
    }
)

MOST = 0.20
"""However much was liked or disliked around it, a track that had no verdict moves by no more than this."""
MOOD_WIDTH = 0.6
"""Distance on the plane at which a verdict given in another mood still counts 0.61."""
FADE = 0.98
"""What is left of a verdict after each later one."""


@dataclass(frozen=True, slots=True)
class Verdict:
    """One track judged: `verdict` is like, skip or dislike; `mood` a name of the vocabulary, or None; `at`
    when it was said, UTC."""

    track_id: str
    verdict: str
    mood: str | None = None
    at: datetime | None = None

    def __post_init__(self) -> None:
        if self.verdict not in VERDICTS:
            message = f"'{self.verdict[:40]}' is no verdict. Choose {', '.join(VERDICTS)}."
            raise Invalid(message, code="unknown_verdict", errors=(FieldError(("verdict",), message),))


def leaning(
    columns: Columns, rows: Mapping[str, int], verdicts: Sequence[Verdict], wish: Wish
) -> NDArray[np.float32]:
    """Return what to add to each track's fit, float32 (n,); at −1 and below a track is ruled out.

    `rows` gives the row of a track id; `verdicts` stand oldest first. Of several on one track the last
    counts; those on unknown tracks say nothing.
    """
    artists = np.zeros(int(columns.artists.max(initial=-1)) + 2, np.float32)  # the last stands for "none"
    genres = np.zeros(int(columns.genre.max(initial=-1)) + 1, np.float32)
    own = np.zeros(len(columns), np.float32)
    newest: dict[int, Verdict] = {}
    for verdict in reversed(verdicts):
        if verdict.track_id in rows:
            newest.setdefault(rows[verdict.track_id], verdict)
    for age, (row, verdict) in enumerate(newest.items()):
        weight, share = VERDICTS[verdict.verdict], _share(verdict.mood, wish) * FADE**age
        artists[columns.artists[row][columns.artists[row] >= 0]] += weight.artist * share
        genres[columns.genre[row]] += weight.genre * share
        own[row] = weight.track if weight.track <= RULED_OUT else weight.track * share
    around: NDArray[np.float32] = artists[columns.artists].sum(axis=1) + genres[columns.genre]
    leans: NDArray[np.float32] = np.clip(around, -MOST, MOST) + own
    return leans


def _share(mood: str | None, wish: Wish) -> float:
    if mood is None or mood not in MOODS:
        return 1.0
    return math.exp(-0.5 * (distance(wish.valence, wish.arousal, MOODS[mood]) / MOOD_WIDTH) ** 2)
