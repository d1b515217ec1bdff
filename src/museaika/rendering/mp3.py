"""MP3 that says how long it is: the frames of LAME after an ID3 tag and a header frame for gapless players.

An encoder works in frames of 1152 samples and begins 576 samples late, so a bare MP3 is up to 50 ms longer
than its music and a loop of it limps. The first frame, itself silent, tells a player how much to leave out
(the "Info" tag of Xing, as extended by LAME), how many frames follow and how to seek among them.
"""

from __future__ import annotations

import os
import struct
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import BinaryIO

import lameenc

from museaika.rendering.recording import RATE

KBPS = 192
QUALITY = 5
_SAMPLES_A_FRAME = 1152
_ENCODER_DELAY = 576
_FRAME_BYTES = 144_000 * KBPS // RATE
_FRAME_HEADER = bytes.fromhex("fffbb004")  # MPEG 1 layer III, 192 kbit/s, 44.1 kHz, stereo, no padding byte
_SIDE_INFORMATION = 32


def write(path: Path, pcm: Iterable[bytes], tags: Mapping[str, str]) -> None:
    """Encode interleaved 16-bit stereo at a constant 192 kbit/s; `tags` are ID3 frames such as TIT2 (title).

    The same sound and tags give the same bytes; decoders that know the header return the exact samples' count.
    """
    encoder = lameenc.Encoder()
    encoder.silence()
    encoder.set_bit_rate(KBPS)
    encoder.set_in_sample_rate(RATE)
    encoder.set_channels(2)
    encoder.set_quality(QUALITY)
    front = id3(tags)
    samples = 0
    with path.open("w+b") as file:
        file.write(front + bytes(_FRAME_BYTES))
        for piece in pcm:
            samples += len(piece) // 4
            file.write(encoder.encode(piece))
        file.write(encoder.flush())
        frames, size = _count(file, len(front) + _FRAME_BYTES)
        file.seek(len(front))
        file.write(header_frame(frames, size, samples))


def _count(file: BinaryIO, start: int) -> tuple[int, int]:
    """How many frames there are from byte `start` on, and how many bytes."""
    end = file.seek(0, os.SEEK_END)
    at, frames = start, 0
    while at + 4 <= end:
        file.seek(at + 2)
        at += _FRAME_BYTES + (file.read(1)[0] >> 1 & 1)  # a set padding bit is one byte more
        frames += 1
    return frames, end - start


def header_frame(frames: int, size: int, samples: int) -> bytes:
    """The silent first frame: how many frames and bytes follow and how many samples of them are music."""
    padding = frames * _SAMPLES_A_FRAME - _ENCODER_DELAY - samples
    seek_table = bytes(256 * percent // 100 for percent in range(100))
    body = (
        _FRAME_HEADER
        + bytes(_SIDE_INFORMATION)
        + b"Info"
        + struct.pack(">III", 0xF, frames, size + _FRAME_BYTES)
    )
    body += seek_table + struct.pack(">I", 100 - 10 * QUALITY)
    body += b"LAME3.100" + bytes([0x01, 0]) + bytes(8) + bytes([0, min(KBPS, 255)])
    body += (_ENCODER_DELAY << 12 | padding).to_bytes(3, "big") + bytes(4)
    body += struct.pack(">IH", size + _FRAME_BYTES, 0)
    return (body + struct.pack(">H", _crc16(body))).ljust(_FRAME_BYTES, b"\0")


def _crc16(data: bytes) -> int:
    crc = 0
    for byte in data:
        crc ^= byte
        for _ in range(8):
            crc = crc >> 1 ^ 0xA001 if crc & 1 else crc >> 1
    return crc


def id3(tags: Mapping[str, str]) -> bytes:
    """An ID3 2.3 tag of text frames in UTF-16; nothing for no tags."""
    frames = b""
    for name, text in tags.items():
        body = b"\x01" + text.encode("utf-16")
        frames += name.encode("ascii") + struct.pack(">IH", len(body), 0) + body
    size = len(frames)
    synchsafe = bytes(size >> shift & 0x7F for shift in (21, 14, 7, 0))
    return b"ID3\x03\0\0" + synchsafe + frames if frames else b""
