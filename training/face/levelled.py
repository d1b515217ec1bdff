"""The data set's faces as the product sees them: found by its detector, levelled, framed anew."""

from __future__ import annotations

import numpy as np
from PIL import Image

from museaika.perception.expression import framing
from museaika.perception.facereader import WEIGHTS
from museaika.perception.faces import FaceDetector
from museaika.perception.geometry import Detection

MARGIN, ENLARGED = 24, 3
"""Pixels continued outwards on each side, and how many times larger the picture is made."""

BOX = (0.073, 0.143, 0.927, 0.997)
"""Where the detector's box usually lies in a face of FER2013, in shares of its side."""
KEYPOINTS = ((0.29, 0.28), (0.71, 0.28), (0.50, 0.56), (0.50, 0.74), (0.08, 0.35), (0.92, 0.35))
"""And the keypoints in that box."""


def levelled(faces: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """(n, 48, 48) uint8 -> the same faces in the product's frames, and (n,) whether each was found.

    One that was not found stays as it is.
    """
    detector = FaceDetector(WEIGHTS / "blazeface.onnx")
    framed = [_framed(detector, face) for face in faces]
    seen = [face if new is None else new for face, new in zip(faces, framed, strict=True)]
    return np.stack(seen), np.array([new is not None for new in framed])


def _framed(detector: FaceDetector, face: np.ndarray) -> np.ndarray | None:
    size = len(face)
    side = (size + 2 * MARGIN) * ENLARGED
    wide = Image.fromarray(np.pad(face, MARGIN, mode="edge")).resize((side, side), Image.Resampling.BICUBIC)
    box = (MARGIN + np.array(BOX, np.float32) * size) * ENLARGED
    keypoints = box[:2] + np.array(KEYPOINTS, np.float32) * (box[2:] - box[:2])
    found = detector.find_in(wide.convert("RGB"), Detection(box, keypoints, 0.0))
    return None if found is None else np.asarray(framing(found).cut(wide, size))
