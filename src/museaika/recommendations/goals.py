"""What a listener wants of the music: stay with the mood, or be moved some of the way to another place."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

from museaika.errors import FieldError, Invalid
from museaika.mood.journey import Point
from museaika.mood.vocabulary import MOODS


@dataclass(frozen=True, slots=True)
class Goal:
    """Go `share` (0…1) of the way towards the mood `towards`; `words` open the reason a listener reads."""

    name: str
    towards: str
    share: float
    words: str


_TABLE = (
    Goal("match", "neutral", 0.0, "{mood}, as you asked"),
    Goal("lift", "happy", 0.55, "to lift you a step"),
    Goal("calm", "calm", 0.70, "to settle you"),
    Goal("focus", "focused", 0.85, "to keep your mind on one thing"),
    Goal("energise", "energetic", 0.75, "to get you going"),
)

GOALS: Mapping[str, Goal] = MappingProxyType({goal.name: goal for goal in _TABLE})


def find_goal(name: str) -> Goal:
    """Return the goal of that name.

    Raises:
        Invalid: code `unknown_goal`.
    """
    if goal := GOALS.get(name.strip().casefold()):
        return goal
    message = f"'{name.strip()[:40]}' is not a goal we know. Choose one of {', '.join(GOALS)}."
    raise Invalid(message, code="unknown_goal", errors=(FieldError(("goal",), message),))


def aim(point: Point, goal: Goal) -> Point:
    """Where to look for music, for someone who stands at `point` and has this goal."""
    there = MOODS[goal.towards]
    return (
        point[0] + goal.share * (there.valence - point[0]),
        point[1] + goal.share * (there.arousal - point[1]),
    )
