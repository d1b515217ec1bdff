"""Telling how far the work is, and hearing whether it should stop."""

from __future__ import annotations

from collections.abc import Callable

Progress = Callable[[str, float], None]
Stop = Callable[[], bool]


class Cancelled(Exception):
    """Somebody asked for the work to stop; what was written so far is worthless."""


class Steps:
    """Tells progress and asks whether to stop, in one breath."""

    def __init__(self, on_progress: Progress, should_stop: Stop):
        self._on_progress, self._should_stop = on_progress, should_stop

    def breathe(self) -> None:
        """Between two pieces of work: raise Cancelled if asked to stop."""
        if self._should_stop():
            raise Cancelled

    def reached(self, stage: str, done: float, total: float) -> None:
        self.breathe()
        self._on_progress(stage, min(done / max(total, 1), 1.0))
