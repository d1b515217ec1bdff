"""Where the faces are: BlazeFace (short range), run small to large, then asked again about each face it named.

One network, fully convolutional. The picture is shown to it at two or three sizes, so that near and far
faces alike come out at the size it knows; every candidate is then cut out, turned level by its eyes and
shown once more in the framing the network was made for. What it does not confirm is dropped.
Bazarevsky et al. 2019, "BlazeFace: Sub-millisecond Neural Face Detection on Mobile GPUs".
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import onnxruntime
from PIL import Image, ImageOps

Array = npt.NDArray[np.float32]

RIGHT_EYE, LEFT_EYE, NOSE, MOUTH, RIGHT_EAR, LEFT_EAR = range(6)
"""The six keypoints, named as the person in the picture would."""

SQUARE = 128
"""The side the network was trained at."""
STRIDES = ((8, 2), (16, 6))
"""Pixels from one anchor to the next, and how many anchors share the place."""
MULTIPLE = 32

MAX_CANDIDATES = 64
OVERLAP = 0.3
"""Candidates that overlap more (intersection over union) are one face."""

LOOKS = ((2.2, False), (2.2, True), (2.8, False))
"""A face is looked at again in squares of this many times its own side, as it is or mirrored."""
AGREEMENT = 0.4
"""It must be found there where it was expected, by this overlap."""
DOUBTFUL = (0.40, 0.85)
"""Only what the first look scores between these is looked at again: the rest is no face, or surely one."""
CONFIRMED = 0.64
"""The least mean score of all looks at a face that is reported."""
MIRRORED = [LEFT_EYE, RIGHT_EYE, NOSE, MOUTH, LEFT_EAR, RIGHT_EAR]


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


class FaceDetector:
    """Finds faces in an RGB picture; may be shared by threads."""

    def __init__(self, weights: Path, *, threads: int = 1) -> None:
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = threads
        options.inter_op_num_threads = 1
        options.enable_cpu_mem_arena = False  # sizes vary; an arena would keep the largest of each
        self._session = onnxruntime.InferenceSession(str(weights), options, providers=["CPUExecutionProvider"])

    def find(self, image: Image.Image, *, thorough: bool = True) -> list[Detection]:
        """Return the faces of an upright or, when `thorough`, also of a lying or standing-on-its-head picture.

        `thorough` looks for smaller faces too and, where there is none at all, turns the picture round.
        """
        found = self._find_upright(image, thorough)
        if found or not thorough:
            return found
        for quarter in (1, 2, 3):
            turned = image.transpose(_QUARTERS[quarter])
            if found := self._find_upright(turned, thorough):
                return [_turned_back(face, quarter, image.size) for face in found]
        return []

    def find_in(self, image: Image.Image, place: Detection) -> Detection | None:
        """Look for the face in one place that somebody else named, framed as they like; None without one."""
        (face,) = self._look_again(image, [place], agreement=0.2)
        return face if face and face.score >= 0.5 else None

    def _find_upright(self, image: Image.Image, thorough: bool) -> list[Detection]:
        candidates: list[Detection] = []
        for side in (SQUARE, 256, 512) if thorough else (SQUARE, 256):
            candidates += self._candidates(image, side, 0.4)
        looked = self._look_again(image, merge(candidates)[:MAX_CANDIDATES])
        return merge([face for face in looked if face and face.score >= CONFIRMED])

    def _candidates(self, image: Image.Image, side: int, least: float) -> list[Detection]:
        scale = side / max(image.size)
        width, height = (max(1, round(length * scale)) for length in image.size)
        small = image.resize((width, height), Image.Resampling.BILINEAR, reducing_gap=2.0)
        around = [SQUARE, SQUARE] if side == SQUARE else [-(-n // MULTIPLE) * MULTIPLE for n in (width, height)]
        left, top = (around[0] - width) // 2, (around[1] - height) // 2
        canvas = Image.new("RGB", (around[0], around[1]))
        canvas.paste(small, (left, top))
        boxes, keypoints, scores = self._run(_tensor([canvas]))
        chosen = np.flatnonzero(scores[0] >= least)
        chosen = chosen[np.argsort(-scores[0][chosen])][: 8 * MAX_CANDIDATES]
        shift = np.array([left, top], np.float32)
        ratio = np.array([image.width / width, image.height / height], np.float32)
        return [
            Detection(((boxes[0, i].reshape(2, 2) - shift) * ratio).ravel(), (keypoints[0, i] - shift) * ratio,
                      float(scores[0, i]))
            for i in chosen
        ]  # fmt: skip

    def _look_again(
        self, image: Image.Image, faces: Sequence[Detection], agreement: float = AGREEMENT
    ) -> list[Detection | None]:
        """Look at each face, at doubtful ones in all ways; None where the first look finds nothing there."""
        views = [[seen] for seen in self._look(image, faces, LOOKS[0], agreement)]
        doubtful = [i for i, (seen,) in enumerate(views) if DOUBTFUL[0] <= seen.score < DOUBTFUL[1]]
        for way in LOOKS[1:]:
            again = self._look(image, [faces[i] for i in doubtful], way, agreement)
            for i, seen in zip(doubtful, again, strict=True):
                views[i].append(seen)
        return [_joined(view) if view[0].score >= DOUBTFUL[0] else None for view in views]

    def _look(
        self, image: Image.Image, faces: Sequence[Detection], way: tuple[float, bool], agreement: float
    ) -> list[Detection]:
        if not faces:
            return []
        times, mirrored = way
        squares = [Level(face.centre, face.side * times, face.tilt) for face in faces]
        cuts = [square.cut(image, SQUARE) for square in squares]
        pixels = _tensor([ImageOps.mirror(cut) for cut in cuts] if mirrored else cuts)
        boxes, keypoints, scores = self._run(pixels)
        if mirrored:
            boxes = np.concatenate(
                [SQUARE - boxes[..., 2:3], boxes[..., 1:2], SQUARE - boxes[..., 0:1], boxes[..., 3:]], -1
            )
            keypoints = keypoints[..., MIRRORED, :] * np.array([-1, 1], np.float32) + np.array(
                [SQUARE, 0], np.float32
            )
        return [
            _best_at(square, times, agreement, *part)
            for square, *part in zip(squares, boxes, keypoints, scores, strict=True)
        ]

    def _run(self, pixels: Array) -> tuple[Array, Array, Array]:
        """(n, 3, h, w) -> boxes (n, anchors, 4), keypoints (n, anchors, 6, 2), both in pixels, and scores."""
        raw, logits = self._session.run(["boxes", "scores"], {"image": pixels})
        anchors = anchors_of(pixels.shape[2], pixels.shape[3])
        half = raw[..., 2:4] / 2
        centre = raw[..., 0:2] + anchors
        boxes = np.concatenate([centre - half, centre + half], -1)
        keypoints = raw[..., 4:].reshape(*raw.shape[:2], 6, 2) + anchors[:, None]
        return boxes, keypoints, 1 / (1 + np.exp(-np.clip(logits[..., 0], -80, 80)))


def anchors_of(height: int, width: int) -> Array:
    """Return the middle of every anchor, (anchors, 2) as x, y in pixels, in the order of the answer."""
    parts = []
    for stride, shared in STRIDES:
        y, x = np.mgrid[0 : height // stride, 0 : width // stride]
        middle = (np.stack([x, y], -1).reshape(-1, 2) + 0.5) * stride
        parts.append(middle.repeat(shared, 0))
    return np.concatenate(parts).astype(np.float32)


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


_QUARTERS = {
    1: Image.Transpose.ROTATE_90,
    2: Image.Transpose.ROTATE_180,
    3: Image.Transpose.ROTATE_270,
}


def _turned_back(face: Detection, quarter: int, size: tuple[int, int]) -> Detection:
    """From the picture turned counter-clockwise by `quarter` quarters to the picture of `size` as it was."""
    width, height = size

    def back(points: Array) -> Array:
        x, y = points[..., 0], points[..., 1]
        turned = {1: (width - y, x), 2: (width - x, height - y), 3: (y, height - x)}[quarter]
        return np.stack(turned, -1)

    corners = back(face.box.reshape(2, 2))
    return Detection(np.concatenate([corners.min(0), corners.max(0)]), back(face.keypoints), face.score)


def _best_at(
    square: Level, times: float, agreement: float, boxes: Array, keypoints: Array, scores: Array
) -> Detection:
    """The likeliest face in the expected place, in the picture's pixels; its score is 0 where none is."""
    near, far = SQUARE * (0.5 - 0.5 / times), SQUARE * (0.5 + 0.5 / times)
    agrees = overlap(np.array([near, near, far, far], np.float32), boxes) >= agreement
    scores = np.where(agrees, scores, 0)
    best = int(np.argmax(scores))
    middle = square.back(boxes[best].reshape(2, 2).mean(0), SQUARE)
    half = (boxes[best, 2:] - boxes[best, :2]) / 2 * (square.side / SQUARE)
    box = np.concatenate([middle - half, middle + half])
    return Detection(box, square.back(keypoints[best], SQUARE), float(scores[best]))


def _joined(views: Sequence[Detection]) -> Detection:
    """Several looks at one face as one: the mean score, and the place by those that saw it."""
    weights = [view.score for view in views]
    box = np.average([view.box for view in views], 0, weights)
    keypoints = np.average([view.keypoints for view in views], 0, weights)
    return Detection(box.astype(np.float32), keypoints.astype(np.float32), float(np.mean(weights)))


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


def _tensor(images: Sequence[Any]) -> Array:
    """RGB pictures of one size -> (n, 3, h, w) in -1…1."""
    pixels = np.stack([np.asarray(image) for image in images]).transpose(0, 3, 1, 2)
    return np.ascontiguousarray(pixels, np.float32) / 127.5 - 1
