"""Reading the training and evaluation corpora, and turning any texts into sentence vectors.

GoEmotions (Demszky et al. 2020, CC BY 4.0) trains; EmoBank (Buechel & Hahn 2017, CC BY-SA 4.0) only
evaluates.
"""

from __future__ import annotations

import gzip
import json
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from museaika.perception.sentences import SentenceEncoder, canonical
from museaika.perception.wording import in_words
from museaika.perception.wordpiece import WordPiece

EKMAN = {
    "angry": ("anger", "annoyance", "disapproval"),
    "disgust": ("disgust",),
    "fear": ("fear", "nervousness"),
    "happy": ("joy", "amusement", "approval", "excitement", "gratitude", "love", "optimism", "relief", "pride",
              "admiration", "desire", "caring"),
    "sad": ("sadness", "disappointment", "embarrassment", "grief", "remorse"),
    "surprise": ("surprise", "realization", "confusion", "curiosity"),
    "neutral": ("neutral",),
}  # fmt: skip
"""GoEmotions' own grouping of its labels into Ekman's six emotions and neutral."""

SENTIMENT = {
    "negative": (*EKMAN["angry"], *EKMAN["disgust"], *EKMAN["fear"], *EKMAN["sad"]),
    "neutral": (*EKMAN["surprise"], "neutral"),
    "positive": EKMAN["happy"],
}
"""GoEmotions' grouping by sentiment; its `ambiguous` (surprise and the like) counts as neutral here."""


def _rows(path: Path) -> list[dict[str, str]]:
    lines = gzip.decompress(path.read_bytes()).decode("utf-8").rstrip("\n").split("\n")
    names = lines[0].split("\t")
    return [dict(zip(names, line.split("\t"), strict=True)) for line in lines[1:]]


def label_names(data: Path) -> list[str]:
    return json.loads((data / "text/goemotions_labels.json").read_text("utf-8"))


def multi_hot(rows: list[dict[str, str]], names: Sequence[str]) -> np.ndarray:
    """(rows, names) of 0 and 1 from the comma-separated column `labels`."""
    return np.array([[name in row["labels"].split(",") for name in names] for row in rows], np.float32)


def grouped(hot: np.ndarray, names: Sequence[str], groups: dict[str, tuple[str, ...]]) -> np.ndarray:
    """(rows, groups): 1 where any label of the group is set."""
    return np.stack([hot[:, [names.index(n) for n in members]].max(1) for members in groups.values()], 1)


def goemotions(data: Path, split: str) -> tuple[list[str], np.ndarray]:
    """Texts and their 28 labels; `split` is train, dev or test."""
    rows = _rows(data / f"text/goemotions28_{split}.tsv.gz")
    return [row["text"] for row in rows], multi_hot(rows, label_names(data))


def emobank(data: Path) -> tuple[list[str], np.ndarray]:
    """Sentences with valence and arousal, 1…5. For evaluation only."""
    rows = _rows(data / "text/emobank.tsv.gz")
    return [row["text"] for row in rows], np.array([[float(row["V"]), float(row["A"])] for row in rows])


def table(path: Path) -> list[dict[str, str]]:
    """Rows of a plain TSV with a header, such as the exemplars or the everyday sentences."""
    lines = path.read_text("utf-8").rstrip("\n").split("\n")
    return [dict(zip(lines[0].split("\t"), line.split("\t"), strict=True)) for line in lines[1:]]


def pieces_of(texts: Sequence[str], vocabulary: Path, longest: int) -> list[list[int]]:
    """Framed ids of each text as the reader hears it, cut after `longest` pieces."""
    pieces = WordPiece(vocabulary)
    return [pieces.framed(pieces.pieces(in_words(canonical(text)))[: longest - 2]) for text in texts]


def padded(ids: Sequence[Sequence[int]]) -> dict[str, np.ndarray]:
    """Ids side by side, filled with 0, and the mask that says which are real: both (batch, longest)."""
    longest = max(map(len, ids))
    filled = np.array([[*row, *[0] * (longest - len(row))] for row in ids], np.int64)
    return {"ids": filled, "mask": (filled > 0).astype(np.int64)}


def vectors(texts: Sequence[str], weights: Path) -> np.ndarray:
    """Sentence vectors (texts, 384) as the shipped encoder gives them; of a long text, its first passage's."""
    encoder = SentenceEncoder(weights)
    firsts = [(text, encoder.passages(text)[0]) for text in texts]
    return encoder.encode_many([text[passage.start : passage.end] for text, passage in firsts])
