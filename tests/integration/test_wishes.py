"""A few of the random wishes of `benchmarks/wishes.py`, which tries thousands of them."""

import pytest
from benchmarks.wishes import score_of, try_sounds, wish, wrong_with_midi, wrong_with_sheet


@pytest.mark.parametrize("seed", range(15))
def test_whatever_is_asked_for_midi_and_sheet_hold_what_the_score_says(seed):
    asked = wish(seed)
    score = score_of(asked)
    assert [*wrong_with_midi(score, asked), *wrong_with_sheet(score)] == []


def test_whatever_is_asked_for_the_sound_keeps_its_promises():
    assert not try_sounds(first=3, count=1)
