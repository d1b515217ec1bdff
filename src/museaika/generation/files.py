"""The files a piece can be had as."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass
from types import MappingProxyType
from typing import BinaryIO

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


def object_key(job_id: str, variation: int, format_name: str) -> str:
    """Where a file of a job is kept; it follows from the job alone, so that a repeat overwrites itself."""
    return f"{job_id}/{variation}/{FORMATS[format_name].file_name}"


def files_of(job_id: str) -> str:
    """The prefix of all keys of a job."""
    return f"{job_id}/"
