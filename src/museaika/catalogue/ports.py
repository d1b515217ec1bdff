"""What the catalogue promises to those who choose music from it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Protocol

from museaika.catalogue.columns import Columns
from museaika.catalogue.track import Track
from museaika.mood.vocabulary import Mood


class Catalogue(Protocol):
    """A set of tracks in a fixed order, readable by id, by row and by column."""

    def all(self) -> Sequence[Track]:
        """Every track; the order does not change while the catalogue lives."""
        ...

    def get(self, track_id: str) -> Track | None:
        """The track of that id, or None where it is not known."""
        ...

    def columns(self) -> Columns:
        """The same tracks in the same order, as arrays."""
        ...

    def __len__(self) -> int: ...


class Tracks(Protocol):
    """The tracks that the owner of this server brought in; they stay when it stops."""

    def put_all(self, tracks: Iterable[Track]) -> tuple[int, int]:
        """Keep all of them, or, after an exception, none; one of the same id is replaced. Returns how many
        are new and how many were replaced."""
        ...

    def all(self) -> Sequence[Track]:
        """Every track, in the order of their ids."""
        ...

    def remove(self, source: str) -> int:
        """Forget what came from a source; says how many tracks that were."""
        ...


class Radio(Protocol):
    """A service elsewhere that knows recordings for a mood. It learns the mood, and nothing of the listener."""

    name: str
    """What its tracks carry as `source`."""

    def tracks_for(self, mood: Mood, count: int) -> Sequence[Track]:
        """Up to `count` recordings, placed on the plane. Takes seconds at most.

        Raises:
            Unavailable: it can't be reached, refuses, or answers nonsense; `retry_after_s` when it said so.
        """
        ...
