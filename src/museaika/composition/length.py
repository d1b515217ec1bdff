"""Length: how many bars make up the seconds that were asked for.

The length is reached by planning, never by cutting. Sound ends a short tail before the promised length. With
a free tempo we look for the number of bars whose tempo lies nearest to the intended one; in a miniature of a
few bars the last chord and the tail give way too, so that the pulse need not. With a tempo that the caller
gave, the bars are counted out and the held last chord takes what is left.

A loop is whole bars, or it would stumble where it begins again. With a free tempo those bars last exactly as
long as asked for; a given tempo is kept to the letter, so the loop lasts as many bars as come nearest to the
length, and its own length is what is promised (half a bar off at most).
"""

from __future__ import annotations

import math
from dataclasses import dataclass

from museaika.composition.brief import Brief

GRID = 0.25
"""Beats of the finest note value, a sixteenth."""


@dataclass(frozen=True, slots=True)
class Extent:
    """How long a piece is: `bars` in all, `end` the beat of its last chord, held for `final_beats` (0 in a
    loop), `tail_s` seconds to ring out, `length_s` the promised length."""

    bars: int
    end: float
    final_beats: float
    tail_s: float
    length_s: float


def _tail(length_s: float) -> float:
    return min(2.2, 0.55 + 0.045 * length_s)


def _bend(brief: Brief, bars: int) -> float:
    """Depth of the final ritardando: none at a given tempo, in a miniature, or where the beat is kept."""
    if brief.tempo_fixed or brief.request.loop or bars < 4:
        return 0.0
    return brief.style.bend * (1.35 - 0.7 * brief.end.energy)


def slowing(brief: Brief, bars: int) -> list[tuple[float, float]]:
    """(beats from the last chord, tempo factor): the last bar eases by halves, the chord is slower still."""
    depth, bar = _bend(brief, bars), brief.bar_beats
    return [(-bar, 1 - 0.3 * depth), (-bar / 2, 1 - 0.65 * depth), (0.0, 1 - depth)] if depth else []


def _given_tempo_extent(brief: Brief) -> Extent:
    bar, length = brief.bar_beats, brief.request.length_s
    tail = _tail(length)
    beats = math.floor((length - tail) * brief.tempo / 60 / GRID) * GRID
    full, rest = divmod(beats, bar)
    end = full * bar if rest >= max(1.0, bar / 2) else (full - 1) * bar
    if end < bar:
        end = float(max(beats // 2, 0))
    return Extent(max(1, math.ceil(beats / bar)), end, beats - end, tail, length)


def plan_extent(brief: Brief) -> Extent:
    """Choose the bars and the length of the last chord."""
    if brief.request.loop:
        return _loop_extent(brief)
    return _given_tempo_extent(brief) if brief.tempo_fixed else _free_tempo_extent(brief)


def _free_tempo_extent(brief: Brief) -> Extent:
    """Of the lengths near the ideal one, that which bends the tempo least and keeps phrases whole."""
    bar, length = brief.bar_beats, brief.request.length_s
    usual = _tail(length)
    tempo = brief.tempo * sum(brief.feel_at((i + 0.5) / 8).tempo for i in range(8)) / 8 / brief.begin.tempo
    ideal = (length - usual) * tempo / 60 / bar

    def cost(choice: tuple[int, float, float]) -> float:
        bars, held, tail = choice
        weight = _last_chord(bars, bar) + held + _extra(brief, bars, held)
        bend = abs(math.log(60 * weight / (length - tail) / tempo))
        uneven = (0.4 if held != bar else 0.0) + abs(math.log(tail / usual))
        return (bend / 0.02) ** 2 + 200 * max(0.0, bend - 0.03) + _awkwardness(bars - 1, brief) + uneven

    near = range(max(1, math.floor(ideal * 0.88) - 1), math.ceil(ideal * 1.12) + 3)
    options = ((bars, *ending) for bars in near for ending in _endings(bars, bar, usual))
    bars, held, tail = min(options, key=cost)
    end = _last_chord(bars, bar)
    return Extent(math.ceil((end + held) / bar), end, held, tail, length)


def _last_chord(bars: int, bar: float) -> float:
    """The beat of the last chord: the last bar, or the second half of an only one."""
    return (bars - 1) * bar if bars > 1 else bar - max(1.0, bar // 2)


def _endings(bars: int, bar: float, tail: float) -> list[tuple[float, float]]:
    """(beats of the last chord, seconds of the tail): a bar and the usual tail; the shorter the piece, the more
    both may give way."""
    if bars > 16:
        return [(bar, tail)]
    if bars > 6:
        return [(held, tail) for held in (bar, bar / 2, bar - 1, bar * 1.5)]
    holds = [beats / 2 for beats in range(2, int(3 * bar) + 1)]
    return [(held, tail * share) for held in holds for share in (1.0, 0.8, 1.25, 1.5)]


def _extra(brief: Brief, bars: int, held: float) -> float:
    """Beats at full tempo that the ritardando costs beyond the written ones."""
    close = slowing(brief, bars)
    if not close:
        return 0.0
    half = brief.bar_beats / 2
    return sum(beats * (1 / factor - 1) for beats, (_, factor) in zip((half, half, held), close, strict=True))


def _awkwardness(body: int, brief: Brief) -> float:
    """How far a number of bars is from whole phrases, or from whole rounds of the caller's chords."""
    if brief.chords:
        crowded = len(brief.chords) / max(body, 0.5) - 1
        return (6.0 if body % len(brief.chords) else 0.0) + max(0.0, crowded)
    return {0: 0.0 if body % 8 == 0 else 0.25, 2: 0.8}.get(body % 4, 2.0)


def _loop_extent(brief: Brief) -> Extent:
    bar, length = brief.bar_beats, brief.request.length_s
    ideal = length * brief.tempo / 60 / bar
    if brief.tempo_fixed:
        bars = max(1, round(ideal))
        return Extent(bars, bars * bar, 0.0, 0.0, bars * bar * 60 / brief.tempo)
    options = range(max(1, math.floor(ideal * 0.8)), math.ceil(ideal * 1.2) + 2)
    bars = min(options, key=lambda n: (math.log(n / ideal) / 0.06) ** 2 + _unevenness(n, brief))
    return Extent(bars, bars * bar, 0.0, 0.0, length)


def _unevenness(bars: int, brief: Brief) -> float:
    """How awkward a number of bars is to go round: best 1, 2, 4, 8, 16 …, worst an odd one."""
    if brief.chords:
        return _awkwardness(bars, brief)
    return 0.0 if bars & (bars - 1) == 0 else {0: 0.5, 2: 1.5}.get(bars % 4, 9.0)
