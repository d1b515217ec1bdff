"""How well a face can be seen: small, blurred, dark and turned faces are read with less confidence.

What counts is what is left to see, not what a face is like: light is measured by how many gray levels the face
spans, so that dark skin in good light is well lit.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

import numpy as np
from PIL import Image

from museaika.perception.geometry import LEFT_EAR, LEFT_EYE, NOSE, RIGHT_EAR, RIGHT_EYE, Array, Detection, Level

SIDE = 48
"""Pixels of the square that is looked at, across and down."""


@dataclass(frozen=True, slots=True)
class Range:
    """From the value at which nothing of a reading would be left to the one from which on it costs nothing."""

    useless: float
    fine: float

    def share(self, value: float) -> float:
        return min(max((value - self.useless) / (self.fine - self.useless), 0.0), 1.0)


RANGES: Mapping[str, Range] = MappingProxyType(
    {
        "small": Range(0.0, 16.0),
        "blurred": Range(-0.1, 0.2),
        "dark": Range(-5.0, 16.0),
        "turned": Range(-6.0, -0.3),
    }
)
"""Each defect and the values of its measure: fitted on spoiled faces of the FER+ validation split, so that the
confidence falls as the accuracy does; `benchmarks/quality.py` shows how well, on the test split."""
NOTICED = 0.9
"""A defect is named where its share is below this."""
UNSEEN = 0.55
"""The score where no face could be made out in a box that was given, fitted likewise."""

WORDS: Mapping[str, str] = MappingProxyType(
    {
        "small": "small",
        "blurred": "blurred",
        "dark": "in poor light",
        "turned": "turned to one side",
        "unseen": "hard to make out",
    }
)


@dataclass(frozen=True, slots=True)
class Quality:
    """`score` 0…1: about the part of the usual accuracy that is left. `defects` are of `WORDS`, worst first."""

    score: float
    defects: tuple[str, ...] = ()

    @property
    def words(self) -> str | None:
        """What is wrong, as a sentence; None where nothing is."""
        if not self.defects:
            return None
        *others, last = (WORDS[name] for name in self.defects)
        said = f"{', '.join(others)} and {last}" if others else last
        return f"The face is {said}: its expression is read with less confidence."


def quality_of(image: Image.Image, face: Detection, frame: Level) -> Quality:
    """Judge a face in a picture, framed as for our own network; a face of score 0 was not found."""
    if not face.score:
        return Quality(UNSEEN, ("unseen",))
    shares = {name: RANGES[name].share(value) for name, value in measures(image, face, frame).items()}
    defects = sorted((name for name, share in shares.items() if share < NOTICED), key=shares.__getitem__)
    return Quality(float(np.prod(list(shares.values()))), tuple(defects))


def measures(image: Image.Image, face: Detection, frame: Level) -> dict[str, float]:
    """What is measured for each defect; the higher the better.

    small: the frame's side in pixels. blurred: the deviation of the Laplacian in units of the gray levels' own.
    dark: gray levels from the 5th to the 95th percentile. turned: minus how far the nose is from the middle of
    the ears, in half their distance, or of the eyes, in their distance, whichever is more.
    """
    pixels = np.asarray(frame.cut(image, SIDE).convert("L"), np.float32)
    levels = np.sort(pixels, axis=None)
    return {
        "small": frame.side,
        "blurred": float(_laplacian(pixels).std() / max(float(pixels.std()), 1.0)),
        "dark": float(levels[levels.size * 95 // 100] - levels[levels.size * 5 // 100]),
        "turned": -_turn(face),
    }


def _laplacian(pixels: Array) -> Array:
    middle = pixels[1:-1, 1:-1]
    around = pixels[:-2, 1:-1] + pixels[2:, 1:-1] + pixels[1:-1, :-2] + pixels[1:-1, 2:]
    return np.asarray(around - 4 * middle, np.float32)


def _turn(face: Detection) -> float:
    """0 looks straight ahead, 1 and more is a profile."""
    points = face.keypoints
    eyes = points[LEFT_EYE] - points[RIGHT_EYE]
    apart = max(float(np.hypot(*eyes)), 1e-3)
    along = (points - points[NOSE]) @ (eyes / apart)
    ears = abs(along[RIGHT_EAR] + along[LEFT_EAR]) / max(float(along[LEFT_EAR] - along[RIGHT_EAR]), 1e-3)
    return float(max(ears, abs(along[RIGHT_EYE] + along[LEFT_EYE]) / 2 / apart))
