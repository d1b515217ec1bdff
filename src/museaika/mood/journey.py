"""From one mood to another in steps: meet people where they are, then lead on (the iso-principle)."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType

from museaika.errors import FieldError, Invalid
from museaika.mood.vocabulary import nearest_mood

Point = tuple[float, float]
"""Valence and arousal, each −1…1."""


@dataclass(frozen=True, slots=True)
class Step:
    """One station: a point of the plane and the mood nearest to it."""

    valence: float
    arousal: float
    mood: str


def _gradual(index: int, n: int) -> float:
    """Leave slowly, arrive softly (half smoothstep, half even: its largest step is 1.25 times the mean)."""
    t = index / (n - 1)
    return (t + t * t * (3 - 2 * t)) / 2


def _direct(index: int, n: int) -> float:
    """Go at an even pace, be there after three quarters and stay (its steps are 1.33 times the mean)."""
    return min(1.0, index / math.ceil((n - 1) * 3 / 4))


PATHS: Mapping[str, Callable[[int, int], float]] = MappingProxyType({"gradual": _gradual, "direct": _direct})
"""How far, 0…1, step `index` of `n` has come."""


def check_path(path: str) -> None:
    """Raise Invalid, code `unknown_path`, for a path that is none of PATHS."""
    if path not in PATHS:
        message = f"'{path[:40]}' is not a path we know. Choose {' or '.join(PATHS)}."
        raise Invalid(message, code="unknown_path", errors=(FieldError(("path",), message),))


def steps(start: Point, end: Point, n: int, path: str = "gradual") -> list[Step]:
    """Return `n` steps, the first at `start`, the last at `end`, valence and arousal monotone between.

    A journey of one step is its end.

    Raises:
        Invalid: code `unknown_path`.
        ValueError: when `n` is below 1.
    """
    check_path(path)
    if n < 1:
        raise ValueError("a journey needs at least one step")
    shares = [PATHS[path](index, n) for index in range(n)] if n > 1 else [1.0]
    return [_step(*_between(start, end, share)) for share in shares]


def _between(start: Point, end: Point, share: float) -> Point:
    return (start[0] * (1 - share) + end[0] * share, start[1] * (1 - share) + end[1] * share)


def _step(valence: float, arousal: float) -> Step:
    return Step(valence, arousal, nearest_mood(valence, arousal).name)
