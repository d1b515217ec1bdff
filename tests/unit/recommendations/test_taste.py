"""What listeners say of a track changes what comes next: for it, its artist and its genre."""

from __future__ import annotations

import numpy as np
import pytest

from museaika.catalogue.starter import load_starter
from museaika.errors import Invalid
from museaika.mood.reading import reading_of
from museaika.mood.vocabulary import MOODS
from museaika.recommendations.ranking import RULED_OUT, Wish
from museaika.recommendations.service import RecommendationService
from museaika.recommendations.taste import MOST, Verdict, leaning

CATALOGUE = load_starter()
ROWS = {track.track_id: row for row, track in enumerate(CATALOGUE.all())}
SAD = Wish(MOODS["sad"].valence, MOODS["sad"].arousal, {"sad": 1.0}, discover=0.0)


def rows_by(artist):
    return [row for row, track in enumerate(CATALOGUE.all()) if artist in track.artists]


def lean(*verdicts, wish=SAD):
    return leaning(CATALOGUE.columns(), ROWS, verdicts, wish)


def verdict_on(row, verdict, mood=None):
    return Verdict(CATALOGUE.all()[row].track_id, verdict, mood)


def test_without_verdicts_nothing_leans():
    assert not lean().any()
    assert not lean(Verdict("ma_ffffffffffff", "like")).any()


def test_a_like_lifts_the_track_most_its_artist_less_and_its_genre_least():
    liked, other, *_ = rows_by("Radiohead")
    leans = lean(verdict_on(liked, "like"))
    genre = next(
        row
        for row, track in enumerate(CATALOGUE.all())
        if track.genre == CATALOGUE.all()[other].genre and "Radiohead" not in track.artists
    )
    assert leans[liked] > leans[other] > leans[genre] > 0


def test_a_dislike_rules_the_track_out_whatever_the_mood_and_lowers_its_artist():
    row, other, *_ = rows_by("Radiohead")
    leans = lean(verdict_on(row, "dislike", "energetic"))
    assert leans[row] <= RULED_OUT
    assert RULED_OUT < leans[other] < 0


def test_a_skip_weighs_less_than_a_dislike_and_does_not_rule_out():
    row, other, *_ = rows_by("Radiohead")
    skipped, disliked = lean(verdict_on(row, "skip")), lean(verdict_on(row, "dislike"))
    assert RULED_OUT < skipped[row] < 0
    assert disliked[other] < skipped[other] < 0


def test_who_changes_their_mind_is_believed():
    row = rows_by("Radiohead")[0]
    assert lean(verdict_on(row, "dislike"), verdict_on(row, "like"))[row] > 0
    assert lean(verdict_on(row, "like"), verdict_on(row, "dislike"))[row] <= RULED_OUT


def test_a_verdict_counts_most_in_its_own_mood():
    row = rows_by("Radiohead")[0]
    assert lean(verdict_on(row, "like", "sad"))[row] > 2 * lean(verdict_on(row, "like", "energetic"))[row] > 0


def test_no_heap_of_likes_drowns_the_mood():
    leans = lean(*(verdict_on(row, "like") for row in range(200)))
    assert np.abs(leans[200:]).max() <= MOST + 1e-6


def test_an_unknown_verdict_is_told_the_known_ones():
    with pytest.raises(Invalid, match="like, skip, dislike") as caught:
        Verdict("ma_ffffffffffff", "meh")
    assert caught.value.code == "unknown_verdict"
    assert caught.value.errors[0].loc == ("verdict",)


@pytest.mark.parametrize("target", [None, MOODS["happy"]], ids=["list", "journey"])
def test_what_was_disliked_does_not_come_back(target):
    service = RecommendationService(CATALOGUE)
    ask = {"mood": reading_of(MOODS["sad"]), "target": target}
    first = service.recommend(**ask)
    refused = {item.track.track_id for item in first[:5]}
    after = service.recommend(**ask, verdicts=[Verdict(track_id, "dislike", "sad") for track_id in refused])
    assert not refused & {item.track.track_id for item in after}
    assert len(after) == 20


def test_what_was_liked_rises_and_brings_its_artist_along():
    service = RecommendationService(CATALOGUE)
    mood = reading_of(MOODS["sad"])
    listed = [item.track for item in service.recommend(mood=mood, limit=60)]
    liked = listed[-1]
    after = [
        item.track
        for item in service.recommend(mood=mood, limit=60, verdicts=[Verdict(liked.track_id, "like", "sad")])
    ]
    assert after.index(liked) < listed.index(liked) - 10


def test_what_was_said_is_given_as_the_reason():
    service = RecommendationService(CATALOGUE)
    mood = reading_of(MOODS["sad"])
    near = sorted(rows_by("Radiohead"), key=lambda row: CATALOGUE.all()[row].valence)
    first, second, third, *_ = near
    liked = [Verdict(CATALOGUE.all()[row].track_id, "like", "sad") for row in (first, second)]
    found = {
        item.track.track_id: item.reason
        for item in service.recommend(mood=mood, limit=100, verdicts=liked, discover=0.0)
    }
    assert "and you liked it before" in found[liked[0].track_id]
    others = [words for track_id, words in found.items() if track_id == CATALOGUE.all()[third].track_id]
    assert all("and you liked two songs by the same artist" in words for words in others)
    assert any("you liked two songs" in words for words in found.values())


def test_a_track_taken_to_find_out_says_so_and_its_genre_was_never_judged():
    service = RecommendationService(CATALOGUE)
    mood = reading_of(MOODS["calm"])
    heard = service.recommend(mood=mood, limit=10)
    verdicts = [Verdict(item.track.track_id, "like", "calm") for item in heard]
    known = {item.track.genre for item in heard}
    tried = [
        item
        for seed in range(5)
        for item in service.recommend(mood=mood, limit=50, verdicts=verdicts, discover=0.8, seed=seed)
        if "find out how you take to" in item.reason
    ]
    assert tried
    assert all(item.track.genre not in known and item.track.genre in item.reason for item in tried)


def test_drawing_strays_from_what_is_known_only_when_discovering():
    liked = [verdict_on(row, "like") for row in rows_by("Radiohead")[:3]]

    def drawn(discover, seed):
        return lean(*liked, wish=Wish(SAD.valence, SAD.arousal, SAD.moods, discover=discover, seed=seed))

    assert np.array_equal(drawn(0.0, 1), drawn(0.0, 2))
    assert np.array_equal(drawn(0.5, 1), drawn(0.5, 1))
    assert not np.array_equal(drawn(0.5, 1), drawn(0.5, 2))
    mean = np.mean([drawn(0.3, seed) for seed in range(200)], axis=0)
    assert np.abs(mean - drawn(0.0, 0)).max() < 0.12, "draws are fair: their mean is what is known"


def test_what_is_known_to_be_explicit_is_left_away_on_request():
    from dataclasses import replace

    from museaika.catalogue.memory import InMemoryCatalogue

    tracks = [replace(track, explicit=number % 2 == 0) for number, track in enumerate(CATALOGUE.all())]
    service = RecommendationService(InMemoryCatalogue(tracks))
    for target in (None, MOODS["happy"]):
        found = service.recommend(mood=reading_of(MOODS["angry"]), target=target, explicit=False)
        assert len(found) == 20
        assert not any(item.track.explicit for item in found)
    assert any(item.track.explicit for item in service.recommend(mood=reading_of(MOODS["angry"])))
