"""Mastering: the finished mix brought to −14 LUFS under a ceiling of −1 dBTP, without changing its balance.

Everything is planned on the energies and peaks of the mix (700 points a second), never on the sound: a gentle
compressor leans on what is louder than the rest, a limiter looks ahead and gives way before a peak, and
the gain is corrected until the loudness is met. One pass then multiplies the sound with the planned curve.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from scipy.signal import lfilter

from museaika.rendering.loudness import STEP, integrated
from museaika.rendering.recording import RATE, Curve, Wave

TARGET_LUFS = -14.0
CEILING_DBTP = -1.0
_HEADROOM_DB = 0.5  # for what MP3 coding and rounding add
_RATIO = 2.0
_THRESHOLD_LU = 3.0
_SMOOTHING_S = 0.05
_RELEASE_DB = 80.0 * STEP / RATE
_ATTACK_DB = 900.0 * STEP / RATE
_FADE_S = 0.25


def plan_loop(energies: Curve, peaks: Curve, breathe: Callable[[], None] = lambda: None) -> Curve:
    """As `plan`, for sound that goes round: the gain of the second of three rounds, so that compressor and
    limiter come out of the end as they went into the beginning."""
    steps = len(energies)
    return plan(np.tile(energies, 3), np.tile(peaks, 3), breathe)[steps : 2 * steps + 1]


def plan(energies: Curve, peaks: Curve, breathe: Callable[[], None] = lambda: None) -> Curve:
    """Gain as amplitude at each step's begin and at the end, len(energies) + 1 points; ones for silence.

    `breathe` is called after each of up to thirty corrections and may raise to stop.
    """
    loudness = integrated(energies)
    if not np.isfinite(loudness):
        return np.ones(len(energies) + 1)
    peak_db = 20 * np.log10(np.maximum(peaks, 1e-6))
    shape = -_compression(energies, loudness)
    level = TARGET_LUFS - loudness
    for _ in range(30):
        breathe()
        gain = level + shape
        gain -= _limiting(gain + peak_db - (CEILING_DBTP - _HEADROOM_DB))
        missing = TARGET_LUFS - integrated(energies * 10 ** (gain / 10))
        level += missing
        if abs(missing) < 0.03:
            break
    edges = np.minimum(np.append(gain, gain[-1]), np.insert(gain, 0, gain[0]))
    return np.asarray(10 ** (edges / 20))


def _compression(energies: Curve, loudness: float) -> Curve:
    """dB taken from what is more than a few LU over the whole, with a soft bend."""
    pole = np.exp(-STEP / RATE / _SMOOTHING_S)
    smooth = lfilter([1 - pole], [1, -pole], energies / STEP)
    over = -0.691 + 10 * np.log10(np.maximum(smooth, 1e-12)) - loudness - _THRESHOLD_LU
    soft = np.logaddexp(0, over)  # from 0 to `over` round a bend of some dB
    return np.asarray(soft * (1 - 1 / _RATIO))


def _limiting(over_db: Curve) -> Curve:
    """The smallest dB to take off that cover every excess, falling in and letting go at bounded speeds."""
    needed = np.maximum(over_db, 0.0)
    time = np.arange(len(needed))
    released = np.maximum.accumulate(needed + time * _RELEASE_DB) - time * _RELEASE_DB
    ahead = np.maximum.accumulate((released - time * _ATTACK_DB)[::-1])[::-1] + time * _ATTACK_DB
    return np.asarray(np.maximum(ahead, 0.0))


def apply(block: Wave, gains: Curve, first: int) -> Wave:
    """The block that begins at frame `first` (a multiple of STEP) times the planned gain."""
    steps = -(-block.shape[1] // STEP)
    points = gains[first // STEP : first // STEP + steps + 1].astype(np.float32)
    ramp = np.arange(STEP, dtype=np.float32) / np.float32(STEP)
    curve = (points[:-1, np.newaxis] + np.diff(points)[:, np.newaxis] * ramp).reshape(-1)
    return block * curve[: block.shape[1]]


def fade_end(block: Wave, first: int, total: int) -> Wave:
    """Let the last quarter of a second of the piece go to nothing, its very last samples zero."""
    frames = first + np.arange(block.shape[1])
    left = np.clip((total - 1 - frames) / (_FADE_S * RATE), 0, 1)
    return block if left[-1] >= 1 else block * (np.sin(left * np.pi / 2) ** 2).astype(np.float32)


def to_16_bit(block: Wave, random: np.random.Generator) -> np.ndarray[tuple[int, int], np.dtype[np.int16]]:
    """Frames of left and right, shape (frames, 2), rounded after a triangular dither of one bit."""
    noise = random.random(block.shape, dtype=np.float32) - random.random(block.shape, dtype=np.float32)
    noise[block == 0] = 0
    return np.asarray(np.clip(np.round(block * 32767 + noise), -32768, 32767).T, dtype=np.int16, order="C")
