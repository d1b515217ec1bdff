"""What can be heard in a recording without understanding it: pace, mode, loudness, brightness, onsets.

Onsets are rises of the log spectrum in mel-like bands (spectral flux). Tempo is the lag at which the onset
curve resembles itself best, with a listener's preference for about two beats a second (Parncutt 1994). Mode is
the better fit of the pitch classes to a major or a minor key profile (Krumhansl & Kessler 1982).
"""

from __future__ import annotations

import math
import shutil
import struct
import subprocess
import warnings
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pyloudnorm
from numpy.typing import NDArray
from scipy.io import wavfile
from scipy.signal import find_peaks, resample_poly

from museaika.errors import Invalid

RATE = 22_050
FRAME, HOP = 2048, 512
LONG_FRAME = 8192
"""Samples a frame for pitch: semitones lie close together in the low."""
LISTENED_S = 90.0
"""Seconds that are listened to, out of the middle of a longer recording."""
SHORTEST_S = 3.0
PATIENCE_S = 60
SILENCE_LUFS = -60.0
SLOWEST, FASTEST, PREFERRED = 50.0, 210.0, 115.0
BANDS = 32
SURENESS = 4.0
"""A quarter of correlation between the best major and the best minor key counts as certain."""

Signal = NDArray[np.float32]

_MAJOR = np.array([6.35, 2.23, 3.48, 2.33, 4.38, 4.09, 2.52, 5.19, 2.39, 3.66, 2.29, 2.88])
_MINOR = np.array([6.33, 2.68, 3.52, 5.38, 2.60, 3.53, 2.54, 4.75, 3.98, 2.69, 3.34, 3.17])


@dataclass(frozen=True, slots=True)
class Heard:
    """`tempo` in beats a minute and `pulse` 0…1 how clear it is; `mode` −1 minor … 1 major; `loudness` in LUFS;
    `brightness` the median spectral centroid in Hz; `onsets` a second; `seconds` listened to."""

    tempo: float
    pulse: float
    mode: float
    loudness: float
    brightness: float
    onsets: float
    seconds: float


