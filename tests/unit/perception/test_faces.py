"""Finding faces: near and far, turned and tilted, and none where there is none."""

from __future__ import annotations

import math
import time
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from skimage import data

import museaika.perception
from museaika.perception.blazeface import anchors_of
from museaika.perception.faces import FaceDetector
from museaika.perception.geometry import LEFT_EYE, RIGHT_EYE, Detection, Level, merge, overlap

WEIGHTS = Path(museaika.perception.__file__).parent / "weights" / "blazeface.onnx"
HER_FACE = np.array([173, 73, 275, 175], np.float32)
HER_RIGHT_EYE, HER_LEFT_EYE = (205, 102), (246, 103)


@pytest.fixture(scope="module")
def detector() -> FaceDetector:
    return FaceDetector(WEIGHTS)


@pytest.fixture(scope="module")
def astronaut() -> Image.Image:
    return Image.fromarray(data.astronaut())


def face_at(x: float, y: float, side: float, score: float = 0.9) -> Detection:
    return Detection(np.array([x, y, x + side, y + side], np.float32), np.zeros((6, 2), np.float32), score)


@pytest.mark.parametrize("thorough", [True, False])
def test_the_astronaut_has_one_face_and_her_eyes_are_where_they_are(
    detector: FaceDetector, astronaut: Image.Image, thorough: bool
) -> None:
    (face,) = detector.find(astronaut, thorough=thorough)
    assert overlap(HER_FACE, face.box[None])[0] > 0.8
    assert face.score > 0.8
    assert face.keypoints[RIGHT_EYE] == pytest.approx(HER_RIGHT_EYE, abs=5)
    assert face.keypoints[LEFT_EYE] == pytest.approx(HER_LEFT_EYE, abs=5)


@pytest.mark.parametrize("quarters", [1, 2, 3])
def test_a_photo_on_its_side_or_head_is_turned_and_its_face_reported_where_it_lies(
    detector: FaceDetector, astronaut: Image.Image, quarters: int
) -> None:
    turned = Image.fromarray(np.rot90(np.asarray(astronaut), quarters).copy())
    (face,) = detector.find(turned)
    x, y = {1: (HER_RIGHT_EYE[1], 511 - HER_RIGHT_EYE[0]), 2: (511 - HER_RIGHT_EYE[0], 511 - HER_RIGHT_EYE[1]),
            3: (511 - HER_RIGHT_EYE[1], HER_RIGHT_EYE[0])}[quarters]  # fmt: skip
    assert face.keypoints[RIGHT_EYE] == pytest.approx((x, y), abs=6)


def test_faces_near_and_far_are_found_in_one_picture(detector: FaceDetector, astronaut: Image.Image) -> None:
    scene = Image.new("RGB", (1200, 900), "dimgray")
    head = astronaut.crop((100, 0, 350, 250))
    for side, at in ((560, (20, 20)), (250, (640, 100)), (230, (920, 500))):
        scene.paste(head.resize((side, side)), at)
    assert len(detector.find(scene)) == 3


@pytest.mark.parametrize("angle", [-25, 25])
def test_a_tilted_head_is_measured_level(detector: FaceDetector, astronaut: Image.Image, angle: int) -> None:
    (face,) = detector.find(astronaut.rotate(angle, center=(224, 124)))
    assert math.degrees(face.tilt) == pytest.approx(-angle, abs=8)


@pytest.mark.parametrize("scene", ["coffee", "rocket", "chelsea", "moon", "grass", "retina"])
@pytest.mark.parametrize("thorough", [True, False])
def test_where_nobody_is_nobody_is_found(detector: FaceDetector, scene: str, thorough: bool) -> None:
    picture = Image.fromarray(getattr(data, scene)()).convert("RGB")
    assert detector.find(picture, thorough=thorough) == []


@pytest.mark.parametrize("size", [(1, 1), (1, 900), (900, 1), (33, 31), (2000, 100)])
def test_any_shape_of_picture_can_be_searched(detector: FaceDetector, size: tuple[int, int]) -> None:
    assert detector.find(Image.new("RGB", size, "gray")) == []


def test_the_same_picture_gives_the_same_answer(detector: FaceDetector, astronaut: Image.Image) -> None:
    first, second = detector.find(astronaut), detector.find(astronaut)
    assert [f.box.tolist() for f in first] == [f.box.tolist() for f in second]


def test_a_camera_frame_takes_well_under_forty_milliseconds(
    detector: FaceDetector, astronaut: Image.Image
) -> None:
    frame = Image.new("RGB", (640, 480))
    frame.paste(astronaut.resize((480, 480)), (80, 0))
    detector.find(frame)
    spent = []
    for _ in range(7):
        start = time.thread_time()
        detector.find(frame, thorough=False)
        spent.append(time.thread_time() - start)
    assert min(spent) < 0.040


def test_anchors_stand_in_the_order_of_the_strides() -> None:
    anchors = anchors_of(128, 128)
    assert anchors.shape == (896, 2)
    assert anchors[0].tolist() == anchors[1].tolist() == [4, 4]
    assert anchors[2].tolist() == [12, 4]
    assert anchors[512].tolist() == anchors[517].tolist() == [8, 8]
    assert anchors_of(64, 128).shape == (448, 2)


def test_overlapping_detections_become_their_weighted_mean() -> None:
    (joined,) = merge([face_at(0, 0, 100, 0.9), face_at(10, 0, 100, 0.3)])
    assert joined.box == pytest.approx([2.5, 0, 102.5, 100])
    assert joined.score == 0.9
    assert len(merge([face_at(0, 0, 100), face_at(90, 0, 100)])) == 2


def test_a_cut_square_leads_back_to_where_it_came_from() -> None:
    picture = Image.new("RGB", (400, 300))
    picture.paste("white", (248, 98, 253, 103))
    for tilt in (0.0, 0.5, -2.0):
        for side in (120, 1000):
            square = Level((230.0, 120.0), side, tilt)
            cut = np.asarray(square.cut(picture, 128).convert("L"), float)
            seen = np.argwhere(cut > cut.max() * 0.5).mean(0)[::-1] + 0.5
            assert square.back(seen.astype(np.float32), 128) == pytest.approx((250.5, 100.5), abs=side / 128)
