"""BlazeFace (short range): pictures in, candidate faces out.

Bazarevsky et al. 2019, "BlazeFace: Sub-millisecond Neural Face Detection on Mobile GPUs". The network answers
for each anchor, a fixed place of the picture, how likely a face is there and where exactly it lies.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import numpy as np
import onnxruntime
from PIL import Image

from museaika.perception.geometry import Array, Detection

SQUARE = 128
"""The side the network was trained at."""
STRIDES = ((8, 2), (16, 6))
"""Pixels from one anchor to the next, and how many anchors share the place."""
MULTIPLE = 32
"""What both sides of a picture must be a multiple of."""
MOST = 512
"""Anchors of one picture that are looked into, the likeliest first."""


@dataclass(frozen=True, slots=True)
class Seen:
    """What the network names in one picture, likeliest first: `boxes` (n, 4), `keypoints` (n, 6, 2) and
    `scores` (n), in pixels of that picture."""

    boxes: Array
    keypoints: Array
    scores: Array

    def __getitem__(self, i: int) -> Detection:
        return Detection(self.boxes[i], self.keypoints[i], float(self.scores[i]))

    def __iter__(self) -> Iterator[Detection]:
        return (self[i] for i in range(len(self.scores)))


class BlazeFace:
    """The network; may be shared by threads."""

    def __init__(self, weights: Path, *, threads: int = 1) -> None:
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = threads
        options.inter_op_num_threads = 1
        options.enable_mem_pattern = False  # sizes vary; a plan for each of them held 70 MB more
        self._session = onnxruntime.InferenceSession(str(weights), options, providers=["CPUExecutionProvider"])

    def see(self, images: Sequence[Image.Image], least: float) -> list[Seen]:
        """Return for each of several RGB pictures of one size what scores at least `least`, likeliest first."""
        pixels = _pixels(images)
        raw, logits = self._session.run(["boxes", "scores"], {"image": pixels})
        anchors = anchors_of(*pixels.shape[2:])
        return [_decoded(*one, anchors, least) for one in zip(raw, logits[..., 0], strict=True)]


@lru_cache(maxsize=64)
def anchors_of(height: int, width: int) -> Array:
    """Return the middle of every anchor, (anchors, 2) as x, y in pixels, in the order of the answer."""
    parts = []
    for stride, shared in STRIDES:
        y, x = np.mgrid[0 : height // stride, 0 : width // stride]
        middle = (np.stack([x, y], -1).reshape(-1, 2) + 0.5) * stride
        parts.append(middle.repeat(shared, 0))
    return np.concatenate(parts).astype(np.float32)


def _pixels(images: Sequence[Image.Image]) -> Array:
    """(n, 3, height, width), −1…1; channel by channel, which NumPy does in half the time."""
    width, height = images[0].size
    pixels = np.empty((len(images), 3, height, width), np.float32)
    for image, place in zip(images, pixels, strict=True):
        for band, channel in zip(image.split(), place, strict=True):
            np.multiply(np.asarray(band), np.float32(1 / 127.5), out=channel)
    pixels -= np.float32(1)
    return pixels


def _decoded(raw: Array, logits: Array, anchors: Array, least: float) -> Seen:
    chosen = np.flatnonzero(logits >= math.log(least / (1 - least)))
    chosen = chosen[np.argsort(-logits[chosen], kind="stable")][:MOST]
    points = raw[chosen].reshape(-1, 8, 2)  # centre and size of the box, then six keypoints
    centre, half = points[:, 0] + anchors[chosen], points[:, 1] / 2
    boxes = np.concatenate([centre - half, centre + half], 1)
    scores = np.asarray(1 / (1 + np.exp(-logits[chosen])), np.float32)
    return Seen(boxes, points[:, 2:] + anchors[chosen][:, None], scores)
