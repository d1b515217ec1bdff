"""A second look at each face that was named: cut out, turned level by its eyes, in the framing that the network
was made for. What it does not confirm there is no face.
"""

from __future__ import annotations

from collections.abc import Sequence
from statistics import fmean

import numpy as np
from PIL import Image, ImageOps

from museaika.perception.blazeface import SQUARE, BlazeFace, Seen
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
    overlap,
)

LOOKS = ((2.2, False), (2.2, True), (2.8, False))
"""A face is looked at again in squares of this many times its own side, as it is or mirrored."""
AGREEMENT = 0.4
"""It must be found there where it was expected, by this overlap."""
LEAST = 0.50
"""What scores less in the first look is given up."""
SURE = 0.85
"""What the first look scores higher is not looked at again."""
HOPE = 0.05
"""How far the mean of two looks may be below what is asked for a third to be worth its time."""
MIRRORED = [LEFT_EYE, RIGHT_EYE, NOSE, MOUTH, LEFT_EAR, RIGHT_EAR]
"""Which keypoint each of them is in a mirror."""


class SecondLook:
    """At faces of one picture."""

    def __init__(self, network: BlazeFace, image: Image.Image, agreement: float = AGREEMENT) -> None:
        self._network = network
        self._image = image
        self._agreement = agreement
        self._cuts: dict[Level, Image.Image] = {}

    def at(self, faces: Sequence[Detection], enough: Sequence[float]) -> list[Detection | None]:
        """Look at each face, at doubtful ones again while there is hope that the mean is `enough`; None where
        the first look finds nothing there."""
        views = [[seen] for seen in self._look(faces, LOOKS[0])]
        doubtful = [i for i, (seen,) in enumerate(views) if LEAST <= seen.score < SURE]
        for way in LOOKS[1:]:
            again = self._look([faces[i] for i in doubtful], way)
            for i, seen in zip(doubtful, again, strict=True):
                views[i].append(seen)
            doubtful = [i for i in doubtful if fmean(view.score for view in views[i]) >= enough[i] - HOPE]
        return [_joined(view) if view[0].score >= LEAST else None for view in views]

    def _look(self, faces: Sequence[Detection], way: tuple[float, bool]) -> list[Detection]:
        """Cut the faces out in one way and return what is seen in their places; score 0 where nothing is."""
        if not faces:
            return []
        times, mirror = way
        squares = [Level(face.centre, face.side * times, face.tilt) for face in faces]
        cuts = [self._cut(square) for square in squares]
        seen = self._network.see([ImageOps.mirror(each) for each in cuts] if mirror else cuts, least=0.1)
        near, far = SQUARE * (0.5 - 0.5 / times), SQUARE * (0.5 + 0.5 / times)
        place = np.array([near, near, far, far], np.float32)
        looked = []
        for face, square, ones in zip(faces, squares, seen, strict=True):
            best = _first_at(place, ones, self._agreement)
            if best is None:
                looked.append(Detection(face.box, face.keypoints, 0.0))
            else:
                looked.append(_brought_back(_mirrored(best) if mirror else best, square))
        return looked

    def _cut(self, square: Level) -> Image.Image:
        if square not in self._cuts:
            self._cuts[square] = square.cut(self._image, SQUARE)
        return self._cuts[square]


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
    return Detection(box.astype(np.float32), keypoints.astype(np.float32), fmean(weights))
