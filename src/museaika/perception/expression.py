"""What a face expresses: eight probabilities from one levelled, gray, tightly framed face."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import onnxruntime
from PIL import Image

from museaika.mood.vocabulary import FACE_CLASSES
from museaika.perception.geometry import LEFT_EYE, MOUTH, RIGHT_EYE, Array, Detection, Level

SIDE = 48
"""Pixels of the network's input, across and down."""

REACH = 1.33
"""The frame's side in units of eye distance plus eye-mouth distance: the median framing of FER2013."""
BELOW_EYES = 0.145
"""How far the middle of the frame lies below the eyes, in the same unit, likewise measured."""


def framing(face: Detection, reach: float = REACH, below_eyes: float = BELOW_EYES) -> Level:
    """Return the levelled square of eyes and mouth, framed as the faces the network learned from."""
    eyes = (face.keypoints[RIGHT_EYE] + face.keypoints[LEFT_EYE]) / 2
    to_mouth = face.keypoints[MOUTH] - eyes
    between = face.keypoints[LEFT_EYE] - face.keypoints[RIGHT_EYE]
    unit = float(np.hypot(*between) + np.hypot(*to_mouth))
    down = np.array([-np.sin(face.tilt), np.cos(face.tilt)])
    x, y = eyes + down * below_eyes * unit
    return Level((float(x), float(y)), reach * unit, face.tilt)


class ExpressionReader:
    """The expression network; may be shared by threads.

    `mirrored`: each face is read in the mirror, too, and the answers averaged: a little better, twice the time.
    """

    def __init__(self, weights: Path, *, threads: int = 1, mirrored: bool = False) -> None:
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = threads
        options.inter_op_num_threads = 1
        self._session = onnxruntime.InferenceSession(str(weights), options, providers=["CPUExecutionProvider"])
        self._mirrored = mirrored

    def read(self, image: Image.Image, frames: Sequence[Level]) -> list[dict[str, float]]:
        """Return for each frame in an RGB picture the probability of each FER+ class (sum 1, calibrated)."""
        if not frames:
            return []
        gray = image.convert("L")
        cuts = [np.asarray(frame.cut(gray, SIDE), np.float32) / np.float32(255) for frame in frames]
        faces = np.stack(cuts)[:, None]
        answer = self._answer(faces)
        if self._mirrored:
            answer = (answer + self._answer(faces[..., ::-1])) / np.float32(2)
        return [dict(zip(FACE_CLASSES, (float(p) for p in row), strict=True)) for row in answer]

    def _answer(self, faces: Array) -> Array:
        (answer,) = self._session.run(["probabilities"], {"face": np.ascontiguousarray(faces)})
        return np.asarray(answer, np.float32)
