"""From sentence vectors to feelings: trained heads, and likeness to example sentences.

The encoder learned together with five linear heads. Three of them know GoEmotions' comments: 28 labels,
Ekman's emotions and a sentiment. Two know everyday sentences: a mood and a sentiment. To the mood's head a
second opinion is added, the soft maximum of the likeness to each mood's sentences in `exemplars.tsv`; the
sentiment is agreed between what the mood implies and the two heads. `training/text/train_head.py` weighs
the opinions.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float32]

SENTIMENTS = ("negative", "neutral", "positive")
TEXT_EMOTIONS = ("angry", "disgust", "fear", "happy", "sad", "surprise", "neutral")
"""Ekman's six and neutral, in the head's order."""

HEADS = {"labels": 28, "ekman": 7, "sentiment": 3, "moods": 14, "everyday": 3}
"""What the columns of the heads' matrix say, in order, and how many they are."""

ROOM = 20.0
"""Unit vectors are scaled by this before the heads, to give weights an ordinary size."""


@dataclass(frozen=True, slots=True)
class Feelings:
    """What a head says of n vectors. Rows of `moods`, `emotions` and `sentiments` sum to 1; `labels` (n, 28)
    are independent, 0.5 being the threshold with the best F1 on the development set."""

    moods: Floats
    emotions: Floats
    sentiments: Floats
    labels: Floats


def log_softmax(logits: Floats) -> Floats:
    """Log probabilities along the last axis."""
    shifted = logits - logits.max(axis=-1, keepdims=True)
    normalised: Floats = shifted - np.log(np.exp(shifted).sum(axis=-1, keepdims=True))
    return normalised


def soft_maximum(likeness: Floats, groups: NDArray[np.int64], count: int, sharpness: float) -> Floats:
    """(n, examples) of cosines to (n, groups): log-mean-exp within each group, times `sharpness`."""
    grown = np.exp(sharpness * likeness)
    likest: Floats = np.log(np.stack([grown[:, groups == g].mean(axis=1) for g in range(count)], axis=1))
    return likest


class FeelingsHead:
    """The trained arrays of `text.head.npz`; `training/text/train_head.py` writes and explains them."""

    def __init__(self, path: Path) -> None:
        with np.load(path) as arrays:
            self._a = {name: arrays[name] for name in arrays.files}
        self.encoder_sha256 = str(self._a["encoder_sha256"])
        self.moods = tuple(map(str, self._a["moods"]))
        self.labels = tuple(map(str, self._a["labels"]))
        self._exemplars = self._a["exemplars"].astype(np.float32)
        self._exemplar_moods = self._a["exemplar_moods"].astype(np.int64)

    def feel(self, vectors: Floats) -> Feelings:
        """Feelings for unit vectors (n, 384)."""
        a, said = self._a, self.opinions(vectors)
        mood_opinions = np.stack([log_softmax(said["moods"]), log_softmax(said["alike"])])
        moods = _agreed(mood_opinions, a["mood_weights"])
        opinions = np.stack(
            [self.implied(moods), log_softmax(said["everyday"]), log_softmax(said["sentiment"])]
        )
        return Feelings(
            moods=moods,
            emotions=np.exp(log_softmax(said["ekman"])),
            sentiments=_agreed(opinions, a["sentiment_weights"]),
            labels=1.0 / (1.0 + np.exp(-(said["labels"] - a["label_thresholds"]))),
        )

    def implied(self, moods: Floats) -> Floats:
        """(n, 3) log probabilities of the sentiments, from moods (n, moods) and how examples spread."""
        return log_softmax(np.log(moods @ self._a["mood_sentiment"] + 0.02))

    def opinions(self, vectors: Floats) -> dict[str, Floats]:
        """Raw answers of each head by its name, each (n, its classes), and `alike`, the likeness to each
        mood's examples, (n, moods)."""
        out = ROOM * vectors @ self._a["heads_w"] + self._a["heads_b"]
        parts = np.split(out, np.cumsum(list(HEADS.values()))[:-1], axis=1)
        likeness = vectors @ self._exemplars.T
        sharpness = float(self._a["sharpness"])
        alike = soft_maximum(likeness, self._exemplar_moods, len(self.moods), sharpness)
        return {**dict(zip(HEADS, parts, strict=True)), "alike": alike}


def _agreed(opinions: Floats, weights: Floats) -> Floats:
    """(opinions, n, classes) in log space to probabilities (n, classes), by weight."""
    agreed: Floats = np.exp(log_softmax(np.tensordot(weights, opinions, axes=1)))
    return agreed
