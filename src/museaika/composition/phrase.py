"""A phrase before it has pitches, and proposals for them.

Rhythm, harmony, the curve of the line, what the theme did here before and the note to close on are settled
first; they make a task. Proposals are drawn from the lattice (see `lattice`) with all of that as weights.
Whoever has another source of phrases, a trained model perhaps, answers the same task with candidates of its
own.
"""

from __future__ import annotations

import math
import random
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType

import numpy as np
from numpy.typing import NDArray

from museaika.composition.feel import Feel
from museaika.composition.lattice import Floats, draw_paths, tables, transitions
from museaika.composition.rhythm import Metre, Tone
from museaika.composition.score import ChordSpan
from museaika.composition.theory import QUALITIES, chord_tones, is_minor_quality, scale

Ints = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class PhraseTask:
    """All that is known of a phrase but its pitches. Lists run in step with the notes; times in beats from the
    start of the piece. `before` holds the latest notes of the tune, each with the chord it stands on; `harmony`
    all chords of the piece, `spans` the phrases so far and this one, `origin` a barline of the `metre`."""

    starts: tuple[float, ...]
    durations: tuple[float, ...]
    chords: tuple[ChordSpan, ...]
    strengths: tuple[int, ...]
    targets: tuple[float, ...]
    low: int
    high: int
    key: tuple[int, str]
    closing: Mapping[int, float]
    closing_at: int
    feel: Feel
    motif: tuple[int | None, ...] = ()
    memory: tuple[int | None, ...] = ()
    previous: int | None = None
    before: tuple[tuple[Tone, ChordSpan], ...] = ()
    harmony: Sequence[ChordSpan] = ()
    spans: tuple[tuple[float, float], ...] = ()
    origin: float = 0.0
    metre: Metre = (4, 4)


Proposer = Callable[[PhraseTask, int, random.Random], Sequence[tuple[int, ...]]]
"""Answers a task with so many candidates, each a pitch for every note, drawn with the dice it is given."""


def propose_phrases(task: PhraseTask, count: int, rng: random.Random) -> list[tuple[int, ...]]:
    """Draw candidate pitches for a phrase from the lattice."""
    pitches = np.arange(task.low, task.high + 1)
    calm = round(1.0 - task.feel.energy, 1)
    moves = transitions(len(pitches), calm, round(task.feel.direction, 1))
    emissions = np.stack([welcome(task, i, pitches) for i in range(len(task.starts))])
    degrees = degrees_of(pitches, task.key)
    biases: list[Floats | None] = [likeness(task, i, degrees) for i in range(len(task.starts))]
    before = (
        task.previous - task.low
        if task.previous is not None and task.low <= task.previous <= task.high
        else None
    )
    paths = draw_paths(emissions, moves, biases, before, count, rng)
    return [tuple(int(pitches[i]) for i in path) for path in paths]


def welcome(task: PhraseTask, i: int, pitches: Ints) -> Floats:
    """How welcome each pitch is as note `i`: chord, key, curve of the phrase, memory, cadence."""
    insistence = 0.65 + 0.3 * min(task.durations[i], 2.0) + (0.25 if task.strengths[i] < 2 else 0.0)
    classes = _class_weights(task.chords[i], task.strengths[i], insistence, task.key)
    if i == task.closing_at:
        classes = classes * np.array([task.closing.get(c, 0.004) for c in range(12)])
    weight: Floats = classes[pitches % 12] * np.exp(-0.5 * ((pitches - task.targets[i]) / 5.0) ** 2)
    if task.memory and (pitch := task.memory[i]) is not None:
        weight[pitches == pitch] *= 5.0
    weight += 1e-12
    return weight


def rules(task: PhraseTask, i: int, pitches: Ints) -> Floats:
    """What is asked of note `i` whoever sings it: tones of the chord where the beat is strong, nothing foreign
    to key and chord, the cadence's notes at the close, and what the theme had here."""
    chord, strong = task.chords[i], task.strengths[i] < 2 or task.durations[i] >= 1.5
    classes = np.array([_rule(c, chord, task.key, 0.3 if strong else 0.9) * colour(c, task.key)
                        for c in range(12)])  # fmt: skip
    if i == task.closing_at:
        classes = classes * np.array([task.closing.get(c, 0.004) for c in range(12)])
    weight: Floats = classes[pitches % 12]
    if task.memory and (pitch := task.memory[i]) is not None:
        weight = np.where(pitches == pitch, 10.0, 1.0) * weight
    return weight


