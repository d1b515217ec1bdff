"""How Magenta.js writes music as numbers: an event a sixteenth, the chord beneath, and where in the bar.

Events: 0 lets what sounds go on, 1 ends it, 2 and up strike a pitch, from the lowest the network knows.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType

import numpy as np

from museaika.composition.score import ChordSpan
from museaika.composition.theory import QUALITIES, chord_tones
from museaika.generation.magenta.network import Array

HOLD, OFF, FIRST_PITCH = 0, 1, 2

_TRIADS = ((0, 4, 7), (0, 3, 7), (0, 4, 8), (0, 3, 6))
"""Major, minor, augmented, diminished, in the order Magenta counts them."""


@dataclass(frozen=True, slots=True)
class ChordCode:
    """One way to write a chord as `depth` numbers."""

    depth: int
    encode: Callable[[ChordSpan], Array]


def _triad(count: int) -> ChordCode:
    depth = 1 + 12 * count

    def encode(chord: ChordSpan) -> Array:
        code = np.zeros(depth, dtype=np.float32)
        kind = _triad_of(chord.quality)
        code[1 + 12 * kind + chord.root if kind is not None and kind < count else 0] = 1.0
        return code

    return ChordCode(depth, encode)


def _pitches(chord: ChordSpan) -> Array:
    code = np.zeros(37, dtype=np.float32)
    code[1 + chord.root] = 1.0
    code[[13 + pitch_class for pitch_class in chord_tones(chord.root, chord.quality)]] = 1.0
    code[25 + chord.root] = 1.0  # Magenta.js takes the root for the bass, so its networks heard that
    return code


def _triad_of(quality: str) -> int | None:
    """Which triad a chord is made of; None for those without one (a fifth, a suspension)."""
    intervals = set(QUALITIES[quality])
    found = [kind for kind, triad in enumerate(_TRIADS) if intervals.issuperset(triad)]
    return found[0] if len(found) == 1 else None


CHORD_CODES: Mapping[str, ChordCode] = MappingProxyType(
    {
        "MajorMinorChordEncoder": _triad(2),
        "TriadChordEncoder": _triad(4),
        "PitchChordEncoder": ChordCode(37, _pitches),
    }
)
"""By the names of Magenta.js. What a code has no sign for is written as no chord."""


@dataclass(frozen=True, slots=True)
class Encoding:
    """What one network reads: pitches `low` … `high` (MIDI), a chord code perhaps, and `counter` bits that
    count the steps (−1 and 1)."""

    low: int
    high: int
    chords: ChordCode | None = None
    counter: int = 0

    @property
    def events(self) -> int:
        return self.high - self.low + 1 + FIRST_PITCH

    @property
    def inputs(self) -> int:
        return (self.chords.depth if self.chords else 0) + self.events + self.counter

    def write(self, events: np.ndarray[tuple[int], np.dtype[np.intp]], chord: ChordSpan, step: int) -> Array:
        """What the network hears at a step of the piece: the events of a batch, and the chord that comes next.
        Shape (batch, inputs)."""
        batch = len(events)
        parts = [np.eye(self.events, dtype=np.float32)[events]]
        if self.chords:
            parts.insert(0, np.tile(self.chords.encode(chord), (batch, 1)))
        if self.counter:
            bits = (step + 1) >> np.arange(self.counter) & 1
            parts.append(np.tile(np.where(bits, 1.0, -1.0).astype(np.float32), (batch, 1)))
        return np.concatenate(parts, axis=1)
