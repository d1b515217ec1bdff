"""What the catalogue promises to those who choose music from it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from museaika.catalogue.columns import Columns
from museaika.catalogue.track import Track


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
