"""A part in time: pedal, repeated keys, hi-hats, blocks."""

from dataclasses import replace

import numpy as np
import pytest

from museaika.composition.score import Control, Note, Part
from museaika.rendering.recording import RATE
from museaika.rendering.synthesis import Player, expression, pan_gains, strokes
from museaika.rendering.voice import VoiceShelf


def part_of(*notes, role="melody", controls=()):
    return Part(role, "Somebody", 0, notes, controls)


def test_the_pedal_holds_notes_until_it_rises(score, bank):
    part = part_of(Note(0, 1, 60, 80), Note(4, 1, 62, 80), controls=(Control(0, 64, 127), Control(3, 64, 0)))
    held = [stroke.held / RATE for stroke in strokes(score, part, bank.preset(0))]
    assert held == pytest.approx([1.5, 0.5], abs=0.001)


def test_a_pedal_never_lifted_holds_to_the_end(score, bank):
    part = part_of(Note(0, 1, 60, 80), controls=(Control(0, 64, 127),))
    assert strokes(score, part, bank.preset(0))[0].held == round(score.length_s * RATE)


def test_a_key_struck_again_under_the_pedal_does_not_ring_twice(score, bank):
    part = part_of(Note(0, 1, 60, 80), Note(2, 1, 60, 80), controls=(Control(0, 64, 127), Control(8, 64, 0)))
    first, second = strokes(score, part, bank.preset(0))
    assert first.start + first.held == second.start


def test_a_closed_hat_cuts_an_open_one_and_nothing_else_does(score, bank):
    part = part_of(Note(0, 0.5, 46, 90), Note(0.5, 0.5, 36, 90), Note(1, 0.5, 42, 90), role="drums")
    open_hat, kick, closed_hat = strokes(score, part, bank.preset(0, drums=True))
    assert open_hat.choked
    assert open_hat.start + open_hat.held == closed_hat.start
    assert not kick.choked
    assert not closed_hat.choked


def test_blocks_of_any_size_make_the_same_sound(score, bank):
    preset = bank.preset(0)
    played = strokes(score, score.parts[0], preset)
    whole = Player(preset, played, VoiceShelf()).block(6 * RATE)
    player = Player(preset, played, VoiceShelf())
    sizes = [1, 777, 44100, 6 * RATE - 44878]
    parts = np.concatenate([player.block(size) for size in sizes], axis=1)
    assert np.array_equal(whole, parts)


def test_a_player_on_the_left_is_louder_on_the_left_with_the_same_power(score, bank):
    assert pan_gains(-1.0) == pytest.approx((1, 0))
    for pan in np.linspace(-1, 1, 9):
        left, right = pan_gains(pan)
        assert left**2 + right**2 == pytest.approx(1)
    left, right = Player(
        bank.preset(0), strokes(score, score.parts[0], bank.preset(0)), VoiceShelf(), -0.5
    ).block(RATE)
    assert np.abs(left).max() > 2 * np.abs(right).max()


def test_expression_moves_smoothly_between_its_controls(score):
    part = replace(score.parts[1], controls=(Control(0, 11, 0), Control(6, 11, 127)))
    curve = expression(score, part, 0, 4 * RATE)
    assert curve[0] == 0
    assert curve[-1] == pytest.approx(1)
    assert np.abs(np.diff(curve)).max() < 1e-4
    assert expression(score, score.parts[2], 0, 100) is None


def test_a_part_without_notes_is_silent(score, bank):
    assert not Player(bank.preset(0), [], VoiceShelf()).block(1000).any()
