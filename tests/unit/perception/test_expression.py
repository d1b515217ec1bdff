"""From a photo's bytes to expressions and a mood."""

from __future__ import annotations

import hashlib
import io
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import onnxruntime
import pytest
from PIL import Image
from skimage import data

import museaika.perception
from museaika.errors import Invalid
from museaika.mood.vocabulary import EMOTIONS, FACE_CLASSES, MOODS
from museaika.perception.expression import SIDE, ExpressionReader, framing
from museaika.perception.facereader import FaceReader, FaceReading
from museaika.perception.geometry import Detection, Level

WEIGHTS = Path(museaika.perception.__file__).parent / "weights"
HER_FACE = (173, 73, 102, 102)
TRANSPOSED = {1: None, 2: 0, 3: 3, 4: 1, 5: 5, 6: 2, 7: 6, 8: 4}
"""EXIF orientation -> the `Image.Transpose` a camera would have applied before writing it."""


@pytest.fixture(scope="module")
def reader() -> FaceReader:
    return FaceReader()


def png(image: Image.Image, **options: object) -> bytes:
    stream = io.BytesIO()
    image.save(stream, "PNG", **options)
    return stream.getvalue()


@pytest.fixture(scope="module")
def astronaut() -> Image.Image:
    return Image.fromarray(data.astronaut())


@pytest.fixture(scope="module")
def her_reading(reader: FaceReader, astronaut: Image.Image) -> FaceReading:
    return reader.read(png(astronaut))


def test_the_astronaut_smiles(her_reading: FaceReading) -> None:
    (face,) = her_reading.faces
    assert max(face.emotions, key=lambda name: face.emotions[name]) == "happy"
    assert face.primary_mood == "happy"
    assert her_reading.mood is not None
    assert her_reading.mood.primary_mood == "happy"
    assert her_reading.mood.valence > 0.5


def test_scores_are_probabilities_over_the_public_names(her_reading: FaceReading) -> None:
    assert her_reading.mood is not None
    assert set(her_reading.faces[0].emotions) == set(EMOTIONS)
    assert sum(her_reading.faces[0].emotions.values()) == pytest.approx(1, abs=1e-5)
    assert set(her_reading.mood.moods) == set(MOODS)
    assert sum(her_reading.mood.moods.values()) == pytest.approx(1, abs=1e-9)


def test_her_box_is_in_pixels_of_the_photo_even_when_it_is_large(
    reader: FaceReader, astronaut: Image.Image
) -> None:
    stream = io.BytesIO()
    astronaut.resize((4096, 4096)).save(stream, "JPEG")
    (face,) = reader.read(stream.getvalue()).faces
    assert face.box == pytest.approx([8 * n for n in HER_FACE], abs=64)
    assert face.keypoints[0] == pytest.approx((8 * 205, 8 * 102), abs=40)


@pytest.mark.parametrize("orientation", TRANSPOSED)
def test_all_eight_orientations_read_the_same(
    reader: FaceReader, astronaut: Image.Image, her_reading: FaceReading, orientation: int
) -> None:
    turn = TRANSPOSED[orientation]
    exif = Image.Exif()
    exif[0x0112] = orientation
    written = astronaut if turn is None else astronaut.transpose(Image.Transpose(turn))
    assert reader.read(png(written, exif=exif)) == her_reading


@pytest.mark.parametrize("detail", ["fast", "full"])
@pytest.mark.parametrize("scene", ["coffee", "rocket"])
def test_a_photo_without_people_has_no_mood(reader: FaceReader, scene: str, detail: str) -> None:
    assert reader.read(png(Image.fromarray(getattr(data, scene)())), detail=detail) == FaceReading(())


def test_the_largest_face_comes_first_and_gives_the_mood(reader: FaceReader, astronaut: Image.Image) -> None:
    scene = Image.new("RGB", (1000, 600), "gray")
    head = astronaut.crop((100, 0, 350, 250))
    scene.paste(head, (20, 20))
    scene.paste(head.resize((500, 500)), (450, 50))
    reading = reader.read(png(scene))
    assert [face.box[0] > 450 for face in reading.faces] == [True, False]
    assert reading.mood is not None
    assert reading.mood.emotions == reading.faces[0].emotions


def test_a_given_box_is_taken_as_it_is(reader: FaceReader, astronaut: Image.Image) -> None:
    (face,) = reader.read(png(astronaut), boxes=[(150, 40, 150, 170)]).faces
    assert face.box == (150, 40, 150, 170)
    assert face.confidence > 0.7
    assert max(face.emotions, key=lambda name: face.emotions[name]) == "happy"


def test_a_given_box_without_a_face_is_read_without_confidence(
    reader: FaceReader, astronaut: Image.Image
) -> None:
    (face,) = reader.read(png(astronaut), boxes=[(10, 450, 40, 40)]).faces
    assert face.confidence == 0
    assert face.keypoints == ()
    assert sum(face.emotions.values()) == pytest.approx(1, abs=1e-5)


def test_no_given_boxes_are_no_faces(reader: FaceReader, astronaut: Image.Image) -> None:
    assert reader.read(png(astronaut), boxes=[]) == FaceReading(())


