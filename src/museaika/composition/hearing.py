"""What a musician hears in the moment before a note: where in the bar and in the phrase it falls, the chord
beneath it and the one to come, the key, how the tune has moved so far, and what it did one, two, four and
eight bars ago.

All of it is written as numbers that do not change when a tune is sung higher or lower: pitches count from the
tonic or from the middle of the tune's range, movements count from the note before. So one network reads every
key and every voice. The same code prepares the songs it learns from and the phrases it sings.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float32]
Ints = NDArray[np.int64]

NONE = -1
REACH = 12
"""Largest step in semitones that is told apart; larger ones are heard as this."""
BARS_BACK = (1, 2, 4, 8)
_GAPS = np.array((1.5, 2.5, 3.5, 4.5, 6.5, 8.5, 12.5, 16.5))
_MOVES = 2 * REACH + 1


@dataclass(frozen=True, slots=True)
class Line:
    """The notes of a tune without their pitches, one row a note; times in sixteenths.

    `levels` are strengths 0…4 (`rhythm.strength`); `chords` and `awaited` (n, 13) the root (0…11, −1 for no
    chord) and the twelve chord tones as 0 or 1, of the chord beneath and the next one, which begins at `turns`;
    `phrases` (n, 2) begin and end, −1 where nobody knows; `targets` the planned height in MIDI pitches, NaN
    where there is no plan; `centre` the middle of the tune's range.
    """

    onsets: Ints
    lengths: Floats
    levels: Ints
    chords: Ints
    awaited: Ints
    turns: Ints
    phrases: Ints
    targets: Floats
    tonic: int
    scale: tuple[int, ...]
    centre: float
    bar: int


def _hot(values: Ints, size: int) -> Floats:
    """One-hot rows; what lies outside 0…size−1 is a row of zeros."""
    rows: Floats = (values[..., None] == np.arange(size)).astype(np.float32)
    return rows


def _moves(steps: Ints, known: NDArray[np.bool_]) -> Floats:
    return _hot(np.where(known, np.clip(steps, -REACH, REACH) + REACH, NONE), _MOVES)


def _gaps(onsets: Ints) -> tuple[Floats, Floats]:
    """How long since the note before, and until the next; the ends of the line are a class of their own."""
    classes = np.searchsorted(_GAPS, np.diff(onsets))
    none = np.array([len(_GAPS) + 1])
    sizes = len(_GAPS) + 2
    return _hot(np.concatenate((none, classes)), sizes), _hot(np.concatenate((classes, none)), sizes)


def _chord(chords: Ints, tonic: int) -> Floats:
    known = chords[:, :1] != NONE
    root = _hot(np.where(known[:, 0], (chords[:, 0] - tonic) % 12, NONE), 12)
    tones = np.roll(chords[:, 1:], -tonic, axis=1).astype(np.float32) * known
    return np.concatenate((root, tones), axis=1)


def _phrase(line: Line) -> Floats:
    """Place in the phrase: notes since its start and to its end, bars to its end, the share that is over, and
    how dense it is."""
    begin, end = line.phrases.T
    known = begin != NONE
    same = (begin[:, None] == begin[None, :]) & known[:, None]
    rank = np.tril(same, -1).sum(1)
    left = np.triu(same, 1).sum(1)
    bars_left = np.where(known, (end - 1 - line.onsets) // line.bar, NONE)
    span = np.maximum(end - begin, 1)
    numbers = np.stack((known, known * (line.onsets - begin) / span, 4 * known * same.sum(1) / span), 1)
    places = (
        _hot(np.where(known, np.minimum(rank, 3), NONE), 4),
        _hot(np.where(known, np.minimum(left, 4), NONE), 5),
        _hot(np.minimum(bars_left, 8), 9),
    )
    return np.concatenate((*places, numbers.astype(np.float32)), axis=1)


def settings(line: Line) -> Floats:
    """All that is known of each note before any pitch is, (n, SETTING)."""
    place = line.onsets % line.bar
    before, after = _gaps(line.onsets)
    gap = np.append(np.diff(line.onsets), 0)
    rests = ((gap > line.lengths + 0.5) * 1.0)[:, None]
    until = np.searchsorted((4.5, 8.5, 16.5), line.turns - line.onsets)
    scale = np.tile(_hot((np.array(line.scale) - line.tonic) % 12, 12).sum(0), (len(place), 1))
    planned = ~np.isnan(line.targets)
    height = np.where(planned, line.targets - line.centre, 0.0) / 12
    parts = (_hot(line.levels, 5), _hot(place // 4, 4), _hot(place % 4, 4), before, after, rests,
             _chord(line.chords, line.tonic), _chord(line.awaited, line.tonic), _hot(until, 4), scale,
             _phrase(line), np.stack((planned, height), 1))  # fmt: skip
    return np.concatenate(parts, axis=1).astype(np.float32)


def echoes(onsets: Ints, bar: int) -> Ints:
    """For each note the index of the note that began 1, 2, 4 and 8 bars earlier, −1 for none; (n, 4)."""
    wanted = onsets[:, None] - bar * np.array(BARS_BACK)
    at = np.searchsorted(onsets, wanted)
    return np.where(onsets[np.minimum(at, len(onsets) - 1)] == wanted, at, NONE)


def memories(pitches: Ints, at: Ints, echo: Ints, targets: Floats, tonic: int, centre: float) -> Floats:
    """What the tune so far means for some notes, (..., notes, MEMORY).

    Args:
        pitches: (..., n) the tune so far; those from a note on are not looked at for that note.
        at: (notes,) which notes are asked about.
        echo: (notes, 4) their rows of `echoes`.
        targets: (notes,) planned heights, NaN for none.
    """
    last = np.where(at >= 1, pitches[..., np.maximum(at - 1, 0)], NONE)
    older = np.where(at >= 2, pitches[..., np.maximum(at - 2, 0)], NONE)
    heard = last != NONE
    chroma = _hot(np.where(heard, (last - tonic) % 12, NONE), 12)
    height = np.where(heard, last - centre, 0.0) / 12
    pull = np.where(heard & ~np.isnan(targets), targets - last, 0.0) / 12
    numbers = np.stack((heard, height, pull), axis=-1).astype(np.float32)
    known = (echo != NONE) & heard[..., None]
    then = pitches[..., np.maximum(echo, 0)]
    led = then - pitches[..., np.maximum(echo - 1, 0)]
    same = _moves(then - last[..., None], known)
    sequence = _moves(led, known & (echo > 0))
    flat = (*last.shape, len(BARS_BACK) * _MOVES)
    step = _moves(last - older, older != NONE)
    return np.concatenate((chroma, numbers, step, same.reshape(flat), sequence.reshape(flat)), axis=-1)


INPUTS = 361
HEIGHTS = 24
"""How far from the middle of its range a tune may stray, in semitones."""
OPINIONS = 12 + _MOVES + 1 + 2 * HEIGHTS + 1


def opinion_places(pitches: Ints, last: Ints, tonic: int, centre: float) -> Ints:
    """Where a network's opinions of some pitches are found: the place in the octave, the step from the last
    note (or the place for there being none) and the height; (..., pitches, 3).

    Args:
        pitches: (pitches,) those to choose from.
        last: (...,) the note before, −1 for none.
    """
    step = np.clip(pitches - last[..., None], -REACH, REACH) + REACH
    moves = 12 + np.where(last[..., None] == NONE, _MOVES, step)
    height = 12 + _MOVES + 1 + np.clip(pitches - round(centre), -HEIGHTS, HEIGHTS) + HEIGHTS
    chroma = (pitches - tonic) % 12
    return np.stack(np.broadcast_arrays(chroma, moves, height), axis=-1)
