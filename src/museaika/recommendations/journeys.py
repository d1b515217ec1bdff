"""Tracks for the steps of a journey: one for each step, in the direction of travel, without leaps.

What is heard is the way from each track to the next. So the tracks are not chosen one by one, but as a whole
way, by a beam search: every step offers the tracks near its point, and the ways that cost least are kept. A way
costs what its tracks lack in fit, what they lie off their points, and above all every step back and every step
much longer than the mean one.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from museaika.catalogue.columns import Columns
from museaika.recommendations.ranking import PER_ARTIST, WINDOW, Wish, fits, freshness, leant

HOLD = 2.0
"""What a track loses of its fit for each unit of distance from its step."""
BACK, LEAP = 20.0, 30.0
"""What a way loses for each unit that it goes back, or that a step is longer than it should be."""
LONGEST, LEAST = 1.7, 0.05
"""A step may be so many times the mean one; and a catalogue placed by twentieths cannot do less than one."""
TURNS = 0.2
"""A change along an axis from here on is heard as a direction."""
STRAY = 0.10
"""How much of a fit may be given up for freshness when `discover` is 1."""
OFFERS, WAYS = 32, 8
"""Tracks that each step offers, and ways that are followed at once."""


@dataclass(frozen=True, slots=True)
class Way:
    """The tracks chosen so far, and what they are worth together."""

    rows: tuple[int, ...]
    worth: float


def play(columns: Columns, wishes: Sequence[Wish], lean: NDArray[np.float32]) -> tuple[list[int], list[float]]:
    """Return a row and its fit for each wish; fewer when the catalogue runs out of tracks.

    `lean`, float32 (n,), is what the listener's taste adds to the fit of each track.
    """
    fresh = freshness(columns.key, wishes[0].seed)
    mean = _mean_step(wishes)
    ways = [Way((), 0.0)]
    scores: dict[tuple[int, int], float] = {}
    for step, wish in enumerate(wishes):
        fit = leant(fits(columns, wish), lean)
        rows, worth = _offers(columns, wish, fit, fresh, step)
        scores.update({(step, int(row)): float(fit[row]) for row in rows})
        onward = [longer for way in ways for longer in _onward(columns, way, rows, worth, mean)]
        if not onward:
            break
        ways = sorted(onward, key=lambda way: -way.worth)[:WAYS]
    best = list(min(ways, key=lambda way: (_leaps(columns, way, mean), -way.worth)).rows)
    return best, [scores[place] for place in enumerate(best)]


def _leaps(columns: Columns, way: Way, mean: NDArray[np.float64]) -> bool:
    """Whether a step along an axis that matters is over twice the mean of the steps really taken."""
    if len(way.rows) < 3:
        return False
    taken = columns.take(np.array(way.rows, np.intp))
    steps = np.abs(np.diff(np.stack([taken.valence, taken.arousal]), axis=1))[mean != 0]
    return bool((steps.max(axis=1) > 2 * steps.mean(axis=1) + 1e-6).any())


def _mean_step(wishes: Sequence[Wish]) -> NDArray[np.float64]:
    """The mean step along valence and arousal, with its sign."""
    first, last = wishes[0], wishes[-1]
    span = np.array([last.valence - first.valence, last.arousal - first.arousal], np.float64)
    mean: NDArray[np.float64] = span / max(len(wishes) - 1, 1)
    return np.where(np.abs(span) >= TURNS, mean, 0.0)


def _offers(
    columns: Columns, wish: Wish, fit: NDArray[np.float32], fresh: NDArray[np.float32], step: int
) -> tuple[NDArray[np.intp], NDArray[np.float64]]:
    """The tracks that serve a step best, and their worth. A way of `step` tracks may hold as many of them."""
    rows = np.flatnonzero(fit >= 0)
    away = np.hypot(columns.valence[rows] - wish.valence, columns.arousal[rows] - wish.arousal)
    worth = fit[rows] + np.float32(STRAY * wish.discover) * fresh[rows] - np.float32(HOLD) * away
    count = OFFERS + step
    few = np.argpartition(-worth, count)[:count] if count < len(worth) else np.arange(len(worth))
    best = few[np.argsort(-worth[few], kind="stable")]
    return rows[best], worth[best].astype(np.float64)


def _onward(
    columns: Columns,
    way: Way,
    rows: NDArray[np.intp],
    worth: NDArray[np.float64],
    mean: NDArray[np.float64],
) -> list[Way]:
    """The best ways on from here: no track twice, no artist too often."""
    value = worth + way.worth
    if way.rows:
        value -= _toll(columns, way.rows[-1], rows, mean)
    played = Counter(code for row in way.rows[-(WINDOW - 1) :] for code in set(columns.artists[row].tolist()))
    full = {code for code, times in played.items() if code >= 0 and times >= PER_ARTIST}
    found: list[Way] = []
    for index in np.argsort(-value, kind="stable"):
        row = int(rows[index])
        if row not in way.rows and full.isdisjoint(columns.artists[row].tolist()):
            found.append(Way((*way.rows, row), float(value[index])))
            if len(found) == WAYS:
                break
    return found


def _toll(
    columns: Columns, last: int, rows: NDArray[np.intp], mean: NDArray[np.float64]
) -> NDArray[np.float64]:
    """What it costs to go from one track to each of some others."""
    moved = np.stack(
        [columns.valence[rows] - columns.valence[last], columns.arousal[rows] - columns.arousal[last]]
    )
    ahead = moved * np.sign(mean)[:, None]
    limit = np.maximum(LONGEST * np.abs(mean), LEAST)[:, None]
    long = np.maximum(np.abs(moved) - limit - 1e-6, 0).sum(axis=0)
    toll: NDArray[np.float64] = BACK * np.maximum(-ahead, 0).sum(axis=0) + LEAP * long
    return toll
