"""Loudness and ceiling are met for music of any kind, without pumping or clicks."""

import numpy as np
import pytest

from museaika.rendering import mastering
from museaika.rendering.loudness import STEP, Meter, integrated
from museaika.rendering.recording import RATE


def mastered(sound):
    before, after = Meter(), Meter()
    sound = sound.astype(np.float32)
    before.add(sound)
    gains = mastering.plan(before.energies, before.peaks)
    out = mastering.apply(sound, gains, 0)
    after.add(out)
    return out, gains, integrated(after.energies), 20 * np.log10(max(after.peaks.max(), 1e-9))


def hits(level, every=0.5, seconds=10):
    """Decaying noise bursts, very peaky, over a quiet tone."""
    random = np.random.default_rng(3)
    t = np.arange(seconds * RATE) / RATE
    burst = random.standard_normal((2, len(t))) * np.exp(-(t % every) * 14)
    return level * (burst + 0.05 * np.sin(2 * np.pi * 220 * t))


@pytest.mark.parametrize("level", [0.001, 0.02, 0.3])
def test_peaky_music_at_any_level_meets_the_loudness_under_the_ceiling(level):
    _, _, loudness, peak = mastered(hits(level))
    assert loudness == pytest.approx(mastering.TARGET_LUFS, abs=0.3)
    assert peak <= mastering.CEILING_DBTP


def test_steady_music_is_only_turned_up():
    t = np.arange(6 * RATE) / RATE
    tone = 0.05 * np.stack([np.sin(2 * np.pi * 330 * t)] * 2)
    _, gains, loudness, peak = mastered(tone)
    assert loudness == pytest.approx(mastering.TARGET_LUFS, abs=0.1)
    assert 20 * np.log10(gains[700:].max() / gains[700:].min()) < 0.2
    assert peak <= mastering.CEILING_DBTP


def test_round_a_loop_the_gain_ends_where_it_begins():
    sound = hits(0.3, every=0.7, seconds=6)
    sound[:, : 2 * RATE] *= 3  # leaned on at the beginning, not at the end
    meter = Meter()
    meter.add(sound.astype(np.float32))
    straight = 20 * np.log10(mastering.plan(meter.energies, meter.peaks))
    round_ = 20 * np.log10(mastering.plan_loop(meter.energies, meter.peaks))
    assert len(round_) == len(straight) == len(meter.energies) + 1
    assert abs(straight[-1] - straight[0]) > 1
    assert round_[-1] == pytest.approx(round_[0], abs=0.05)


def test_silence_stays_silence():
    out, gains, _, _ = mastered(np.zeros((2, RATE)) + 0.0)
    assert not out.any()
    assert (gains == 1).all()


def test_the_gain_moves_without_steps():
    _, gains, _, _ = mastered(hits(0.3))
    assert np.abs(np.diff(20 * np.log10(gains))).max() <= 900.0 * STEP / RATE + 0.5


def test_the_end_fades_to_nothing_and_the_rest_is_left_alone():
    total = 2 * RATE
    faded = mastering.fade_end(np.ones((2, total), dtype=np.float32), 0, total)
    assert (faded[:, : total - RATE // 4 - 1] == 1).all()
    assert not faded[:, -1].any()
    assert np.abs(faded[:, -int(0.01 * RATE) :]).max() < 0.005
    assert mastering.fade_end(faded[:, :100], 0, total) is not None


def test_sixteen_bits_are_dithered_and_silence_is_not():
    random = np.random.Generator(np.random.PCG64(1))
    quiet = np.full((2, 100_000), 0.3 / 32767, dtype=np.float32)
    assert mastering.to_16_bit(quiet, random).mean() == pytest.approx(0.3, abs=0.02)
    assert not mastering.to_16_bit(np.zeros((2, 1000), dtype=np.float32), random).any()
    loud = mastering.to_16_bit(np.full((2, 10), 2.0, dtype=np.float32), random)
    assert (loud == 32767).all()
