"""Listeners and what they get, from the packaged catalogue."""

from __future__ import annotations

import itertools
import math
import re
from collections import Counter

import pytest

from museaika.catalogue.languages import INSTRUMENTAL
from museaika.catalogue.memory import InMemoryCatalogue
from museaika.catalogue.starter import load_starter
from museaika.errors import Invalid
from museaika.mood.reading import reading_at, reading_from_moods, reading_of
from museaika.mood.vocabulary import MOODS, distance, find_mood
from museaika.recommendations.goals import GOALS
from museaika.recommendations.service import RecommendationService
from museaika.recommendations.taste import Verdict


@pytest.fixture(scope="module")
def service():
    return RecommendationService(load_starter())


def reading(word):
    return reading_of(find_mood(word))


def tracks(recommendations):
    return [item.track for item in recommendations]


def mean(values):
    values = list(values)
    return sum(values) / len(values)


def test_a_sad_listener_gets_twenty_sad_tracks(service):
    found = tracks(service.recommend(mood=reading("sad")))
    assert len(found) == 20
    assert all(track.valence < 0 for track in found)
    assert mean(track.arousal for track in found) < -0.2


@pytest.mark.parametrize("discover", [0.0, 0.2, 1.0])
@pytest.mark.parametrize("name", MOODS)
def test_every_mood_gets_twenty_different_fitting_tracks_by_many_artists(service, name, discover):
    mood = MOODS[name]
    found = tracks(service.recommend(mood=reading(name), discover=discover))
    assert len({track.track_id for track in found}) == 20
    assert max(Counter(artist for track in found for artist in track.artists).values()) <= 3
    assert abs(mean(track.valence for track in found) - mood.valence) < 0.2
    assert abs(mean(track.arousal for track in found) - mood.arousal) < 0.2


def test_scores_are_shares_and_the_first_is_about_the_best(service):
    scores = [item.score for item in service.recommend(mood=reading("calm"))]
    assert all(0 <= score <= 1 for score in scores)
    assert scores[0] >= max(scores) - 0.1


@pytest.mark.parametrize(
    ("language", "code"), [("pt", "pt"), ("French", "fr"), ("es-MX", "es"), ("instrumental", "zxx")]
)
def test_only_the_wanted_language_is_heard(service, language, code):
    found = tracks(service.recommend(mood=reading("romantic"), language=language))
    assert len(found) == 20
    assert {track.language for track in found} == {code}


def test_nothing_far_from_the_mood_is_offered_even_where_a_language_is_scarce(service):
    for track in tracks(service.recommend(mood=reading("calm"), language="sv", limit=100)):
        assert distance(track.valence, track.arousal, MOODS["calm"]) <= 1.0


def test_a_language_the_catalogue_lacks_gets_an_empty_list(service):
    assert service.recommend(mood=reading("calm"), language="et") == []


@pytest.mark.parametrize("limit", [1, 100])
def test_the_limit_is_met(service, limit):
    assert len(service.recommend(mood=reading("angry"), limit=limit)) == limit


@pytest.mark.parametrize(
    ("wrong", "where"),
    [
        ({"limit": 0}, "limit"),
        ({"limit": 101}, "limit"),
        ({"offset": -1}, "offset"),
        ({"discover": 1.5}, "discover"),
    ],
)
def test_numbers_out_of_range_are_told_apart(service, wrong, where):
    with pytest.raises(Invalid) as caught:
        service.recommend(mood=reading("happy"), **wrong)
    assert [error.loc for error in caught.value.errors] == [(where,)]


@pytest.mark.parametrize(
    ("asked", "code"),
    [({"goal": "sulk"}, "unknown_goal"), ({"language": "dothraki"}, "unknown_language"),
     ({"target": MOODS["happy"], "path": "scenic"}, "unknown_path"), ({"path": "scenic"}, "unknown_path"),
     ({"target": MOODS["happy"], "goal": "lift"}, "invalid")],
)  # fmt: skip
def test_what_we_do_not_know_is_answered_with_what_we_do(service, asked, code):
    with pytest.raises(Invalid) as caught:
        service.recommend(mood=reading("happy"), **asked)
    assert caught.value.code == code


def test_pages_do_not_overlap_and_join_to_the_whole(service):
    whole = tracks(service.recommend(mood=reading("nostalgic"), limit=60))
    pages = [tracks(service.recommend(mood=reading("nostalgic"), limit=20, offset=at)) for at in (0, 20, 40)]
    assert list(itertools.chain(*pages)) == whole


def test_paging_to_the_end_stops_and_repeats_nothing(service):
    seen = []
    offset = 0
    while page := service.recommend(mood=reading("angry"), limit=100, offset=offset):
        seen += [item.track.track_id for item in page]
        offset += len(page)
    assert len(set(seen)) == len(seen)
    assert len(seen) > 300


