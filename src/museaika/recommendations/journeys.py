"""Tracks for the steps of a journey: one for each step, in the direction of travel."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from museaika.catalogue.columns import Columns
from museaika.recommendations.ranking import WINDOW, Wish, crowded, fits, freshness, leant

HOLD = 2.0
"""What a track loses of its fit for each unit of distance from its step."""
ROOM, LEAST_ROOM = 0.35, 0.026
"""How far from its step a track may lie: a share of the mean step, and what a catalogue placed by twentieths
can do."""
TURNS = 0.2
"""A change of valence from here on is heard as the direction of the journey."""
STRAY = 0.10
"""How much of a fit may be given up for freshness when `discover` is 1."""


def play(columns: Columns, wishes: Sequence[Wish], lean: NDArray[np.float32]) -> tuple[list[int], list[float]]:
    """Return a row and its fit for each wish; fewer when the catalogue runs out of tracks.

    `lean`, float32 (n,), is what the listener's taste adds to the fit of each track.

    Each step takes the track that fits it best, and stays closer to its point than a list does, because
    every straying is heard as a step back. Then the chosen ones change places so that valence, or arousal where
    valence hardly changes, runs one way.
    """
    chosen: list[int] = []
    fresh = freshness(columns.key, wishes[0].seed)
    room = _room(wishes)
    for wish in wishes:
        worth = leant(fits(columns, wish), lean)
        open_rows = worth >= 0
        open_rows[chosen] = False
        rows = np.flatnonzero(open_rows)
        rows = rows[~crowded(columns, rows, chosen[-(WINDOW - 1) :])]
        away = np.abs(np.stack([columns.valence[rows] - wish.valence, columns.arousal[rows] - wish.arousal]))
        rows, away = _nearby(rows, away, room)
        if len(rows):
            value = worth[rows] + np.float32(STRAY * wish.discover) * fresh[rows]
            chosen.append(int(rows[np.argmax(value - np.float32(HOLD) * np.hypot(*away))]))
    taken = columns.take(np.array(chosen, np.intp))
    first, last = wishes[0], wishes[-1]
    across, along = last.valence - first.valence, last.arousal - first.arousal
    place = taken.valence * np.sign(across) if abs(across) >= TURNS else taken.arousal * np.sign(along)
    turn = np.argsort(place, kind="stable")
    taken = taken.take(turn)
    rows_in_turn = [chosen[index] for index in turn]
    scores = [
        float(leant(fits(taken, wish), lean[rows_in_turn])[index])
        for index, wish in enumerate(wishes[: len(chosen)])
    ]
    return rows_in_turn, scores


def _room(wishes: Sequence[Wish]) -> tuple[float, float]:
    """How far tracks may lie from their steps along each axis, so that no step grows to twice the mean one."""
    spans = (wishes[-1].valence - wishes[0].valence, wishes[-1].arousal - wishes[0].arousal)
    across, along = (max(LEAST_ROOM, ROOM * abs(span) / max(len(wishes) - 1, 1)) for span in spans)
    return across, along


def _nearby(
    rows: NDArray[np.intp], away: NDArray[np.float32], room: tuple[float, float]
) -> tuple[NDArray[np.intp], NDArray[np.float32]]:
    """Those rows that keep to the way, or where there are none, the next wider ones; else all."""
    limit = np.array(room, np.float32)[:, None]
    for wider in (1, 2, 4):
        if (kept := (away <= wider * limit).all(axis=0)).any():
            return rows[kept], away[:, kept]
    return rows, away
