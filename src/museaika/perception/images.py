"""Photos from strangers: refused before they can do harm, turned upright, their metadata left behind."""

from __future__ import annotations

import io
import struct
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from PIL import Image

from museaika.errors import Invalid, MuseAIkaError, TooLarge, UnsupportedType

MAX_BYTES = 10_000_000
MAX_PIXELS = 25_000_000
WORKING_SIDE = 1000
"""Larger photos are halved, thirded … while their long side stays at or above this: enough for every face
the detector can find, and a 12-megapixel JPEG need not be decoded in full."""

MAX_SCANS = 100
"""A progressive JPEG has about ten; each more costs another pass over the whole picture."""

FORMATS = ("JPEG", "PNG", "WEBP")
FOREIGN = (
    (0, b"GIF8", "GIF"),
    (0, b"BM", "BMP"),
    (0, b"II*\0", "TIFF"),
    (0, b"MM\0*", "TIFF"),
    (4, b"ftypavif", "AVIF"),
    (4, b"ftyphe", "HEIC"),
    (4, b"ftypmif1", "HEIF"),
    (4, b"ftyp", "video"),
    (0, b"%PDF", "PDF"),
    (0, b"\0\0\x01\0", "ICO"),
    (0, b"\0\0\0\x0cjP  ", "JPEG 2000"),
    (0, b"<svg", "SVG"),
    (0, b"<?xml", "XML"),
)
"""Offset and first bytes of what people send instead, to name it back to them."""

ORIENTATION = 0x0112
UPRIGHT = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}
"""EXIF's orientation tag -> what brings the picture upright."""


@dataclass(frozen=True, slots=True)
class Photo:
    """An upright RGB picture: `image` to work on, `width` and `height` of the original it was reduced from."""

    image: Image.Image
    width: int
    height: int

    @property
    def scale(self) -> tuple[float, float]:
        """Pixels of the original to one of `image`, across and down; each at least 1."""
        return self.width / self.image.width, self.height / self.image.height


def decode_photo(data: bytes) -> Photo:
    """Read a JPEG, PNG or WebP, told by its content; of an animation the first frame, alpha on white.

    Raises:
        TooLarge: more than 10 MB or 25 megapixels; pixels are not read then.
        UnsupportedType: another kind of file.
        Invalid: code `invalid_image`: empty, cut short or damaged.
    """
    if not data:
        raise Invalid("The image is empty. Send the bytes of a JPEG, PNG or WebP.", code="invalid_image")
    if len(data) > MAX_BYTES:
        raise TooLarge(f"The image has {len(data) / 1e6:.1f} MB; {MAX_BYTES // 10**6} MB is the most we read.")
    _refuse_foreign(data)
    if data.startswith(b"\xff\xd8") and data.count(b"\xff\xda") > MAX_SCANS:
        raise Invalid(
            "This JPEG has far too many scans. Save it again as an ordinary one.", code="invalid_image"
        )
    with _explaining_damage(), Image.open(io.BytesIO(data), formats=FORMATS) as image:
        width, height = image.size
        if width * height > MAX_PIXELS:
            raise _too_many_pixels(f"{width} x {height} pixels")
        turn = UPRIGHT.get(_orientation(image))
        small = _flattened(_reduced(image))
        if turn is None:
            return Photo(small, width, height)
        upright = small.transpose(turn)
        return Photo(upright, height, width) if turn in _SIDEWAYS else Photo(upright, width, height)


_SIDEWAYS = {UPRIGHT[5], UPRIGHT[6], UPRIGHT[7], UPRIGHT[8]}


def _refuse_foreign(data: bytes) -> None:
    for offset, signature, name in FOREIGN:
        if data.startswith(signature, offset):
            raise UnsupportedType(f"{name} files are not read here. Send the photo as JPEG, PNG or WebP.")


def _too_many_pixels(size: str) -> TooLarge:
    return TooLarge(
        f"The image has {size}; {MAX_PIXELS // 10**6} megapixels is the most we read. Scale it down."
    )


@contextmanager
def _explaining_damage() -> Iterator[None]:
    try:
        yield
    except MuseAIkaError:
        raise
    except (Image.DecompressionBombError, Image.DecompressionBombWarning):
        raise _too_many_pixels("far too many pixels") from None
    except Exception as cause:  # decoders meet hostile bytes and raise whatever those provoke
        message = "The image cannot be read: it is damaged, cut short, or not a JPEG, PNG or WebP at all."
        raise Invalid(message, code="invalid_image") from cause


def _orientation(image: Image.Image) -> int:
    try:
        return int(image.getexif().get(ORIENTATION, 1))
    except (OSError, SyntaxError, TypeError, ValueError, struct.error):
        return 1  # a broken tag says nothing; the pixels may still be fine


def _reduced(image: Image.Image) -> Image.Image:
    """Shrink by whole factors: a JPEG while it is decoded, the rest of the way by averaging."""
    long_side = max(image.size)
    if long_side < 2 * WORKING_SIDE:
        return image
    factor = long_side // WORKING_SIDE
    image.draft(image.mode, (max(1, image.width // factor), max(1, image.height // factor)))
    image.load()
    rest = max(1, round(factor * max(image.size) / long_side))
    simple = image.mode in ("L", "RGB", "RGBA", "CMYK") and "transparency" not in image.info
    plain = image if simple else _flattened(image)
    return plain.reduce((min(rest, plain.width), min(rest, plain.height)))


def _flattened(image: Image.Image) -> Image.Image:
    """Any mode -> RGB without metadata; 16 bits to 8, transparent parts white."""
    if image.mode.startswith("I"):  # 16-bit gray; convert() alone would clip instead of scale
        image = image.convert("I").point(lambda value: value / 257).convert("L")
    if image.has_transparency_data:
        layer = image.convert("RGBA")
        image = Image.alpha_composite(Image.new("RGBA", layer.size, "white"), layer)
    flat = image.convert("RGB")
    flat.info = {}
    return flat
