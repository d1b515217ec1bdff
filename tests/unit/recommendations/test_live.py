"""A radio adds to the catalogue while people ask; its silence stops nobody."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

import pytest

from museaika.catalogue.growing import GrowingCatalogue
from museaika.catalogue.memory import InMemoryCatalogue
from museaika.catalogue.starter import load_starter
from museaika.catalogue.track import Track, track_id_for
from museaika.errors import Unavailable
from museaika.mood.reading import reading_of
from museaika.mood.vocabulary import MOODS, Mood
from museaika.recommendations.live import LONGEST_PAUSE_S, PAUSE_S, LiveRecommendations


class Shelf:
    def __init__(self) -> None:
        self.kept: list[Track] = []

    def put_all(self, tracks) -> tuple[int, int]:
        self.kept += tracks
        return len(self.kept), 0

    def all(self) -> Sequence[Track]:
        return self.kept

    def remove(self, source: str) -> int:
        raise NotImplementedError


class FakeRadio:
    name = "radio"

    def __init__(self) -> None:
        self.asked: list[str] = []
        self.problem: Unavailable | None = None

    def tracks_for(self, mood: Mood, count: int) -> Sequence[Track]:
        self.asked.append(mood.name)
        if self.problem:
            raise self.problem
        return [_track(f"{mood.name} {number}", mood) for number in range(40)]


def _track(title: str, mood: Mood) -> Track:
    artist = f"The {title}s"
    return Track(track_id_for(artist, title), title, (artist,), None, None, None, mood.valence, mood.arousal,
                 mood.tags[:2], None, None, "radio", 0.3)  # fmt: skip


class Timer:
    def __init__(self) -> None:
        self.at = datetime(2026, 1, 1, tzinfo=UTC)

    def __call__(self) -> datetime:
        return self.at

    def passes(self, **how_long: float) -> None:
        self.at += timedelta(**how_long)


@pytest.fixture
def timer() -> Timer:
    return Timer()


@pytest.fixture
def radio() -> FakeRadio:
    return FakeRadio()


@pytest.fixture
def shelf() -> Shelf:
    return Shelf()


@pytest.fixture(scope="module")
def starter() -> InMemoryCatalogue:
    return load_starter()


@pytest.fixture
def catalogue(starter) -> GrowingCatalogue:
    return GrowingCatalogue(starter)


@pytest.fixture
def live(catalogue, shelf, radio, timer) -> LiveRecommendations:
    return LiveRecommendations(catalogue, shelf, radio, timer)


def sources(live: LiveRecommendations, mood: str = "calm") -> set[str]:
    return {one.source for one in live.recommend(mood=reading_of(MOODS[mood]), limit=100)}


def test_nobody_waits_for_the_radio_and_the_next_list_has_its_tracks(live, shelf, catalogue) -> None:
    assert sources(live) == {"starter"}
    live.tune_in()
    assert "radio" in sources(live)
    assert len(shelf.kept) == 40, "they are kept, so that a playlist still knows them after a start"
    assert catalogue.get(shelf.kept[0].track_id) == shelf.kept[0]


def test_a_mood_is_asked_for_once_a_day(live, radio, timer) -> None:
    for _ in range(3):
        sources(live)
    live.tune_in()
    sources(live)
    timer.passes(hours=25)
    sources(live)
    live.tune_in()
    assert radio.asked == ["calm", "calm"]


def test_a_journey_asks_for_both_ends(live, radio) -> None:
    live.recommend(mood=reading_of(MOODS["sad"]), target=MOODS["happy"])
    live.tune_in()
    live.tune_in()
    assert sorted(radio.asked) == ["happy", "sad"]


def test_a_silent_radio_is_left_alone_longer_each_time_and_says_why(live, radio, timer) -> None:
    radio.problem = Unavailable("The radio is off.")
    sources(live)
    live.tune_in()
    assert (live.state().up, live.state().detail) == (False, "The radio is off.")
    timer.passes(seconds=PAUSE_S - 1)
    assert sources(live) == {"starter"}
    timer.passes(seconds=2)
    sources(live)
    live.tune_in()
    timer.passes(seconds=PAUSE_S + 1)
    sources(live)
    assert radio.asked == ["calm", "calm"], "the second pause is twice as long"
    radio.problem = None
    timer.passes(seconds=LONGEST_PAUSE_S)
    sources(live)
    live.tune_in()
    assert live.state().up
    assert "radio" in sources(live)


def test_the_radio_says_itself_how_long_to_wait(live, radio, timer) -> None:
    radio.problem = Unavailable("Wait.", retry_after_s=500)
    sources(live)
    live.tune_in()
    timer.passes(seconds=499)
    sources(live)
    timer.passes(seconds=2)
    sources(live)
    live.tune_in()
    assert len(radio.asked) == 2


def test_tracks_that_are_known_stay_as_they_are(catalogue) -> None:
    known = catalogue.all()[0]
    elsewhere = _track("new", MOODS["calm"])
    assert catalogue.grow([known, elsewhere, elsewhere]) == (elsewhere,)
    assert catalogue.get(known.track_id) is known
    assert catalogue.all()[-1] == elsewhere


def test_who_took_a_look_keeps_what_they_saw(catalogue) -> None:
    seen = catalogue.now()
    catalogue.grow([_track("new", MOODS["calm"])])
    assert len(seen) == len(catalogue) - 1 == len(seen.columns())
