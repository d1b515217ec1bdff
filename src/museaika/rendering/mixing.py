"""The mixing desk: every player on a channel strip, one room for all.

Each strip sets its player to a common loudness first (recordings differ by up to 15 dB), then to the level and
place the score asks for, takes away lows that belong to the bass, and sends a share to the room.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from scipy.signal import butter, sosfilt

from museaika.composition.score import Part, Score
from museaika.rendering.loudness import Meter
from museaika.rendering.recording import RATE, Wave
from museaika.rendering.room import Room, room_answer
from museaika.rendering.soundfont import DRUM_BANK, Bank, Preset
from museaika.rendering.synthesis import EXPRESSION, Player, Stroke, expression, strokes
from museaika.rendering.voice import VoiceShelf, gain

BLOCK = 66150
"""Frames mixed at a time: 1.5 s."""


@dataclass(frozen=True, slots=True)
class Strip:
    """`high_pass` in Hz, `send` to the room 0…1 (amplitude). Levels and pan are the score's."""

    high_pass: float
    send: float


STRIPS: Mapping[str, Strip] = {
    "melody": Strip(110, 0.22),
    "counter": Strip(130, 0.27),
    "chords": Strip(110, 0.23),
    "pad": Strip(150, 0.34),
    "bass": Strip(28, 0.02),
    "drums": Strip(25, 0.09),
}

_LINE_UP_DB = -24.0
_DRUM_LINE_UP_DB = -20.5  # a stroke is over sooner than a note


def line_up_db(preset: Preset, played: Sequence[Stroke], velocity: int, shelf: VoiceShelf) -> float:
    """The gain that brings a preset, struck with `velocity`, to the common loudness in what it plays.

    Measured on up to five of its keys, held as long as most of its notes: their mean, or the loudest drum.
    """
    if not played:
        return 0.0
    keys = sorted({stroke.key for stroke in played})
    chosen = sorted({keys[round(i * (len(keys) - 1) / 4)] for i in range(5)})
    usual = sorted(stroke.held for stroke in played)[len(played) // 2]
    drums = preset.bank == DRUM_BANK
    held = int(0.2 * RATE) if drums else min(max(usual, int(0.12 * RATE)), RATE)
    powers = [_k_power(preset, key, velocity, held, shelf) for key in chosen]
    power = max(powers) if drums else sum(powers) / len(powers)
    return (_DRUM_LINE_UP_DB if drums else _LINE_UP_DB) - 10 * float(np.log10(max(power, 1e-9)))


def expression_db(part: Part) -> float:
    """What the expression pedal takes off the part's level on average, 0 or less."""
    values = [control.value for control in part.controls if control.number == EXPRESSION]
    return 40 * float(np.log10(max(sum(values) / len(values), 1) / 127)) if values else 0.0


def _k_power(preset: Preset, key: int, velocity: int, held: int, shelf: VoiceShelf) -> float:
    """Mean K-weighted power of a key's first `held` frames."""
    sound = np.zeros((2, held), dtype=np.float32)
    for zone in preset.zones_for(key, velocity):
        note = shelf.note(zone, zone["fixed_key"] if zone["fixed_key"] >= 0 else key, held)[:held]
        sound[:, : len(note)] += note * np.float32(gain(zone, velocity))
    meter = Meter()
    meter.add(sound)
    return float(meter.energies.sum()) / held


def usual_velocity(score: Score) -> int:
    """The mean velocity of all notes: soft pieces are lined up at soft strokes, so none is recorded too low."""
    velocities = [note.velocity for part in score.parts for note in part.notes]
    return round(sum(velocities) / len(velocities)) if velocities else 64


class Channel:
    """One part on its strip: ask for consecutive blocks."""

    def __init__(self, score: Score, part: Part, bank: Bank, shelf: VoiceShelf, velocity: int):
        preset = bank.preset(part.program, drums=part.is_drums)
        self.part, self._score, self.strip = part, score, STRIPS[part.role]
        played = strokes(score, part, preset)
        self._player = Player(preset, played, shelf, part.pan)
        level = line_up_db(preset, played, velocity, shelf) - expression_db(part) + part.level_db
        self._level = np.float32(10 ** (level / 20))
        self._filter = butter(2, self.strip.high_pass, "highpass", fs=RATE, output="sos").astype(np.float32)
        self._state = np.zeros((1, 2, 2), dtype=np.float32)
        self._frame = 0

    def block(self, frames: int) -> Wave:
        sound = self._player.block(frames) * self._level
        if (curve := expression(self._score, self.part, self._frame, frames)) is not None:
            sound *= curve
        sound, self._state = sosfilt(self._filter, sound, axis=1, zi=self._state)
        self._frame += frames
        return np.asarray(sound, dtype=np.float32)


@dataclass(frozen=True, slots=True)
class Mixed:
    """A block of the mix: `stems`, one for each part in their order and the room last, sum to `mix`."""

    mix: Wave
    stems: list[Wave]


class Desk:
    """All channels of a score and their room."""

    def __init__(self, score: Score, bank: Bank, breathe: Callable[[], None] = lambda: None):
        """`breathe` is called several times a second of work and may raise to stop."""
        shelf, velocity = VoiceShelf(), usual_velocity(score)
        self._breathe = breathe
        self._channels = [self._channel(score, part, bank, shelf, velocity) for part in score.parts]
        self._room = Room(room_answer(), BLOCK)

    def _channel(self, score: Score, part: Part, bank: Bank, shelf: VoiceShelf, velocity: int) -> Channel:
        self._breathe()
        return Channel(score, part, bank, shelf, velocity)

    def _play(self, channel: Channel, frames: int) -> Wave:
        self._breathe()
        return channel.block(frames)

    def blocks(self, frames: int) -> Iterator[Mixed]:
        """Blocks of BLOCK frames, the last one shorter, `frames` in all."""
        for first in range(0, frames, BLOCK):
            n = min(BLOCK, frames - first)
            stems = [self._play(channel, n) for channel in self._channels]
            sent = np.zeros((2, n), dtype=np.float32)
            for channel, stem in zip(self._channels, stems, strict=True):
                sent += stem * np.float32(channel.strip.send)
            stems.append(self._room.block(sent))
            yield Mixed(np.sum(stems, axis=0, dtype=np.float32), stems)
