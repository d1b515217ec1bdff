"""From the bytes of a photo to the expressions of the people in it, and to a mood."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

import numpy as np
from PIL import Image

from museaika.errors import FieldError, Invalid
from museaika.mood.reading import MoodReading, reading_from_moods
from museaika.mood.vocabulary import FACE_TO_EMOTION, MOODS
from museaika.perception.described import DescribedReader
from museaika.perception.expression import ExpressionReader, framing
from museaika.perception.faces import FaceDetector
from museaika.perception.geometry import Array, Detection, Level
from museaika.perception.images import Photo, decode_photo
from museaika.perception.quality import Quality, quality_of

WEIGHTS = Path(__file__).parent / "weights"
MAX_BOXES = 64

Box = tuple[int, int, int, int]
Framing = Callable[[Detection], Level]


class Expressions(Protocol):
    """An expression network, ours or another's."""

    def read(self, image: Image.Image, frames: Sequence[Level]) -> list[dict[str, float]]:
        """Return for each frame in an RGB picture the probability of each FER+ class (sum 1)."""
        ...


@dataclass(frozen=True, slots=True)
class Face:
    """One face. `box` is x, y, width, height and `keypoints` are x, y (right eye, left eye, nose, mouth, right
    ear, left ear), both in pixels of the upright image; `keypoints` is empty where a box was given and no
    face could be made out in it. `confidence` 0…1: that this is a face. `mood` is what it expresses; the less
    of it can be seen (`quality`), the nearer its probabilities are to one another.
    """

    box: Box
    confidence: float
    mood: MoodReading
    quality: Quality
    keypoints: tuple[tuple[float, float], ...] = ()

    @property
    def emotions(self) -> Mapping[str, float]:
        return self.mood.emotions

    @property
    def primary_mood(self) -> str:
        return self.mood.primary_mood


@dataclass(frozen=True, slots=True)
class FaceReading:
    """All faces, largest first."""

    faces: tuple[Face, ...]

    @property
    def mood(self) -> MoodReading | None:
        """That of the largest face; None when there is no face."""
        return self.faces[0].mood if self.faces else None


class FaceReader:
    """Detector and expression network together; may be shared by threads. Keeps nothing of an image."""

    model_name = "blazeface-short-range + museaika-expression"
    version = "1"

    def __init__(self, weights: Path = WEIGHTS, *, threads: int = 1, model: Path | None = None) -> None:
        """`model` is somebody else's expression network with its description beside it, instead of ours.

        Raises:
            Invalid: that network or its description can't be used.
        """
        self._detector = FaceDetector(weights / "blazeface.onnx", threads=threads)
        self._expressions, self._framing = _expressions(weights, model, threads)
        if model:
            self.model_name = f"blazeface-short-range + {model.stem}"

    def read(self, data: bytes, *, detail: str = "full", boxes: Sequence[Box] | None = None) -> FaceReading:
        """Read the expressions in a JPEG, PNG or WebP.

        `detail` "fast" looks for faces from about a fifth of the picture's short side, "full" from a tenth and
        in any orientation. `boxes` (x, y, width, height in pixels of the upright image) are taken as they are
        instead of looking for faces.

        Raises:
            Invalid, TooLarge, UnsupportedType: as `decode_photo`, or a wrong `detail` or box.
        """
        if detail not in ("fast", "full"):
            raise _wrong("detail", f"detail is 'fast' or 'full', not '{str(detail)[:20]}'.")
        photo = decode_photo(data)
        if boxes is None:
            found = self._detector.find(photo.image, thorough=detail == "full")
            placed = [(face, _to_original(face, photo)) for face in found]
        else:
            placed = self._in_boxes(photo, _checked(boxes, photo))
        placed.sort(key=lambda item: -item[1][2] * item[1][3])
        answers = self._expressions.read(photo.image, [self._framing(face) for face, _ in placed])
        return FaceReading(
            tuple(_described(photo, *item, answer) for item, answer in zip(placed, answers, strict=True))
        )

    def _in_boxes(self, photo: Photo, boxes: Sequence[Box]) -> list[tuple[Detection, Box]]:
        across, down = photo.scale
        placed = []
        for box in boxes:
            x, y, width, height = box
            edges = np.array([x / across, y / down, (x + width) / across, (y + height) / down], np.float32)
            guess = Detection(edges, _usual_keypoints(edges), 0.0)
            placed.append((self._detector.find_in(photo.image, guess) or guess, box))
        return placed


