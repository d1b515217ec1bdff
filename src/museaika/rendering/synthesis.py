"""Playing a part: its notes from the bank, in time, one after the other into blocks of sound.

Blocks keep memory small: whatever rings beyond the end of one is carried into the next.
"""

from __future__ import annotations

import bisect
import math
from dataclasses import dataclass

import numpy as np

from museaika.composition.score import Part, Score
from museaika.rendering.recording import RATE, Wave
from museaika.rendering.soundfont import DRUM_BANK, Preset, Zone
from museaika.rendering.timing import performance
from museaika.rendering.voice import VoiceShelf, gain

SUSTAIN, EXPRESSION = 64, 11


@dataclass(frozen=True, slots=True)
class Stroke:
    """A note as played: `start` and `held` in frames; `choked` when another note of its class cuts it."""

    start: int
    held: int
    key: int
    velocity: int
    choked: bool = False


def strokes(score: Score, part: Part, preset: Preset) -> list[Stroke]:
    """The part's notes in frames, by start: timing, articulation, pedal and cut-off hi-hats applied.

    Under the pedal a note rings until the pedal rises or the same key is struck again.
    """
    pedal = _pedal_rises(score, part)
    timed = []
    for begin, end, note in performance(score, part):
        timed.append((round(begin * RATE), round(_after_pedal(pedal, end) * RATE), note.pitch, note.velocity))
    timed.sort()
    played: list[Stroke] = []
    next_of_key: dict[int, int] = {}
    next_of_class: dict[int, int] = {}
    for begin, end, key, velocity in reversed(timed):
        end = min(end, next_of_key.get(key, end))
        group = _exclusive_class(preset, key, velocity)
        cut = next_of_class.get(group, math.inf) if group else math.inf
        choked = cut < math.inf
        held = int(cut if choked else end) - begin
        played.append(Stroke(begin, max(held, 1), key, velocity, choked))
        next_of_key[key] = begin
        next_of_class[group] = begin
    return played[::-1]


def _pedal_rises(score: Score, part: Part) -> list[tuple[float, float]]:
    """Stretches of time (down, up) in seconds."""
    spans, down = [], None
    for move in part.controls:
        if move.number != SUSTAIN:
            continue
        at = score.seconds_at(move.start)
        if move.value >= 64 and down is None:
            down = at
        elif move.value < 64 and down is not None:
            spans.append((down, at))
            down = None
    return spans if down is None else [*spans, (down, score.length_s)]


def _after_pedal(spans: list[tuple[float, float]], end: float) -> float:
    i = bisect.bisect_right(spans, (end, math.inf)) - 1
    return max(end, spans[i][1]) if i >= 0 and spans[i][0] <= end < spans[i][1] else end


def _exclusive_class(preset: Preset, key: int, velocity: int) -> int:
    return next((zone["exclusive_class"] for zone in preset.zones_for(key, velocity)), 0)


class Player:
    """Plays a list of strokes on a preset. Ask for consecutive blocks."""

    def __init__(self, preset: Preset, played: list[Stroke], shelf: VoiceShelf, pan: float = 0.0):
        self._preset, self._played, self._shelf, self._pan = preset, played, shelf, pan
        self._next, self._frame = 0, 0
        self._ringing = np.zeros((2, 0), dtype=np.float32)
        self._zones: dict[tuple[int, int], list[Zone]] = {}

    def block(self, frames: int) -> Wave:
        """The next `frames` frames, shape (2, frames), left and right."""
        end = self._frame + frames
        while self._next < len(self._played) and self._played[self._next].start < end:
            self._strike(self._played[self._next])
            self._next += 1
        self._reserve(frames)
        out, self._ringing = self._ringing[:, :frames], self._ringing[:, frames:]
        self._frame = end
        return out

    def _strike(self, stroke: Stroke) -> None:
        at = stroke.start - self._frame
        for zone in self._zones_for(stroke.key, stroke.velocity):
            key = zone["fixed_key"] if zone["fixed_key"] >= 0 else stroke.key
            rings = self._preset.bank == DRUM_BANK and not stroke.choked and zone["loop_mode"] == 0
            note = self._shelf.note(zone, key, math.inf if rings else stroke.held, choked=stroke.choked)
            self._reserve(at + len(note))
            left, right = pan_gains(zone["pan"] / 500 + self._pan)
            level = gain(zone, stroke.velocity)
            self._ringing[0, at : at + len(note)] += note * np.float32(level * left)
            self._ringing[1, at : at + len(note)] += note * np.float32(level * right)

    def _zones_for(self, key: int, velocity: int) -> list[Zone]:
        if (key, velocity) not in self._zones:
            self._zones[key, velocity] = self._preset.zones_for(key, velocity)
        return self._zones[key, velocity]

    def _reserve(self, frames: int) -> None:
        if (missing := frames - self._ringing.shape[1]) > 0:
            more = np.zeros((2, missing), dtype=np.float32)
            self._ringing = np.concatenate((self._ringing, more), axis=1)


def pan_gains(pan: float) -> tuple[float, float]:
    """Left and right amplitude for a pan −1…1 of equal power; the middle is 1/√2 each."""
    angle = (min(max(pan, -1.0), 1.0) + 1) * math.pi / 4
    return math.cos(angle), math.sin(angle)


def expression(score: Score, part: Part, first: int, frames: int) -> Wave | None:
    """Loudness by the expression pedal over a block, amplitude 0…1; None where the part does not use it."""
    moves = [
        (score.seconds_at(c.start) * RATE, (c.value / 127) ** 2)
        for c in part.controls
        if c.number == EXPRESSION
    ]
    if not moves:
        return None
    at, level = zip(*moves, strict=True)
    steps = np.arange(first, first + frames + 64, 64)
    curve = np.interp(steps, at, level)
    return np.asarray(np.interp(np.arange(frames), steps - first, curve), dtype=np.float32)
