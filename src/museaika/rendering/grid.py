"""From played time to written time: notes on a grid, in lengths that notes have.

A played note may begin anywhere; a written one begins on a sixteenth or on a triplet eighth of its beat,
whichever fits that beat's notes better.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

from museaika.composition.score import Note

DIVISIONS = 24
"""Units of a quarter note: a sixteenth is 6, a triplet eighth 8."""

_GRIDS = ((0, 6, 12, 18, 24), (0, 8, 16, 24))
LENGTHS: Mapping[int, tuple[str, int, bool]] = {
    96: ("whole", 0, False), 72: ("half", 1, False), 48: ("half", 0, False), 36: ("quarter", 1, False),
    24: ("quarter", 0, False), 18: ("eighth", 1, False), 16: ("quarter", 0, True), 12: ("eighth", 0, False),
    8: ("eighth", 0, True), 6: ("16th", 0, False),
}  # fmt: skip
"""Units → (type, dots, whether it is one of a triplet)."""


@dataclass(frozen=True, slots=True)
class Written:
    """Pitches that begin and end together, in units from the start of the piece; none for a rest."""

    start: int
    end: int
    pitches: tuple[int, ...]


def written(notes: Sequence[Note]) -> list[Written]:
    """Put notes on the grid and one after the other, without rests: a later onset ends what sounded before."""
    grids = _grids(notes)
    starts: dict[int, list[Note]] = {}
    for note in notes:
        starts.setdefault(_snap(note.start, grids), []).append(note)
    out: list[Written] = []
    onsets = sorted(starts)
    for onset, following in pairwise((*onsets, math.inf)):
        together = starts[int(onset)]
        ends = [_snap(note.start + note.duration, grids) for note in together]
        end = int(min(max(*ends, _snap_up(int(onset), grids)), following))
        out.append(Written(int(onset), end, tuple(sorted({note.pitch for note in together}))))
    return out


def _grids(notes: Sequence[Note]) -> dict[int, tuple[int, ...]]:
    """For each beat with onsets, the grid that lies nearer to them; sixteenths where both do."""
    onsets: dict[int, list[float]] = {}
    for note in notes:
        beat, place = divmod(note.start * DIVISIONS + 1e-6, DIVISIONS)
        onsets.setdefault(int(beat), []).append(place)
    return {
        beat: min(_GRIDS, key=lambda grid: round(sum(min(abs(p - g) for g in grid) for p in places), 3))
        for beat, places in onsets.items()
    }


def _snap(beats: float, grids: Mapping[int, tuple[int, ...]]) -> int:
    beat, place = divmod(beats * DIVISIONS + 1e-6, DIVISIONS)
    grid = grids.get(int(beat), _GRIDS[0])
    return int(beat) * DIVISIONS + min(grid, key=lambda g: abs(place - g))


def _snap_up(unit: int, grids: Mapping[int, tuple[int, ...]]) -> int:
    """The next point of the grid after a unit: nothing is written shorter."""
    beat, place = divmod(unit, DIVISIONS)
    return beat * DIVISIONS + next(g for g in grids.get(beat, _GRIDS[0]) if g > place)


def split(start: int, end: int, bar: int) -> Iterator[tuple[int, int]]:
    """Cut a stretch at bar lines and beats into lengths that notes have."""
    while start < end:
        stop = min(end, (start // bar + 1) * bar)
        beat_end = (start // DIVISIONS + 1) * DIVISIONS
        if start % 6 or (stop % 6 and stop <= beat_end):  # inside a triplet: stay within its beat
            stop = min(stop, beat_end)
        elif stop % 6:
            stop = stop // DIVISIONS * DIVISIONS
        length = next(n for n in LENGTHS if n <= stop - start and (n % 6 == 0 or n == stop - start))
        yield start, start + length
        start += length
