"""The table of moods: every share adds up, every word leads to one mood, unknown words are helped."""

from __future__ import annotations

import math
from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from museaika.errors import Invalid
from museaika.mood.vocabulary import (
    EMOTIONS,
    FACE_CLASSES,
    FACE_TO_EMOTION,
    MOODS,
    distance,
    find_mood,
    moods_at,
    nearest_mood,
)

AXIS = st.floats(-1, 1)
PROMISED = {
    *("happy", "energetic", "surprise", "romantic", "calm", "neutral", "nostalgic"),
    *("melancholic", "sad", "tired", "fear", "angry", "disgust", "focused"),
}


def test_the_fourteen_promised_moods_are_there():
    assert set(MOODS) == PROMISED


@pytest.mark.parametrize("face", FACE_CLASSES)
def test_each_face_class_is_shared_out_completely(face):
    assert sum(mood.face.get(face, 0) for mood in MOODS.values()) == pytest.approx(1)


def test_each_text_label_is_shared_out_completely():
    shares = Counter()
    for mood in MOODS.values():
        shares.update(mood.labels)
    assert len(shares) == 28  # GoEmotions: 27 and neutral
    assert {label: pytest.approx(1) for label in shares} == dict(shares)


def test_every_face_class_has_one_public_name():
    assert set(FACE_TO_EMOTION) == set(FACE_CLASSES)
    assert set(FACE_TO_EMOTION.values()) == set(EMOTIONS)


def test_no_word_and_no_tag_means_two_moods():
    words = [word for mood in MOODS.values() for word in (mood.name, *mood.synonyms)]
    tags = [tag for mood in MOODS.values() for tag in mood.tags]
    assert [word for word, times in Counter(words).items() if times > 1] == []
    assert [tag for tag, times in Counter(tags).items() if times > 1] == []


@pytest.mark.parametrize(
    ("word", "name"),
    [
        ("fearful", "fear"),
        ("Scared", "fear"),
        ("  SURPRISED ", "surprise"),
        ("in  love", "romantic"),
        ("sad", "sad"),
    ],
)
def test_a_mood_is_found_by_the_words_people_use(word, name):
    assert find_mood(word).name == name


def test_a_misspelt_mood_is_answered_with_the_likely_one():
    with pytest.raises(Invalid) as caught:
        find_mood("hapy")
    assert caught.value.code == "unknown_mood"
    assert "happy" in caught.value.detail
    assert caught.value.errors[0].loc == ("mood",)


def test_a_word_like_no_mood_is_answered_with_all_of_them():
    with pytest.raises(Invalid) as caught:
        find_mood("xyzzyq" * 20, field_name="target")
    assert all(name in caught.value.detail for name in MOODS)
    assert caught.value.errors[0].loc == ("target",)
    assert len(caught.value.detail) < 400


@pytest.mark.parametrize("mood", MOODS.values(), ids=lambda mood: mood.name)
def test_each_mood_is_nearest_to_its_own_place_and_the_place_is_on_the_plane(mood):
    assert -1 <= mood.valence <= 1
    assert -1 <= mood.arousal <= 1
    assert nearest_mood(mood.valence, mood.arousal) is mood
    assert distance(mood.valence, mood.arousal, mood) == 0


def test_moods_stand_apart_far_enough_to_be_told_apart():
    pairs = [(a, b) for a in MOODS.values() for b in MOODS.values() if a.name < b.name]
    assert min(distance(a.valence, a.arousal, b) for a, b in pairs) > 0.15


@given(AXIS, AXIS)
def test_any_point_is_spread_over_the_moods_with_the_nearest_first(valence, arousal):
    shares = moods_at(valence, arousal)
    assert math.isclose(sum(shares.values()), 1)
    assert max(shares.values()) == shares[nearest_mood(valence, arousal).name]


def test_a_point_too_far_for_floats_still_has_a_nearest_mood():
    shares = moods_at(1, 1, width=1e-3)
    assert shares[nearest_mood(1, 1).name] == 1
    assert sum(shares.values()) == 1