COLOURS: Mapping[str, Mapping[int, float]] = MappingProxyType(
    {
        "major": {0: 1.2, 4: 1.4, 7: 1.1, 9: 0.8},
        "minor": {3: 1.6, 8: 1.3},
        "dorian": {3: 1.5, 9: 1.5},
        "phrygian": {3: 1.5, 1: 1.4},
        "lydian": {0: 1.2, 4: 1.3, 6: 1.5, 9: 0.8},
        "mixolydian": {0: 1.2, 4: 1.3, 10: 1.4, 9: 0.8},
    }
)
"""Steps above the tonic that tell the mode, and how much more they are sung for it: a tune alone has to say
whether it is bright or dark. A sixth that lasts makes major sound like its relative minor."""


def colour(pitch_class: int, key: tuple[int, str]) -> float:
    return COLOURS[key[1]].get((pitch_class - key[0]) % 12, 1.0)


def _rule(c: int, chord: ChordSpan, key: tuple[int, str], passing: float) -> float:
    tones, inside = set(chord_tones(chord.root, chord.quality)), set(scale(*key))
    if c in tones:
        return 1.0
    if c not in inside or any((c + d) % 12 in tones - inside for d in (1, 11)):
        return 0.004
    return passing / 2 if 4 in QUALITIES[chord.quality] and (c - chord.root) % 12 == 5 else passing


def _class_weights(chord: ChordSpan, strength_of_beat: int, insistence: float, key: tuple[int, str]) -> Floats:
    """How well each of the twelve pitch classes goes with a chord. `insistence` sharpens the counted habits."""
    counted = tables().chord_tones[int(is_minor_quality(chord.quality)), strength_of_beat]
    tones, inside = set(chord_tones(chord.root, chord.quality)), set(scale(*key))
    weights = np.array([math.pow(counted[(c - chord.root) % 12], insistence) for c in range(12)])
    for c in range(12):
        if c in tones:
            weights[c] = max(weights[c], 0.25 if c == _tension_of(chord) else 0.5)
        elif c not in inside or any((c + d) % 12 in tones - inside for d in (1, 11)):
            weights[c] *= 0.004
        elif 4 in QUALITIES[chord.quality] and (c - chord.root) % 12 == 5:
            weights[c] *= 0.5
        weights[c] *= colour(c, key)
    return weights


def _tension_of(chord: ChordSpan) -> int:
    """The chord's most biting tone, or its root where it has none: sevenths and ninths are for passing."""
    return (chord.root + QUALITIES[chord.quality][-1]) % 12 if len(QUALITIES[chord.quality]) > 3 else chord.root


def degrees_of(pitches: Ints, key: tuple[int, str]) -> Ints:
    """Count each pitch in steps of the scale; notes between two steps count as the lower one."""
    ladder = sorted((p - key[0]) % 12 for p in scale(*key))
    above = (pitches - key[0]) % 12
    steps: Ints = 7 * ((pitches - key[0]) // 12) + np.searchsorted(ladder, above, side="right") - 1
    return steps


def moved(pitch: int, steps: int, key: tuple[int, str]) -> int:
    """The pitch so many steps of the scale higher; a note between two steps counts as the lower one."""
    if not steps:
        return pitch
    ladder = sorted((p - key[0]) % 12 for p in scale(*key))
    octave, place = divmod(int(degrees_of(np.array([pitch]), key)[0]) + steps, 7)
    return key[0] + 12 * octave + ladder[place]


def likeness(task: PhraseTask, i: int, degrees: Ints) -> Floats | None:
    """Favour the step that the motif took at this place."""
    step = task.motif[i] if task.motif and i else None
    if step is None:
        return None
    off = np.abs(degrees[None, :] - degrees[:, None] - step)
    return np.where(off == 0, 9.0, np.where(off == 1, 1.6, 0.7))
