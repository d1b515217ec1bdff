"""Weigh what the heads say, and write `text.head.npz` beside the encoder.

    python training/text/train_head.py --data ../shared/data --checkpoint CHECKPOINTS/reader-3.pt

The heads come out of the checkpoint as `finetune.py` trained them. What is chosen here is little: for each of
GoEmotions' labels the threshold, for each of Ekman's emotions a shift (both for the macro-F1 on its
development split), the example sentences' vectors, and how much each opinion on mood and sentiment counts,
on the everyday sentences that were held out. The sum of an opinion's weights is also its calibration. Needs
torch and scikit-learn.
"""

from __future__ import annotations

import argparse
import hashlib
import itertools
from pathlib import Path

import numpy as np
import torch
from corpora import EKMAN, SENTIMENT, goemotions, grouped, label_names, table, vectors
from everyday import everyday_rows, numbered
from sklearn.metrics import f1_score

from museaika.mood.vocabulary import MOODS
from museaika.perception.feelings import HEADS, SENTIMENTS, TEXT_EMOTIONS, FeelingsHead, log_softmax
from museaika.perception.text import WEIGHTS

SHARPNESS = (10.0, 20.0)
SHARES = np.linspace(0, 1, 11)
GAINS = np.geomspace(0.3, 4.0, 40)

Arrays = dict[str, np.ndarray]


def best_thresholds(logits: np.ndarray, hot: np.ndarray) -> np.ndarray:
    """For each label the logit from which on calling it gives the best F1."""
    found = []
    for column, truth in zip(logits.T, hot.T, strict=True):
        candidates = np.quantile(column, np.linspace(0.5, 0.999, 200))
        scores = [f1_score(truth, column > candidate, zero_division=0) for candidate in candidates]
        found.append(candidates[int(np.argmax(np.convolve(scores, np.ones(3) / 3, "same")))])
    return np.array(found, np.float32)


def best_shift(logits: np.ndarray, hot: np.ndarray) -> np.ndarray:
    """A constant for each class that lifts the macro-F1 of the likeliest class, one class after another."""
    shift = np.zeros(logits.shape[1], np.float32)

    def score(candidate: np.ndarray) -> float:
        called = np.eye(len(candidate))[(logits + candidate).argmax(1)]
        return f1_score(hot, called, average="macro", zero_division=0)

    for _, column in itertools.product(range(2), range(len(shift))):
        trials = [
            shift + step * np.eye(len(shift), dtype=np.float32)[column] for step in np.linspace(-1, 1, 11)
        ]
        shift = max((shift, *trials), key=score)
    return shift


def likelihood(logits: np.ndarray, wanted: np.ndarray) -> float:
    """Mean log probability of the wanted classes: rises with being right and with knowing how sure to be."""
    return float(log_softmax(logits)[np.arange(len(wanted)), wanted].mean())


def best_gain(logits: np.ndarray, wanted: np.ndarray) -> float:
    return float(max(GAINS, key=lambda gain: likelihood(gain * logits, wanted)))


def checkpoint_heads(checkpoint: Path) -> Arrays:
    """The trained heads side by side, in the order of HEADS."""
    state = torch.load(checkpoint, weights_only=True)
    weights = [state[f"heads.{name}.weight"].float().numpy().T for name in HEADS]
    biases = [state[f"heads.{name}.bias"].float().numpy() for name in HEADS]
    return {"heads_w": np.hstack(weights), "heads_b": np.concatenate(biases)}


def examples(weights: Path) -> Arrays:
    """The shipped example sentences as vectors, with their moods, and how moods spread over sentiments."""
    rows = table(weights / "exemplars.tsv")
    moods, sentiments = numbered(rows, "mood", [*MOODS]), numbered(rows, "sentiment", SENTIMENTS)
    counts = np.zeros((len(MOODS), 3), np.float32)
    np.add.at(counts, (moods, sentiments), 1)
    return {
        "exemplars": vectors([row["text"] for row in rows], weights).astype(np.float16),
        "exemplar_moods": moods.astype(np.uint8),
        "mood_sentiment": counts / counts.sum(1, keepdims=True),
    }


def weigh_moods(learnt: np.ndarray, alike: np.ndarray, wanted: np.ndarray) -> tuple[float, np.ndarray]:
    """How likely the right moods are under the best weights of head and likeness, and those weights."""
    found = []
    for share in SHARES:
        said = (1 - share) * log_softmax(learnt) + share * log_softmax(alike)
        gain = best_gain(said, wanted)
        found.append((likelihood(gain * said, wanted), gain * np.array([1 - share, share], np.float32)))
    return max(found, key=lambda one: one[0])