@pytest.mark.parametrize(
    "box",
    [(-1, 0, 9, 9), (0, 0, 513, 9), (500, 0, 13, 9), (0, 0, 0, 9), (0, 0, 9, -9), (0, 0, 9), (0, 0, 9, 9, 9),
     (float("nan"), 0, 9, 9), (0, float("inf"), 9, 9), ("0", 0, 9, 9), (True, 0, 9, 9), (10**400, 0, 1, 1)],
)  # fmt: skip
def test_a_box_that_cannot_be_is_refused(
    reader: FaceReader, astronaut: Image.Image, box: tuple[int, ...]
) -> None:
    with pytest.raises(Invalid, match="Box 0"):
        reader.read(png(astronaut), boxes=[box])  # type: ignore[list-item]


@pytest.mark.parametrize(
    ("mode", "kind"),
    [("L", "JPEG"), ("CMYK", "JPEG"), ("P", "PNG"), ("RGBA", "PNG"), ("LA", "PNG"), ("I;16", "PNG"),
     ("RGBA", "WEBP")],
)  # fmt: skip
def test_a_smile_is_a_smile_in_any_kind_of_picture(
    reader: FaceReader, astronaut: Image.Image, mode: str, kind: str
) -> None:
    stream = io.BytesIO()
    if mode == "I;16":
        Image.fromarray(np.asarray(astronaut.convert("L")).astype(np.uint16) * 257).save(stream, kind)
    else:
        astronaut.convert(mode).save(stream, kind)
    (face,) = reader.read(stream.getvalue()).faces
    assert face.primary_mood == "happy"
    assert face.box == pytest.approx(HER_FACE, abs=6)


def test_of_an_animation_the_first_frame_is_read(reader: FaceReader, astronaut: Image.Image) -> None:
    stream, nobody = io.BytesIO(), Image.new("RGB", astronaut.size)
    astronaut.save(stream, "WEBP", save_all=True, append_images=[nobody, nobody])
    assert reader.read(stream.getvalue()).faces[0].primary_mood == "happy"


def test_in_one_pixel_there_is_nobody(reader: FaceReader) -> None:
    assert reader.read(png(Image.new("RGB", (1, 1)))) == FaceReading(())


def test_too_many_boxes_are_refused(reader: FaceReader, astronaut: Image.Image) -> None:
    with pytest.raises(Invalid, match="65 boxes"):
        reader.read(png(astronaut), boxes=[(0, 0, 9, 9)] * 65)


def test_an_unknown_detail_is_refused(reader: FaceReader, astronaut: Image.Image) -> None:
    with pytest.raises(Invalid, match="'fast' or 'full'"):
        reader.read(png(astronaut), detail="best")


def test_one_reader_serves_many_threads(
    reader: FaceReader, astronaut: Image.Image, her_reading: FaceReading
) -> None:
    with ThreadPoolExecutor(8) as threads:
        readings = list(threads.map(lambda _: reader.read(png(astronaut)), range(16)))
    assert all(reading == her_reading for reading in readings)


def test_brightness_and_contrast_change_little(reader: FaceReader, astronaut: Image.Image) -> None:
    dim = Image.fromarray((np.asarray(astronaut) * 0.4).astype(np.uint8))
    (face,) = reader.read(png(dim)).faces
    assert face.emotions["happy"] > 0.8


def test_the_frame_is_level_and_below_the_eyes() -> None:
    keypoints = np.array([[40, 50], [80, 50], [60, 70], [60, 90], [20, 55], [100, 55]], np.float32)
    frame = framing(Detection(np.zeros(4, np.float32), keypoints, 1.0))
    assert frame.tilt == 0
    assert frame.side == pytest.approx(1.33 * 80)
    assert frame.centre == pytest.approx((60, 50 + 0.145 * 80))


def test_the_network_answers_eight_classes_for_any_number_of_faces() -> None:
    session = onnxruntime.InferenceSession(str(WEIGHTS / "expression.onnx"), providers=["CPUExecutionProvider"])
    for n in (1, 5):
        faces = np.random.default_rng(n).random((n, 1, SIDE, SIDE), np.float32)
        (answer,) = session.run(["probabilities"], {"face": faces})
        assert answer.shape == (n, len(FACE_CLASSES))
        assert answer.sum(1) == pytest.approx(np.ones(n), abs=1e-5)


def test_a_mirrored_reader_sees_no_difference_between_a_photo_and_its_mirror_image(
    astronaut: Image.Image,
) -> None:
    reader = ExpressionReader(WEIGHTS / "expression.onnx", mirrored=True)
    head = astronaut.crop((120, 20, 320, 220))
    mirror = head.transpose(Image.Transpose.FLIP_LEFT_RIGHT)
    frame = Level((100.0, 100.0), 120.0, 0.0)
    (seen,), (mirrored,) = reader.read(head, [frame]), reader.read(mirror, [frame])
    assert list(mirrored.values()) == pytest.approx(list(seen.values()), abs=0.02)
    assert sum(seen.values()) == pytest.approx(1, abs=1e-5)


def test_each_weight_file_has_a_card_that_names_its_sum() -> None:
    for name in ("blazeface", "expression"):
        card = (WEIGHTS / f"{name}.card.md").read_text("utf-8")
        assert hashlib.sha256((WEIGHTS / f"{name}.onnx").read_bytes()).hexdigest() in card
