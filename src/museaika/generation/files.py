"""The files a piece can be had as."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any, BinaryIO

from museaika.errors import FieldError, Invalid


@dataclass(frozen=True, slots=True)
class Format:
    """`file_name` is how an engine and a store call it."""

    file_name: str
    content_type: str


FORMATS: Mapping[str, Format] = MappingProxyType(
    {
        "mp3": Format("piece.mp3", "audio/mpeg"),
        "wav": Format("piece.wav", "audio/wav"),
        "midi": Format("piece.mid", "audio/midi"),
        "stems": Format("stems.zip", "application/zip"),
        "musicxml": Format("piece.musicxml", "application/vnd.recordare.musicxml+xml"),
    }
)


WAV_BYTES_A_SECOND = 176_400
MOST_STEMS = 8


@dataclass(frozen=True, slots=True)
class Download:
    """A stored file: `open` gives a context manager around a seekable binary file of `size` bytes;
    `etag` is unquoted and strong (a completed job's files never change)."""

    open: Callable[[], AbstractContextManager[BinaryIO]]
    size: int
    content_type: str
    filename: str
    etag: str


def find_format(name: str) -> Format:
    """Raises Invalid for a format we don't write."""
    if name in FORMATS:
        return FORMATS[name]
    message = f"We don't write '{name[:20]}'. Choose one of {', '.join(FORMATS)}."
    raise Invalid(message, errors=(FieldError(("format",), message),))


def expected_bytes(parameters: Mapping[str, Any]) -> int:
    """About how much disk a job with complete `parameters` takes while it is made and copied into its place:
    MP3 and WAV, and as many stems of a WAV's size as a full band has."""
    a_second = WAV_BYTES_A_SECOND * (1.2 + (MOST_STEMS if parameters.get("stems") else 0))
    return round(2 * a_second * float(parameters["length"]) * int(parameters["variations"]))


def object_key(job_id: str, variation: int, format_name: str) -> str:
    """Where a file of a job is kept; it follows from the job alone, so that a repeat overwrites itself."""
    return f"{job_id}/{variation}/{FORMATS[format_name].file_name}"


def files_of(job_id: str) -> str:
    """The prefix of all keys of a job."""
    return f"{job_id}/"
