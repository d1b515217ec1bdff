"""A photo with boxes and bars: where they are, and that the photo comes out upright."""

from __future__ import annotations

import io

import numpy as np
from PIL import Image, ImageColor

from museaika.mood.reading import reading_from_moods
from museaika.perception.drawing import COLOURS, drawn
from museaika.perception.facereader import Box, Face, FaceReading
from museaika.perception.quality import Quality


def photo(size: tuple[int, int], orientation: int = 1) -> bytes:
    stream, exif = io.BytesIO(), Image.Exif()
    exif[0x0112] = orientation
    Image.new("RGB", size, "gray").save(stream, "PNG", exif=exif)
    return stream.getvalue()


def face(box: Box, **emotions: float) -> Face:
    mood = reading_from_moods({"happy": 0.7, "calm": 0.3}, emotions)
    return Face(box, 0.9, mood, Quality(1.0))


def count(image: Image.Image, emotion: str) -> int:
    return int((np.asarray(image) == ImageColor.getrgb(COLOURS[emotion])).all(-1).sum())


def test_the_box_has_the_colour_of_the_likeliest_emotion_and_its_bar_is_the_longest() -> None:
    read = FaceReading((face((200, 100, 150, 150), happy=0.6, sad=0.3, neutral=0.1),))
    image = drawn(photo((640, 480)), read)
    assert image.getpixel((200, 175)) == ImageColor.getrgb(COLOURS["happy"])
    assert image.getpixel((275, 175)) == (128, 128, 128), "the face itself stays as it is"
    assert count(image, "happy") > count(image, "sad") > count(image, "neutral") > 0


def test_a_large_photo_is_drawn_smaller_and_a_lying_one_upright() -> None:
    read = FaceReading((face((1000, 2000, 500, 500), happy=1.0),))
    image = drawn(photo((4000, 3000), orientation=6), read)
    assert image.size == (750, 1000)
    assert image.getpixel((250, 560)) == ImageColor.getrgb(COLOURS["happy"])


def test_labels_stay_inside_the_picture() -> None:
    for box in ((0, 0, 60, 60), (600, 440, 39, 39), (0, 0, 640, 480)):
        image = drawn(photo((640, 480)), FaceReading((face(box, sad=0.9, happy=0.1),)))
        assert image.size == (640, 480)
        assert count(image, "sad") > 300


def test_a_tiny_picture_and_one_without_faces_are_no_trouble() -> None:
    assert drawn(photo((1, 1)), FaceReading((face((0, 0, 1, 1), happy=1.0),))).size == (1, 1)
    assert np.asarray(drawn(photo((9, 9)), FaceReading(()))).std() == 0
