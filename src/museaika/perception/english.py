"""The reader's own model: a small sentence encoder, and a head that was trained on English."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from museaika.errors import Unavailable
from museaika.mood.vocabulary import MOODS
from museaika.perception.feelings import Feelings, FeelingsHead
from museaika.perception.sentences import Passage, SentenceEncoder


class EnglishModel:
    """A `TextModel` that comes with the package. Loads once, then serves any number of threads."""

    name = "minilm-l6-goemotions"
    languages = frozenset({"en"})

    def __init__(self, weights: Path, *, threads: int = 1) -> None:
        """Load encoder and head from a folder; `threads` is how many cores one sentence may use.

        Raises:
            Unavailable: the head was trained on another encoder than the one beside it.
        """
        self.encoder = SentenceEncoder(weights, threads=threads)
        self._head = FeelingsHead(weights / "text.head.npz")
        if self._head.encoder_sha256 != self.encoder.sha256 or set(self._head.moods) != set(MOODS):
            raise Unavailable(
                "text.onnx, text.head.npz and the mood vocabulary do not belong together. Reinstall the "
                "package, or run training/text/train_head.py after changing one of them.",
                code="weights_mismatch",
            )
        self.version = self.encoder.sha256[:12]
        self.moods, self.labels = self._head.moods, self._head.labels

    def passages(self, text: str) -> list[Passage]:
        return self.encoder.passages(text)

    def feel(self, passages: Sequence[str]) -> Feelings:
        return self._head.feel(self.encoder.encode_many(passages))
