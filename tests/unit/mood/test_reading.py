"""A reading is a distribution and a point that belong together."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from museaika.mood.reading import AMBIGUOUS_MARGIN, reading_at, reading_from_moods, reading_of
from museaika.mood.vocabulary import MOODS

WEIGHTS = st.dictionaries(st.sampled_from(sorted(MOODS)), st.floats(0.01, 100), min_size=1)


@given(WEIGHTS)
def test_any_weights_become_shares_of_the_whole_vocabulary(weights):
    reading = reading_from_moods(weights)
    assert list(reading.moods) == list(MOODS)
    assert sum(reading.moods.values()) == pytest.approx(1)
    assert reading.confidence == max(reading.moods.values()) == reading.moods[reading.primary_mood]
    assert -1 <= reading.valence <= 1
    assert -1 <= reading.arousal <= 1


def test_half_happy_half_sad_lies_half_way_and_is_ambiguous():
    reading = reading_from_moods({"happy": 2, "sad": 2})
    happy, sad = MOODS["happy"], MOODS["sad"]
    assert reading.ambiguous
    assert reading.valence == pytest.approx((happy.valence + sad.valence) / 2)
    assert reading.arousal == pytest.approx((happy.arousal + sad.arousal) / 2)


def test_a_lead_wider_than_the_margin_is_clear():
    lead = AMBIGUOUS_MARGIN + 0.02
    assert not reading_from_moods({"calm": 0.5 + lead / 2, "tired": 0.5 - lead / 2}).ambiguous


@pytest.mark.parametrize("weights", [{}, {"happy": 0.0}])
def test_nothing_read_is_no_reading(weights):
    with pytest.raises(ValueError, match="at least one mood"):
        reading_from_moods(weights)


@pytest.mark.parametrize("mood", MOODS.values(), ids=lambda mood: mood.name)
def test_a_mood_picked_by_name_is_certain_and_at_its_place(mood):
    reading = reading_of(mood)
    assert (reading.primary_mood, reading.confidence, reading.ambiguous) == (mood.name, 1.0, False)
    assert (reading.valence, reading.arousal) == (mood.valence, mood.arousal)
    assert sum(reading.moods.values()) == 1


def test_a_point_picked_on_the_plane_keeps_its_place_and_is_named():
    reading = reading_at(-0.7, -0.4)
    assert reading.primary_mood == "sad"
    assert (reading.valence, reading.arousal) == (-0.7, -0.4)
    assert sum(reading.moods.values()) == pytest.approx(1)


def test_a_point_between_two_moods_is_ambiguous():
    sad, melancholic = MOODS["sad"], MOODS["melancholic"]
    between = reading_at((sad.valence + melancholic.valence) / 2, (sad.arousal + melancholic.arousal) / 2)
    assert between.ambiguous
