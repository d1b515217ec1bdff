"""What was given lately gives way to what was not, from the next hour on."""

from datetime import UTC, datetime, timedelta

import pytest

from museaika.catalogue.starter import load_starter
from museaika.mood.reading import reading_of
from museaika.mood.vocabulary import MOODS
from museaika.recommendations.remembering import Remembering
from museaika.recommendations.served import LATELY, MOST_TRACKS, Served
from museaika.recommendations.service import RecommendationService

AT = datetime(2026, 1, 5, 12, 10, tzinfo=UTC)
HOUR = timedelta(hours=1)


def test_what_came_in_this_hour_does_not_count_and_counts_from_the_next_on():
    served = Served()
    served.note("ada", ["b", "a"], AT)
    assert served.before("ada", AT + timedelta(minutes=49)) == ()
    assert served.before("ada", AT + HOUR) == ("a", "b")
    assert served.before("bo", AT + HOUR) == ()
    assert served.before("ada", AT + LATELY + HOUR) == ()


def test_being_given_again_changes_nothing_within_that_hour():
    served = Served()
    served.note("ada", ["a"], AT)
    served.note("ada", ["a"], AT + HOUR)
    assert served.before("ada", AT + HOUR + timedelta(minutes=5)) == ("a",)
    assert served.before("ada", AT + LATELY + HOUR) == ("a",)


def test_it_remembers_so_much_and_forgets_on_request():
    served = Served()
    served.note("ada", [f"{n:04d}" for n in range(MOST_TRACKS + 5)], AT)
    assert served.before("ada", AT + HOUR) == tuple(f"{n:04d}" for n in range(5, MOST_TRACKS + 5))
    served.forget("ada")
    assert served.before("ada", AT + HOUR) == ()


@pytest.fixture
def memory():
    return Remembering(RecommendationService(load_starter()))


def test_the_next_hour_brings_other_tracks_and_the_same_hour_the_same(memory):
    def ask(at, listener="ada"):
        found = memory.recommend(mood=reading_of(MOODS["sad"]), listener=listener, at=at)
        return [one.track.track_id for one in found]

    first = ask(AT)
    assert ask(AT + timedelta(minutes=5)) == first
    second = ask(AT + HOUR)
    assert len(set(first) & set(second)) <= 10
    assert ask(AT + HOUR, "bo") == first
    memory.forget("ada")
    assert ask(AT + HOUR) == first
