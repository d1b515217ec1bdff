"""Recommendations from a catalogue that a radio adds to, mood by mood, as people ask.

Nobody waits for the radio: a mood that was asked for is noted, a thread of its own tunes in, and what it finds
is there for the next question. Each mood is asked for again after a day. While the radio is silent, everything
else goes on, and `state` says since when and why.
"""

from __future__ import annotations

import queue
import threading
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import structlog

from museaika.catalogue.growing import GrowingCatalogue
from museaika.catalogue.ports import Radio, Tracks
from museaika.catalogue.track import Track
from museaika.clock import Clock, now
from museaika.errors import MuseAIkaError
from museaika.mood.reading import MoodReading
from museaika.mood.vocabulary import MOODS, Mood
from museaika.recommendations.mixes import Mix
from museaika.recommendations.service import Recommendation, RecommendationService

FRESH_S = 24 * 3600.0
"""How long a mood is not asked for again."""
PAUSE_S, LONGEST_PAUSE_S = 60.0, 3600.0
"""How long to leave a radio alone that failed: doubled each time, up to an hour."""
COUNT = 100
"""Tracks asked for a mood at a time."""

_log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class RadioState:
    """Whether the radio answered when it was last asked; `detail` says what was wrong."""

    up: bool
    detail: str | None = None


class LiveRecommendations:
    """Asked like `RecommendationService`. `start` it, or call `tune_in` again and again."""

    def __init__(self, catalogue: GrowingCatalogue, own: Tracks, radio: Radio, clock: Clock = now) -> None:
        self._catalogue, self._own, self._radio, self._clock = catalogue, own, radio, clock
        self._service = RecommendationService(catalogue.now())
        self._heard: dict[str, float] = {}
        self._silent_until, self._pause_s = 0.0, PAUSE_S
        self._state = RadioState(up=True)
        self._asked: queue.SimpleQueue[str] = queue.SimpleQueue()
        self._lock = threading.Lock()

    def recommend(
        self, *, mood: MoodReading, target: Mood | None = None, **question: Any
    ) -> list[Recommendation]:
        for name in {mood.primary_mood, target.name if target else mood.primary_mood}:
            self._note(name)
        return self._service.recommend(mood=mood, target=target, **question)

    def mixes(self, *args: Any, **options: Any) -> list[Mix]:
        return self._service.mixes(*args, **options)

    def state(self) -> RadioState:
        return self._state

    def _note(self, mood: str) -> None:
        at = self._clock().timestamp()
        with self._lock:
            if at < self._silent_until or at < self._heard.get(mood, 0.0) + FRESH_S:
                return
            self._heard[mood] = at
        self._asked.put(mood)

    def start(self) -> None:
        """Listen from now on, in a thread that ends with the process."""
        threading.Thread(target=self._listen, name="radio", daemon=True).start()

    def _listen(self) -> None:
        while True:
            self.tune_in()

    def tune_in(self) -> None:
        """Wait until a mood is asked for, ask the radio for it, and add what is new; a failure is noted, and
        tried again later."""
        mood = self._asked.get()
        try:
            self._add(self._radio.tracks_for(MOODS[mood], COUNT))
        except MuseAIkaError as problem:
            self._fail(mood, problem)
        else:
            self._pause_s, self._state = PAUSE_S, RadioState(up=True)

    def _add(self, tracks: Sequence[Track]) -> None:
        added = self._catalogue.grow(tracks)
        if added:
            # kept, so that lists and verdicts that name them still mean something after the next start
            self._own.put_all(added)
            self._service = RecommendationService(self._catalogue.now())
        _log.info("radio_heard", radio=self._radio.name, found=len(tracks), added=len(added))

    def _fail(self, mood: str, problem: MuseAIkaError) -> None:
        pause = problem.retry_after_s or self._pause_s
        with self._lock:
            self._heard.pop(mood, None)
            self._silent_until = self._clock().timestamp() + pause
            self._pause_s = min(2 * self._pause_s, LONGEST_PAUSE_S)
        self._state = RadioState(up=False, detail=problem.detail)
        _log.warning("radio_silent", radio=self._radio.name, detail=problem.detail, pause_s=pause)