def _expressions(weights: Path, model: Path | None, threads: int) -> tuple[Expressions, Framing]:
    if model is None:
        return ExpressionReader(weights / "expression.onnx", threads=threads), framing
    reader = DescribedReader(model, threads=threads)
    return reader, reader.framing


USUAL_KEYPOINTS = ((0.29, 0.28), (0.71, 0.28), (0.50, 0.56), (0.50, 0.74), (0.08, 0.35), (0.92, 0.35))
"""Where the keypoints of a level face lie in its box, in shares of its sides (medians on FER2013)."""


def _usual_keypoints(edges: Array) -> Array:
    near, far = edges[:2], edges[2:]
    return (near + np.array(USUAL_KEYPOINTS, np.float32) * (far - near)).astype(np.float32)


def _checked(boxes: Sequence[Box], photo: Photo) -> list[Box]:
    if len(boxes) > MAX_BOXES:
        raise _wrong("boxes", f"{len(boxes)} boxes are too many; {MAX_BOXES} is the most we read at once.")
    return [_checked_box(i, box, photo) for i, box in enumerate(boxes)]


def _checked_box(i: int, box: Sequence[float], photo: Photo) -> Box:
    if len(box) != 4 or not all(map(_is_pixels, box)):
        raise _wrong("boxes", f"Box {i} is not four finite numbers: x, y, width and height in pixels.")
    x, y, width, height = (round(n) for n in box)
    if width < 1 or height < 1:
        raise _wrong("boxes", f"Box {i} is smaller than one pixel.")
    if x < 0 or y < 0 or x + width > photo.width or y + height > photo.height:
        size = f"{photo.width} x {photo.height} pixels"
        raise _wrong("boxes", f"Box {i} reaches out of the upright image, which has {size}.")
    return x, y, width, height


def _is_pixels(number: object) -> bool:
    if isinstance(number, bool) or not isinstance(number, int | float):
        return False
    return abs(number) < math.inf  # false for nan, too; an integer may be larger than a float can be


def _to_original(face: Detection, photo: Photo) -> Box:
    """The detected box in whole pixels of the original, cut at its edges."""
    across, down = photo.scale
    left, top, right, bottom = (float(edge) for edge in face.box)
    x, y = (
        min(max(round(n), 0), most - 1)
        for n, most in ((left * across, photo.width), (top * down, photo.height))
    )
    width = max(1, min(round(right * across), photo.width) - x)
    height = max(1, min(round(bottom * down), photo.height) - y)
    return x, y, width, height


def _described(photo: Photo, face: Detection, box: Box, classes: Mapping[str, float]) -> Face:
    across, down = photo.scale
    points = tuple((float(x) * across, float(y) * down) for x, y in face.keypoints) if face.score else ()
    quality = quality_of(photo.image, face, framing(face))
    return Face(box, face.score, _mood(classes, quality.score), quality, points)


def _mood(classes: Mapping[str, float], seen: float) -> MoodReading:
    """What a face expresses, of which the share `seen` can be seen: the rest could be anything."""
    probable = {name: seen * p + (1 - seen) / len(classes) for name, p in classes.items()}
    emotions = {FACE_TO_EMOTION[name]: p for name, p in probable.items()}
    moods = {m.name: sum(share * probable[name] for name, share in m.face.items()) for m in MOODS.values()}
    return reading_from_moods(moods, emotions)


def _wrong(field: str, message: str) -> Invalid:
    return Invalid(message, errors=(FieldError((field,), message),))
