"""Single notes: in tune, as long as asked, without clicks."""

import numpy as np
import pytest

from museaika.rendering.recording import RATE, seconds
from museaika.rendering.soundfont import Bank
from museaika.rendering.voice import VoiceShelf, gain

SUSTAINED = (16, 40, 42, 56, 60, 65, 66, 68, 71, 73)
VIBRATO_CENTS = {40: 45, 42: 45}
STRUCK = (0, 4, 24, 25, 27, 32, 33)


@pytest.fixture
def shelf():
    return VoiceShelf()


def strongest(wave, near):
    """Frequency of the strongest partial within a third of `near`, by a parabola through its peak."""
    spectrum = np.abs(np.fft.rfft(wave * np.hanning(len(wave)), 4 * len(wave)))
    low, high = (int(near * factor * 4 * len(wave) / RATE) for factor in (0.85, 1.18))
    i = low + int(spectrum[low:high].argmax())
    a, b, c = np.log(spectrum[i - 1 : i + 2] + 1e-12)
    return (i + 0.5 * (a - c) / (a - 2 * b + c)) * RATE / (4 * len(wave))


@pytest.mark.parametrize("program", SUSTAINED + STRUCK)
def test_instruments_are_in_tune_over_their_range(bank, shelf, program):
    keys = (33, 40, 45) if 32 <= program < 40 else (57, 69, 76)
    for key in keys:
        zone = bank.preset(program).zones_for(key, 90)[0]
        wave = shelf.note(zone, key, RATE)[RATE // 10 : RATE]
        expected = 440 * 2 ** ((key - 69) / 12)
        if program == 16:
            expected *= 2 if strongest(wave, 2 * expected) else 1
        cents = 1200 * np.log2(strongest(wave, expected) / expected)
        assert abs(cents) < VIBRATO_CENTS.get(program, 20), (program, key, cents)


def test_a_longer_note_begins_as_a_shorter_one_does(bank):
    zone = bank.preset(48).zones_for(60, 80)[0]
    short = VoiceShelf().note(zone, 60, RATE)
    shelf = VoiceShelf()
    shelf.note(zone, 60, RATE // 2)
    assert np.array_equal(shelf.note(zone, 60, 5 * RATE)[:RATE], short[:RATE])


def test_a_small_shelf_forgets_and_plays_the_same(bank):
    zones = {key: bank.preset(0).zones_for(key, 80)[0] for key in (48, 60, 72)}
    big, small = VoiceShelf(), VoiceShelf(capacity=1)
    for key in (48, 60, 72, 48, 60):
        assert np.array_equal(small.note(zones[key], key, RATE), big.note(zones[key], key, RATE))


@pytest.mark.parametrize("program", [0, 16, 33, 40, 48, 73, 80, 89])
def test_notes_end_without_a_click(bank, shelf, program):
    for held in (RATE // 20, RATE // 2, RATE):
        for zone in bank.preset(program).zones_for(60, 90):
            note = shelf.note(zone, 60, held)
            unreleased = shelf.note(zone, 60, 3 * RATE)[held - 1 : len(note)]
            steepest = np.abs(np.diff(unreleased)).max()
            assert np.abs(np.diff(np.append(note[held - 1 :], 0))).max() <= 1.05 * steepest + 1e-4
            assert abs(note[-1]) < 1e-6


def test_a_released_note_dies_as_fast_as_its_zone_says(bank, shelf):
    zone = bank.preset(16).zones_for(60, 90)[0]
    note = shelf.note(zone, 60, RATE)
    level = [
        np.abs(note[RATE + at : RATE + at + 441]).max()
        for at in (0, int(seconds(zone["vol_release"]) * RATE / 4))
    ]
    assert 20 * np.log10(level[0] / level[1]) == pytest.approx(24, abs=3)


def test_a_struck_string_dies_away_while_it_is_held_and_a_bowed_one_does_not(bank, shelf):
    def fall(program):
        note = shelf.note(bank.preset(program).zones_for(60, 90)[0], 60, 4 * RATE)
        early, late = note[RATE : RATE + 8820], note[3 * RATE : 3 * RATE + 8820]
        return 20 * np.log10(early.std() / late.std())

    assert 4 < fall(0) < 30
    assert abs(fall(40)) < 3


def test_strokes_get_louder_with_their_velocity(bank):
    zone = bank.preset(0).zones_for(60, 80)[0]
    assert gain(zone, 127) > gain(zone, 80) > gain(zone, 20) > 0
    assert 20 * np.log10(gain(zone, 127) / gain(zone, 64)) == pytest.approx(40 * np.log10(127 / 64))


def test_a_recording_without_loop_ends_by_itself(bank, shelf):
    cymbal = bank.preset(0, drums=True).zones_for(49, 90)[0]
    note = shelf.note(cymbal, 49, float("inf"))
    assert len(note) == pytest.approx(len(cymbal.sample.wave) * RATE / cymbal.sample.rate, rel=0.01)


def test_the_bank_keeps_its_level_from_one_recording_to_the_next():
    """Neighbouring keys share a recording or meet another one: no key may stick out."""
    bank, shelf = Bank.load(), VoiceShelf()
    for program, keys in ((0, range(40, 90)), (48, range(48, 84)), (40, range(56, 88)), (73, range(62, 90))):
        levels = []
        for key in keys:
            zone = bank.preset(program).zones_for(key, 90)[0]
            levels.append(20 * np.log10(shelf.note(zone, key, RATE // 2).std() * gain(zone, 90)))
        assert np.abs(np.diff(levels)).max() < 6, program
