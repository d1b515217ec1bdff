"""The room: what every player in it can see and hear.

Players share the plan, the form and the chords, and they listen to the tune. Each reads patterns off the same
stand: a bar of the pattern for a bar of music, struck anew where the chord changes, lightened where it would be
more than the section can carry, and turned a little from bar to bar.
"""

from __future__ import annotations

import bisect
import random
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property

from museaika.composition.brief import Brief
from museaika.composition.form import Form, SectionPlan
from museaika.composition.rhythm import STEP, Tone, level_of
from museaika.composition.score import ChordSpan
from museaika.composition.styles import Style
from museaika.composition.theory import chord_tones

Sound = Callable[[str, int, float, float], list[Tone]]
"""Tones of (pattern character, chord index, start, beats)."""


def tones_of(chord: ChordSpan) -> tuple[int, ...]:
    return chord_tones(chord.root, chord.quality)


@dataclass(frozen=True)
class Room:
    """The shared view; times in beats. `end` is where the last chord begins, `tune` what the lead sings."""

    brief: Brief
    form: Form
    chords: tuple[ChordSpan, ...]
    tune: tuple[Tone, ...] = ()

    @property
    def style(self) -> Style:
        return self.brief.style

    @property
    def end(self) -> float:
        return self.form.end

    @property
    def last(self) -> ChordSpan | None:
        """The held last chord; a loop has none."""
        return self.chords[-1] if self.form.final_beats else None

    @cached_property
    def _starts(self) -> list[float]:
        return [c.start - 1e-6 for c in self.chords]

    @cached_property
    def _tune_starts(self) -> list[float]:
        return [t.start - 1e-6 for t in self.tune]

    def sung(self, start: float, beats: float = 0.0) -> list[int]:
        """The pitches of the tune that sound at a moment, or within some beats of it."""
        first = max(0, bisect.bisect_right(self._tune_starts, start) - 1)
        last = bisect.bisect_right(self._tune_starts, start + max(beats - 1e-5, 0.0))
        return [t.pitch for t in self.tune[first:last] if t.start + t.duration > start + 1e-6]

    def chord_index(self, beat: float) -> int:
        return max(0, bisect.bisect_right(self._starts, beat) - 1)

    def chord_at(self, beat: float) -> ChordSpan:
        return self.chords[self.chord_index(beat)]

    def plays(self, role: str, section: SectionPlan) -> bool:
        """Has this layer come in, at the section's energy?"""
        return section.energy >= self.style.entrances.get(role, 0.0)

    def stop(self, section: SectionPlan) -> float:
        return min(section.start + section.bars * self.form.bar_beats, self.end)

    def body(self, section: SectionPlan) -> list[int]:
        """Indices of a section's chords, the last chord of the piece left out."""
        stop = self.stop(section) - 1e-6
        return [i for i, c in enumerate(self.chords) if section.start - 1e-6 <= c.start < stop]

    def bars(self, section: SectionPlan) -> Iterator[float]:
        """Where the section's bars begin."""
        for i in range(section.bars):
            if (start := section.start + i * self.form.bar_beats) < self.end - 1e-6:
                yield start

    def bar_seconds(self, section: SectionPlan) -> float:
        return self.form.bar_beats * 60 / section.feel.tempo

    def read(self, section: SectionPlan, patterns: Sequence[str], sound: Sound, reattack: str) -> list[Tone]:
        """Play `patterns` in turn, one for each bar. A chord that changes under a held character is struck anew
        as `reattack`."""
        changes = {round(self.chords[i].start / STEP) for i in self.body(section)}
        tones: list[Tone] = []
        for number, bar in enumerate(self.bars(section)):
            pattern = patterns[number % len(patterns)]
            events = [
                (bar + i * STEP, reattack if char == "." else char)
                for i, char in enumerate(pattern)
                if bar + i * STEP < self.end - 1e-6
                and (char != "." or round((bar + i * STEP) / STEP) in changes)
            ]
            end = min(bar + len(pattern) * STEP, self.end)
            for (at, char), until in zip(events, [*(e[0] for e in events[1:]), end], strict=True):
                if char != "-":
                    tones += sound(char, self.chord_index(at), at, until - at)
        return tones


def affordable(levels: Sequence[str], energy: float, voices: int, bar_s: float, budget: float) -> str:
    """The busiest pattern that a section's energy asks for and that stays within about `budget` notes a second;
    if even the sparest is too busy, its later strokes are lightened."""
    weights = {"C": voices, "U": voices - 1, ".": 0, "-": 0}

    def rate(pattern: str) -> float:
        return sum(weights.get(char, 1) for char in pattern) / bar_s

    wanted = levels[: level_of(energy, len(levels)) + 1]
    pattern = next((p for p in reversed(wanted) if rate(p) <= 1.15 * budget), min(wanted, key=rate))
    while rate(pattern) > 1.15 * budget and (place := pattern.rfind("C")) > 0:
        pattern = f"{pattern[:place]}U{pattern[place + 1 :]}"
    while rate(pattern) > 1.15 * budget and (place := max(pattern.rfind(char) for char in "U0123456789")) > 0:
        pattern = f"{pattern[:place]}.{pattern[place + 1 :]}"
    return pattern


def turned(pattern: str, rng: random.Random) -> tuple[str, ...]:
    """Eight bars made of one: players keep a pattern and turn the bars between a little, the fourth and the
    eighth more."""
    second, third, sixth = (_turn(pattern, rng) for _ in range(3))
    fourth, seventh = _turn(second, rng), _turn(third, rng)
    return pattern, second, third, fourth, pattern, sixth, seventh, _turn(_turn(sixth, rng), rng)


def _turn(pattern: str, rng: random.Random) -> str:
    """Move, leave out or exchange one stroke after the first."""
    marks = list(pattern)
    played = [i for i, char in enumerate(marks) if char not in ".-" and i > 0]
    if not played:
        middle = len(marks) // 2
        return pattern[:middle] + pattern[0] + pattern[middle + 1 :] if pattern[0] not in ".-" else pattern
    place = rng.choice(played)
    free = [i for i in range(2, len(marks), 2) if marks[i] == "." and abs(i - place) <= 4]
    action = rng.random()
    if action < 0.5 and free and not pattern[place].isdigit():
        goal = rng.choice(free)
        marks[goal], marks[place] = marks[place], "."
    elif (action < 0.75 or pattern[place].isdigit()) and len(played) > 1:
        marks[place] = "."
    else:
        other = rng.choice(played)
        marks[place], marks[other] = marks[other], marks[place]
    return "".join(marks)
