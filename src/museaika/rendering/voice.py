"""One recorded note at one pitch: tuning, loop, filter, tremolo and envelopes, as a SoundFont asks for them.

Everything a zone asks for runs from the note's beginning, except the release. So a pitch is computed once
at the greatest length needed and every note of that pitch is a slice of it, times its envelope; a stronger
stroke is only louder. Velocity and filter follow FluidSynth: attenuation 40·log10(127/velocity) dB, no
velocity in the filter, generator attenuation times 0.4 as the E-mu hardware did, envelopes over 96 dB.
"""

from __future__ import annotations

import math
from collections import OrderedDict

import numpy as np
import numpy.typing as npt
from scipy.signal import lfilter

from museaika.rendering.soundfont import Zone

RATE = 44100
"""Frames per second of everything rendered here."""

Wave = npt.NDArray[np.float32]
Curve = npt.NDArray[np.float64]

_STEP = 64  # frames between two values of a control curve
_FULL_SCALE_DB = 96.0
_RELEASE_DEPTH_DB = 78.0  # a released note is over this far down
_SHORTEST_RELEASE_S = 0.016  # shorter ones click
_CHOKED_RELEASE_S = 2.0 ** (-200 / 1200)
_OPEN_FILTER_CENTS = 13400
_LAST_FADE = 64
_BENDS = ("mod_lfo_to_pitch", "vib_lfo_to_pitch", "mod_env_to_pitch")


def seconds(timecents: float) -> float:
    """A SoundFont time: 0 timecents is 1 s, 1200 more doubles it; the lowest values mean none at all."""
    return 0.0 if timecents <= -12000 else math.exp2(timecents / 1200)


class VoiceShelf:
    """Pitched waves and envelopes, made when first needed and kept up to `capacity` bytes."""

    def __init__(self, capacity: int = 72 << 20):
        self._capacity, self._held = capacity, 0
        self._made: OrderedDict[tuple[Zone, int], tuple[Wave, Wave]] = OrderedDict()

    def note(self, zone: Zone, key: int, held: float, *, choked: bool = False) -> Wave:
        """A note held for `held` frames (infinity: while it rings) and released.

        Mono, full scale 1 before velocity and attenuation.
        """
        release_s = _CHOKED_RELEASE_S if choked else max(seconds(zone["vol_release"]), _SHORTEST_RELEASE_S)
        release = int(release_s * RATE * _RELEASE_DEPTH_DB / _FULL_SCALE_DB)
        wave, envelope = self._pitched(zone, key, held + release)
        held = int(min(held, len(wave) - 1))
        end = min(held + release, len(wave))
        note = wave[:end].copy()
        note[:held] *= envelope[:held]
        fall = np.arange(end - held, dtype=np.float32) * np.float32(
            -_FULL_SCALE_DB / 20 * math.log(10) / (release_s * RATE)
        )
        note[held:] *= np.exp(fall) * envelope[held]
        return _faded(note)

    def _pitched(self, zone: Zone, key: int, frames: float) -> tuple[Wave, Wave]:
        """The wave and its envelope before release, at least `frames` long unless it dies away earlier."""
        limit = natural_frames(zone, key)
        found = self._made.get((zone, key))
        if found is not None and len(found[0]) >= min(frames, limit):
            self._made.move_to_end((zone, key))
            return found
        if found is not None:
            self._held -= 2 * found[0].nbytes
        length = int(min(frames * 1.3 + RATE, limit))
        made = self._made[zone, key] = pitched_wave(zone, key, length), volume_envelope(zone, key, length)
        self._made.move_to_end((zone, key))
        self._held += 2 * made[0].nbytes
        while self._held > self._capacity and len(self._made) > 1:
            _, (dropped, _) = self._made.popitem(last=False)
            self._held -= 2 * dropped.nbytes
        return made


def _faded(note: Wave) -> Wave:
    n = min(_LAST_FADE, len(note))
    note[len(note) - n :] *= np.linspace(1, 0, n, dtype=np.float32)
    return note


def gain(zone: Zone, velocity: int) -> float:
    """Amplitude of a stroke: velocity 127 on an unattenuated zone is 1."""
    return (velocity / 127) ** 2 * math.exp(-0.4 * math.log(10) / 200 * max(zone["attenuation"], 0))


