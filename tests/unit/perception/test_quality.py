"""What spoils a face is named, and costs confidence."""

from __future__ import annotations

import io

import numpy as np
import pytest
from PIL import Image, ImageFilter
from skimage import data

from museaika.perception.facereader import Box, Face, FaceReader
from museaika.perception.geometry import Detection, Level
from museaika.perception.quality import UNSEEN, Quality, quality_of

HER_FACE = (173, 73, 102, 102)
AHEAD = np.array([[40, 50], [80, 50], [60, 70], [60, 90], [20, 55], [100, 55]], np.float32)


@pytest.fixture(scope="module")
def reader() -> FaceReader:
    return FaceReader()


@pytest.fixture(scope="module")
def astronaut() -> Image.Image:
    return Image.fromarray(data.astronaut())


def read(reader: FaceReader, picture: Image.Image, box: Box = HER_FACE) -> Face:
    stream = io.BytesIO()
    picture.save(stream, "PNG")
    (face,) = reader.read(stream.getvalue(), boxes=[box]).faces
    return face


def lit(picture: Image.Image, light: float, lift: float = 0.0) -> Image.Image:
    return picture.point(lambda value: int(value * light + lift))


def test_a_face_in_good_light_has_no_defects(reader: FaceReader, astronaut: Image.Image) -> None:
    quality = read(reader, astronaut).quality
    assert quality.score > 0.95
    assert (quality.defects, quality.words) == ((), None)


@pytest.mark.parametrize(
    ("defect", "spoil", "box"),
    [
        ("small", lambda picture: picture.resize((56, 56), Image.Resampling.BOX), (19, 8, 11, 11)),
        ("blurred", lambda picture: picture.filter(ImageFilter.GaussianBlur(8)), HER_FACE),
        ("dark", lambda picture: lit(picture, 0.05), HER_FACE),
    ],
)
def test_each_defect_is_named_and_costs_confidence(
    reader: FaceReader, astronaut: Image.Image, defect: str, spoil: object, box: Box
) -> None:
    fine, spoiled = read(reader, astronaut), read(reader, spoil(astronaut), box)  # type: ignore[operator]
    assert {defect, "unseen"} & set(spoiled.quality.defects)
    assert spoiled.quality.score < 0.9
    assert max(spoiled.emotions.values()) < max(fine.emotions.values())
    assert sum(spoiled.emotions.values()) == pytest.approx(1)


def test_dark_skin_in_good_light_is_not_dark(reader: FaceReader, astronaut: Image.Image) -> None:
    assert "dark" not in read(reader, lit(astronaut, 0.25)).quality.defects


def test_what_is_turned_is_told_by_where_the_nose_is() -> None:
    gray, frame = Image.effect_noise((120, 120), 80), Level((60.0, 62.0), 100.0, 0.0)
    shares = []
    for nose_at in (60, 66, 74, 82, 95):
        points = AHEAD.copy()
        points[2, 0] = nose_at
        shares.append(quality_of(gray, Detection(np.zeros(4, np.float32), points, 0.9), frame).score)
    assert shares == sorted(shares, reverse=True)
    assert shares[0] == 1.0
    turned = quality_of(gray, Detection(np.zeros(4, np.float32), points, 0.9), frame)
    assert turned.defects == ("turned",)


def test_a_head_that_is_tilted_is_not_turned() -> None:
    gray, frame = Image.effect_noise((120, 120), 80), Level((60.0, 62.0), 100.0, 0.5)
    tilt = np.array([[np.cos(0.5), np.sin(0.5)], [-np.sin(0.5), np.cos(0.5)]], np.float32)
    points = ((AHEAD - 60) @ tilt + 60).astype(np.float32)
    assert quality_of(gray, Detection(np.zeros(4, np.float32), points, 0.9), frame).defects == ()


def test_where_no_face_was_found_nothing_is_sure() -> None:
    nowhere = Detection(np.zeros(4, np.float32), AHEAD, 0.0)
    assert quality_of(Image.new("L", (99, 99)), nowhere, Level((50.0, 50.0), 9.0, 0.0)) == Quality(
        UNSEEN, ("unseen",)
    )


def test_a_flat_patch_is_measured_without_complaint() -> None:
    flat = quality_of(
        Image.new("L", (99, 99)), Detection(np.zeros(4, np.float32), np.zeros((6, 2), np.float32), 0.9),
        Level((50.0, 50.0), 9.0, 0.0),
    )  # fmt: skip
    assert 0 <= flat.score < 0.3


def test_defects_make_a_sentence() -> None:
    said = Quality(0.3, ("dark", "small", "turned")).words
    assert said is not None
    assert said.startswith("The face is in poor light, small and turned to one side:")
