"""A photo with what was read in it: a box around each face, the mood's name, and a bar for each emotion."""

from __future__ import annotations

from PIL import Image, ImageDraw, ImageFont

from museaika.perception.facereader import Box, Face, FaceReading
from museaika.perception.images import decode_photo

COLOURS = {
    "happy": "#f2b134", "sad": "#5b8def", "angry": "#e4572e", "fear": "#8e6bbf", "surprise": "#ee7fb0",
    "disgust": "#6b9e3f", "neutral": "#b9bcc2", "contempt": "#b08968",
}  # fmt: skip
SHOWN = 4
"""Bars of one face, the likeliest first."""
PAPER, INK = (18, 18, 22), "white"
VEIL = 170
"""How much of the picture the paper under words hides, of 255."""

Colour = str
Font = ImageFont.FreeTypeFont | ImageFont.ImageFont


def drawn(data: bytes, reading: FaceReading) -> Image.Image:
    """Return the upright photo, large ones reduced, with what `reading` says of it.

    Raises:
        Invalid, TooLarge, UnsupportedType: as `decode_photo`.
    """
    photo = decode_photo(data)
    across, down = photo.scale
    image = photo.image.convert("RGBA")
    for face in reversed(reading.faces):  # the largest last, over the others
        x, y, width, height = face.box
        box = (round(x / across), round(y / down), round(width / across), round(height / down))
        image = Image.alpha_composite(image, _layer(image.size, face, box))
    return image.convert("RGB")


def _layer(size: tuple[int, int], face: Face, box: Box) -> Image.Image:
    layer = Image.new("RGBA", size)
    pen = ImageDraw.Draw(layer)
    x, y, width, height = box
    text = max(11, min(round(max(size) / 45), 24))
    font = ImageFont.load_default(text)
    likeliest = sorted(face.emotions.items(), key=lambda item: -item[1])[:SHOWN]
    line = max(2, text // 6)
    pen.rectangle((x, y, x + width, y + height), outline=COLOURS[likeliest[0][0]], width=line)
    rows = [f"{face.primary_mood} {face.mood.confidence:.0%}", *(name for name, _ in likeliest)]
    row, wide = round(text * 1.3), max(width, text * 11)
    left, top = _beside(size, box, (wide, row * len(rows) + line), line)
    pen.rectangle((left, top, left + wide, top + row * len(rows) + line), fill=(*PAPER, VEIL))
    pen.text((left + line * 2, top + line), rows[0], INK, font)
    for i, (name, share) in enumerate(likeliest, 1):
        _bar(pen, (left, top + row * i, wide, row), name, share, font)
    return layer


def _bar(pen: ImageDraw.ImageDraw, place: Box, name: str, share: float, font: Font) -> None:
    left, top, wide, row = place
    pen.text((left + row // 4, top), name, INK, font)
    start = left + round(row * 4.2)
    end = start + max(1, round((left + wide - row // 3 - start) * share))
    pen.rectangle((start, top + row // 4, end, top + row * 3 // 4), fill=COLOURS[name])


def _beside(size: tuple[int, int], box: Box, wanted: tuple[int, int], gap: int) -> tuple[int, int]:
    """Where a label of `wanted` width and height goes: below the box, above it, or at the picture's edge."""
    x, y, _, height = box
    below = y + height + gap
    top = below if below + wanted[1] <= size[1] else y - wanted[1] - gap
    return max(0, min(x, size[0] - wanted[0])), max(0, min(top, size[1] - wanted[1]))
