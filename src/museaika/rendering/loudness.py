"""How loud sound is to ears (ITU-R BS.1770-4) and how high it peaks between its samples, block by block.

Loudness: each channel through the K-weighting filters (a shelf for the head, a high-pass for the ear),
mean squares over 400 ms every 100 ms, quiet ones left out, first below −70 LUFS, then 10 LU under the rest.
Energies are kept in steps of 63 frames (1/700 s), so that gain can be planned on them without the sound.
"""

from __future__ import annotations

import numpy as np
from pyloudnorm import IIRfilter
from scipy.signal import lfilter, resample_poly

from museaika.rendering.recording import RATE, Curve, Wave

STEP = 63
"""Frames between two points of energy, peak and gain; 70 of them are 100 ms."""

_HOP = RATE // 10 // STEP
_OVERSAMPLING = 4
_CONTEXT = 16
_K_FILTERS = (
    IIRfilter(4.0, 1 / np.sqrt(2), 1500.0, RATE, "high_shelf"),
    IIRfilter(0.0, 0.5, 38.0, RATE, "high_pass"),
)


class Meter:
    """Measures consecutive blocks, shape (2, frames); all but the last a multiple of STEP long."""

    def __init__(self) -> None:
        self._states = [np.zeros((2, 2), dtype=np.float32) for _ in _K_FILTERS]
        self._before = np.zeros((2, _CONTEXT), dtype=np.float32)
        self._energies: list[Curve] = []
        self._peaks: list[Curve] = []

    def add(self, block: Wave) -> None:
        weighted = block
        for i, filter_ in enumerate(_K_FILTERS):
            b, a = filter_.b.astype(np.float32), filter_.a.astype(np.float32)
            weighted, self._states[i] = lfilter(b, a, weighted, axis=1, zi=self._states[i])
        self._energies.append(_by_step(weighted**2).sum(axis=(0, 2)).astype(np.float64))
        self._peaks.append(self._true_peaks(block))

    def _true_peaks(self, block: Wave) -> Curve:
        """The highest of the samples and of what a converter would draw between them, for each step."""
        joined = np.concatenate((self._before, block), axis=1)
        self._before = joined[:, -_CONTEXT:]
        between = np.abs(resample_poly(joined, _OVERSAMPLING, 1, axis=1)).max(axis=0)
        per_frame = between.reshape(-1, _OVERSAMPLING).max(axis=1)[_CONTEXT:]
        peaks = _by_step(per_frame[np.newaxis]).max(axis=(0, 2))
        return np.asarray(peaks, dtype=np.float64)

    @property
    def energies(self) -> Curve:
        """K-weighted sums of squares, both channels, one for each step."""
        return np.concatenate(self._energies)

    @property
    def peaks(self) -> Curve:
        """True peaks as amplitudes, one for each step."""
        return np.concatenate(self._peaks)


def _by_step(signal: Wave) -> Wave:
    """(channels, frames) → (channels, steps, STEP), the last step filled with zeros."""
    missing = -signal.shape[1] % STEP
    padded = np.pad(signal, ((0, 0), (0, missing))) if missing else signal
    return padded.reshape(signal.shape[0], -1, STEP)


def integrated(energies: Curve) -> float:
    """Gated loudness in LUFS of energies per step; −inf for silence or less than 400 ms of sound."""
    hops = energies[: len(energies) // _HOP * _HOP].reshape(-1, _HOP).sum(axis=1)
    if len(hops) < 4:
        return float("-inf")
    squares = np.convolve(hops, np.ones(4), mode="valid") / (4 * _HOP * STEP)
    squares = squares[squares > _power(-70)]
    if not len(squares):
        return float("-inf")
    return _lufs(float(squares[squares > squares.mean() / 10].mean()))


def _lufs(mean_square: float) -> float:
    return -0.691 + 10 * float(np.log10(mean_square))


def _power(lufs: float) -> float:
    return float(10 ** ((lufs + 0.691) / 10))
