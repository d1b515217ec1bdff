from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache
from typing import Any

import pytest

from museaika.composition.brief import Request
from museaika.composition.composer import compose
from museaika.composition.score import Score
from museaika.mood.vocabulary import MOODS


def make_request(mood: str = "happy", seed: int = 1, length_s: float = 30.0, **more: Any) -> Request:
    valence, arousal = more.pop("at", (MOODS[mood].valence, MOODS[mood].arousal))
    return Request(valence, arousal, mood, length_s, seed, **more)


@pytest.fixture
def ask() -> Callable[..., Request]:
    """Ask for a piece: a request at the mood's own place on the plane."""
    return make_request


@pytest.fixture
def write() -> Callable[..., Score]:
    """Compose a piece by mood, seed, length and whatever else a caller fixes; each is written once a run."""
    return _write


@lru_cache(maxsize=512)
def _write(*args: Any, **more: Any) -> Score:
    return compose(make_request(*args, **more))
