"""Train what stands behind the sentence encoder, and write `text.head.npz` beside it.

    python training/text/train_head.py --data ../shared/data [--cache FOLDER]

First a net with one hidden layer learns GoEmotions (28 labels, Ekman's seven, sentiment) with rare classes
weighted up by the root of their rarity; thresholds are chosen on its development set. Then the example
sentences (`exemplars.tsv`, and `sentiments.tsv` for negation, mixed feelings and irony) teach moods and
sentiments; every choice among them is made by cross-validation over those same sentences. The everyday
sentences of the tests take no part. Needs torch and scikit-learn.
"""

from __future__ import annotations

import argparse
import hashlib
import itertools
from pathlib import Path

import numpy as np
import torch
from corpora import EKMAN, SENTIMENT, goemotions, grouped, label_names, table, vectors
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import f1_score
from torch import Tensor, nn
from torch.nn import functional as F

from museaika.mood.vocabulary import MOODS
from museaika.perception.feelings import (
    ROOM,
    SENTIMENTS,
    TEXT_EMOTIONS,
    FeelingsHead,
    log_softmax,
    soft_maximum,
)
from museaika.perception.text import WEIGHTS

HIDDEN, EPOCHS, BATCH, DROPOUT = 256, 8, 256, 0.3
FOLDS, SHUFFLES = 10, 2

Arrays = dict[str, np.ndarray]


def cached_vectors(name: str, texts: list[str], weights: Path, cache: Path | None) -> np.ndarray:
    """Sentence vectors, kept between runs under the encoder's and the texts' digest."""
    if cache is None:
        return vectors(texts, weights)
    key = hashlib.sha256((weights / "text.onnx").read_bytes() + "\n".join(texts).encode()).hexdigest()[:16]
    path = cache / f"{name}-{key}.npy"
    if not path.exists():
        cache.mkdir(parents=True, exist_ok=True)
        np.save(path, vectors(texts, weights))
    return np.load(path)


def root_rarity(hot: Tensor) -> Tensor:
    """Class weights around 1: the root of how rare each class is."""
    weights = hot.mean(0).rsqrt()
    return weights / weights.mean()


def fit_net(x: np.ndarray, hot: dict[str, np.ndarray], seed: int) -> nn.Sequential:
    """The hidden layer and its 28 + 7 + 3 outputs."""
    torch.manual_seed(seed)
    inputs = torch.tensor(x) * ROOM
    labels, ekman, sentiment = (torch.tensor(hot[name]) for name in ("labels", "ekman", "sentiment"))
    rarity = ((1 - labels.mean(0)) / labels.mean(0)).sqrt()
    net = nn.Sequential(nn.Linear(384, HIDDEN), nn.ReLU(), nn.Dropout(DROPOUT), nn.Linear(HIDDEN, 38))
    optimiser = torch.optim.AdamW(net.parameters(), 1e-3, weight_decay=0.01)
    schedule = torch.optim.lr_scheduler.CosineAnnealingLR(optimiser, EPOCHS)
    for _ in range(EPOCHS):
        for chosen in torch.randperm(len(inputs)).split(BATCH):
            out = net(inputs[chosen]).split([28, 7, 3], dim=1)
            loss = 28 * F.binary_cross_entropy_with_logits(out[0], labels[chosen], pos_weight=rarity)
            for logits, groups in ((out[1], ekman), (out[2], sentiment)):
                wanted = groups[chosen] / groups[chosen].sum(1, keepdim=True)
                loss = loss + F.cross_entropy(logits, wanted, weight=root_rarity(groups))
            optimiser.zero_grad()
            loss.backward()
            optimiser.step()
        schedule.step()
    return net.eval()


def net_arrays(net: nn.Sequential) -> Arrays:
    names = ("hidden_w", "hidden_b", "out_w", "out_b")
    values = (value.detach().numpy() for value in net.parameters())
    return {name: np.ascontiguousarray(value.T) for name, value in zip(names, values, strict=True)}


def outputs(arrays: Arrays, x: np.ndarray) -> np.ndarray:
    """(n, 38) raw outputs of the net, as the reader computes them."""
    hidden = np.maximum(ROOM * x @ arrays["hidden_w"] + arrays["hidden_b"], 0)
    return hidden @ arrays["out_w"] + arrays["out_b"]


def best_thresholds(logits: np.ndarray, hot: np.ndarray) -> np.ndarray:
    """For each label the logit from which on calling it gives the best F1."""
    found = []
    for column, truth in zip(logits.T, hot.T, strict=True):
        candidates = np.quantile(column, np.linspace(0.5, 0.999, 100))
        scores = [f1_score(truth, column > candidate, zero_division=0) for candidate in candidates]
        found.append(candidates[int(np.argmax(scores))])
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


