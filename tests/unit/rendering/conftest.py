"""A small band with a bit of everything, written by hand."""

from __future__ import annotations

import pytest

from museaika.composition.score import ChordSpan, Control, Note, Part, Score, Section, TempoMark
from museaika.rendering.soundfont import Bank


def waltz(*, length_s: float = 8.0, loop: bool = False) -> Score:
    """Eight seconds in A minor, four bars of 3/4 that slow down once: piano, bass, strings and drums."""
    tune = [
        (0, 1, 69),
        (1, 0.5, 72),
        (1.5, 0.5, 71),
        (2, 2, 69),
        (4, 1, 68),
        (5, 1, 69),
        (6, 3, 76),
        (9, 2.5, 69),
    ]
    melody = tuple(Note(start, length, pitch, 84, 0.004, 0.95) for start, length, pitch in tune)
    pad = tuple(Note(bar * 3, 3, pitch, 60) for bar in range(4) for pitch in (57, 60, 64))
    bass = tuple(Note(bar * 3, 1, 33, 90, 0.0, 0.9) for bar in range(4))
    hats = tuple(Note(i * 0.5, 0.25, 46 if i % 6 == 3 else 42, 70 + i % 3 * 5) for i in range(24))
    drums = tuple(sorted((*hats, *(Note(bar * 3, 0.5, 36, 100) for bar in range(4))), key=lambda n: n.start))
    pedal = (Control(0, 64, 127), Control(2.9, 64, 0))
    swell = (Control(0, 11, 60), Control(6, 11, 120), Control(11, 11, 90))
    return Score(
        title="A small waltz",
        tonic=9,
        mode="minor",
        metre=(3, 4),
        tempo=(TempoMark(0, 120), TempoMark(6, 96.5)),
        sections=(Section("A", 0, 2, 0.4), Section("B", 6, 2, 0.7)),
        chords=(
            ChordSpan(0, 3, 9, "min", 9, "Am"),
            ChordSpan(3, 3, 4, "7", 8, "E7/G#"),
            ChordSpan(6, 3, 5, "maj7", 5, "Fmaj7"),
            ChordSpan(9, 3, 9, "min7", 7, "Am7/G"),
        ),
        parts=(
            Part("melody", "Piano", 0, melody, pedal),
            Part("pad", "Strings", 48, pad, swell, -9, 0.3),
            Part("bass", "Upright bass", 32, bass, (), -2),
            Part("drums", "Drums", 0, drums, (), -3),
        ),
        length_s=length_s,
        seed=1,
        style="waltz",
        loop=loop,
    )  # fmt: skip


@pytest.fixture(scope="session")
def score() -> Score:
    return waltz()


@pytest.fixture(scope="session")
def looped_score() -> Score:
    return waltz(loop=True)


@pytest.fixture(scope="session")
def bank() -> Bank:
    return Bank.load()
