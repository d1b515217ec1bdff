"""Where the faces are: the picture searched small to large, then a second look at each face that was named.

The network is shown the picture at two or three sizes, so that near and far faces alike come out at the size
it knows. Every candidate is then cut out, turned level by its eyes and shown once more in the framing the
network was made for; what it does not confirm there is dropped.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from statistics import fmean

import numpy as np
from PIL import Image, ImageOps

from museaika.perception.blazeface import MULTIPLE, SQUARE, BlazeFace, Seen
from museaika.perception.geometry import (
    LEFT_EAR,
    LEFT_EYE,
    MOUTH,
    NOSE,
    RIGHT_EAR,
    RIGHT_EYE,
    Array,
    Detection,
    Level,
    merge,
    overlap,
)

SIDES = {"fast": (256, SQUARE), "full": (512, 256, SQUARE)}
"""Pixels of the picture's long side in each search."""
CANDIDATE = 0.40
"""The least score of a candidate, and of the first look at it."""
MAX_CANDIDATES = 64

LOOKS = ((2.2, False), (2.2, True), (2.8, False))
"""A face is looked at again in squares of this many times its own side, as it is or mirrored."""
AGREEMENT = 0.4
"""It must be found there where it was expected, by this overlap."""
SURE = 0.85
"""What the first look scores higher is not looked at again."""
CONFIRMED = 0.64
"""The least mean score of all looks at a face that is reported."""
HOPE = 0.05
"""How far the mean of two looks may be below that for a third to be worth its time."""
MIRRORED = [LEFT_EYE, RIGHT_EYE, NOSE, MOUTH, LEFT_EAR, RIGHT_EAR]
"""Which keypoint each of them is in a mirror."""


class FaceDetector:
    """Finds faces in an RGB picture; may be shared by threads."""

    def __init__(self, weights: Path, *, threads: int = 1) -> None:
        self._network = BlazeFace(weights, threads=threads)

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
        (face,) = self._look_again(image, [place], enough=0.5, agreement=0.2)
        return face if face and face.score >= 0.5 else None

    def _find_upright(self, image: Image.Image, thorough: bool) -> list[Detection]:
        candidates: list[Detection] = []
        smaller = image
        for side in SIDES["full" if thorough else "fast"]:  # each made of the one before it
            smaller = _reduced(smaller, image.size, side)
            candidates += self._candidates(smaller, image.size)
        looked = self._look_again(image, merge(candidates)[:MAX_CANDIDATES])
        return merge([face for face in looked if face and face.score >= CONFIRMED])

    def _candidates(self, small: Image.Image, size: tuple[int, int]) -> list[Detection]:
        """Search the whole of a reduced picture; what is found is told in pixels of the one of `size`."""
        across, down = (max(SQUARE, -(-n // MULTIPLE) * MULTIPLE) for n in small.size)
        canvas = Image.new("RGB", (across, down))
        left, top = (across - small.width) // 2, (down - small.height) // 2
        canvas.paste(small, (left, top))
        shift = np.array([left, top], np.float32)
        ratio = np.array([size[0] / small.width, size[1] / small.height], np.float32)
        (found,) = self._network.see([canvas], CANDIDATE)
        return [
            Detection(((f.box.reshape(2, 2) - shift) * ratio).ravel(), (f.keypoints - shift) * ratio, f.score)
            for f in found
        ]

    def _look_again(
        self,
        image: Image.Image,
        faces: Sequence[Detection],
        enough: float = CONFIRMED,
        agreement: float = AGREEMENT,
    ) -> list[Detection | None]:
        """Look at each face, at doubtful ones again while there is hope that the mean reaches `enough`; None
        where the first look finds nothing there."""
        views = [[seen] for seen in self._look(image, faces, LOOKS[0], agreement)]
        doubtful = [i for i, (seen,) in enumerate(views) if CANDIDATE <= seen.score < SURE]
        for way in LOOKS[1:]:
            again = self._look(image, [faces[i] for i in doubtful], way, agreement)
            for i, seen in zip(doubtful, again, strict=True):
                views[i].append(seen)
            doubtful = [i for i in doubtful if fmean(view.score for view in views[i]) >= enough - HOPE]
        return [_joined(view) if view[0].score >= CANDIDATE else None for view in views]

    def _look(
        self, image: Image.Image, faces: Sequence[Detection], way: tuple[float, bool], agreement: float
    ) -> list[Detection]:
        """Cut the faces out in one way and return what is seen in their places; score 0 where nothing is."""
        if not faces:
            return []
        times, mirror = way
        squares = [Level(face.centre, face.side * times, face.tilt) for face in faces]
        cuts = [square.cut(image, SQUARE) for square in squares]
        seen = self._network.see([ImageOps.mirror(cut) for cut in cuts] if mirror else cuts, least=0.1)
        near, far = SQUARE * (0.5 - 0.5 / times), SQUARE * (0.5 + 0.5 / times)
        place = np.array([near, near, far, far], np.float32)
        looked = []
        for face, square, ones in zip(faces, squares, seen, strict=True):
            best = _first_at(place, ones, agreement)
            if best is None:
                looked.append(Detection(face.box, face.keypoints, 0.0))
            else:
                looked.append(_brought_back(_mirrored(best) if mirror else best, square))
        return looked


def _reduced(image: Image.Image, size: tuple[int, int], side: int) -> Image.Image:
    """Bring a picture that was `size` to `side` pixels on its long side."""
    scale = side / max(size)
    width, height = (max(1, round(length * scale)) for length in size)
    return image.resize((width, height), Image.Resampling.BILINEAR, reducing_gap=2.0)


def _first_at(place: Array, seen: Seen, agreement: float) -> Detection | None:
    """The likeliest of what was seen that overlaps the expected place enough."""
    there = np.flatnonzero(overlap(place, seen.boxes) >= agreement)
    return seen[int(there[0])] if there.size else None


def _mirrored(face: Detection) -> Detection:
    left, top, right, bottom = face.box
    box = np.array([SQUARE - right, top, SQUARE - left, bottom], np.float32)
    keypoints = face.keypoints[MIRRORED] * np.array([-1, 1]) + np.array([SQUARE, 0])
    return Detection(box, keypoints.astype(np.float32), face.score)


def _brought_back(face: Detection, square: Level) -> Detection:
    """From the cut square to the picture; the box stays upright."""
    middle = square.back(face.box.reshape(2, 2).mean(0), SQUARE)
    half = (face.box[2:] - face.box[:2]) / 2 * (square.side / SQUARE)
    box = np.concatenate([middle - half, middle + half]).astype(np.float32)
    return Detection(box, square.back(face.keypoints, SQUARE), face.score)


def _joined(views: Sequence[Detection]) -> Detection:
    """Several looks at one face as one: the mean score, and the place by those that saw it."""
    weights = [view.score for view in views]
    box = np.average([view.box for view in views], 0, weights)
    keypoints = np.average([view.keypoints for view in views], 0, weights)
    return Detection(box.astype(np.float32), keypoints.astype(np.float32), float(np.mean(weights)))


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
