"""Choosing among candidate phrases as an editor would: by the habits of tunes people sing.

Each band is what most of 909 pop melodies keep to. A phrase is judged as a part of the tune: if the tune so far
with this phrase lies inside a band it pays nothing, outside it pays by the distance, in units of the band's
width. On top of that a phrase is liked for having one clear summit, and disliked for trilling to and fro,
harping on one note, or running in parallel fifths or octaves with the bass.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from types import MappingProxyType

import numpy as np

from museaika.composition.phrase import PhraseTask
from museaika.composition.score import ChordSpan
from museaika.composition.theory import chord_tones

BANDS: Mapping[str, tuple[float, float]] = MappingProxyType(
    {
        "steps": (0.34, 0.55),
        "repeats": (0.12, 0.33),
        "leaps_over_4": (0.09, 0.20),
        "leaps_over_7": (0.015, 0.06),
        "leaps_resolved": (0.50, 0.83),
        "chord_tone_duration": (0.59, 0.80),
        "chord_tones_on_beat": (0.58, 0.83),
        "range": (14.0, 20.0),
    }
)
"""The middle of what whole songs show, a little narrower than their 10th and 90th percentiles."""

PHRASE_RANGE = (6.0, 15.0)
"""How wide one phrase is, in semitones."""


def measure(
    pitches: Sequence[int], durations: Sequence[float], on_beat: Sequence[bool], in_chord: Sequence[bool]
) -> dict[str, float]:
    """The figures of `BANDS` for one line. A leap counts as resolved when at most a whole step follows."""
    moves = np.diff(pitches)
    size = abs(moves)
    count = max(len(moves), 1)
    leaps = np.flatnonzero(size[:-1] > 4)
    lasting, tones, beats = np.asarray(durations, float), np.asarray(in_chord, bool), np.asarray(on_beat, bool)
    return {
        "steps": float(((size == 1) | (size == 2)).sum()) / count,
        "repeats": float((size == 0).sum()) / count,
        "leaps_over_4": float((size > 4).sum()) / count,
        "leaps_over_7": float((size > 7).sum()) / count,
        "leaps_resolved": float((size[leaps + 1] <= 2).mean()) if len(leaps) else 0.7,
        "chord_tone_duration": float(lasting[tones].sum() / max(lasting.sum(), 1e-9)),
        "chord_tones_on_beat": float(tones[beats].mean()) if beats.any() else 0.7,
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


def parallels(pitches: Sequence[int], chords: Sequence[ChordSpan]) -> int:
    """How often tune and bass move from one fifth or octave to another where the chord changes."""
    gaps = [(pitch - chord.bass) % 12 for pitch, chord in zip(pitches, chords, strict=True)]
    return sum(
        a == b and a in (0, 7) and before.bass != after.bass
        for a, b, before, after in zip(gaps, gaps[1:], chords, chords[1:], strict=False)
    )


def rank(candidates: Sequence[tuple[int, ...]], task: PhraseTask) -> list[tuple[int, ...]]:
    """Sort candidate phrases, best first: each as it makes the whole tune so far, and by itself."""
    tones, chords = zip(*task.before, strict=True) if task.before else ((), ())
    sung = [tone.pitch for tone in tones]
    durations = [*(tone.duration for tone in tones), *task.durations]
    on_beat = [abs(at - round(at)) < 1e-6 for at in (*(tone.start for tone in tones), *task.starts)]
    inside = [frozenset(chord_tones(c.root, c.quality)) for c in (*chords, *task.chords)]

    def cost(pitches: tuple[int, ...]) -> float:
        tune = (*sung, *pitches)
        in_chord = [p % 12 in tones for p, tones in zip(tune, inside, strict=True)]
        figures = measure(tune, durations, on_beat, in_chord)
        width = {"range": float(max(pitches) - min(pitches))}
        habits = penalty(figures) + penalty(width, {"range": PHRASE_RANGE})
        return habits + _awkwardness(pitches) + 0.3 * parallels(pitches, task.chords)

    return sorted(candidates, key=cost)
