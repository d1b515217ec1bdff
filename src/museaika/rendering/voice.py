"""One note: a recording at its pitch, shaped by its volume envelope from attack to release.

Everything a zone asks for runs from the note's beginning, except the release. So a pitch is computed once
at the greatest length needed and every note of that pitch is a slice of it, times its envelope; a stronger
stroke is only louder. Velocity and filter follow FluidSynth: attenuation 40·log10(127/velocity) dB, no
velocity in the filter, generator attenuation times 0.4 as the E-mu hardware did, envelopes over 96 dB.
"""

from __future__ import annotations

import math
from collections import OrderedDict

import numpy as np

from museaika.rendering.recording import (
    BENDS,
    RATE,
    Wave,
    cents_above,
    is_looped,
    pitched_wave,
    reading_speed,
    seconds,
)
from museaika.rendering.soundfont import Zone

_FULL_SCALE_DB = 96.0
_RELEASE_DEPTH_DB = 78.0  # a released note is over this far down
_SHORTEST_RELEASE_S = 0.016  # shorter ones click
_CHOKED_RELEASE_S = 2.0 ** (-200 / 1200)
_LAST_FADE = 64


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
        length = int(min(frames * 1.25 + RATE // 8, limit))
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
    if is_looped(zone):
        return max(math.ceil(dies), 2) if dies < math.inf else dies
    highest = cents_above(zone, key) + sum(abs(zone[name]) for name in BENDS)
    ends = (len(zone.sample.wave) - 1) / reading_speed(zone, highest)
    return max(math.ceil(min(dies, ends)), 2)


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
