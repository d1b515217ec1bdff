"""Photos from strangers: which are read, which are refused, and how they come out."""

from __future__ import annotations

import contextlib
import io
import random
import struct
import tracemalloc
import zlib

import numpy as np
import pytest
from PIL import Image
from skimage import data

from museaika.errors import Invalid, TooLarge, UnsupportedType
from museaika.perception.images import MAX_BYTES, decode_photo

CORNERS = np.zeros((60, 90, 3), np.uint8)
CORNERS[:30, :45], CORNERS[:30, 45:] = (255, 0, 0), (0, 255, 0)
CORNERS[30:, :45], CORNERS[30:, 45:] = (0, 0, 255), (255, 255, 255)

SIDEWAYS_OR_NOT = {
    1: None,
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_90,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_270,
}
"""What a camera did to the picture before it wrote this orientation: the inverse of what we do."""


def saved(image: Image.Image, kind: str = "PNG", **options: object) -> bytes:
    stream = io.BytesIO()
    image.save(stream, kind, **options)
    return stream.getvalue()


def as_the_camera_wrote(image: Image.Image, orientation: int, kind: str) -> bytes:
    turn = SIDEWAYS_OR_NOT[orientation]
    exif = Image.Exif()
    exif[0x0112] = orientation
    exif[0x010F] = "Maker of cameras"
    return saved(image.transpose(turn) if turn is not None else image, kind, exif=exif)


