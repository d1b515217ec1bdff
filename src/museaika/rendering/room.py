"""One room around all players: what it answers to a clap, and that answer laid over any sound."""

from __future__ import annotations

import numpy as np
from scipy.fft import irfft, next_fast_len, rfft
from scipy.signal import butter, sosfilt

from museaika.rendering.recording import RATE, Curve, Wave


class Room:
    """A room around the players: convolution with its answer to a clap, block by block (overlap-add)."""

    def __init__(self, answer: Wave, frames: int):
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


_SIDE_ENERGY = 0.8
_BANDS = ((160.0, 500.0, 1.5), (500.0, 3500.0, 1.7), (3500.0, 11000.0, 0.8))
"""A room's reverberation (Hz from, Hz to, seconds to −60 dB): air and curtains take the highs first."""


def room_answer(seconds: float = 1.9, predelay: float = 0.018) -> Wave:
    """The answer of a warm mid-sized hall, shape (2, frames); always the same one.

    A diffuse tail of energy 1 a channel, and before it first reflections from the sides, opposite left and
    right: they make a mono recording wide and vanish when both are added.
    """
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
    answer = np.pad(answer, ((0, 0), (int(predelay * RATE), 0)))
    sides = _side_reflections(random)
    answer[:, : len(sides)] += sides * np.array([[1.0], [-1.0]])
    return answer.astype(np.float32)


def _side_reflections(random: np.random.Generator) -> Curve:
    """25 ms of dense reflections above 250 Hz, the first after 3 ms."""
    n = int(0.025 * RATE)
    noise = random.standard_normal(n) * np.exp(-np.arange(n) / (0.008 * RATE))
    noise = sosfilt(butter(2, (250, 9000), "bandpass", fs=RATE, output="sos"), noise) * np.hanning(2 * n)[n:]
    return np.pad(noise * np.sqrt(_SIDE_ENERGY / (noise**2).sum()), (int(0.003 * RATE), 0))