def decode(path: Path) -> Signal:
    """Return up to LISTENED_S seconds of a recording, mono, at RATE.

    Raises:
        Invalid: code `unreadable_audio`, in words: damaged, or ffmpeg is needed and not there.
    """
    signal = _decode_wav(path) if path.suffix.lower() == ".wav" else _decode_with_ffmpeg(path)
    if len(signal) < SHORTEST_S * RATE:
        raise Invalid(f"It is shorter than {SHORTEST_S:g} seconds.", code="unreadable_audio")
    start = max(0, (len(signal) - int(LISTENED_S * RATE)) // 2)
    return signal[start : start + int(LISTENED_S * RATE)]


def listen(signal: Signal) -> Heard:
    """Hear what a signal at RATE is like. Raises Invalid, code `unreadable_audio`, for silence."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        loudness = float(pyloudnorm.Meter(RATE).integrated_loudness(signal.astype(np.float64)))
    if not loudness > SILENCE_LUFS:
        raise Invalid("It is silent.", code="unreadable_audio")
    spectrum = _spectrum(signal)
    onset = _onset_curve(spectrum)
    tempo, pulse = _tempo(onset)
    frequencies = np.fft.rfftfreq(FRAME, 1 / RATE)
    weight = spectrum.sum(axis=1)
    loud = weight > 0.1 * np.median(weight)
    centroid = (spectrum[loud] @ frequencies) / weight[loud]
    return Heard(
        tempo=round(tempo, 1),
        pulse=pulse,
        mode=_mode(signal),
        loudness=loudness,
        brightness=float(np.median(centroid)),
        onsets=_onsets_per_second(onset),
        seconds=len(signal) / RATE,
    )


def _decode_wav(path: Path) -> Signal:
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            rate, data = wavfile.read(path)
    except (ValueError, OSError, EOFError, TypeError, struct.error, UnboundLocalError):
        raise Invalid("It is no whole WAV file.", code="unreadable_audio") from None
    if data.dtype == np.uint8:
        data = data.astype(np.float32) / 128 - 1
    elif data.dtype.kind == "i":
        data = data.astype(np.float32) / np.iinfo(data.dtype).max
    mono = data.astype(np.float32) if data.ndim == 1 else data.mean(axis=1, dtype=np.float32)
    common = math.gcd(RATE, int(rate)) if rate else 0
    if not common or not np.isfinite(mono).all():
        raise Invalid("It is no whole WAV file.", code="unreadable_audio")
    return np.asarray(resample_poly(mono, RATE // common, rate // common), np.float32)


def _decode_with_ffmpeg(path: Path) -> Signal:
    if (ffmpeg := shutil.which("ffmpeg")) is None:
        raise Invalid(
            f"To hear {path.suffix} files, ffmpeg is needed, and it is not installed. "
            "Install it (apt install ffmpeg, brew install ffmpeg), or give WAV.",
            code="unreadable_audio",
        )
    command = [ffmpeg, "-v", "error", "-nostdin", "-protocol_whitelist", "file", "-i", f"file:{path}",
               "-t", "600", "-vn", "-ac", "1", "-ar", str(RATE), "-f", "f32le", "-"]  # fmt: skip
    try:
        done = subprocess.run(command, capture_output=True, timeout=PATIENCE_S, check=False)
    except subprocess.TimeoutExpired:
        raise Invalid(f"It took longer than {PATIENCE_S} s to decode.", code="unreadable_audio") from None
    if done.returncode != 0 or not done.stdout:
        raise Invalid("It can't be decoded; is it damaged?", code="unreadable_audio")
    return np.nan_to_num(np.frombuffer(done.stdout[: len(done.stdout) // 4 * 4], np.float32))


def _spectrum(signal: Signal, frame: int = FRAME, hop: int = HOP) -> Signal:
    """Magnitudes, (frames, frame // 2 + 1)."""
    frames = np.lib.stride_tricks.sliding_window_view(signal, frame)[::hop]
    return np.abs(np.fft.rfft(frames * np.hanning(frame).astype(np.float32), axis=1)).astype(np.float32)


def _onset_curve(spectrum: Signal) -> Signal:
    """How much louder the bands became with each frame, its slow trend removed."""
    edges = np.unique(np.geomspace(3, spectrum.shape[1] - 1, BANDS + 1).astype(int))
    bands = np.add.reduceat(spectrum, edges[:-1], axis=1)
    logs = np.log1p(bands * (100 / max(float(bands.max()), 1e-9)))
    flux = np.maximum(np.diff(logs, axis=0), 0).mean(axis=1)
    trend = np.convolve(flux, np.ones(43) / 43, "same")
    return np.asarray(np.maximum(flux - trend, 0), np.float32)


def _tempo(onset: Signal) -> tuple[float, float]:
    """Beats a minute and how clear they are, 0…1."""
    centred = onset - onset.mean()
    size = 2 ** math.ceil(math.log2(2 * len(centred)))
    own = np.fft.irfft(np.abs(np.fft.rfft(centred, size)) ** 2)[: len(centred)]
    own = own / max(float(own[0]), 1e-12)
    lags = np.arange(1, len(own))
    bpm = 60 * RATE / HOP / lags
    liked = np.exp(-0.5 * (np.log2(bpm / PREFERRED) / 0.7) ** 2) * ((bpm >= SLOWEST) & (bpm <= FASTEST))
    best = int(np.argmax(own[1:] * liked)) + 1
    shift = _vertex(own, best)
    return 60 * RATE / HOP / (best + shift), float(np.clip(own[best], 0, 1))


def _vertex(curve: NDArray[np.floating], at: int) -> float:
    """Where between its neighbours a peak really stands, −0.5…0.5."""
    if not 0 < at < len(curve) - 1:
        return 0.0
    before, top, after = curve[at - 1], curve[at], curve[at + 1]
    bend = before - 2 * top + after
    return float(np.clip(0.5 * (before - after) / bend, -0.5, 0.5)) if bend < 0 else 0.0


def _onsets_per_second(onset: Signal) -> float:
    edge = onset.mean() + 0.5 * onset.std()
    peaks, _ = find_peaks(onset, height=edge, distance=3)
    return len(peaks) * RATE / HOP / len(onset)


def _mode(signal: Signal) -> float:
    """How much better the pitches fit a major key than a minor one, −1…1."""
    spectrum = _spectrum(signal, LONG_FRAME, LONG_FRAME // 2)
    frequencies = np.fft.rfftfreq(LONG_FRAME, 1 / RATE)
    heard = (frequencies > 100) & (frequencies < 2000)
    loud = spectrum[:, heard]
    peaks = loud * ((loud > np.roll(loud, 1, axis=1)) & (loud >= np.roll(loud, -1, axis=1)))
    # Each frame counts alike, and the square root keeps one loud instrument from deciding alone.
    frames = np.sqrt(peaks / np.maximum(peaks.max(axis=1, keepdims=True), 1e-9))
    pitch = np.round(12 * np.log2(frequencies[heard] / 440) + 69).astype(int) % 12
    chroma = np.bincount(pitch, weights=frames.mean(axis=0), minlength=12).astype(np.float64)
    major, minor = (
        max(_fit(chroma, np.roll(profile, key)) for key in range(12)) for profile in (_MAJOR, _MINOR)
    )
    return float(np.clip((major - minor) * SURENESS, -1, 1))


def _fit(chroma: NDArray[np.floating], profile: NDArray[np.floating]) -> float:
    if chroma.std() < 1e-9:
        return 0.0
    return float(np.corrcoef(chroma, profile)[0, 1])