def linear(
    x: np.ndarray, labels: np.ndarray, wanted: np.ndarray, share: float, strength: float, **more: str
) -> Arrays:
    """Multinomial logistic regression over the vector and `share` times the label logits."""
    model = LogisticRegression(C=strength, max_iter=3000, **more).fit(np.hstack([x, share * labels]), wanted)
    weights = model.coef_.T.astype(np.float32)
    return {"w": weights[:384], "labels_w": share * weights[384:], "b": model.intercept_.astype(np.float32)}


def apply_linear(parts: Arrays, x: np.ndarray, labels: np.ndarray) -> np.ndarray:
    return log_softmax(x @ parts["w"] + labels @ parts["labels_w"] + parts["b"])


def out_of_fold(fit_apply, wanted: np.ndarray, classes: int, seed: int) -> np.ndarray:
    """What `fit_apply(train, test)` says of each example when it was not trained on it."""
    folds = np.random.default_rng(seed).permutation(len(wanted)) % FOLDS
    said = np.zeros((len(wanted), classes), np.float32)
    for fold in range(FOLDS):
        train, test = np.flatnonzero(folds != fold), np.flatnonzero(folds == fold)
        said[test] = fit_apply(train, test)
    return said


class Examples:
    """The example sentences with their vectors and label logits, and the choices made over them.

    The first rows name a mood and a sentiment, the rest (negations, mixed feelings, irony) a sentiment alone.
    """

    def __init__(self, rows: list[dict[str, str]], x: np.ndarray, out: np.ndarray) -> None:
        self.x, self.labels, self.head = x, out[:, :28], log_softmax(out[:, 35:])
        self.moods = np.array([list(MOODS).index(row["mood"]) for row in rows if "mood" in row])
        self.sentiments = np.array([SENTIMENTS.index(row["sentiment"]) for row in rows])

    def mood_logits(
        self, train, test, share: float, strength: float, sharpness: float, likeness: float
    ) -> np.ndarray:
        parts = linear(self.x[train], self.labels[train], self.moods[train], share, strength)
        alike = soft_maximum(self.x[test] @ self.x[train].T, self.moods[train], len(MOODS), sharpness)
        return apply_linear(parts, self.x[test], self.labels[test]) + likeness * alike

    def choose_mood(self) -> tuple[tuple[float, ...], np.ndarray]:
        """The setting with the best cross-validated accuracy, and what it says of examples it has not seen."""
        best: tuple[float, tuple[float, ...], np.ndarray] | None = None
        for setting in itertools.product((0.03, 0.05), (1, 3), (10.0,), (0.5, 1.0)):
            said = [
                out_of_fold(lambda a, b, s=setting: self.mood_logits(a, b, *s), self.moods, len(MOODS), n)
                for n in range(SHUFFLES)
            ]
            accuracy = float(np.mean([(one.argmax(1) == self.moods).mean() for one in said]))
            if best is None or accuracy > best[0]:
                best = (accuracy, setting, said[0])
        assert best is not None
        print(f"moods: cross-validated accuracy {best[0]:.3f} with {best[1]}")
        known = len(self.moods)
        rest = self.mood_logits(np.arange(known), np.arange(known, len(self.x)), *best[1])
        return best[1], np.vstack([best[2], rest])

    def mood_sentiment(self) -> np.ndarray:
        """(moods, 3): how the examples of a mood spread over the sentiments."""
        counts = np.zeros((len(MOODS), 3), np.float32)
        np.add.at(counts, (self.moods, self.sentiments[: len(self.moods)]), 1)
        return counts / counts.sum(1, keepdims=True)

    def choose_sentiment(self, moods: np.ndarray) -> tuple[tuple[float, float], np.ndarray]:
        """(share, strength) of the linear part and the weights of the three opinions."""
        best: tuple[float, tuple[float, float], np.ndarray] | None = None
        implied = np.log(moods @ self.mood_sentiment() + 0.02)
        for share, strength in itertools.product((0.03, 0.1), (1, 3)):
            learnt = out_of_fold(
                lambda a, b, s=share, c=strength: self.sentiment_logits(a, b, s, c),
                self.sentiments, 3, 0,
            )  # fmt: skip
            for weights in itertools.product((0.5, 1.0), (0.5, 1.0, 2.0), (0.0, 0.15, 0.3, 0.5)):
                said = np.tensordot(np.array(weights), np.stack([implied, learnt, self.head]), axes=1)
                score = f1_score(self.sentiments, said.argmax(1), average="macro")
                if best is None or score > best[0]:
                    best = (score, (share, strength), np.array(weights, np.float32))
        assert best is not None
        print(f"sentiment: cross-validated macro-F1 {best[0]:.3f} with {best[1]}, weights {best[2]}")
        return best[1], best[2]

    def sentiment_logits(self, train, test, share: float, strength: float) -> np.ndarray:
        return apply_linear(self.sentiment_parts(train, share, strength), self.x[test], self.labels[test])

    def sentiment_parts(self, train, share: float, strength: float) -> Arrays:
        return linear(
            self.x[train], self.labels[train], self.sentiments[train], share, strength, class_weight="balanced"
        )


