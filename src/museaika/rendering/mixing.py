"""The mixing desk: every player on a channel strip, one room for all.

Each strip sets its player to a common loudness first (recordings differ by up to 15 dB), then to the level and
place the score asks for, takes away lows that belong to the bass, and sends a share to the room.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import numpy as np
from scipy.fft import irfft, next_fast_len, rfft
from scipy.signal import butter, sosfilt

from museaika.composition.score import Part, Score
from museaika.rendering.loudness import Meter
from museaika.rendering.soundfont import Bank, Preset
from museaika.rendering.synthesis import Player, expression, strokes
from museaika.rendering.voice import RATE, VoiceShelf, Wave, gain

BLOCK = 66150
"""Frames mixed at a time: 1.5 s."""


@dataclass(frozen=True, slots=True)
class Strip:
    """`high_pass` in Hz, `send` to the room 0…1 (amplitude). Levels and pan are the score's."""

    high_pass: float
    send: float


STRIPS: Mapping[str, Strip] = {
    "melody": Strip(110, 0.24),
    "counter": Strip(130, 0.28),
    "chords": Strip(110, 0.20),
    "pad": Strip(150, 0.32),
    "bass": Strip(28, 0.02),
    "drums": Strip(25, 0.08),
}

_LINE_UP_DB = -25.0
_LINE_UP_VELOCITY = 90


def line_up_db(preset: Preset, part: Part, shelf: VoiceShelf) -> float:
    """The gain that brings a preset to the common loudness, measured on up to five keys the part plays."""
    keys = sorted({note.pitch for note in part.notes})
    chosen = {keys[round(i * (len(keys) - 1) / 4)] for i in range(5)} if keys else set()
    held = int((0.2 if part.is_drums else 0.6) * RATE)
    powers = [power for key in sorted(chosen) if (power := _k_power(preset, key, held, shelf)) > 0]
    if not powers:
        return 0.0
    power = max(powers) if part.is_drums else sum(powers) / len(powers)
    return _LINE_UP_DB - 10 * float(np.log10(power))


def _k_power(preset: Preset, key: int, held: int, shelf: VoiceShelf) -> float:
    sound = np.zeros((2, held), dtype=np.float32)
    for zone in preset.zones_for(key, _LINE_UP_VELOCITY):
        note = shelf.note(zone, zone["fixed_key"] if zone["fixed_key"] >= 0 else key, held)[:held]
        sound[:, : len(note)] += note * np.float32(gain(zone, _LINE_UP_VELOCITY))
    meter = Meter()
    meter.add(sound)
    return float(meter.energies.sum()) / held


class Channel:
    """One part on its strip: ask for consecutive blocks."""

    def __init__(self, score: Score, part: Part, bank: Bank, shelf: VoiceShelf):
        preset = bank.preset(part.program, drums=part.is_drums)
        self.part, self._score, self.strip = part, score, STRIPS[part.role]
        self._player = Player(preset, strokes(score, part, preset), shelf, part.pan)
        level = line_up_db(preset, part, shelf) + part.level_db
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


class Room:
    """A room around the players: convolution with its answer to a clap, block by block (overlap-add)."""

    def __init__(self, answer: Wave, frames: int = BLOCK):
        self.ring = answer.shape[1]
        self._size = next_fast_len(frames + self.ring, real=True)
        self._spectrum = rfft(answer, self._size, axis=1)
        self._tail = np.zeros((2, self._size), dtype=np.float32)

    def block(self, sent: Wave) -> Wave:
        frames = sent.shape[1]
        self._tail += irfft(rfft(sent, self._size, axis=1) * self._spectrum, self._size, axis=1)
        out = self._tail[:, :frames].copy()
        self._tail[:, :-frames] = self._tail[:, frames:]
        self._tail[:, -frames:] = 0
        return out


_BANDS = ((160.0, 500.0, 1.5), (500.0, 3500.0, 1.7), (3500.0, 11000.0, 0.8))
"""A room's reverberation (Hz from, Hz to, seconds to −60 dB): air and curtains take the highs first."""


def room_answer(seconds: float = 1.9, predelay: float = 0.018) -> Wave:
    """The answer of a warm mid-sized hall, shape (2, frames), energy 1 a channel; always the same one."""
    random = np.random.Generator(np.random.PCG64(1770))
    n = int(seconds * RATE)
    t = np.arange(n) / RATE
    answer = np.zeros((2, n))
    for low, high, decay in _BANDS:
        band = butter(2, (low, high), "bandpass", fs=RATE, output="sos")
        answer += sosfilt(band, random.standard_normal((2, n)), axis=1) * 10 ** (-3 * t / decay)
    answer *= np.minimum(t / 0.03, 1.0) ** 0.5  # sound needs a while to fill a room
    answer *= np.clip((seconds - t) / 0.3, 0, 1)
    answer /= np.sqrt((answer**2).sum(axis=1, keepdims=True))
    return np.pad(answer, ((0, 0), (int(predelay * RATE), 0))).astype(np.float32)


@dataclass(frozen=True, slots=True)
class Mixed:
    """A block of the mix: `stems`, one for each part in their order and the room last, sum to `mix`."""

    mix: Wave
    stems: list[Wave]


class Desk:
    """All channels of a score and their room."""

    def __init__(self, score: Score, bank: Bank):
        shelf = VoiceShelf()
        self._channels = [Channel(score, part, bank, shelf) for part in score.parts]
        self._room = Room(room_answer())

    def blocks(self, frames: int) -> Iterator[Mixed]:
        """Blocks of BLOCK frames, the last one shorter, `frames` in all."""
        for first in range(0, frames, BLOCK):
            n = min(BLOCK, frames - first)
            stems = [channel.block(n) for channel in self._channels]
            sent = np.zeros((2, n), dtype=np.float32)
            for channel, stem in zip(self._channels, stems, strict=True):
                sent += stem * np.float32(channel.strip.send)
            stems.append(self._room.block(sent))
            yield Mixed(np.sum(stems, axis=0, dtype=np.float32), stems)
