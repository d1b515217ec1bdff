"""Face and words blended by confidence; the frames of a sitting made steady."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from museaika.mood.blending import Smoother, blend, smooth
from museaika.mood.reading import reading_from_moods, reading_of
from museaika.mood.vocabulary import MOODS

FACE = reading_from_moods({"happy": 0.9, "neutral": 0.1}, {"happy": 0.9, "neutral": 0.05, "contempt": 0.05})
WORDS = reading_from_moods({"sad": 0.3, "tired": 0.25, "neutral": 0.45}, {"sad": 0.6, "neutral": 0.4})
READINGS = st.dictionaries(st.sampled_from(sorted(MOODS)), st.floats(0.01, 1), min_size=1).map(
    reading_from_moods
)


def test_the_surer_reader_has_the_greater_say():
    blended = blend([FACE, WORDS])
    assert blended.weights == pytest.approx((0.9 / 1.35, 0.45 / 1.35))
    assert blended.reading.primary_mood == "happy"
    assert WORDS.valence < blended.reading.valence < FACE.valence


def test_trust_in_a_reader_scales_its_say():
    doubted = blend([FACE, WORDS], trust=[0.1, 1.0])
    assert doubted.weights[1] > 0.8
    assert doubted.reading.primary_mood == "neutral"


def test_emotions_are_averaged_and_still_sum_to_one():
    emotions = blend([FACE, WORDS]).reading.emotions
    assert sum(emotions.values()) == pytest.approx(1)
    assert 0 < emotions["contempt"] < 0.05, "words know no contempt, so the face's share is thinned"


def test_a_mood_given_by_hand_leaves_the_emotions_to_the_face():
    assert blend([FACE, reading_of(MOODS["calm"])]).reading.emotions == pytest.approx(FACE.emotions)


@given(st.lists(READINGS, min_size=1, max_size=5))
def test_any_blend_is_a_proper_reading_between_its_parts(readings):
    blended = blend(readings)
    assert sum(blended.weights) == pytest.approx(1)
    assert sum(blended.reading.moods.values()) == pytest.approx(1)
    assert blended.reading.confidence == max(blended.reading.moods.values())
    low, high = min(r.valence for r in readings), max(r.valence for r in readings)
    assert low - 1e-9 <= blended.reading.valence <= high + 1e-9


@pytest.mark.parametrize(
    ("readings", "trust"), [([], None), ([FACE], [0.0]), ([FACE, WORDS], [1.0]), ([FACE, WORDS], [2.0, -1.0])]
)
def test_a_blend_of_nothing_is_refused(readings, trust):
    with pytest.raises(ValueError):
        blend(readings, trust)


def test_after_one_half_life_old_and_new_count_the_same():
    between = smooth(FACE, WORDS, elapsed_s=2.0, half_life_s=2.0)
    assert between.valence == pytest.approx((FACE.valence + WORDS.valence) / 2)


def test_one_odd_frame_does_not_turn_the_mood_but_a_change_that_stays_does():
    sitting = Smoother(half_life_s=1.0)
    happy, angry = reading_of(MOODS["happy"]), reading_of(MOODS["angry"])
    for frame in range(10):
        sitting.update(happy, frame / 10)
    assert sitting.update(angry, 1.0).primary_mood == "happy"
    moods = [sitting.update(angry, 1.0 + frame / 10).primary_mood for frame in range(1, 31)]
    assert moods[-1] == "angry"
    assert moods.index("angry") <= 11, "it turns within about one half-life"


def test_the_frame_rate_does_not_matter():
    happy, sad = reading_of(MOODS["happy"]), reading_of(MOODS["sad"])
    slow, fast = Smoother(), Smoother()
    for sitting in (slow, fast):
        sitting.update(happy, 0.0)
    for frame in range(1, 31):
        at_thirty = fast.update(sad, frame / 30)
    at_one = slow.update(sad, 1.0)
    assert at_one.valence == pytest.approx(at_thirty.valence)


def test_the_first_frame_counts_in_full():
    assert Smoother().update(FACE, 12.5) is FACE


def test_a_late_frame_is_refused_and_changes_nothing():
    sitting = Smoother()
    sitting.update(FACE, 5.0)
    with pytest.raises(ValueError, match="older"):
        sitting.update(WORDS, 4.0)
    assert sitting.update(FACE, 5.0).valence == pytest.approx(FACE.valence)


def test_a_half_life_of_nothing_is_refused():
    with pytest.raises(ValueError, match="half-life"):
        Smoother(0)