def test_the_same_question_gets_the_same_answer_and_another_day_another_one(service):
    ask = {"mood": reading("happy"), "discover": 0.6}
    assert service.recommend(**ask) == service.recommend(**ask)
    today, tomorrow = service.recommend(**ask, seed=1), service.recommend(**ask, seed=2)
    assert {t.track_id for t in tracks(today)} != {t.track_id for t in tracks(tomorrow)}


@pytest.mark.parametrize(
    ("mood", "goal", "better"),
    [
        ("sad", "lift", lambda found, here: mean(t.valence for t in found) > here.valence + 0.4),
        ("angry", "calm", lambda found, here: mean(t.arousal for t in found) < here.arousal - 0.6),
        ("tired", "energise", lambda found, here: mean(t.arousal for t in found) > here.arousal + 0.6),
        ("energetic", "focus", lambda found, here: mean(t.arousal for t in found) < here.arousal - 0.3),
    ],
)
def test_a_goal_moves_the_music(service, mood, goal, better):
    assert better(tracks(service.recommend(mood=reading(mood), goal=goal)), MOODS[mood])


@pytest.mark.parametrize("path", ["gradual", "direct"])
def test_a_journey_from_sad_to_happy_goes_one_way_and_arrives(service, path):
    found = service.recommend(mood=reading("sad"), target=MOODS["happy"], path=path)
    valences = [item.track.valence for item in found]
    assert valences == sorted(valences)
    assert valences[0] < -0.5
    assert valences[-1] > 0.6
    assert len({item.track.track_id for item in found}) == 20
    assert max(Counter(artist for track in tracks(found) for artist in track.artists).values()) <= 3
    assert all(f"step {n} of 20" in item.reason.casefold() for n, item in enumerate(found, 1))


@pytest.mark.parametrize("path", ["gradual", "direct"])
@pytest.mark.parametrize(("start", "end"), [("sad", "happy"), ("angry", "calm"), ("tired", "energetic")])
def test_a_journey_leaps_nowhere(service, start, end, path):
    found = tracks(service.recommend(mood=reading(start), target=MOODS[end], path=path))
    leaps = [math.hypot(b.valence - a.valence, b.arousal - a.arousal) for a, b in itertools.pairwise(found)]
    assert max(leaps) <= 2 * mean(leaps) + 1e-6


@pytest.mark.parametrize("start", MOODS)
@pytest.mark.parametrize("limit", [1, 5, 20])
def test_any_journey_arrives_near_its_target(service, start, limit):
    last = service.recommend(mood=reading(start), target=MOODS["calm"], limit=limit)[-1].track
    assert abs(last.valence - MOODS["calm"].valence) < 0.35
    assert abs(last.arousal - MOODS["calm"].arousal) < 0.35


def test_after_the_journey_the_pages_stay_at_the_target(service):
    ask = {"mood": reading("sad"), "target": MOODS["happy"], "limit": 10}
    first, second, third = (tracks(service.recommend(**ask, offset=at)) for at in (0, 10, 20))
    assert not {t.track_id for t in first} & {t.track_id for t in second}
    assert not {t.track_id for t in second} & {t.track_id for t in third}
    assert min(t.valence for t in second) > 0.5


def test_a_page_across_the_end_of_a_journey_is_full(service):
    ask = {"mood": reading("sad"), "target": MOODS["happy"], "limit": 10}
    page = service.recommend(**ask, offset=6)
    assert len(page) == 10
    assert [item.reason.split(",")[0] for item in page[3:5]] == ["Step 10 of 10", "You have arrived"]


def test_a_journey_in_a_scarce_language_is_as_long_as_it_can_be(service):
    swahili = [track for track in load_starter().all() if track.language == "sw"]
    found = service.recommend(mood=reading("sad"), target=MOODS["happy"], language="sw", limit=100)
    assert {t.track_id for t in tracks(found)} <= {t.track_id for t in swahili}
    assert found


def test_reasons_tell_facts_of_the_track_and_differ(service):
    found = service.recommend(mood=reading("calm"))
    assert len({item.reason for item in found}) == 20
    for item in found:
        assert str(item.track.year) in item.reason
        assert item.reason.startswith("Calm, as you asked")
        assert item.reason.endswith(".")
        assert "  " not in item.reason
        if item.track.language == INSTRUMENTAL:
            assert "sung" not in item.reason


@pytest.mark.parametrize("goal", GOALS)
def test_reasons_read_as_sentences_for_every_mood_and_goal(service, goal):
    for name in MOODS:
        for item in service.recommend(mood=reading(name), goal=goal, limit=100):
            assert re.fullmatch(r"[A-Z].*: an? [^ ].*\.", item.reason), item.reason
            assert "None" not in item.reason
            assert "{" not in item.reason


def test_a_point_on_the_plane_works_like_a_name(service):
    found = tracks(service.recommend(mood=reading_at(-0.7, 0.7)))
    assert mean(track.arousal for track in found) > 0.5
    assert mean(track.valence for track in found) < -0.4


def test_an_empty_catalogue_recommends_nothing():
    empty = RecommendationService(InMemoryCatalogue([]))
    assert empty.recommend(mood=reading("happy")) == []
    assert empty.recommend(mood=reading("happy"), target=MOODS["sad"]) == []


