"""FER2013's faces with FER+'s votes, read straight from the zip into arrays."""

from __future__ import annotations

import csv
import io
import zipfile
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from PIL import Image

CLASSES = ("neutral", "happiness", "surprise", "sadness", "anger", "disgust", "fear", "contempt")
"""FER+'s order, the order of the network's answer."""

NOT_AN_EXPRESSION = ("unknown", "NF")
"""What an annotator could also say: cannot tell, and not a face."""

FER2013_LABELS = ("angry", "disgust", "fear", "happy", "sad", "surprise", "neutral")
"""The single label of 2013, noisier: the order of the network's second answer."""


@dataclass(frozen=True)
class Faces:
    """One split: `pixels` (n, 48, 48) uint8; `votes` (n, 8) sum 1; `fer2013` (n,) index or -1.

    `majority` is the class with the most votes, -1 where that is "unknown", "not a face" or a tie.
    """

    pixels: np.ndarray
    votes: np.ndarray
    fer2013: np.ndarray
    majority: np.ndarray

    def __len__(self) -> int:
        return len(self.pixels)


def load_faces(archive: Path, split: str) -> Faces:
    """Read `split` (train, valid or test) of the archive `fer2013plus.zip`.

    As FER+ does: a single vote against nine is an outlier and dropped. Images that most annotators
    could not read at all are left out.
    """
    with zipfile.ZipFile(archive) as files:
        rows = [r for r in csv.DictReader(io.TextIOWrapper(files.open("labels.csv"))) if r["split"] == split]
        counts = np.array([[float(r[c]) for c in (*CLASSES, *NOT_AN_EXPRESSION)] for r in rows])
        counts[counts <= 1] = 0
        kept = counts[:, :8].sum(1) > counts[:, 8:].sum(1)
        rows, counts = [r for r, k in zip(rows, kept, strict=True) if k], counts[kept]
        pixels = np.stack([np.asarray(Image.open(files.open(r["file"])).convert("L")) for r in rows])
    votes = counts[:, :8] / counts[:, :8].sum(1, keepdims=True)
    labels = [FER2013_LABELS.index(r["fer2013_label"]) if r["fer2013_label"] else -1 for r in rows]
    return Faces(pixels, votes.astype(np.float32), np.array(labels), _majority(counts))


def load_labelled(archive: Path, split: str) -> tuple[np.ndarray, np.ndarray]:
    """Return every face of `split` that FER2013 labels, legible or not: (n, 48, 48) and (n,) of its classes."""
    with zipfile.ZipFile(archive) as files:
        rows = [r for r in csv.DictReader(io.TextIOWrapper(files.open("labels.csv"))) if r["split"] == split]
        rows = [r for r in rows if r["fer2013_label"]]
        pixels = np.stack([np.asarray(Image.open(files.open(r["file"])).convert("L")) for r in rows])
    return pixels, np.array([FER2013_LABELS.index(r["fer2013_label"]) for r in rows])


def _majority(counts: np.ndarray) -> np.ndarray:
    first, second = np.sort(counts, 1)[:, -1], np.sort(counts, 1)[:, -2]
    winner = counts.argmax(1)
    return np.where((winner < len(CLASSES)) & (first > second), winner, -1)
