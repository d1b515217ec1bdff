"""What a listener said of earlier recommendations, as a leaning towards or away from every track.

A verdict speaks of what a track is: who plays it, its tags, its genre, where it lies on the plane. How much
each of these matters to this listener is a ridge regression with those as features: two tracks are alike as
far as they share them, a verdict spreads along the likeness, and verdicts that contradict each other cancel
out. It counts in full for the mood it was given in and less the farther the present wish lies from that mood;
later verdicts count more than earlier ones.

For the discover dial the leaning is drawn from what is still possible instead of taken as the mean (Thompson
sampling): what was never judged may turn out well, so it gets its chance, and what was judged often does not
move. A draw from the posterior is a draw from the prior, corrected by how it misses the verdicts (Matheron).
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from types import MappingProxyType

import numpy as np
from numpy.typing import NDArray

from museaika.catalogue.columns import Columns
from museaika.errors import FieldError, Invalid
from museaika.mood.vocabulary import MOODS, distance
from museaika.recommendations.ranking import RULED_OUT, Wish

VERDICTS: Mapping[str, float] = MappingProxyType({"like": 1.0, "familiar": 0.5, "skip": -0.4, "dislike": -1.0})
"""How much each verdict speaks for what a track is; `familiar` is what a listener hears elsewhere."""
GIVEN = ("like", "skip", "dislike")
"""The verdicts that a listener gives."""
OWN: Mapping[str, float] = MappingProxyType(
    {"like": 0.10, "familiar": 0.05, "skip": -0.25, "dislike": 2 * RULED_OUT}
)
"""What a verdict adds to the fit of the very track it was given on."""

BY_ARTIST, BY_TAG, BY_GENRE, BY_REGION = 0.60, 1.00, 0.15, 0.20
"""How alike two tracks are that share a main artist, all tags, the genre, the place on the plane."""
DOUBT = 1.0
"""How much chance is in one verdict, against a likeness of 1."""
HABIT = 5.0
"""After so many verdicts a listener's own average is half believed: some like much, some little."""
STRENGTH = 1.0
"""What a full leaning adds to the fit (0…1)."""
MOST = 0.40
"""However much was liked or disliked around it, a track that had no verdict moves by no more than this."""
STALE = 0.15
"""What a track loses that was given lately."""
VENTURE = 0.08
"""A draw that adds so much to a track's fit is told as the reason."""
MOOD_WIDTH = 0.6
"""Distance on the plane at which a verdict given in another mood still counts 0.61."""
FADE = 0.99
"""What is left of a verdict after each later one."""
REMEMBERED = 300
"""Verdicts beyond the last so many only keep what was disliked away."""
CELLS, REGION_WIDTH = 32, 0.20
"""The plane is looked up in so many cells along each axis; a verdict spreads so far around its place."""


@dataclass(frozen=True, slots=True)
class Verdict:
    """One track judged: `verdict` is like, skip, dislike or familiar; `mood` a name of the vocabulary, or
    None; `at` when it was said, UTC."""

    track_id: str
    verdict: str
    mood: str | None = None
    at: datetime | None = None

    def __post_init__(self) -> None:
        if self.verdict not in VERDICTS:
            message = f"'{self.verdict[:40]}' is no verdict. Choose {', '.join(GIVEN)}."
            raise Invalid(message, code="unknown_verdict", errors=(FieldError(("verdict",), message),))


@dataclass(frozen=True, slots=True)
class Weights:
    """What artists, tags, genres (by code, one more at the end for "none") and cells of the plane are worth."""

    artists: NDArray[np.float32]
    tags: NDArray[np.float32]
    genres: NDArray[np.float32]
    cells: NDArray[np.float32]

    def worth(self, columns: Columns) -> NDArray[np.float32]:
        """Of every track, float32 (n,)."""
        worth = self.artists[columns.artists].sum(axis=1)
        worth += self.tags[columns.tags].sum(axis=1) * columns.tag_share
        worth += self.genres[columns.genre]
        worth += self.cells[_cells(columns)]
        return np.asarray(worth, np.float32)


@dataclass(frozen=True, slots=True)
class Past:
    """What a listener said, oldest first, and the ids of the tracks they were given lately."""

    verdicts: Sequence[Verdict] = ()
    served: Sequence[str] = ()


class Taste:
    """What a listener's past comes to for one wish.

    `rows` gives the row of a track id. Of several verdicts on one track the last counts; those on unknown
    tracks say nothing. With `wish.discover` above 0 the leaning is drawn, by `wish.seed`, as
    far from its mean as that says.
    """

    def __init__(self, columns: Columns, rows: Mapping[str, int], past: Past, wish: Wish) -> None:
        self._columns = columns
        self._wish = wish
        self._served = [rows[track_id] for track_id in past.served if track_id in rows]
        self.newest: dict[int, Verdict] = {}
        for verdict in reversed(past.verdicts):
            if verdict.track_id in rows:
                self.newest.setdefault(rows[verdict.track_id], verdict)

    def leaning(self) -> NDArray[np.float32]:
        """What to add to each track's fit, float32 (n,); at −1 and below a track is ruled out."""
        leans = np.zeros(len(self._columns), np.float32)
        if self.newest:
            leans = np.clip(self._worth(self._columns, self._wish), -MOST, MOST)
        leans[self._served] -= np.float32(STALE)
        for row, verdict in self.newest.items():
            own = OWN[verdict.verdict]
            leans[row] += own if own <= RULED_OUT else own * _share(verdict.mood, self._wish)
        return leans

    def ventured(self, rows: Sequence[int]) -> list[bool]:
        """Which of some tracks owe their place to the draw: it lifted them well above what is known."""
        if not self.newest or not self._wish.discover:
            return [False] * len(rows)
        some = self._columns.take(np.array(rows, np.intp))
        known = self._worth(some, replace(self._wish, discover=0.0))
        return list(self._worth(some, self._wish) - known >= VENTURE)

    def _worth(self, columns: Columns, wish: Wish) -> NDArray[np.float32]:
        heard = list(self.newest.items())[:REMEMBERED]
        return np.float32(STRENGTH) * weigh(self._columns, heard, wish).worth(columns)


