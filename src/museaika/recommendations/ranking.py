"""Ranking: how well tracks fit a point of the plane, and in which order to play them.

Fit is a Gaussian of the distance between track and target, plus what the track's tags say. The order is
greedy maximal marginal relevance: each next track weighs its fit against its likeness to what was just
chosen. Everything is a function of its arguments; `seed` alone makes one day's list differ from another's.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from museaika.catalogue.columns import Columns
from museaika.mood.vocabulary import MOODS

PLANE_WIDTH = 0.35
"""Distance at which a track's fit by place alone has fallen to 0.61."""
TAG_SHARE = 0.15
"""How much of the fit the tags decide; the place on the plane decides the rest."""
FARTHEST = 1.0
"""Beyond this distance a track is no answer: a shorter list is better than a wrong one."""

RULED_OUT = -1.0
"""The fit of a track that is not to be offered at all."""

POOL = 160
"""Tracks are taken in pools of this size, best first: within one they are ordered for variety."""
WINDOW, PER_ARTIST = 20, 3
"""No artist stands more than 3 times among any 20 tracks in a row."""

LIKE_ARTIST, LIKE_GENRE, LIKE_LANGUAGE, LIKE_DECADE = 1.0, 0.25, 0.10, 0.10
"""How alike two tracks are that share the one or the other."""
FADE = 0.75
"""What is left of a likeness after each further track."""


@dataclass(frozen=True, slots=True)
class Wish:
    """What is looked for: a point (each axis −1…1), the moods it means, and how far to stray (0…1). Without
    `explicit`, tracks that are known to be explicit are left away; with a `tag`, all that do not carry it."""

    valence: float
    arousal: float
    moods: Mapping[str, float]
    discover: float = 0.2
    language: str | None = None
    seed: int = 0
    explicit: bool = True
    tag: str | None = None


def fits(columns: Columns, wish: Wish) -> NDArray[np.float32]:
    """Return the fit of every track, float32 (n,), 0…1; RULED_OUT for what is too far or not wanted."""
    across, along = columns.valence - np.float32(wish.valence), columns.arousal - np.float32(wish.arousal)
    squared = across * across
    squared += along * along
    ruled_out = squared > np.float32(FARTHEST**2)
    squared *= np.float32(-0.5 / PLANE_WIDTH**2)
    fit: NDArray[np.float32] = np.exp(squared, out=squared)
    fit *= np.float32(1 - TAG_SHARE)
    wanted = np.array([wish.moods.get(name, 0.0) for name in MOODS], np.float32)
    fit += columns.moods @ (wanted * np.float32(TAG_SHARE))
    if wish.language is not None:
        ruled_out |= columns.language != columns.language_codes.get(wish.language, -1)
    if not wish.explicit:
        ruled_out |= columns.explicit
    if wish.tag is not None:
        ruled_out |= ~columns.tagged(wish.tag)
    fit[ruled_out] = RULED_OUT
    return fit


def leant(fit: NDArray[np.float32], lean: NDArray[np.float32]) -> NDArray[np.float32]:
    """Return the fit with a listener's leaning added: what was ruled out stays so, the rest stays above 0."""
    refused = (fit < 0) | (lean <= RULED_OUT)
    return np.where(refused, np.float32(RULED_OUT), np.maximum(fit + lean, np.float32(0)))


def best_first(fit: NDArray[np.float32], count: int) -> NDArray[np.intp]:
    """Return the rows of the `count` best fits, best first, those ruled out (below 0) left away."""
    if count < len(fit):
        edge = np.partition(fit, len(fit) - count)[len(fit) - count]
        # everything on the edge takes part, so that which equals are kept depends on their rows alone
        rows = np.flatnonzero(fit >= edge)
    else:
        rows = np.arange(len(fit))
    rows = rows[fit[rows] >= 0]
    return rows[np.argsort(-fit[rows], kind="stable")][:count]


def order(columns: Columns, fit: NDArray[np.float32], wish: Wish, count: int) -> list[int]:
    """Return up to `count` rows in the order to play them; a longer list begins with every shorter one."""
    chosen: list[int] = []
    wanted = POOL
    done = 0
    while len(chosen) < count:
        rows = best_first(fit, wanted)
        pool = rows[done:wanted]
        if not len(pool):
            break
        chosen += _varied(columns, pool, fit[pool], wish, chosen, count - len(chosen))
        done, wanted = wanted, wanted + POOL
    return chosen


def _varied(
    columns: Columns,
    pool: NDArray[np.intp],
    fit: NDArray[np.float32],
    wish: Wish,
    before: list[int],
    count: int,
) -> list[int]:
    """Choose from one pool until it is used up, `count` is reached, or only crowded artists are left."""
    variety = 0.03 + 0.15 * wish.discover
    worth = fit + np.float32(0.25 * wish.discover) * freshness(columns.key[pool], wish.seed)
    crowding = np.zeros(len(pool), np.float32)
    chosen: list[int] = []
    for _ in range(min(count, len(pool))):
        value = worth - np.float32(variety) * crowding
        value[crowded(columns, pool, [*before, *chosen][-(WINDOW - 1) :])] = -np.inf
        pick = int(np.argmax(value))
        if value[pick] == -np.inf:
            break
        chosen.append(int(pool[pick]))
        worth[pick] = -np.inf
        crowding = crowding * np.float32(FADE) + _likeness(columns, pool, int(pool[pick]))
    return chosen


def freshness(keys: NDArray[np.uint64], seed: int) -> NDArray[np.float32]:
    """A number 0…1 for each track, another for each seed (a multiply-and-shift hash, splitmix64's)."""
    mixed = keys ^ np.uint64((seed * 0x9E3779B97F4A7C15) & 0xFFFFFFFFFFFFFFFF)
    mixed = (mixed ^ (mixed >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    mixed = (mixed ^ (mixed >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return ((mixed ^ (mixed >> np.uint64(31))) >> np.uint64(40)).astype(np.float32) / np.float32(2**24)


def _likeness(columns: Columns, pool: NDArray[np.intp], row: int) -> NDArray[np.float32]:
    same_artist = (columns.artists[pool, 0] == columns.artists[row, 0]).astype(np.float32)
    alike: NDArray[np.float32] = (
        np.float32(LIKE_ARTIST) * same_artist
        + np.float32(LIKE_GENRE) * (columns.genre[pool] == columns.genre[row])
        + np.float32(LIKE_LANGUAGE) * (columns.language[pool] == columns.language[row])
        + np.float32(LIKE_DECADE) * (columns.decade[pool] == columns.decade[row])
    )
    return alike


def crowded(columns: Columns, pool: NDArray[np.intp], recent: list[int]) -> NDArray[np.bool_]:
    """Which of the pool's tracks have an artist who already stands often enough among the recent ones."""
    names, counts = np.unique(columns.artists[np.array(recent, np.intp)], return_counts=True)
    full = names[(counts >= PER_ARTIST) & (names >= 0)]
    if not len(full):
        return np.zeros(len(pool), np.bool_)
    return np.asarray(np.isin(columns.artists[pool], full).any(axis=1))
