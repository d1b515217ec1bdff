"""A score is what a composer hands to performers: notes in beats, grouped in parts, with a plan above them.

Positions and lengths are *notated* in quarter-note beats from the start of the piece, so that a score
can be printed as it would be written by hand. What a performer adds is kept apart from it: each note
carries a small `shift` of its onset in seconds (timing) and a `gate`, the share of its written length
that really sounds (articulation: legato near 1, staccato near 0.4). The tempo map turns beats into
seconds. Nothing here makes sound and nothing here is random.
"""

from __future__ import annotations

import bisect
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from types import MappingProxyType
from typing import Any

PITCH_NAMES_SHARP = ("C", "C#", "D", "D#", "E", "F", "F#", "G", "G#", "A", "A#", "B")
PITCH_NAMES_FLAT = ("C", "Db", "D", "Eb", "E", "F", "Gb", "G", "Ab", "A", "Bb", "B")
DRUM_ROLE = "drums"


@dataclass(frozen=True, slots=True)
class Note:
    """One written note. `start`, `duration` in beats; `pitch` MIDI 0…127 (60 = middle C, in a drum part
    the General MIDI drum key); `velocity` 1…127; `shift` in seconds; `gate` 0.1…1.2."""

    start: float
    duration: float
    pitch: int
    velocity: int
    shift: float = 0.0
    gate: float = 1.0


@dataclass(frozen=True, slots=True)
class Control:
    """A MIDI controller move: `start` in beats, `number` (64 sustain, 11 expression), `value` 0…127."""

    start: float
    number: int
    value: int


@dataclass(frozen=True, slots=True)
class Part:
    """One player: a `role` (melody, counter, chords, pad, bass, drums), a name for people, its General
    MIDI `program` 0…127 (ignored for drums), and its notes by start."""

    role: str
    name: str
    program: int
    notes: tuple[Note, ...]
    controls: tuple[Control, ...] = ()
    level_db: float = 0.0
    pan: float = 0.0

    @property
    def is_drums(self) -> bool:
        return self.role == DRUM_ROLE


@dataclass(frozen=True, slots=True)
class ChordSpan:
    """A chord in time: `root` and `bass` are pitch classes 0…11, `quality` a key of
    `composition.theory.QUALITIES`, `symbol` as musicians write it ("Am7/G")."""

    start: float
    duration: float
    root: int
    quality: str
    bass: int
    symbol: str


@dataclass(frozen=True, slots=True)
class Section:
    """A part of the form: `name` (intro, A, A', B, A'', outro), `start` in beats, length in `bars`,
    `energy` 0…1."""

    name: str
    start: float
    bars: int
    energy: float


@dataclass(frozen=True, slots=True)
class TempoMark:
    """From `start` (beats) on, the pulse is `bpm` quarter notes a minute."""

    start: float
    bpm: float


@dataclass(frozen=True)
class Score:
    """A whole piece. `length_s` is the promised length of the audio in seconds, its tail included;
    `tonic` a pitch class; `mode` major, minor, dorian, lydian, mixolydian or phrygian; `metre` (3, 4)
    is three quarter notes a bar."""

    title: str
    tonic: int
    mode: str
    metre: tuple[int, int]
    tempo: tuple[TempoMark, ...]
    sections: tuple[Section, ...]
    chords: tuple[ChordSpan, ...]
    parts: tuple[Part, ...]
    length_s: float
    seed: int
    style: str
    loop: bool = False
    plan: Mapping[str, Any] = field(default_factory=lambda: MappingProxyType({}))

    @cached_property
    def _tempo_starts(self) -> tuple[list[float], list[float]]:
        beats, seconds = [0.0], [0.0]
        for before, after in zip(self.tempo, self.tempo[1:], strict=False):
            seconds.append(seconds[-1] + (after.start - before.start) * 60.0 / before.bpm)
            beats.append(after.start)
        return beats, seconds

    def seconds_at(self, beat: float) -> float:
        """Seconds from the start of the piece to `beat`, by the tempo map (timing shifts not included)."""
        beats, seconds = self._tempo_starts
        i = max(bisect.bisect_right(beats, beat) - 1, 0)
        return seconds[i] + (beat - beats[i]) * 60.0 / self.tempo[i].bpm

    @property
    def bar_beats(self) -> float:
        """Length of a bar in quarter-note beats: 4/4 → 4, 3/4 → 3, 6/8 → 3."""
        return self.metre[0] * 4.0 / self.metre[1]

    @property
    def bars(self) -> int:
        return sum(section.bars for section in self.sections)

    @property
    def key_name(self) -> str:
        """The key in words, spelled as its signature is: "A minor", "E flat major" as "Eb major"."""
        return f"{tonic_name(self.tonic, self.mode)} {self.mode}"


_SEMITONES_TO_RELATIVE_MAJOR = {
    "major": 0, "dorian": -2, "phrygian": -4, "lydian": -5, "mixolydian": -7, "minor": -9,
}  # fmt: skip
_FLAT_MAJORS = {5, 10, 3, 8, 1}


def tonic_name(tonic: int, mode: str) -> str:
    """Spell a tonic by its signature: pitch class 3 in major is Eb, in minor D#/Eb is Eb as well."""
    relative_major = (tonic + _SEMITONES_TO_RELATIVE_MAJOR[mode]) % 12
    names = PITCH_NAMES_FLAT if relative_major in _FLAT_MAJORS or relative_major == 6 else PITCH_NAMES_SHARP
    return names[tonic]
