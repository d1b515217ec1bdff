"""Plain sound into files: the header of a WAV, and stems in a zip."""

from __future__ import annotations

import struct
import zipfile
from collections.abc import Iterable, Iterator
from pathlib import Path

from museaika.rendering.recording import RATE

_FIXED_DATE = (1980, 1, 1, 0, 0, 0)  # the same sound is the same zip


def header(frames: int, channels: int = 2) -> bytes:
    """The 44 bytes before 16-bit samples at 44.1 kHz."""
    width = 2 * channels
    data = frames * width
    fmt = struct.pack("<4sIHHIIHH", b"fmt ", 16, 1, channels, RATE, RATE * width, width, 16)
    return struct.pack("<4sI4s", b"RIFF", 36 + data, b"WAVE") + fmt + struct.pack("<4sI", b"data", data)


def chunks(path: Path, skip: int = 0, size: int = 1 << 20) -> Iterator[bytes]:
    """A file's bytes after the first `skip`, piece by piece."""
    with path.open("rb") as file:
        file.seek(skip)
        while piece := file.read(size):
            yield piece


def zip_stems(path: Path, stems: Iterable[tuple[str, Path, int]]) -> Iterator[int]:
    """Zip WAV files made of raw 16-bit stereo files (name, file, frames); yields bytes as they go in."""
    with zipfile.ZipFile(path, "w", zipfile.ZIP_STORED) as archive:
        for name, raw, frames in stems:
            entry = zipfile.ZipInfo(f"{name}.wav", _FIXED_DATE)
            entry.file_size = 44 + 4 * frames
            with archive.open(entry, "w") as file:
                file.write(header(frames))
                for piece in chunks(raw):
                    file.write(piece)
                    yield len(piece)
