"""Where the faces are: the picture searched small to large, then a second look at each face that was named.

The network is shown the picture at two or three sizes, so that near and far faces alike come out at the size
it knows. Every candidate is then cut out, turned level by its eyes and shown once more in the framing the
network was made for; what it does not confirm there is dropped.
"""

from __future__ import annotations

import math
from pathlib import Path

import numpy as np
from PIL import Image

from museaika.perception.blazeface import MULTIPLE, SQUARE, BlazeFace, Seen
from museaika.perception.geometry import Array, Detection, merge
from museaika.perception.looking import SecondLook

SIDES = {"fast": (256, SQUARE), "full": (512, 256, SQUARE)}
"""Pixels of the picture's long side in each search."""
CANDIDATE = 0.40
"""The least score of a candidate."""
MAX_CANDIDATES = 64

CONFIRMED = (0.64, 0.59)
"""The least mean score of all looks, for a face of a tenth of the picture's short side and for one of four
tenths and more: most of what is taken for a face is small."""
SURE = 0.70
"""A photo whose best face scores less is turned round."""
TURNED = 0.10
"""How much more is asked for there."""


class FaceDetector:
    """Finds faces in an RGB picture; may be shared by threads."""

    def __init__(self, weights: Path, *, threads: int = 1) -> None:
        self._network = BlazeFace(weights, threads=threads)

    def find(self, image: Image.Image, *, thorough: bool = True) -> list[Detection]:
        """Return the faces of an upright or, when `thorough`, also of a lying or standing-on-its-head picture.

        `thorough` looks for smaller faces too and, where there is none to be sure of, turns the picture round.
        """
        found = self._find_upright(image, thorough)
        surest = max((face.score for face in found), default=0.0)
        if not thorough or surest >= SURE:
            return found
        for quarter in (1, 2, 3):
            faces = self._find_upright(image.transpose(_QUARTERS[quarter]), thorough, extra=TURNED)
            score = max((face.score for face in faces), default=0.0)
            if score > surest + TURNED:
                found = [_turned_back(face, quarter, image.size) for face in faces]
                surest = score
        return found

    def find_in(self, image: Image.Image, place: Detection) -> Detection | None:
        """Look for the face in one place that somebody else named, framed as they like; None without one."""
        (face,) = SecondLook(self._network, image, agreement=0.2).at([place], [0.5])
        return face if face and face.score >= 0.5 else None

    def _find_upright(self, image: Image.Image, thorough: bool, extra: float = 0.0) -> list[Detection]:
        candidates: list[Detection] = []
        smaller = image
        for side in SIDES["full" if thorough else "fast"]:  # each made of the one before it
            smaller = _reduced(smaller, image.size, side)
            candidates += self._candidates(smaller, image.size)
        named = merge(candidates)[:MAX_CANDIDATES]
        enough = [_confirmed(face, image) + extra for face in named]
        looked = SecondLook(self._network, image).at(named, enough)
        return merge([face for face, least in zip(looked, enough, strict=True) if face and face.score >= least])

    def _candidates(self, small: Image.Image, size: tuple[int, int]) -> list[Detection]:
        """Search the whole of a reduced picture; what is found is told in pixels of the one of `size`."""
        across, down = (max(SQUARE, -(-n // MULTIPLE) * MULTIPLE) for n in small.size)
        canvas = Image.new("RGB", (across, down))
        left, top = (across - small.width) // 2, (down - small.height) // 2
        canvas.paste(small, (left, top))
        shift = np.array([left, top], np.float32)
        ratio = np.array([size[0] / small.width, size[1] / small.height], np.float32)
        (found,) = self._network.see([canvas], CANDIDATE)
        boxes = ((found.boxes.reshape(-1, 2, 2) - shift) * ratio).reshape(-1, 4)
        return list(Seen(boxes, (found.keypoints - shift) * ratio, found.scores))


def _confirmed(face: Detection, image: Image.Image) -> float:
    """The least mean score for a face of this size: by the logarithm of its share of the short side."""
    small, large = CONFIRMED
    size = math.log(max(face.side / min(image.size), 0.05) / 0.1) / math.log(4)
    return small + (large - small) * min(size, 1.0)


def _reduced(image: Image.Image, size: tuple[int, int], side: int) -> Image.Image:
    """Bring a picture that was `size` to `side` pixels on its long side."""
    scale = side / max(size)
    width, height = (max(1, round(length * scale)) for length in size)
    if image.size == (2 * width, 2 * height):
        return image.reduce(2)
    return image.resize((width, height), Image.Resampling.BILINEAR, reducing_gap=2.0)


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
