"""Tracks for the steps of a journey: one for each step, in the direction of travel."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from museaika.catalogue.columns import Columns
from museaika.recommendations.ranking import WINDOW, Wish, crowded, fits, freshness, leant

STRAY = 0.10
"""How much of a fit may be given up for freshness when `discover` is 1."""


def play(columns: Columns, wishes: Sequence[Wish], lean: NDArray[np.float32]) -> tuple[list[int], list[float]]:
    """Return a row and its fit for each wish; fewer when the catalogue runs out of tracks.

    `lean`, float32 (n,), is what the listener's taste adds to the fit of each track.

    Each step takes the track that fits it best. Then the chosen ones change places so that they run along
    the axis on which the journey goes farther: the ear hears one direction, not a zigzag around the line.
    """
    chosen: list[int] = []
    fresh = freshness(columns.key, wishes[0].seed)
    for wish in wishes:
        worth = leant(fits(columns, wish), lean)
        open_rows = worth >= 0
        open_rows[chosen] = False
        worth += np.float32(STRAY * wish.discover) * fresh
        rows = np.flatnonzero(open_rows)
        rows = rows[~crowded(columns, rows, chosen[-(WINDOW - 1) :])]
        if len(rows):
            chosen.append(int(rows[np.argmax(worth[rows])]))
    taken = columns.take(np.array(chosen, np.intp))
    first, last = wishes[0], wishes[-1]
    across, along = last.valence - first.valence, last.arousal - first.arousal
    place = taken.valence * np.sign(across) if abs(across) >= abs(along) else taken.arousal * np.sign(along)
    turn = np.argsort(place, kind="stable")
    taken = taken.take(turn)
    rows_in_turn = [chosen[index] for index in turn]
    scores = [
        float(leant(fits(taken, wish), lean[rows_in_turn])[index])
        for index, wish in enumerate(wishes[: len(chosen)])
    ]
    return rows_in_turn, scores
