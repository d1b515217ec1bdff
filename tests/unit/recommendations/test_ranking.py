"""Fit and order on made-up columns, where every number is known."""

from __future__ import annotations

import numpy as np
import pytest

from museaika.catalogue.columns import Columns
from museaika.mood.vocabulary import MOODS
from museaika.recommendations.ranking import POOL, WINDOW, Wish, best_first, fits, freshness, order


def columns(valence, arousal, *, artists=None, language=None, tags=()):
    n = len(valence)
    moods = np.zeros((n, len(MOODS)), np.float32)
    for row, name in tags:
        moods[row, list(MOODS).index(name)] = 1
    artist = np.full((n, 4), -1, np.int32)
    artist[:, 0] = np.arange(n) if artists is None else artists
    return Columns(
        np.array(valence, np.float32),
        np.array(arousal, np.float32),
        moods,
        artist,
        np.full((n, 8), -1, np.int32),
        np.zeros(n, np.float32),
        np.zeros(n, np.int32),
        np.zeros(n, np.int32) if language is None else np.array(language, np.int32),
        np.zeros(n, np.int32),
        np.zeros(n, np.bool_),
        np.arange(1, n + 1, dtype=np.uint64),
        {"en": 0, "fr": 1},
        {},
        {},
    )


def many(n, seed=5, artists=None):
    rng = np.random.default_rng(seed)
    return columns(rng.uniform(-1, 1, n), rng.uniform(-1, 1, n), artists=artists)


SAD = Wish(-0.7, -0.4, {"sad": 1.0}, discover=0.0)


def test_nearer_tracks_fit_better():
    fit = fits(columns([-0.7, -0.4, 0.8], [-0.4, -0.4, 0.4]), SAD)
    assert fit[0] > fit[1] > fit[2]


def test_of_two_in_one_place_the_one_tagged_for_the_mood_fits_better_and_fits_fully():
    fit = fits(columns([-0.7, -0.7], [-0.4, -0.4], tags=[(1, "sad")]), SAD)
    assert fit[1] == pytest.approx(1.0)
    assert fit[0] == pytest.approx(0.85)


def test_other_languages_are_ruled_out():
    sung = columns([-0.7, -0.7], [-0.4, -0.4], language=[0, 1])
    wish = Wish(-0.7, -0.4, {}, language="fr", discover=0.0)
    assert order(sung, fits(sung, wish), wish, 10) == [1]
    unsung = Wish(-0.7, -0.4, {}, language="wo", discover=0.0)
    assert order(sung, fits(sung, unsung), unsung, 10) == []


def test_the_best_come_first_and_equals_by_row():
    fit = np.array([0.5, 0.9, 0.5, -1, 0.5, 0.7], np.float32)
    assert best_first(fit, 4).tolist() == [1, 5, 0, 2]
    assert best_first(fit, 99).tolist() == [1, 5, 0, 2, 4]


def test_a_longer_list_begins_with_every_shorter_one():
    tracks = many(900, artists=np.arange(900) % 40)
    wish = Wish(0.2, 0.1, {}, discover=0.6, seed=3)
    fit = fits(tracks, wish)
    whole = order(tracks, fit, wish, 3 * POOL)
    assert len(set(whole)) == len(whole)
    for count in (1, 20, POOL - 1, POOL, POOL + 1, 2 * POOL + 7):
        assert order(tracks, fit, wish, count) == whole[:count]


def test_no_artist_crowds_any_window():
    artists = np.arange(600) % 12
    tracks = many(600, artists=artists)
    wish = Wish(0.0, 0.0, {}, discover=0.2)
    rows = order(tracks, fits(tracks, wish), wish, 120)
    for start in range(len(rows) - WINDOW):
        counts = np.bincount(artists[rows[start : start + WINDOW]])
        assert counts.max() <= 3


def test_an_artist_who_is_guest_on_every_track_fills_three_places_and_no_more():
    tracks = many(300)
    tracks.artists[:, 1] = 7777
    assert len(order(tracks, fits(tracks, SAD), SAD, 20)) == 3


def test_discovering_strays_farther_and_another_seed_strays_elsewhere():
    tracks = many(3000)
    place = np.stack([tracks.valence, tracks.arousal], axis=1)

    def found(discover, seed=0):
        wish = Wish(0.3, 0.3, {}, discover=discover, seed=seed)
        return order(tracks, fits(tracks, wish), wish, 20)

    def strays(rows):
        return float(np.hypot(*(place[rows] - 0.3).T).mean())

    assert strays(found(0.0)) < strays(found(0.5)) < strays(found(1.0)) < 0.4
    assert found(0.5, seed=1) != found(0.5, seed=2)
    assert found(0.5, seed=1) == found(0.5, seed=1)
    assert found(0.0, seed=1) == found(0.0, seed=2), "nothing is left to chance when the obvious is asked for"


def test_freshness_is_even_and_belongs_to_the_track_not_to_its_row():
    keys = np.arange(10_000, dtype=np.uint64)
    fresh = freshness(keys, seed=4)
    assert fresh.min() >= 0
    assert fresh.max() < 1
    assert fresh.mean() == pytest.approx(0.5, abs=0.02)
    assert np.array_equal(freshness(keys[::-1], 4), fresh[::-1])
    assert abs(np.corrcoef(fresh, freshness(keys, 5))[0, 1]) < 0.05
