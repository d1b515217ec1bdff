"""From written to sounding time and back."""

from dataclasses import replace

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from museaika.composition.score import Note, Part, TempoMark
from museaika.rendering.timing import beat_at, performance, sounding


@given(st.floats(0, 40), st.lists(st.tuples(st.floats(0.5, 8), st.floats(40, 220)), max_size=4))
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_a_beat_found_by_its_time_is_that_beat(score, beat, changes):
    marks, at = [TempoMark(0, 100)], 0.0
    for gap, bpm in changes:
        at += gap
        marks.append(TempoMark(at, bpm))
    piece = replace(score, tempo=tuple(marks))
    assert beat_at(piece, piece.seconds_at(beat)) == pytest.approx(beat, abs=1e-6)


def test_a_note_is_late_by_its_shift_and_short_by_its_gate(score):
    assert sounding(score, Note(2, 1, 60, 80, 0.02, 0.5)) == pytest.approx((1.02, 1.27))


def test_nothing_sounds_before_the_piece_begins(score):
    assert sounding(score, Note(0, 1, 60, 80, -0.05))[0] == 0.0


def test_a_note_rings_no_longer_than_until_its_key_is_struck_again(score):
    part = Part("melody", "Piano", 0, (Note(0, 4, 60, 80), Note(1, 1, 64, 80), Note(2, 1, 60, 80)))
    assert [(b, e) for b, e, _ in performance(score, part)] == [(0, 1.0), (0.5, 1.0), (1.0, 1.5)]


def test_a_key_that_two_voices_strike_at_once_sounds_once_and_as_long_as_the_longer(score):
    part = Part("pad", "Strings", 48, (Note(0, 1, 60, 70, 0.003), Note(0, 4, 60, 80), Note(6, 1, 60, 80)))
    assert [(b, e) for b, e, _ in performance(score, part)] == [(0, 2.0), (3.0, pytest.approx(3.62, abs=0.01))]
