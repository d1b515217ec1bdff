"""Boxes, keypoints and levelled squares, all in pixels of one picture, x to the right and y down."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from PIL import Image

Array = npt.NDArray[np.float32]

RIGHT_EYE, LEFT_EYE, NOSE, MOUTH, RIGHT_EAR, LEFT_EAR = range(6)
"""The six keypoints, named as the person in the picture would."""

OVERLAP = 0.3
"""Detections that overlap more (intersection over union) are one face."""


@dataclass(frozen=True, slots=True)
class Detection:
    """One face: `box` as left, top, right, bottom, `keypoints` (6, 2) as x, y; `score` 0…1."""

    box: Array
    keypoints: Array
    score: float

    @property
    def side(self) -> float:
        return float(max(self.box[2] - self.box[0], self.box[3] - self.box[1]))

    @property
    def centre(self) -> tuple[float, float]:
        return float(self.box[0] + self.box[2]) / 2, float(self.box[1] + self.box[3]) / 2

    @property
    def tilt(self) -> float:
        """How far the line of the eyes is turned clockwise, in radians."""
        across, down = self.keypoints[LEFT_EYE] - self.keypoints[RIGHT_EYE]
        return math.atan2(float(down), float(across))


@dataclass(frozen=True, slots=True)
class Level:
    """A square of `side` pixels of a picture around `centre`, turned clockwise by `tilt` radians."""

    centre: tuple[float, float]
    side: float
    tilt: float

    def cut(self, image: Image.Image, size: int) -> Image.Image:
        """Return the square as `size` x `size` pixels, black outside the picture."""
        factor = max(1, int(self.side / size / 1.5))
        image, (x, y), side = _shrunk_around(image, self, factor)
        step, cos, sin = side / size, math.cos(self.tilt), math.sin(self.tilt)
        corner_x = x - (cos - sin) * side / 2
        corner_y = y - (sin + cos) * side / 2
        matrix = (cos * step, -sin * step, corner_x, sin * step, cos * step, corner_y)
        return image.transform((size, size), Image.Transform.AFFINE, matrix, Image.Resampling.BILINEAR)

    def back(self, points: Array, size: int) -> Array:
        """Take (…, 2) points of the cut square back to the picture."""
        cos, sin = math.cos(self.tilt), math.sin(self.tilt)
        turn = np.array([[cos, sin], [-sin, cos]], np.float32)
        moved = (points - size / 2) * (self.side / size) @ turn + np.asarray(self.centre, np.float32)
        return moved.astype(np.float32)


def merge(faces: Sequence[Detection]) -> list[Detection]:
    """Join overlapping detections into their mean, weighted by score (weighted non-maximum suppression)."""
    rest = sorted(faces, key=lambda face: -face.score)
    joined = []
    while rest:
        overlaps = overlap(rest[0].box, np.stack([face.box for face in rest])) > OVERLAP
        overlaps[0] = True
        same = [face for face, yes in zip(rest, overlaps, strict=True) if yes]
        weights = np.array([face.score for face in same], np.float32)
        boxes, keypoints = np.stack([f.box for f in same]), np.stack([f.keypoints for f in same])
        joined.append(
            Detection(np.average(boxes, 0, weights), np.average(keypoints, 0, weights), same[0].score)
        )
        rest = [face for face, yes in zip(rest, overlaps, strict=True) if not yes]
    return joined


def overlap(box: Array, boxes: Array) -> Array:
    """Intersection over union of one box with (n, 4) others."""
    corner, far = np.maximum(box[:2], boxes[:, :2]), np.minimum(box[2:], boxes[:, 2:])
    shared = np.prod(np.maximum(far - corner, 0), 1)
    areas = np.prod(boxes[:, 2:] - boxes[:, :2], 1) + np.prod(box[2:] - box[:2])
    return np.asarray(shared / np.maximum(areas - shared, 1e-6), np.float32)


def _shrunk_around(
    image: Image.Image, square: Level, factor: int
) -> tuple[Image.Image, tuple[float, float], float]:
    """Average `factor` x `factor` pixels around a square, so that cutting it small does not alias."""
    x, y = square.centre
    if factor == 1:
        return image, (x, y), square.side
    reach = square.side * 0.75
    left, top = (max(0, int(value - reach)) for value in (x, y))
    right, bottom = (min(n, int(value + reach) + 1) for n, value in zip(image.size, (x, y), strict=True))
    if right - left < factor or bottom - top < factor:
        return image, (x, y), square.side
    small = image.reduce(factor, (left, top, right, bottom))
    return small, ((x - left) / factor, (y - top) / factor), square.side / factor
