"""What a text feels like: a mood, a sentiment, sentence by sentence, and the words that speak for it.

As people write in chats and diaries. A statement about the words, not about the person.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from museaika.errors import FieldError, Invalid
from museaika.mood.reading import MoodReading, reading_from_moods
from museaika.perception.english import EnglishModel
from museaika.perception.feelings import SENTIMENTS, TEXT_EMOTIONS, Feelings, Floats
from museaika.perception.language import language_of
from museaika.perception.parts import Span, clauses_of, sentences_of, words_of
from museaika.perception.ports import TextModel
from museaika.perception.wording import in_words

WEIGHTS = Path(__file__).parent / "weights"
LARGEST_BATCH = 64

LEAST_WEIGHT = 0.02
"""A word that moves no mood by this much is not worth showing."""

SAYS_LITTLE = 0.1
"""What an entirely neutral sentence counts in a text, where one full of feeling counts 1.1."""

AT_ONCE = 32
"""A text of so many words is read as a whole, beside its sentences; a longer one is what its sentences say,
which is nearly as good and half the work."""

MIXED = 0.25
"""A sentiment is mixed where what is positive and what is negative both have this share of the text."""

TRUST_ABROAD = 0.3
"""How much of a reading is kept in a language that the model was not made for; the rest becomes doubt."""


@dataclass(frozen=True, slots=True)
class Sentiment:
    """`label` is negative, neutral or positive, whichever of the three shares (sum 1) is largest;
    `score` is positive − negative, −1…1; `mixed` tells that parts of the text say the opposite of others."""

    label: str
    score: float
    positive: float
    neutral: float
    negative: float
    mixed: bool = False


@dataclass(frozen=True, slots=True)
class SentenceReading:
    """Characters `start`…`end` of a text, read for themselves."""

    start: int
    end: int
    primary_mood: str
    confidence: float
    sentiment: Sentiment


@dataclass(frozen=True, slots=True)
class TextReading:
    """One text as it was read.

    `labels` are the model's own (of the built-in one GoEmotions' 28, each 0…1, set from 0.5 on).
    `language` is an ISO 639 code, None where there is nothing to tell it by, such as emoji alone;
    `language_supported` whether the model was made for it, None where the model does not say.
    """

    mood: MoodReading
    sentiment: Sentiment
    labels: Mapping[str, float]
    sentences: Sequence[SentenceReading]
    language: str | None
    language_supported: bool | None


@dataclass(frozen=True, slots=True)
class Highlight:
    """Characters `start`…`end` of a text speak for `mood`, which loses `weight` (0…1) without them."""

    start: int
    end: int
    mood: str
    weight: float


class TextReader:
    """Reads moods out of texts. Loads once, then serves any number of threads."""

    def __init__(self, weights: Path = WEIGHTS, *, threads: int = 1, model: TextModel | None = None) -> None:
        """Read with `model`, or else with the built-in one out of the folder `weights`.

        Raises:
            Unavailable: the files in the folder do not belong together.
        """
        self.model = model or EnglishModel(weights, threads=threads)
        self.model_name, self.version = self.model.name, self.model.version

    def read(self, texts: Sequence[str]) -> list[TextReading]:
        """Read up to 64 texts, in order, however long: a short one as a whole; a longer one sentence by
        sentence, and each counts in its text by its length and by how much it says.

        Raises:
            Invalid: too many texts, or one without a single letter or emoji.
        """
        self._check(texts)
        outlines = [_Outline.of(text) for text in texts]
        felt, sizes = self._feel([part for outline in outlines for part in outline.parts])
        readings, at = [], 0
        for text, outline in zip(texts, outlines, strict=True):
            rows = slice(at, at + len(outline.parts))
            readings.append(self._reading(text, outline, _rows(felt, rows), sizes[rows]))
            at = rows.stop
        return readings

    def explain(self, text: str) -> list[Highlight]:
        """Words that speak for a mood, in order: each is left out once, and what falls then was its doing.

        Raises:
            Invalid: the text has no letter and no emoji.
        """
        self._check([text])
        spans = self._passages_of(text)
        words = words_of(text)
        homes = [max(n for n, (start, _) in enumerate(spans) if n == 0 or start <= word[0]) for word in words]
        rests = [_without(text, spans[home], word) for home, word in zip(homes, words, strict=True)]
        passages = [text[slice(*span)] for span in spans]
        felt, sizes = self._feel(passages + [rest for rest in rests if says_something(rest)])
        moods = iter(felt.moods[len(spans) :])
        weights = _weights(felt, sizes)[: len(spans)]
        shares = weights / weights.sum()
        nothing = np.full(len(self.model.moods), 1 / len(self.model.moods), np.float32)
        found = []
        for word, home, rest in zip(words, homes, rests, strict=True):
            loss = (felt.moods[home] - (next(moods) if says_something(rest) else nothing)) * shares[home]
            most = int(loss.argmax())
            if loss[most] >= LEAST_WEIGHT:
                found.append(Highlight(*word, self.model.moods[most], float(loss[most])))
        return found

    def _passages_of(self, text: str) -> list[Span]:
        """The sentences, and those that are too long to be read at once in pieces."""
        return [
            (start + passage.start, start + passage.end)
            for start, end in sentences_of(text)
            for passage in self.model.passages(text[start:end])
        ]

    def _check(self, texts: Sequence[str]) -> None:
        if len(texts) > LARGEST_BATCH:
            raise Invalid(f"{len(texts)} texts are too many at once: send up to {LARGEST_BATCH}.")
        for number, text in enumerate(texts):
            if not says_something(text):
                message = f"Text {number + 1} says nothing yet: write at least one word or emoji."
                raise Invalid(message, code="empty_text", errors=(FieldError(("texts", str(number)), message),))

    def _feel(self, parts: Sequence[str]) -> tuple[Feelings, Floats]:
        """A row for each part and its size in pieces; a part's passages count by their sizes."""
        passages = [self.model.passages(part) for part in parts]
        felt = self.model.feel(
            [part[p.start : p.end] for part, own in zip(parts, passages, strict=True) for p in own]
        )
        sizes = np.array([max(p.size, 1) for own in passages for p in own], np.float32)
        starts = np.cumsum([0, *(len(own) for own in passages[:-1])])
        return _averaged(felt, sizes, starts), np.add.reduceat(sizes, starts)

    def _reading(self, text: str, outline: _Outline, felt: Feelings, sizes: Floats) -> TextReading:
        code = language_of(text)
        known = self.model.languages
        supported = None if known is None else code is None or code in known
        weights, count = _weights(felt, sizes), len(outline.sentences)
        felt = _doubted(felt, TRUST_ABROAD) if supported is False else felt
        own = _rows(felt, slice(count))
        whole = _averaged(own, weights[:count]) if outline.whole is None else _rows(felt, outline.whole)
        mixed = _is_mixed(weights[outline.facets], felt.sentiments[outline.facets].argmax(1))
        return TextReading(
            self._mood(whole, 0),
            _sentiment(whole, 0, mixed),
            dict(zip(self.model.labels, map(float, whole.labels[0]), strict=True)),
            [self._sentence(span, own, n) for n, span in enumerate(outline.sentences)],
            code,
            supported,
        )

    def _sentence(self, span: Span, felt: Feelings, row: int) -> SentenceReading:
        mood = int(felt.moods[row].argmax())
        confidence = float(felt.moods[row, mood])
        return SentenceReading(*span, self.model.moods[mood], confidence, _sentiment(felt, row))

    def _mood(self, felt: Feelings, row: int) -> MoodReading:
        moods = dict(zip(self.model.moods, map(float, felt.moods[row]), strict=True))
        return reading_from_moods(moods, dict(zip(TEXT_EMOTIONS, map(float, felt.emotions[row]), strict=True)))


