"""Choosing among candidate phrases as an editor would: by the habits of tunes people sing.

Each band is the 10th to 90th percentile of 909 pop melodies. A phrase inside a band pays nothing; outside it
pays by its distance, in units of the band's width. On top of that a phrase is liked for having one clear
summit, and disliked for trilling to and fro or harping on one note.
"""

from __future__ import annotations

import itertools
from collections.abc import Mapping, Sequence
from types import MappingProxyType

from museaika.composition.phrase import PhraseTask
from museaika.composition.theory import chord_tones

BANDS: Mapping[str, tuple[float, float]] = MappingProxyType(
    {
        "steps": (0.32, 0.57),
        "repeats": (0.10, 0.36),
        "leaps_over_4": (0.08, 0.22),
        "leaps_over_7": (0.0, 0.08),
        "leaps_resolved": (0.47, 1.0),
        "chord_tone_duration": (0.57, 0.88),
        "chord_tones_on_beat": (0.55, 0.92),
        "range": (6.0, 14.0),
    }
)


def measure(
    pitches: Sequence[int], durations: Sequence[float], on_beat: Sequence[bool], in_chord: Sequence[bool]
) -> dict[str, float]:
    """The figures of `BANDS` for one line. A leap counts as resolved when at most a whole step follows."""
    moves = [b - a for a, b in itertools.pairwise(pitches)]
    count = max(len(moves), 1)
    leaps = [(a, b) for a, b in itertools.pairwise(moves) if abs(a) > 4]
    resolved = sum(abs(b) <= 2 for _, b in leaps)
    beats = sum(on_beat)
    return {
        "steps": sum(1 <= abs(m) <= 2 for m in moves) / count,
        "repeats": sum(m == 0 for m in moves) / count,
        "leaps_over_4": sum(abs(m) > 4 for m in moves) / count,
        "leaps_over_7": sum(abs(m) > 7 for m in moves) / count,
        "leaps_resolved": resolved / len(leaps) if leaps else 0.7,
        "chord_tone_duration": sum(d for d, c in zip(durations, in_chord, strict=True) if c)
        / max(sum(durations), 1e-9),
        "chord_tones_on_beat": sum(c for c, b in zip(in_chord, on_beat, strict=True) if b) / beats
        if beats
        else 0.7,
        "range": float(max(pitches) - min(pitches)),
    }


def penalty(figures: Mapping[str, float], bands: Mapping[str, tuple[float, float]] = BANDS) -> float:
    """Distance outside the bands, each in units of its band's width."""
    total = 0.0
    for name, (low, high) in bands.items():
        outside = max(low - figures[name], figures[name] - high, 0.0)
        total += outside / (high - low)
    return total


def _awkwardness(pitches: Sequence[int]) -> float:
    summit = sum(p == max(pitches) for p in pitches)
    trills = sum(
        a == c and b == d and a != b
        for a, b, c, d in zip(pitches, pitches[1:], pitches[2:], pitches[3:], strict=False)
    )
    harping = sum(
        len(set(four)) == 1 for four in zip(pitches, pitches[1:], pitches[2:], pitches[3:], strict=False)
    )
    return 0.12 * max(0, summit - 2) + 0.3 * trills + 0.4 * harping


def rank(candidates: Sequence[tuple[int, ...]], task: PhraseTask) -> list[tuple[int, ...]]:
    """Sort candidate phrases, best first."""

    def cost(pitches: tuple[int, ...]) -> float:
        inside = [p % 12 in chord_tones(c.root, c.quality) for p, c in zip(pitches, task.chords, strict=True)]
        figures = measure(pitches, task.durations, [s <= 2 for s in task.strengths], inside)
        return penalty(figures) + _awkwardness(pitches)

    return sorted(candidates, key=cost)