def leaning(
    columns: Columns, rows: Mapping[str, int], verdicts: Sequence[Verdict], wish: Wish
) -> NDArray[np.float32]:
    """The leaning of a taste, in one call."""
    return Taste(columns, rows, Past(verdicts), wish).leaning()


def weigh(columns: Columns, heard: Sequence[tuple[int, Verdict]], wish: Wish) -> Weights:
    """The weights that explain the verdicts on some rows, the newest first; drawn, when `wish` discovers."""
    judged = columns.take(np.array([row for row, _ in heard], np.intp))
    said = np.array([VERDICTS[verdict.verdict] for _, verdict in heard], np.float64)
    shares = np.array(
        [max(_share(verdict.mood, wish) * FADE**age, 1e-3) for age, (_, verdict) in enumerate(heard)]
    )
    said -= (shares @ said) / (shares.sum() + HABIT)
    guess = _guessed(columns, wish)
    doubt = DOUBT / shares
    chance = np.random.default_rng(wish.seed + 1).standard_normal(len(heard)) * np.sqrt(doubt) * wish.discover
    missed = said - guess.worth(judged) - chance
    pull = np.linalg.solve(_likeness(judged) + np.diag(doubt), missed).astype(np.float32)
    return _pulled(guess, judged, pull)


def _guessed(columns: Columns, wish: Wish) -> Weights:
    """What everything might be worth before anything is said: nothing, or, to discover, a throw of the dice."""
    dice = np.random.default_rng(wish.seed)

    def thrown(codes: NDArray[np.int32], likeness: float) -> NDArray[np.float32]:
        size = int(codes.max(initial=-1)) + 1
        worth = np.zeros(size + 1, np.float32)  # the last stands for "none"
        if wish.discover:
            worth[:size] = dice.standard_normal(size) * math.sqrt(likeness) * wish.discover
        return worth

    return Weights(
        thrown(columns.artists, BY_ARTIST),
        thrown(columns.tags, BY_TAG),
        thrown(columns.genre, BY_GENRE),
        np.zeros(CELLS * CELLS, np.float32),
    )


def _likeness(judged: Columns) -> NDArray[np.float64]:
    """How alike each two of the judged tracks are, (m, m)."""
    place = np.stack([judged.valence, judged.arousal], axis=1).astype(np.float64)
    apart: NDArray[np.float64] = np.sum((place[:, None] - place[None, :]) ** 2, axis=2)
    alike: NDArray[np.float64] = BY_REGION * np.exp(-0.5 * apart / REGION_WIDTH**2)
    alike += BY_ARTIST * _shared(judged.artists)
    alike += BY_TAG * _shared(judged.tags) * np.outer(judged.tag_share, judged.tag_share)
    alike += BY_GENRE * (judged.genre[:, None] == judged.genre[None, :])
    return alike


def _shared(codes: NDArray[np.int32]) -> NDArray[np.float64]:
    """How many codes each two rows have in common."""
    known, place = np.unique(codes, return_inverse=True)
    has = np.zeros((len(codes), len(known)))
    has[np.arange(len(codes))[:, None], place.reshape(codes.shape)] = 1
    has[:, known < 0] = 0
    same: NDArray[np.float64] = has @ has.T
    return same


def _pulled(guess: Weights, judged: Columns, pull: NDArray[np.float32]) -> Weights:
    """The weights after each judged track has pulled on what it is made of."""
    for codes, worth, by, share in (
        (judged.artists, guess.artists, BY_ARTIST, np.ones(len(judged), np.float32)),
        (judged.tags, guess.tags, BY_TAG, judged.tag_share),
        (judged.genre[:, None], guess.genres, BY_GENRE, np.ones(len(judged), np.float32)),
    ):
        amount = np.broadcast_to((by * pull * share)[:, None], codes.shape)
        np.add.at(worth, codes[codes >= 0], amount[codes >= 0])
    centres = (np.arange(CELLS) + 0.5) * 2 / CELLS - 1
    across = np.exp(-0.5 * ((centres[None, :] - judged.valence[:, None]) / REGION_WIDTH) ** 2)
    along = np.exp(-0.5 * ((centres[None, :] - judged.arousal[:, None]) / REGION_WIDTH) ** 2)
    guess.cells[:] = (BY_REGION * (along * pull[:, None]).T @ across).ravel()
    return guess


def _cells(columns: Columns) -> NDArray[np.intp]:
    across = np.minimum((columns.valence + 1) * (CELLS / 2), CELLS - 1).astype(np.intp)
    along = np.minimum((columns.arousal + 1) * (CELLS / 2), CELLS - 1).astype(np.intp)
    return np.asarray(along * CELLS + across, np.intp)


def _share(mood: str | None, wish: Wish) -> float:
    if mood is None or mood not in MOODS:
        return 1.0
    return math.exp(-0.5 * (distance(wish.valence, wish.arousal, MOODS[mood]) / MOOD_WIDTH) ** 2)
