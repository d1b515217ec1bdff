"""Answers that were given lately, given again: for an hour, or until the listener says something new.

What a listener said, and was given in the hours before, is part of the question, so a verdict makes it another
one and nothing has to be dropped. People who ask the same at the same moment wait for one answer.
"""

from __future__ import annotations

import threading
import time
from collections import OrderedDict
from collections.abc import Callable, Hashable
from concurrent.futures import Future
from datetime import datetime
from typing import Any

from museaika.mood.reading import MoodReading
from museaika.mood.vocabulary import Mood
from museaika.recommendations.live import LiveRecommendations
from museaika.recommendations.mixes import Mix
from museaika.recommendations.served import Served
from museaika.recommendations.service import Recommendation, RecommendationService

KEPT_S = 3600.0
MOST_KEPT = 1000
"""Answers; one of 20 tracks is about 10 KB."""

Answer = tuple[Recommendation, ...]


class Remembering:
    """A recommendation service with a memory; asked like one."""

    def __init__(
        self,
        service: RecommendationService | LiveRecommendations,
        timer: Callable[[], float] = time.monotonic,
    ) -> None:
        self._service = service
        self._timer = timer
        self._answers: OrderedDict[Hashable, tuple[float, Future[Answer]]] = OrderedDict()
        self._lock = threading.Lock()
        self._served = Served()

    def recommend(
        self,
        *,
        mood: MoodReading,
        target: Mood | None = None,
        listener: str | None = None,
        at: datetime | None = None,
        **question: Any,
    ) -> list[Recommendation]:
        """As `RecommendationService.recommend`; `verdicts` has to be a tuple. What the `listener` was given in
        the hours before `at`, when the list was begun, gives way to other tracks."""
        if listener is None or at is None:
            return self._recall(mood, {**question, "target": target})
        served = self._served.before(listener, at)
        found = self._recall(mood, {**question, "target": target, "served": served})
        self._served.note(listener, (one.track.track_id for one in found), at)
        return found

    def forget(self, listener: str) -> None:
        """Forget what a listener was given."""
        self._served.forget(listener)

    def mixes(self, mood: MoodReading, limit: int = 3, **listener: Any) -> list[Mix]:
        return self._service.mixes(mood, limit, **listener)

    def _recall(self, mood: MoodReading, question: dict[str, Any]) -> list[Recommendation]:
        place = (mood.primary_mood, mood.valence, mood.arousal, *mood.moods.items())
        key = (place, *sorted((name, _plain(value)) for name, value in question.items()))
        with self._lock:
            known = self._answers.get(key)
            if ours := known is None or known[0] <= self._timer():
                known = (self._timer() + KEPT_S, Future())
                self._answers[key] = known
                while len(self._answers) > MOST_KEPT:
                    self._answers.popitem(last=False)
            self._answers.move_to_end(key)
        answer = known[1]
        if ours:
            self._find(key, answer, mood, question)
        return list(answer.result())

    def _find(self, key: Hashable, answer: Future[Answer], mood: MoodReading, question: dict[str, Any]) -> None:
        try:
            answer.set_result(tuple(self._service.recommend(mood=mood, **question)))
        except BaseException as problem:  # noqa: BLE001 - those who wait have to be told, whatever it is
            with self._lock:
                self._answers.pop(key, None)
            answer.set_exception(problem)


def _plain(value: Any) -> Hashable:
    plain: Hashable = value.name if isinstance(value, Mood) else value
    return plain
