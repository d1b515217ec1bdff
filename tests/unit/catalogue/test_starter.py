"""The packaged catalogue serves every mood, many languages and many decades, and repeats nothing."""

from __future__ import annotations

from collections import Counter

import pytest

from museaika.catalogue.languages import INSTRUMENTAL, find_language
from museaika.catalogue.memory import InMemoryCatalogue
from museaika.catalogue.starter import load_starter
from museaika.catalogue.track import fold
from museaika.errors import Invalid
from museaika.mood.vocabulary import MOODS, distance


@pytest.fixture(scope="module")
def catalogue():
    return load_starter()


def test_it_holds_more_than_a_thousand_tracks(catalogue):
    assert len(catalogue) >= 1000


def test_no_track_stands_twice(catalogue):
    spelled = Counter((fold(track.artists[0]), fold(track.title)) for track in catalogue.all())
    assert [key for key, times in spelled.items() if times > 1] == []
    assert len({track.track_id for track in catalogue.all()}) == len(catalogue)


def test_no_artist_is_spelled_in_two_ways(catalogue):
    spellings = {}
    for name in {name for track in catalogue.all() for name in track.artists}:
        spellings.setdefault(fold(name).removeprefix("the"), set()).add(name)
    assert [names for names in spellings.values() if len(names) > 1] == []


@pytest.mark.parametrize("mood", MOODS.values(), ids=lambda mood: mood.name)
def test_each_mood_has_twenty_tracks_close_to_it(catalogue, mood):
    assert sum(distance(track.valence, track.arousal, mood) <= 0.25 for track in catalogue.all()) >= 20


def test_no_quadrant_of_the_plane_is_poor(catalogue):
    quadrants = Counter((track.valence >= 0, track.arousal >= 0) for track in catalogue.all())
    assert min(quadrants.values()) >= 0.15 * len(catalogue)


def test_the_world_sings_in_it(catalogue):
    languages = Counter(track.language for track in catalogue.all())
    assert {"en", "es", "pt", "fr", "de", "it", "ja", "ko", "hi", "ar", "tr", "sw", INSTRUMENTAL} <= set(
        languages
    )
    assert languages["en"] < 0.65 * len(catalogue)


def test_each_decade_of_recorded_music_since_1930_is_there(catalogue):
    decades = {track.year // 10 * 10 for track in catalogue.all()}
    assert set(range(1930, 2030, 10)) <= decades


def test_points_and_tags_agree_for_nearly_all(catalogue):
    doubtful = [track for track in catalogue.all() if track.confidence < 0.4]
    assert len(doubtful) <= 0.05 * len(catalogue)


def test_a_track_is_found_by_its_id_and_by_its_row(catalogue):
    row, track = 7, catalogue.all()[7]
    assert catalogue.get(track.track_id) is track
    assert catalogue.columns().valence[row] == pytest.approx(track.valence)
    assert catalogue.get("ma_000000000000") is None


def test_two_tracks_of_one_id_make_no_catalogue(catalogue):
    track = catalogue.all()[0]
    with pytest.raises(ValueError, match="share an id"):
        InMemoryCatalogue([track, track])


def test_an_empty_catalogue_is_allowed():
    empty = InMemoryCatalogue([])
    assert len(empty) == len(empty.columns()) == 0


@pytest.mark.parametrize(
    ("word", "code"), [("pt-BR", "pt"), ("Portuguese", "pt"), (" JA ", "ja"), ("instrumental", INSTRUMENTAL)]
)
def test_a_language_goes_by_code_region_or_name(word, code):
    assert find_language(word) == code


def test_an_unknown_language_is_helped():
    with pytest.raises(Invalid, match="English name") as caught:
        find_language("dothraki")
    assert caught.value.code == "unknown_language"
