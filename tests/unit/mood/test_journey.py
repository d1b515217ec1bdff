"""A journey starts where the listener is, ends where they want to be, and never jumps."""

from __future__ import annotations

import itertools
import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from museaika.errors import Invalid
from museaika.mood.journey import PATHS, steps
from museaika.mood.vocabulary import MOODS

SAD = (MOODS["sad"].valence, MOODS["sad"].arousal)
HAPPY = (MOODS["happy"].valence, MOODS["happy"].arousal)
AXIS = st.floats(-1, 1)
POINT = st.tuples(AXIS, AXIS)


@given(POINT, POINT, st.integers(2, 100), st.sampled_from(sorted(PATHS)))
def test_every_journey_joins_its_ends_goes_one_way_and_never_leaps(start, end, n, path):
    way = steps(start, end, n, path)
    assert len(way) == n
    assert (way[0].valence, way[0].arousal) == pytest.approx(start)
    assert (way[-1].valence, way[-1].arousal) == pytest.approx(end)
    turn = 1 if end[0] >= start[0] else -1
    assert all(turn * (b.valence - a.valence) >= -1e-12 for a, b in itertools.pairwise(way))
    lengths = [math.hypot(b.valence - a.valence, b.arousal - a.arousal) for a, b in itertools.pairwise(way)]
    assert max(lengths) <= 2 * sum(lengths) / len(lengths) + 1e-9


def test_from_sad_to_happy_the_steps_are_named_on_the_way():
    names = [step.mood for step in steps(SAD, HAPPY, 20)]
    assert (names[0], names[-1]) == ("sad", "happy")
    assert 4 <= len(set(names)) <= 8
    assert len([name for name, _ in itertools.groupby(names)]) == len(set(names)), "no mood comes back"


def test_the_direct_path_is_there_after_three_quarters_and_the_gradual_one_is_not():
    direct, gradual = steps(SAD, HAPPY, 21, "direct"), steps(SAD, HAPPY, 21, "gradual")
    assert (direct[15].valence, direct[15].arousal) == pytest.approx(HAPPY)
    assert direct[14].valence < HAPPY[0]
    assert gradual[10].valence == pytest.approx((SAD[0] + HAPPY[0]) / 2)
    assert gradual[1].valence - SAD[0] < (HAPPY[0] - SAD[0]) / 20, "it leaves slowly"


def test_a_single_step_is_the_arrival():
    assert [step.mood for step in steps(SAD, HAPPY, 1)] == ["happy"]


def test_an_unknown_path_is_told_the_known_ones():
    with pytest.raises(Invalid, match="gradual or direct") as caught:
        steps(SAD, HAPPY, 5, "scenic")
    assert caught.value.code == "unknown_path"


def test_a_journey_without_steps_is_refused():
    with pytest.raises(ValueError, match="at least one step"):
        steps(SAD, HAPPY, 0)
