"""What a sentence feels like: a mood, a sentiment, and the words that speak for it.

English, as it is written in chats and diaries. A statement about the words, not about the person.
"""

from __future__ import annotations

import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from museaika.errors import FieldError, Invalid, Unavailable
from museaika.mood.reading import MoodReading, reading_from_moods
from museaika.mood.vocabulary import MOODS
from museaika.perception.feelings import SENTIMENTS, TEXT_EMOTIONS, Feelings, FeelingsHead, Floats, averaged
from museaika.perception.sentences import SentenceEncoder
from museaika.perception.wording import emoji_words, in_words

WEIGHTS = Path(__file__).parent / "weights"
LARGEST_BATCH = 64
MOST_PARTS = 64
"""A text is explained in at most so many parts: words, or runs of words where there are more."""

LEAST_WEIGHT = 0.02
"""A word that moves no mood by this much is not worth showing."""

_WORD = re.compile(r"[^\W_]+(?:['’][^\W_]+)*")


@dataclass(frozen=True, slots=True)
class Sentiment:
    """`label` is negative, neutral or positive, whichever of the three shares (sum 1) is largest;
    `score` is positive − negative, −1…1."""

    label: str
    score: float
    positive: float
    neutral: float
    negative: float


@dataclass(frozen=True, slots=True)
class TextReading:
    """One text as it was read; `labels` are GoEmotions' 28, each 0…1, set from 0.5 on."""

    mood: MoodReading
    sentiment: Sentiment
    labels: Mapping[str, float]


@dataclass(frozen=True, slots=True)
class Highlight:
    """Characters `start`…`end` of a text speak for `mood`, which loses `weight` (0…1) without them."""

    start: int
    end: int
    mood: str
    weight: float


class TextReader:
    """Reads moods out of texts. Loads once, then serves any number of threads."""

    model_name = "minilm-l6-goemotions"

    def __init__(self, weights: Path = WEIGHTS, *, threads: int = 1) -> None:
        """Load encoder and head from a folder; `threads` is how many cores one sentence may use.

        Raises:
            Unavailable: the head was trained on another encoder than the one beside it.
        """
        self._encoder = SentenceEncoder(weights, threads=threads)
        self._head = FeelingsHead(weights / "text.head.npz")
        if self._head.encoder_sha256 != self._encoder.sha256 or set(self._head.moods) != set(MOODS):
            raise Unavailable(
                "text.onnx, text.head.npz and the mood vocabulary do not belong together. Reinstall the "
                "package, or run training/text/train_head.py after changing one of them.",
                code="weights_mismatch",
            )
        self.version = self._encoder.sha256[:12]

    def read(self, texts: Sequence[str]) -> list[TextReading]:
        """Read up to 64 texts, in order. Long ones are read in chunks, each counting by its length.

        Raises:
            Invalid: too many texts, or one without a single letter or emoji.
        """
        if len(texts) > LARGEST_BATCH:
            raise Invalid(f"{len(texts)} texts are too many at once: send up to {LARGEST_BATCH}.")
        for number, text in enumerate(texts):
            if not says_something(text):
                message = f"Text {number + 1} says nothing yet: write at least one word or emoji."
                raise Invalid(message, code="empty_text", errors=(FieldError(("texts", str(number)), message),))
        return [self._reading(self._whole(text)) for text in texts]

    def explain(self, text: str) -> list[Highlight]:
        """Words that speak for a mood, in order: each is left out once, and what falls then was its doing.

        Raises:
            Invalid: the text has no letter and no emoji.
        """
        self.read([text])
        passages = self._encoder.passages(text)
        moods = [self._feelings(text[p.start : p.end]).moods[0] for p in passages]
        pieces = sum(passage.size for passage in passages)
        found = []
        for start, end in parts_of(text):
            number = max(n for n, passage in enumerate(passages) if passage.start <= start)
            passage = passages[number]
            rest = f"{text[passage.start : start]} {text[end : max(end, passage.end)]}"
            loss = (moods[number] - self._moods_of_rest(rest)) * passage.size / pieces
            most = int(loss.argmax())
            if loss[most] >= LEAST_WEIGHT:
                found.append(Highlight(start, end, self._head.moods[most], float(loss[most])))
        return found

    def _moods_of_rest(self, rest: str) -> Floats:
        if not says_something(rest):
            return np.full(len(self._head.moods), 1 / len(self._head.moods), np.float32)
        moods: Floats = self._feelings(rest).moods[0]
        return moods

    def _feelings(self, passage: str) -> Feelings:
        return self._head.feel(self._encoder.encode(passage))

    def _whole(self, text: str) -> Feelings:
        """The feelings of all passages, each counting by its length."""
        passages = self._encoder.passages(text)
        sizes = np.array([max(passage.size, 1) for passage in passages], np.float32)
        return averaged([self._feelings(text[p.start : p.end]) for p in passages], sizes / sizes.sum())

    def _reading(self, feelings: Feelings) -> TextReading:
        moods, emotions, sentiments, labels = (
            dict(zip(names, map(float, row), strict=True))
            for names, row in (
                (self._head.moods, feelings.moods[0]),
                (TEXT_EMOTIONS, feelings.emotions[0]),
                (SENTIMENTS, feelings.sentiments[0]),
                (self._head.labels, feelings.labels[0]),
            )
        )
        score = sentiments["positive"] - sentiments["negative"]
        label = max(sentiments, key=lambda name: sentiments[name])
        return TextReading(reading_from_moods(moods, emotions), Sentiment(label, score, **sentiments), labels)


def says_something(text: str) -> bool:
    """Whether there is anything to read: a letter of any script, or an emoji that has a name."""
    return any(char.isalpha() for char in in_words(text))


def parts_of(text: str) -> list[tuple[int, int]]:
    """Where the words and emoji stand, (start, end); runs of them where there are more than MOST_PARTS."""
    words = [found.span() for found in _WORD.finditer(text)]
    emoji = [(place, place + 1) for place, char in enumerate(text) if emoji_words(char) and not char.isalnum()]
    spans = sorted({*words, *emoji})
    run = max(1, math.ceil(len(spans) / MOST_PARTS))
    return [(spans[n][0], spans[min(n + run, len(spans)) - 1][1]) for n in range(0, len(spans), run)]