@pytest.mark.parametrize("name", MOODS)
def test_mixes_begin_with_the_mood_and_show_a_way_on(service, name):
    first, second, third = service.mixes(reading(name))
    assert first.url == f"/api/v1/recommendations?mood={name}&goal=match"
    assert f"mood={name}&goal=" in second.url
    assert "goal=match" not in second.url
    assert len({first.playlist_id, second.playlist_id, third.playlist_id}) == 3
    assert all(mix.name and mix.reason for mix in (first, second, third))


def test_mixes_of_a_certain_mood_go_on_with_its_neighbour_on_the_plane(service):
    assert [mix.playlist_id for mix in service.mixes(reading("focused"))][2] == "mix_neutral"
    assert [mix.playlist_id for mix in service.mixes(reading("sad"), limit=4)][3] == "mix_melancholic"


def test_mixes_follow_the_second_likeliest_mood():
    mixes = RecommendationService(InMemoryCatalogue([])).mixes(
        reading_from_moods({"calm": 0.5, "nostalgic": 0.4}), limit=4
    )
    assert [mix.playlist_id for mix in mixes if "goal=match" in mix.url][:2] == ["mix_calm", "mix_nostalgic"]


@pytest.mark.parametrize(
    ("hour", "name"), [(0, "night"), (4, "night"), (5, "morning"), (12, "day"), (17, "evening"), (23, "night")]
)
def test_mixes_are_named_for_the_part_of_the_day(service, hour, name):
    first = service.mixes(reading("calm"), hour=hour)[0]
    assert first.playlist_id == f"mix_calm_{name}"
    assert first.url == f"/api/v1/recommendations?mood=calm&part={name}"


def test_no_two_parts_of_the_day_call_a_mix_the_same_but_where_one_name_fits_both(service):
    names = [{service.mixes(reading(mood), hour=hour)[0].name for hour in (8, 13, 19, 23)} for mood in MOODS]
    assert all(len(parts) == 4 for parts in names)
    assert len(set.union(*names)) == 4 * len(MOODS)


def test_music_at_night_is_quieter_than_in_the_morning(service):
    morning, night = (
        mean(t.arousal for t in tracks(service.recommend(mood=reading("neutral"), part=part)))
        for part in ("morning", "night")
    )
    assert night < morning - 0.08


def test_a_mix_with_what_the_listener_likes_holds_nothing_else(service):
    liked = [t for t in load_starter().all() if "piano" in t.tags][:3]
    verdicts = [Verdict(track.track_id, "like") for track in liked]
    mix = next(mix for mix in service.mixes(reading("calm"), hour=20, verdicts=verdicts) if "tag=" in mix.url)
    assert (mix.name, mix.reason) == ("Calm, with piano", "You liked songs with piano; these are calm ones")
    found = tracks(service.recommend(mood=reading("calm"), tag="piano"))
    assert len(found) == 20
    assert all("piano" in track.tags for track in found)


@pytest.mark.parametrize("verdicts", [["like"], ["like", "like", "dislike"], ["dislike", "dislike"]])
def test_one_like_or_a_contradiction_makes_no_mix(service, verdicts):
    judged = [t for t in load_starter().all() if "piano" in t.tags and t.genre == "classical"]
    said = [Verdict(track.track_id, verdict) for track, verdict in zip(judged, verdicts, strict=False)]
    assert all("tag=" not in mix.url for mix in service.mixes(reading("calm"), hour=20, verdicts=said))


def test_who_wants_no_strong_language_gets_none_that_is_known_of(service):
    ask = {"mood": reading("angry"), "limit": 100, "tag": "hip-hop"}
    assert any(track.explicit for track in tracks(service.recommend(**ask)))
    assert not any(track.explicit for track in tracks(service.recommend(**ask, explicit=False)))


def test_a_tag_is_found_however_it_is_written_and_an_unknown_one_is_told_its_neighbours(service):
    assert service.recommend(mood=reading("happy"), tag=" Hip Hop ")
    with pytest.raises(Invalid, match="Did you mean piano") as caught:
        service.recommend(mood=reading("happy"), tag="pianno")
    assert caught.value.code == "unknown_tag"


@pytest.mark.parametrize(("start", "target"), [("sad", "happy"), ("angry", "calm"), ("fear", "romantic")])
def test_the_tracks_of_a_journey_go_one_way_on_both_axes_without_a_leap(service, start, target):
    found = tracks(service.recommend(mood=reading(start), target=MOODS[target]))
    for axis in ("valence", "arousal"):
        onward = getattr(MOODS[target], axis) - getattr(MOODS[start], axis)
        steps = [getattr(b, axis) - getattr(a, axis) for a, b in itertools.pairwise(found)]
        assert sum(step * onward >= 0 for step in steps) >= 18
        assert max(map(abs, steps)) <= 2 * mean(map(abs, steps)) + 0.02
