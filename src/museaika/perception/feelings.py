"""From sentence vectors to feelings: a small trained head, and likeness to example sentences.

Two sources are fused. A head with one hidden layer, trained on GoEmotions with rare labels weighted up,
gives 28 labels, Ekman's emotions and a sentiment. Our own example sentences (`exemplars.tsv`) speak for
the moods that GoEmotions does not know (calm, tired, focused …): a linear layer over vector and labels,
plus the soft maximum of the likeness to each mood's sentences.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float32]

SENTIMENTS = ("negative", "neutral", "positive")
TEXT_EMOTIONS = ("angry", "disgust", "fear", "happy", "sad", "surprise", "neutral")
"""Ekman's six and neutral, in the head's order."""

ROOM = 20.0
"""Unit vectors are scaled by this before the hidden layer, to give weights an ordinary size."""


@dataclass(frozen=True, slots=True)
class Feelings:
    """What a head says of n vectors. Rows of `moods`, `emotions` and `sentiments` sum to 1; `labels` (n, 28)
    are independent, 0.5 being the threshold with the best F1 on the development set."""

    moods: Floats
    emotions: Floats
    sentiments: Floats
    labels: Floats


def averaged(parts: Sequence[Feelings], shares: Floats) -> Feelings:
    """One row out of the single rows of several, weighted by their shares (sum 1)."""
    names = ("moods", "emotions", "sentiments", "labels")
    return Feelings(
        *(shares[None, :] @ np.concatenate([getattr(part, name) for part in parts]) for name in names)
    )


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
        a = self._a
        hidden = np.maximum(ROOM * vectors @ a["hidden_w"] + a["hidden_b"], 0.0)
        out = hidden @ a["out_w"] + a["out_b"]
        labels, ekman, sentiment = np.split(
            out, [len(self.labels), len(self.labels) + len(TEXT_EMOTIONS)], axis=1
        )
        moods = np.exp(log_softmax(a["mood_gain"] * self._mood_logits(vectors, labels)))
        return Feelings(
            moods=moods,
            emotions=np.exp(log_softmax(ekman)),
            sentiments=self._sentiments(vectors, labels, moods, sentiment),
            labels=1.0 / (1.0 + np.exp(-(labels - a["label_thresholds"]))),
        )

    def _mood_logits(self, vectors: Floats, labels: Floats) -> Floats:
        a = self._a
        learnt = log_softmax(vectors @ a["mood_w"] + labels @ a["mood_labels_w"] + a["mood_b"])
        likeness = vectors @ self._exemplars.T
        alike = soft_maximum(likeness, self._exemplar_moods, len(self.moods), float(a["sharpness"]))
        total: Floats = learnt + a["likeness_share"] * alike
        return total

    def _sentiments(self, vectors: Floats, labels: Floats, moods: Floats, head: Floats) -> Floats:
        """Three opinions in log space, weighted: what the mood implies, what the examples say, the head's."""
        a = self._a
        implied = np.log(moods @ a["mood_sentiment"] + 0.02)
        learnt = log_softmax(vectors @ a["sentiment_w"] + labels @ a["sentiment_labels_w"] + a["sentiment_b"])
        opinions = np.stack([implied, learnt, log_softmax(head)])
        return np.exp(log_softmax(np.tensordot(a["opinion_weights"], opinions, axes=1)))