@dataclass(frozen=True, slots=True)
class _Outline:
    """A text's sentences, the parts to read (sentences, then clauses, then the whole of a short text), which
    of them are facets (the sentences, or the two sides of one that says "but"), and where the whole is."""

    sentences: list[Span]
    parts: list[str]
    facets: list[int]
    whole: slice | None

    @classmethod
    def of(cls, text: str) -> _Outline:
        sentences = sentences_of(text)
        parts = [text[slice(*span)] for span in sentences]
        facets: list[int] = []
        for number, sentence in enumerate(parts[: len(sentences)]):
            clauses = [sentence[slice(*span)] for span in clauses_of(sentence)]
            facets += range(len(parts), len(parts) + len(clauses)) if clauses else [number]
            parts += clauses
        if len(sentences) == 1 or len(words_of(text)) > AT_ONCE:
            return cls(sentences, parts, facets, None)
        return cls(sentences, [*parts, text], facets, slice(len(parts), len(parts) + 1))


def says_something(text: str) -> bool:
    """Whether there is anything to read: a letter of any script, or an emoji that has a name."""
    return any(map(str.isalpha, text)) or any(map(str.isalpha, in_words(text)))


def _without(text: str, passage: Span, word: Span) -> str:
    return f"{text[passage[0] : word[0]]} {text[word[1] : max(word[1], passage[1])]}"


def _weights(felt: Feelings, sizes: Floats) -> Floats:
    """What each part counts: by its length, and by how little of it is neutral."""
    weights: Floats = sizes * (1 + SAYS_LITTLE - felt.sentiments[:, SENTIMENTS.index("neutral")])
    return weights


def _is_mixed(weights: Floats, said: NDArray[np.int64]) -> bool:
    """Whether both what is positive and what is negative have a share worth telling."""
    sides = [weights[said == SENTIMENTS.index(side)].sum() for side in ("positive", "negative")]
    return bool(min(sides) >= MIXED * weights.sum())


def _sentiment(felt: Feelings, row: int, mixed: bool = False) -> Sentiment:
    shares = dict(zip(SENTIMENTS, map(float, felt.sentiments[row]), strict=True))
    label = max(shares, key=lambda name: shares[name])
    return Sentiment(label, shares["positive"] - shares["negative"], **shares, mixed=mixed)


def _rows(felt: Feelings, rows: slice) -> Feelings:
    return Feelings(felt.moods[rows], felt.emotions[rows], felt.sentiments[rows], felt.labels[rows])


def _averaged(felt: Feelings, weights: Floats, starts: Sequence[int] | NDArray[np.int64] = (0,)) -> Feelings:
    """The weighted mean of all rows; with `starts`, of those from each start to the next."""
    totals = np.add.reduceat(weights, starts)[:, None]

    def mean(rows: Floats) -> Floats:
        return (np.add.reduceat(weights[:, None] * rows, starts) / totals).astype(np.float32)

    return Feelings(mean(felt.moods), mean(felt.emotions), mean(felt.sentiments), mean(felt.labels))


def _doubted(felt: Feelings, trust: float) -> Feelings:
    """Every distribution moved towards not knowing; what is likeliest stays likeliest."""

    def flatter(shares: Floats) -> Floats:
        less: Floats = trust * shares + (1 - trust) / shares.shape[1]
        return less

    return Feelings(flatter(felt.moods), flatter(felt.emotions), flatter(felt.sentiments), trust * felt.labels)
