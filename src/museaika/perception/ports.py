"""What a model has to offer so that `TextReader` can read with it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from museaika.perception.feelings import Feelings
from museaika.perception.sentences import Passage


class TextModel(Protocol):
    """From words to feelings. May be used by many threads at once."""

    @property
    def name(self) -> str: ...

    @property
    def version(self) -> str:
        """Changes whenever answers may change."""

    @property
    def moods(self) -> Sequence[str]:
        """All moods of the vocabulary, in the order of `Feelings.moods`."""

    @property
    def labels(self) -> Sequence[str]:
        """The model's own labels, in the order of `Feelings.labels`."""

    @property
    def languages(self) -> frozenset[str] | None:
        """ISO 639 codes of the languages it can read; None where nobody says."""

    def passages(self, text: str) -> list[Passage]:
        """The whole text, cut into as few parts as the model can read at once."""

    def feel(self, passages: Sequence[str]) -> Feelings:
        """One row for each passage, in order, whatever stands beside it."""