class Judged:
    """Texts whose sentiments are known (n, 3; more than one may be right), and three opinions on them: what
    their moods imply, what the everyday head says and what the comments' head says."""

    def __init__(self, head: FeelingsHead, x: np.ndarray, hot: np.ndarray) -> None:
        said = head.opinions(x)
        implied = head.implied(head.feel(x).moods)
        self.said = np.stack([implied, log_softmax(said["everyday"]), log_softmax(said["sentiment"])])
        self.hot = hot

    def right(self, weights: np.ndarray) -> float:
        called = np.tensordot(weights, self.said, axes=1).argmax(1)
        return float(self.hot[np.arange(len(called)), called].mean())


def weigh_sentiments(everyday: Judged, comments: Judged) -> np.ndarray:
    """The weights of the opinions that are most often right, everyday texts counting twice as much as
    comments, at the gain that is likeliest on everyday texts."""
    trials = (np.array(weights, np.float32) for weights in itertools.product(*[SHARES[1::2]] * 3))
    best = max(trials, key=lambda weights: 2 * everyday.right(weights) + comments.right(weights))
    print(
        f"sentiment: everyday {everyday.right(best):.3f}, comments {comments.right(best):.3f}, weights {best}"
    )
    return best * best_gain(np.tensordot(best, everyday.said, axes=1), everyday.hot.argmax(1))


class Table:
    """`text.head.npz` on its way: arrays are added, and each time the reader of them is made anew."""

    def __init__(self, weights: Path, names: list[str], arrays: Arrays) -> None:
        self._target = weights / "text.head.npz"
        digest = hashlib.sha256((weights / "text.onnx").read_bytes()).hexdigest()
        self._arrays = {"encoder_sha256": digest, "moods": [*MOODS], "labels": names, **arrays}

    def with_more(self, **arrays: np.ndarray) -> FeelingsHead:
        self._arrays |= arrays
        np.savez_compressed(self._target, **self._arrays)
        return FeelingsHead(self._target)


def report(head: FeelingsHead, x: np.ndarray, hot: dict[str, np.ndarray]) -> None:
    said = head.feel(x)
    called = np.eye(7)[said.emotions.argmax(1)]
    fine = f1_score(hot["labels"], said.labels > 0.5, average="macro")
    coarse = f1_score(hot["ekman"], called, average="macro")
    print(f"GoEmotions dev: 28 labels {fine:.3f}, Ekman {coarse:.3f} macro-F1")


def comments_of(data: Path, names: list[str]) -> tuple[list[str], dict[str, np.ndarray]]:
    """The development split, and its labels in three ways."""
    texts, hot = goemotions(data, "dev")
    return texts, {
        "labels": hot,
        "ekman": grouped(hot, names, {name: EKMAN[name] for name in TEXT_EMOTIONS}),
        "sentiment": grouped(hot, names, {name: SENTIMENT[name] for name in SENTIMENTS}),
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, default=Path(__file__).parents[3] / "shared/data")
    parser.add_argument("--weights", type=Path, default=WEIGHTS)
    parser.add_argument("--checkpoint", type=Path, required=True, help="what finetune.py saved")
    args = parser.parse_args()
    names = label_names(args.data)
    arrays = {**checkpoint_heads(args.checkpoint), **examples(args.weights)}
    texts, hot = comments_of(args.data, names)
    comments, (_, chosen) = vectors(texts, args.weights), everyday_rows(args.weights)
    everyday = vectors([row["text"] for row in chosen], args.weights)
    moods = numbered(chosen, "mood", [*MOODS])
    start = {"mood_weights": np.ones(2, np.float32), "sentiment_weights": np.ones(3, np.float32),
             "label_thresholds": np.zeros(28, np.float32)}  # fmt: skip
    growing = Table(args.weights, names, {**arrays, **start, "sharpness": np.float32(SHARPNESS[0])})
    head = growing.with_more()
    said = head.opinions(comments)
    arrays["heads_b"][28:35] += best_shift(said["ekman"], hot["ekman"])
    thresholds = best_thresholds(said["labels"], hot["labels"])
    head = growing.with_more(heads_b=arrays["heads_b"], label_thresholds=thresholds)
    found = []
    for sharpness in SHARPNESS:
        said = growing.with_more(sharpness=np.float32(sharpness)).opinions(everyday)
        found.append((*weigh_moods(said["moods"], said["alike"], moods), sharpness))
    _, weights, sharpness = max(found, key=lambda one: one[0])
    head = growing.with_more(mood_weights=weights, sharpness=np.float32(sharpness))
    right = (head.feel(everyday).moods.argmax(1) == moods).mean()
    print(f"moods: everyday {right:.3f}, weights {weights}, sharpness {sharpness}")
    wanted = np.eye(3)[numbered(chosen, "sentiment", SENTIMENTS)]
    judged = Judged(head, everyday, wanted), Judged(head, comments, hot["sentiment"])
    report(growing.with_more(sentiment_weights=weigh_sentiments(*judged)), comments, hot)


if __name__ == "__main__":
    main()
