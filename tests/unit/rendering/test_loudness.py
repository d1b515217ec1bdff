"""Loudness against an independent meter, peaks between samples."""

import numpy as np
import pyloudnorm
import pytest

from museaika.rendering.loudness import STEP, Meter, integrated
from museaika.rendering.recording import RATE


def metered(sound, block=STEP * 700):
    meter = Meter()
    for first in range(0, sound.shape[1], block):
        meter.add(sound[:, first : first + block].astype(np.float32))
    return meter


def programme(seed):
    """Noise and tones that come and go, with silence between."""
    random = np.random.default_rng(seed)
    t = np.arange(12 * RATE) / RATE
    swell = np.clip(np.sin(2 * np.pi * t / 5 + seed), 0, 1)
    tone = np.sin(2 * np.pi * random.uniform(60, 4000) * t)
    return np.stack([swell * (0.2 * tone + 0.05 * random.standard_normal(len(t))), 0.6 * swell * tone * 0.3])


@pytest.mark.parametrize("seed", range(4))
def test_loudness_is_what_pyloudnorm_measures(seed):
    sound = programme(seed)
    expected = pyloudnorm.Meter(RATE).integrated_loudness(sound.T)
    assert integrated(metered(sound).energies) == pytest.approx(expected, abs=0.05)


def test_blocks_of_any_size_measure_the_same():
    sound = programme(7)
    whole, pieces = metered(sound, 12 * RATE), metered(sound, STEP * 37)
    assert np.allclose(whole.energies, pieces.energies, rtol=1e-3, atol=1e-8)


def test_silence_and_a_blink_have_no_loudness():
    assert integrated(metered(np.zeros((2, RATE))).energies) == float("-inf")
    assert integrated(metered(np.ones((2, 1000))).energies) == float("-inf")


def test_a_peak_between_two_samples_is_seen():
    """A quarter of the sampling rate, an eighth of a turn late: samples at 0.707, the curve between at 1."""
    n = np.arange(RATE)
    wave = np.sin(np.pi / 2 * n + np.pi / 4) * np.hanning(RATE)
    assert np.abs(wave).max() == pytest.approx(0.707, abs=0.001)
    assert metered(np.stack([wave, wave])).peaks.max() == pytest.approx(1.0, abs=0.02)