def natural_frames(zone: Zone, key: int) -> float:
    """When a held note ends by itself: at the end of a recording without loop, or when it has died away."""
    attack, decay, floor = _envelope_times(zone, key)
    dies = attack + decay if floor <= -_FULL_SCALE_DB else math.inf
    if _looped(zone):
        return max(math.ceil(dies), 2) if dies < math.inf else dies
    highest = _cents(zone, key) + sum(abs(zone[name]) for name in _BENDS)
    ends = (len(zone.sample.wave) - 1) / _reading_speed(zone, highest)
    return max(math.ceil(min(dies, ends)), 2)


def _reading_speed(zone: Zone, cents: float) -> float:
    """Samples of the recording per frame when played so far above its pitch."""
    return zone.sample.rate / RATE * math.exp2(cents / 1200)


def _envelope_times(zone: Zone, key: int) -> tuple[float, float, float]:
    """Frames until the decay begins, frames of a decay over the full scale, sustain level in dB."""
    hold = seconds(zone["vol_hold"] + (60 - key) * zone["key_to_vol_hold"])
    begins = (seconds(zone["vol_delay"]) + seconds(zone["vol_attack"]) + hold) * RATE
    decay = max(seconds(zone["vol_decay"] + (60 - key) * zone["key_to_vol_decay"]) * RATE, 1.0)
    return begins, decay, -min(max(zone["vol_sustain"], 0) / 1000, 1.0) * _FULL_SCALE_DB


def volume_envelope(zone: Zone, key: int, frames: int) -> Wave:
    """Delay, linear attack, hold, decay in dB to the sustain level; amplitude 0…1."""
    begins, decay, floor = _envelope_times(zone, key)
    t = np.arange(frames, dtype=np.float32)
    level = np.clip((t - np.float32(begins)) * np.float32(-_FULL_SCALE_DB / decay), floor, 0)
    envelope: Wave = np.exp(level * np.float32(math.log(10) / 20), dtype=np.float32)
    delay, attack = (int(seconds(zone[name]) * RATE) for name in ("vol_delay", "vol_attack"))
    envelope[:delay] = 0
    rise = envelope[delay : delay + attack]
    rise[:] = np.arange(1, len(rise) + 1, dtype=np.float32) / np.float32(attack or 1)
    return envelope


def pitched_wave(zone: Zone, key: int, frames: int) -> Wave:
    """`frames` of the zone's recording at a key, looped, filtered, trembling."""
    control = np.arange(0, frames + _STEP, _STEP, dtype=np.float64)
    wave = _filtered(_read(zone, _positions(zone, key, frames, control)), zone, control)
    if depth := zone["mod_lfo_to_volume"]:
        tremolo = 10 ** (_lfo(zone, "mod", control) * depth / 200)
        wave *= np.interp(np.arange(frames), control, tremolo).astype(np.float32)
    return wave


def _cents(zone: Zone, key: int) -> float:
    """How far above its recorded pitch a zone plays at a key."""
    root = zone["root_key"] if 0 <= zone["root_key"] <= 127 else zone.sample.pitch
    tuning = 100 * zone["coarse_tune"] + zone["fine_tune"] + zone.sample.correction
    return (key - root) * zone["scale_tuning"] + tuning


def _positions(zone: Zone, key: int, frames: int, control: Curve) -> Curve:
    """Where in the recording each frame reads, in samples."""
    step = _reading_speed(zone, _cents(zone, key))
    if not any(zone[name] for name in _BENDS):
        return np.arange(frames, dtype=np.float64) * step
    bend = (
        zone["mod_lfo_to_pitch"] * _lfo(zone, "mod", control)
        + zone["vib_lfo_to_pitch"] * _lfo(zone, "vib", control)
        + zone["mod_env_to_pitch"] * _modulation_envelope(zone, control)
    )
    steps = np.interp(np.arange(frames - 1), control, step * np.exp2(bend / 1200))
    return np.concatenate(([0.0], np.cumsum(steps)))


def _looped(zone: Zone) -> bool:
    start, end = zone.sample.loop
    return zone["loop_mode"] in (1, 3) and 0 <= start < end - 1 and end <= len(zone.sample.wave)


def _read(zone: Zone, at: Curve) -> Wave:
    """Read the recording between its samples by cubic interpolation, going round its loop."""
    wave = zone.sample.wave
    if _looped(zone):
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
