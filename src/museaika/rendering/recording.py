"""A recording played at a pitch: read faster or slower, round its loop, through its filter, trembling.

What FluidSynth does is done here too: cubic interpolation, a resonant low-pass that velocity does not touch,
triangle LFOs, and one modulation envelope for pitch and filter (its release left out: it is the same for all
notes of a pitch, so that one computation serves them all).
"""

from __future__ import annotations

import math

import numpy as np
import numpy.typing as npt
from scipy.signal import lfilter

from museaika.rendering.soundfont import Zone

RATE = 44100
"""Frames per second of everything rendered here."""

Wave = npt.NDArray[np.float32]
Curve = npt.NDArray[np.float64]

BENDS = ("mod_lfo_to_pitch", "vib_lfo_to_pitch", "mod_env_to_pitch")
_STEP = 64  # frames between two values of a control curve
_OPEN_FILTER_CENTS = 13400


def seconds(timecents: float) -> float:
    """A SoundFont time: 0 timecents is 1 s, 1200 more doubles it; the lowest values mean none at all."""
    return 0.0 if timecents <= -12000 else math.exp2(timecents / 1200)


def pitched_wave(zone: Zone, key: int, frames: int) -> Wave:
    """`frames` of the zone's recording at a key, looped, filtered, trembling."""
    control = np.arange(0, frames + _STEP, _STEP, dtype=np.float64)
    wave = _filtered(_read(zone, _positions(zone, key, frames, control)), zone, control)
    if depth := zone["mod_lfo_to_volume"]:
        tremolo = 10 ** (_lfo(zone, "mod", control) * depth / 200)
        wave *= np.interp(np.arange(frames), control, tremolo).astype(np.float32)
    return wave


def cents_above(zone: Zone, key: int) -> float:
    """How far above its recorded pitch a zone plays at a key."""
    root = zone["root_key"] if 0 <= zone["root_key"] <= 127 else zone.sample.pitch
    tuning = 100 * zone["coarse_tune"] + zone["fine_tune"] + zone.sample.correction
    return (key - root) * zone["scale_tuning"] + tuning


def _positions(zone: Zone, key: int, frames: int, control: Curve) -> Curve:
    """Where in the recording each frame reads, in samples."""
    step = reading_speed(zone, cents_above(zone, key))
    if not any(zone[name] for name in BENDS):
        return np.arange(frames, dtype=np.float64) * step
    bend = (
        zone["mod_lfo_to_pitch"] * _lfo(zone, "mod", control)
        + zone["vib_lfo_to_pitch"] * _lfo(zone, "vib", control)
        + zone["mod_env_to_pitch"] * _modulation_envelope(zone, control)
    )
    steps = np.interp(np.arange(frames - 1), control, step * np.exp2(bend / 1200))
    return np.concatenate(([0.0], np.cumsum(steps)))


def is_looped(zone: Zone) -> bool:
    start, end = zone.sample.loop
    return zone["loop_mode"] in (1, 3) and 0 <= start < end - 1 and end <= len(zone.sample.wave)


def _read(zone: Zone, at: Curve) -> Wave:
    """Read the recording between its samples by cubic interpolation, going round its loop."""
    wave = zone.sample.wave
    if is_looped(zone):
        start, end = zone.sample.loop
        wave = np.concatenate((wave[:end], wave[start : start + 3]))
        at = np.where(at < end, at, start + (at - start) % (end - start))
    at = np.minimum(at, len(wave) - 1)
    samples = np.concatenate((wave[:1], wave, wave[-1:], wave[-1:])).astype(np.float32) / np.float32(32768)
    i = at.astype(np.intp)
    f = (at - i).astype(np.float32)
    a, b, c, d = samples[i], samples[i + 1], samples[i + 2], samples[i + 3]
    curve: Wave = b + np.float32(0.5) * f * (
        c - a + f * (2 * a - 5 * b + 4 * c - d + f * (3 * (b - c) + d - a))
    )
    return curve


def _lfo(zone: Zone, which: str, control: Curve) -> Curve:
    """A triangle −1…1 from zero upwards, silent during its delay."""
    frequency = 8.176 * math.exp2(zone[f"{which}_lfo_freq"] / 1200)
    phase = np.maximum(control / RATE - seconds(zone[f"{which}_lfo_delay"]), 0) * frequency
    return np.asarray(1 - np.abs((4 * phase + 1) % 4 - 2))


def _modulation_envelope(zone: Zone, control: Curve) -> Curve:
    """0…1: delay, attack, hold, decay to its sustain."""
    points = np.cumsum([seconds(zone[f"mod_{name}"]) for name in ("delay", "attack", "hold", "decay")]) * RATE
    sustain = 1 - min(max(zone["mod_sustain"], 0) / 1000, 1.0)
    rest = points[3] - (points[3] - points[2]) * sustain  # its decay is the time for the whole way to zero
    return np.asarray(
        np.interp(control, [points[0], points[1] + 1e-6, points[2] + 2e-6, rest + 3e-6], [0, 1, 1, sustain])
    )


def _filtered(wave: Wave, zone: Zone, control: Curve) -> Wave:
    """A resonant low-pass, its cutoff renewed in steps of 10 cents where it moves."""
    cents = np.full(len(control), float(zone["filter_cutoff"]))
    if zone["mod_env_to_filter"]:
        cents += zone["mod_env_to_filter"] * _modulation_envelope(zone, control)
    if zone["mod_lfo_to_filter"]:
        cents += zone["mod_lfo_to_filter"] * _lfo(zone, "mod", control)
    if not len(wave) or (cents.min() >= _OPEN_FILTER_CENTS and zone["filter_q"] <= 0):
        return wave
    cents = np.round(np.clip(cents, 1500, 13500), -1)
    turns = np.flatnonzero(np.diff(cents)) + 1
    out, state = np.empty_like(wave), np.zeros(2, dtype=np.float32)
    for first, last in zip((0, *turns), (*turns, len(cents)), strict=True):
        part = slice(first * _STEP, last * _STEP)
        b, a = low_pass(cents[first], zone["filter_q"])
        out[part], state = lfilter(b, a, wave[part], zi=state)
    return out


def low_pass(cutoff_cents: float, q_centibels: float) -> tuple[Wave, Wave]:
    """Coefficients of the SoundFont low-pass: `cutoff_cents` above 8.176 Hz, resonance in centibels."""
    q = 10 ** ((max(q_centibels, 0) / 10 - 3.01) / 20)
    w = 2 * math.pi * min(8.176 * 2 ** (cutoff_cents / 1200), 0.45 * RATE) / RATE
    alpha = math.sin(w) / (2 * q)
    level = math.sqrt(math.sqrt(0.5) / q)  # a resonance is paid for with level
    b = np.array([0.5, 1.0, 0.5]) * (1 - math.cos(w)) * level / (1 + alpha)
    a = np.array([1 + alpha, -2 * math.cos(w), 1 - alpha]) / (1 + alpha)
    return b.astype(np.float32), a.astype(np.float32)


def reading_speed(zone: Zone, cents: float) -> float:
    """Samples of the recording per frame when played so far above its pitch."""
    return zone.sample.rate / RATE * math.exp2(cents / 1200)