def png_claiming(width: int, height: int, body: bytes = b"", *, bits: int = 8, colour: int = 2) -> bytes:
    def chunk(name: bytes, content: bytes) -> bytes:
        return struct.pack(">I", len(content)) + name + content + struct.pack(">I", zlib.crc32(name + content))

    header = struct.pack(">IIBBBBB", width, height, bits, colour, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", body) + chunk(b"IEND", b"")


@pytest.mark.parametrize("kind", ["PNG", "WEBP", "JPEG"])
@pytest.mark.parametrize("orientation", SIDEWAYS_OR_NOT)
def test_every_exif_orientation_comes_out_upright(orientation: int, kind: str) -> None:
    written = as_the_camera_wrote(Image.fromarray(CORNERS), orientation, kind)
    photo = decode_photo(written)
    assert (photo.width, photo.height) == photo.image.size == (90, 60)
    middles = np.asarray(photo.image, int)[15::30, 22::45]
    assert np.abs(middles - CORNERS[15::30, 22::45]).max() < 40


def test_metadata_is_left_behind() -> None:
    photo = decode_photo(as_the_camera_wrote(Image.fromarray(CORNERS), 6, "JPEG"))
    assert photo.image.info == {}
    assert not photo.image.getexif()


@pytest.mark.parametrize("mode", ["1", "L", "LA", "P", "RGB", "RGBA", "I;16", "I"])
def test_any_mode_of_png_becomes_rgb(mode: str) -> None:
    if mode.startswith("I"):
        sixteen = (np.asarray(Image.fromarray(CORNERS).convert("L")).astype(np.uint16) * 257).astype(np.uint16)
        image = Image.fromarray(sixteen)
    else:
        image = Image.fromarray(CORNERS).convert(mode)
    photo = decode_photo(saved(image))
    assert photo.image.mode == "RGB"
    assert photo.image.convert("L").getpixel((80, 50)) == 255  # the white corner
    assert photo.image.convert("L").getpixel((10, 50)) < 60  # the blue one


@pytest.mark.parametrize("mode", ["CMYK", "L", "RGB"])
def test_any_mode_of_jpeg_becomes_rgb(mode: str) -> None:
    photo = decode_photo(saved(Image.fromarray(CORNERS).convert(mode), "JPEG"))
    assert photo.image.mode == "RGB"
    assert min(photo.image.getpixel((80, 50))) > 240


@pytest.mark.parametrize("side", [40, 2400])
def test_what_is_transparent_counts_as_white(side: int) -> None:
    clear = Image.new("RGBA", (side, side), (200, 0, 0, 0))
    palette = Image.new("P", (side, side), 0)
    for data_ in (saved(clear), saved(clear, "WEBP"), saved(palette, transparency=0)):
        assert decode_photo(data_).image.getpixel((side // 8, side // 8)) == (255, 255, 255)


def test_of_an_animation_the_first_frame_counts() -> None:
    frames = [Image.new("RGB", (30, 30), colour) for colour in ("red", "lime", "blue")]
    for kind in ("WEBP", "PNG"):
        moving = saved(frames[0], kind, save_all=True, append_images=frames[1:], lossless=True)
        assert decode_photo(moving).image.getpixel((15, 15)) == (255, 0, 0)


def test_one_pixel_is_a_picture() -> None:
    for kind in ("PNG", "JPEG", "WEBP"):
        photo = decode_photo(saved(Image.new("RGB", (1, 1)), kind))
        assert photo.image.size == (photo.width, photo.height) == (1, 1)


@pytest.mark.parametrize("size", [(4000, 3000), (2999, 2001), (1, 24_000), (24_000, 1)])
@pytest.mark.parametrize("kind", ["JPEG", "PNG"])
def test_large_photos_are_reduced_but_keep_their_size_in_mind(size: tuple[int, int], kind: str) -> None:
    photo = decode_photo(saved(Image.new("RGB", size, "navy"), kind))
    assert (photo.width, photo.height) == size
    assert max(photo.image.size) < 2100
    assert photo.image.width * photo.scale[0] == pytest.approx(size[0])
    assert abs(photo.image.getpixel((0, 0))[2] - 128) < 4


def test_the_file_name_does_not_matter_the_content_does() -> None:
    gif = saved(Image.new("RGB", (9, 9)), "GIF")
    with pytest.raises(UnsupportedType, match="GIF"):
        decode_photo(gif)


@pytest.mark.parametrize("kind", ["BMP", "TIFF", "ICO", "GIF", "JPEG2000"])
def test_other_formats_are_named_and_refused(kind: str) -> None:
    with pytest.raises(UnsupportedType, match="JPEG, PNG or WebP"):
        decode_photo(saved(Image.new("RGB", (32, 32)), kind))


@pytest.mark.parametrize(
    ("start", "name"), [(b"\0\0\0\x20ftypheic", "HEIC"), (b"\0\0\0\x20ftypavif", "AVIF"), (b"%PDF-1.7", "PDF")]
)
def test_what_phones_send_is_called_by_its_name(start: bytes, name: str) -> None:
    with pytest.raises(UnsupportedType, match=name):
        decode_photo(start + bytes(100))


@pytest.mark.filterwarnings("ignore::PIL.Image.DecompressionBombWarning")
@pytest.mark.parametrize("size", [(50_000, 50_000), (2**31 - 1, 2**31 - 1), (5001, 5000), (12_000, 12_000)])
def test_a_header_that_claims_too_much_is_refused_before_pixels_are_read(size: tuple[int, int]) -> None:
    tracemalloc.start()
    with pytest.raises(TooLarge, match="megapixels"):
        decode_photo(png_claiming(*size))
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 1_000_000


def test_a_small_file_that_unfolds_to_400_megapixels_is_refused() -> None:
    row = b"\0" * (20_000 // 8 + 1)
    packer = zlib.compressobj(9)
    body = b"".join(packer.compress(row) for _ in range(20_000)) + packer.flush()
    bomb = png_claiming(20_000, 20_000, body, bits=1, colour=0)
    assert len(bomb) < 100_000
    with pytest.raises(TooLarge):
        decode_photo(bomb)


def test_a_jpeg_of_thousands_of_scans_is_refused_and_an_ordinary_progressive_one_read() -> None:
    ordinary = saved(Image.fromarray(data.astronaut()), "JPEG", progressive=True)
    assert decode_photo(ordinary).image.size == (512, 512)
    empty_scan = bytes.fromhex("ffda0008010100003f00")
    with pytest.raises(Invalid, match="scans"):
        decode_photo(ordinary[:-2] + empty_scan * 1000 + ordinary[-2:])


def test_more_than_ten_megabytes_are_refused() -> None:
    with pytest.raises(TooLarge, match="MB"):
        decode_photo(b"\xff\xd8" + bytes(MAX_BYTES))


def test_nothing_is_not_an_image() -> None:
    with pytest.raises(Invalid, match="empty") as caught:
        decode_photo(b"")
    assert caught.value.code == "invalid_image"


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP"])
def test_a_file_cut_short_anywhere_is_read_or_refused_in_words(kind: str) -> None:
    whole = saved(Image.fromarray(data.astronaut()).resize((160, 160)), kind)
    refused = 0
    for length in [*range(1, 200, 7), *range(200, len(whole), len(whole) // 25)]:
        try:
            size = decode_photo(whole[:length]).image.size
        except Invalid:
            refused += 1
        else:
            assert size == (160, 160)
    assert refused > 40


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP"])
def test_damaged_bytes_never_raise_anything_but_our_own_errors(kind: str) -> None:
    whole = saved(Image.fromarray(CORNERS), kind)
    dice = random.Random(7)
    for _ in range(150):
        damaged = bytearray(whole)
        for _ in range(dice.randint(1, 12)):
            damaged[dice.randrange(len(damaged))] = dice.randrange(256)
        with contextlib.suppress(Invalid, TooLarge, UnsupportedType):
            decode_photo(bytes(damaged))


def test_noise_is_not_an_image() -> None:
    dice = random.Random(3)
    for length in (1, 2, 12, 100, 5000):
        with pytest.raises((Invalid, UnsupportedType)):
            decode_photo(dice.randbytes(length))
