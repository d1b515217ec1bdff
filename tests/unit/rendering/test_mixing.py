"""The desk: equal players before the score's levels, one room, stems that add up."""

from dataclasses import replace

import numpy as np
import pytest

from museaika.composition.score import Control
from museaika.rendering.mixing import BLOCK, Desk, expression_db, line_up_db
from museaika.rendering.recording import RATE
from museaika.rendering.room import Room, room_answer
from museaika.rendering.synthesis import Player, Stroke
from museaika.rendering.voice import VoiceShelf


def test_stems_add_up_to_the_mix(score, bank):
    for mixed in Desk(score, bank).blocks(2 * RATE):
        assert np.abs(np.sum(mixed.stems, axis=0) - mixed.mix).max() < 1e-5
        assert mixed.mix.shape[0] == 2


def test_blocks_cover_exactly_the_frames_asked_for(score, bank):
    assert [mixed.mix.shape[1] for mixed in Desk(score, bank).blocks(2 * BLOCK + 5)] == [BLOCK, BLOCK, 5]


@pytest.mark.parametrize("length", [0.2, 0.6])
def test_instruments_are_equally_loud_in_short_notes_and_long_before_the_score_sets_its_levels(bank, length):
    levels = {}
    for program in (0, 24, 40, 48, 52, 73, 80, 89):
        preset, shelf, held = bank.preset(program), VoiceShelf(), int(length * RATE)
        played = [Stroke(i * RATE, held, 60 + i, 90) for i in range(8)]
        trim = line_up_db(preset, played, 90, shelf)
        sound = Player(preset, [Stroke(0, held, 62, 90)], shelf).block(held) * 10 ** (trim / 20)
        levels[program] = 20 * np.log10(sound.std())
    assert max(levels.values()) - min(levels.values()) < 8, levels


def test_a_part_that_plays_nothing_needs_no_level(bank):
    assert line_up_db(bank.preset(0), [], 90, VoiceShelf()) == 0.0


def test_swells_with_the_pedal_cost_a_player_no_level(score):
    swelling = replace(score.parts[0], controls=(Control(0, 11, 90), Control(4, 11, 110)))
    assert expression_db(swelling) == pytest.approx(40 * np.log10(100 / 127))
    assert expression_db(score.parts[0]) == 0.0


def test_the_room_answers_the_same_however_the_sound_is_cut():
    answer = room_answer(0.3)
    random = np.random.default_rng(5)
    sound = random.standard_normal((2, 3 * 4000)).astype(np.float32)
    whole = Room(answer, 12000).block(sound)
    room = Room(answer, 4000)
    pieces = np.concatenate([room.block(sound[:, i : i + 4000]) for i in range(0, 12000, 4000)], axis=1)
    direct = np.stack([np.convolve(sound[c], answer[c])[:12000] for c in range(2)])
    assert np.allclose(whole, direct, atol=2e-4)
    assert np.allclose(pieces, direct, atol=2e-4)


def test_the_room_is_wide_warm_and_dies_away():
    left, right = room_answer()
    assert np.corrcoef(left, right)[0, 1] < 0.1
    assert np.abs((left + right)[: int(0.018 * RATE)]).max() < 1e-6
    assert np.sum((left + right) ** 2) == pytest.approx(2, abs=0.3)
    early, late = left[2000:12000], left[-20000:]
    assert 20 * np.log10(early.std() / late.std()) > 25
    spectrum = np.abs(np.fft.rfft(left)) ** 2
    hz = np.fft.rfftfreq(len(left), 1 / RATE)
    assert spectrum[hz < 80].sum() < 0.01 * spectrum.sum()


def test_low_notes_of_the_tune_do_not_fill_the_bass(score, bank):
    """Every strip but bass and drums cuts below its role's range."""
    desk = Desk(score, bank)
    mixed = next(desk.blocks(BLOCK))
    hz = np.fft.rfftfreq(BLOCK, 1 / RATE)
    for stem in mixed.stems[:2]:
        spectrum = np.abs(np.fft.rfft(stem.sum(axis=0))) ** 2
        assert spectrum[hz < 45].sum() < 1e-3 * spectrum.sum()


def test_a_soft_piece_is_recorded_as_high_as_a_loud_one(score, bank):
    def level(factor):
        parts = tuple(
            replace(part, notes=tuple(replace(n, velocity=round(n.velocity * factor)) for n in part.notes))
            for part in score.parts
        )
        return 20 * np.log10(next(Desk(replace(score, parts=parts), bank).blocks(BLOCK)).mix.std())

    assert level(0.4) == pytest.approx(level(1.0), abs=1.5)
