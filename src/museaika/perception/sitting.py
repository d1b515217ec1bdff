"""The frames of one sitting: one face is followed from frame to frame, and its mood made steady."""

from __future__ import annotations

import math
from collections.abc import Sequence

from museaika.mood.blending import Smoother
from museaika.mood.reading import MoodReading
from museaika.perception.facereader import Box, Face

NEAR = 0.6
"""A face is the same as before if its middle moved by less than this part of its side …"""
LIKE = 0.5
"""… and its side became not smaller than this part of the other's."""
OVERSHADOWED = 0.5
"""The followed face is let go when the largest is this much larger: its side is less than this part of it."""
LOST_AFTER_S = 3.0
"""Where nobody was seen for so long, whoever comes next is a new face."""


class Sitting:
    """Follows the largest face until it leaves, and tells its mood, smoothed in time."""

    def __init__(self, half_life_s: float = 1.5) -> None:
        self._half_life_s = half_life_s
        self._smoother = Smoother(half_life_s)
        self._box: Box | None = None
        self._seen_at = -math.inf
        self._at = -math.inf

    def update(self, faces: Sequence[Face], at: float) -> MoodReading | None:
        """Take in the faces of a frame taken at `at` (seconds of any steady clock), largest first, and return
        the mood of the followed one; None where there is none.

        Raises:
            ValueError: when the frame is older than the last one; the sitting stays as it was.
        """
        if at < self._at:
            raise ValueError("this frame is older than the last one; drop it")
        self._at = at
        if not faces:
            return None
        face = self._followed(faces) if at - self._seen_at < LOST_AFTER_S else None
        if face is None:
            face, self._smoother = faces[0], Smoother(self._half_life_s)
        self._box, self._seen_at = face.box, at
        return self._smoother.update(face.mood, at)

    def _followed(self, faces: Sequence[Face]) -> Face | None:
        before = self._box
        if before is None:
            return None
        near = [face for face in faces if _same(before, face.box)]
        if not near:
            return None
        nearest = min(near, key=lambda face: _distance(before, face.box))
        return nearest if _side(nearest.box) >= OVERSHADOWED * _side(faces[0].box) else None


def _same(before: Box, now: Box) -> bool:
    small, large = sorted((_side(before), _side(now)))
    return _distance(before, now) < NEAR * large and small >= LIKE * large


def _distance(one: Box, other: Box) -> float:
    (x1, y1, w1, h1), (x2, y2, w2, h2) = one, other
    return math.hypot(x1 + w1 / 2 - x2 - w2 / 2, y1 + h1 / 2 - y2 - h2 / 2)


def _side(box: Box) -> float:
    return math.sqrt(box[2] * box[3])
