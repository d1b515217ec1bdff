"""Where a tune may go next, and drawing one that gets there.

Given a rhythm, a tune is a path through a lattice: one column of pitches for every note. Each pitch has a
weight of its own (does it belong to the chord, on how strong a beat, does it lie on the phrase's curve) and
each step a weight that depends on the step before it: after a leap people turn back, a step likes to go on.
The second kind is counted from 909 sung melodies (`melody_tables.json`). Summing over all paths forward and
drawing backward gives fair samples of whole phrases, each of them already on its way to its cadence note.
"""

from __future__ import annotations

import json
import random
from functools import lru_cache
from importlib.resources import files

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
REACH = 12


class _Tables:
    """The counts, smoothed into probabilities; see `training/music/melody_tables.py`."""

    def __init__(self) -> None:
        raw = json.loads(files("museaika.composition").joinpath("melody_tables.json").read_text())
        self.cells: list[tuple[int, int]] = [(m, n) for m, n in raw["cells"]]
        self.cadences: list[tuple[int, int]] = [(m, n) for m, n in raw["cadences"]]
        intervals = np.array(raw["intervals"], float) + 0.3
        overall = intervals.sum(0) / intervals.sum()
        self.intervals: Floats = (intervals + 40 * overall) / (intervals.sum(1, keepdims=True) + 40)
        tones = np.array(raw["chord_tones"], float) + 1.0
        self.chord_tones: Floats = tones / tones.max(2, keepdims=True)


@lru_cache(maxsize=1)
def tables() -> _Tables:
    return _Tables()


@lru_cache(maxsize=64)
def transitions(pitches: int, calmness: float, rise: float) -> Floats:
    """Weights of going a → b → c over `pitches` neighbouring semitones, shape (pitches,) * 3.

    `calmness` 0…1 makes large steps rarer; `rise` −1…1 favours leaps upward (and steps down after them) or
    sighs downward.
    """
    steps = np.arange(-REACH, REACH + 1)
    weights = tables().intervals
    weights = weights * np.exp(-0.06 * calmness * np.maximum(np.abs(steps) - 2, 0))
    weights = weights * np.exp(0.10 * rise * np.sign(steps) * (np.abs(steps) > 2))
    weights = weights * np.where(steps == 0, 0.68, np.where(np.abs(steps) > 7, 1.5, 1.0))
    place = np.arange(pitches)
    step = place[None, :] - place[:, None]
    clipped = np.clip(step, -REACH, REACH) + REACH
    cube: Floats = weights[clipped[:, :, None], clipped[None, :, :]]
    cube *= (np.abs(step) <= REACH)[None, :, :]
    return cube


def draw_paths(
    emissions: Floats,
    moves: Floats,
    biases: list[Floats | None],
    before: int | None,
    count: int,
    rng: random.Random,
) -> list[list[int]]:
    """Draw `count` paths (column indices) through a lattice.

    Args:
        emissions: (notes, pitches) weights ≥ 0, no row all zero.
        moves: (pitches, pitches, pitches) weights of a → b → c.
        biases: for each note a (pitches, pitches) factor on the step that leads to it, or None.
        before: index of the note just heard, if any.
    """
    notes, pitches = emissions.shape
    start = np.ones(pitches) if before is None else np.sqrt(moves[before, before] + 1e-6)
    first = emissions[0] * start
    if notes == 1:
        return [[_draw(first, rng)] for _ in range(count)]
    opening = np.einsum("bbc->bc", moves) if before is None else moves[before]
    pair = _biased(first[:, None] * opening * emissions[1][None, :], biases[1])
    forward = [pair / pair.sum()]
    for i in range(2, notes):
        pair = _biased(np.einsum("ab,abc->bc", forward[-1], moves) * emissions[i][None, :], biases[i])
        forward.append(pair / max(pair.sum(), 1e-300))
    return [_walk_back(forward, moves, rng) for _ in range(count)]


def _biased(pair: Floats, bias: Floats | None) -> Floats:
    return pair if bias is None else pair * bias


def _walk_back(forward: list[Floats], moves: Floats, rng: random.Random) -> list[int]:
    pitches = forward[-1].shape[0]
    b, c = divmod(_draw(forward[-1].ravel(), rng), pitches)
    path = [c, b]
    for pair in reversed(forward[:-1]):
        a = _draw(pair[:, path[-1]] * moves[:, path[-1], path[-2]], rng)
        path.append(a)
    return path[::-1]


def _draw(weights: Floats, rng: random.Random) -> int:
    sums = np.cumsum(weights)
    return min(int(np.searchsorted(sums, rng.random() * sums[-1], side="right")), len(weights) - 1)