def best_gain(said: np.ndarray, wanted: np.ndarray) -> float:
    """The factor on logits under which out-of-fold probabilities are likeliest: calibration in one number."""
    gains = np.linspace(0.3, 4.0, 75)
    return float(
        gains[np.argmax([log_softmax(gain * said)[np.arange(len(wanted)), wanted].mean() for gain in gains])]
    )


def example_arrays(examples: Examples) -> Arrays:
    """Everything that the example sentences teach."""
    every = np.arange(len(examples.x))
    setting, said = examples.choose_mood()
    share, strength, sharpness, likeness = setting
    known = len(examples.moods)
    gain = best_gain(said[:known], examples.moods)
    moods = linear(examples.x[:known], examples.labels[:known], examples.moods, share, strength)
    chosen, opinions = examples.choose_sentiment(np.exp(log_softmax(gain * said)))
    sentiments = examples.sentiment_parts(every, *chosen)
    return {
        **{f"mood_{name}": value for name, value in moods.items()},
        **{f"sentiment_{name}": value for name, value in sentiments.items()},
        "mood_gain": np.float32(gain),
        "sharpness": np.float32(sharpness), "likeness_share": np.float32(likeness),
        "mood_sentiment": examples.mood_sentiment(), "opinion_weights": opinions,
        "exemplars": examples.x[:known].astype(np.float16), "exemplar_moods": examples.moods.astype(np.uint8),
    }  # fmt: skip


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, default=Path(__file__).parents[3] / "shared/data")
    parser.add_argument("--weights", type=Path, default=WEIGHTS)
    parser.add_argument("--cache", type=Path, help="folder that keeps sentence vectors between runs")
    parser.add_argument("--most", type=int, help="train on so many texts, drawn at random, instead of all")
    parser.add_argument("--seed", type=int, default=0)
    args = parser.parse_args()
    torch.set_num_threads(1)
    names = label_names(args.data)
    x, hot = {}, {}
    for split in ("train", "dev"):
        texts, labels = goemotions(args.data, split)
        if split == "train" and args.most:
            chosen = np.sort(np.random.default_rng(args.seed).permutation(len(texts))[: args.most])
            texts, labels = [texts[number] for number in chosen], labels[chosen]
        x[split] = cached_vectors(split, texts, args.weights, args.cache)
        hot[split] = {"labels": labels, "ekman": grouped(labels, names, {n: EKMAN[n] for n in TEXT_EMOTIONS}),
                      "sentiment": grouped(labels, names, {n: SENTIMENT[n] for n in SENTIMENTS})}  # fmt: skip
    arrays = net_arrays(fit_net(x["train"], hot["train"], args.seed))
    dev = outputs(arrays, x["dev"])
    arrays["label_thresholds"] = best_thresholds(dev[:, :28], hot["dev"]["labels"])
    arrays["out_b"][28:35] += best_shift(dev[:, 28:35], hot["dev"]["ekman"])
    rows = [*table(args.weights / "exemplars.tsv"), *table(Path(__file__).with_name("sentiments.tsv"))]
    vecs = cached_vectors("exemplars", [row["text"] for row in rows], args.weights, args.cache)
    arrays |= example_arrays(Examples(rows, vecs, outputs(arrays, vecs)))
    digest = hashlib.sha256((args.weights / "text.onnx").read_bytes()).hexdigest()
    target = args.weights / "text.head.npz"
    np.savez_compressed(target, encoder_sha256=digest, moods=list(MOODS), labels=names, **arrays)
    said = FeelingsHead(target).feel(x["dev"])
    called = np.eye(7)[said.emotions.argmax(1)]
    fine = f1_score(hot["dev"]["labels"], said.labels > 0.5, average="macro")
    coarse = f1_score(hot["dev"]["ekman"], called, average="macro")
    print(f"GoEmotions dev: 28 labels {fine:.3f}, Ekman {coarse:.3f} macro-F1")


if __name__ == "__main__":
    main()
