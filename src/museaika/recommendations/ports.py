"""What the memory of verdicts promises."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from museaika.paging import Page
from museaika.recommendations.taste import Verdict


class Verdicts(Protocol):
    """What each listener said of tracks: one standing verdict per person and track, the last one given."""

    def put(self, user_id: str, verdict: Verdict) -> None:
        """Keep a verdict in place of an earlier one on the same track. `verdict.at` must be set."""
        ...

    def remove(self, user_id: str, track_id: str) -> bool:
        """Take a verdict back; says whether there was one."""
        ...

    def of(self, user_id: str) -> Sequence[Verdict]:
        """All that stand, oldest first."""
        ...

    def page(self, user_id: str, *, cursor: str | None = None, limit: int = 20) -> Page[Verdict]:
        """Those that stand, newest first. Raises Invalid for a damaged cursor."""
        ...

    def delete_all(self, user_id: str) -> int:
        """Forget them all; says how many there were."""
        ...
