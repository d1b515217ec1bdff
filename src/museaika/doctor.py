"""What `museaika doctor` looks at: the settings, the stores, the models, the sounds, and what is missing."""

from __future__ import annotations

import os
import platform
import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Literal

from museaika.bootstrap import (
    build_engines,
    build_face_reader,
    build_text_reader,
    init_database,
)
from museaika.catalogue.starter import load_starter
from museaika.errors import MuseAIkaError
from museaika.perception.facereader import FaceReader
from museaika.perception.text import TextReader
from museaika.settings import Settings, SettingsError

ENOUGH_DISK_BYTES = 500_000_000


@dataclass(frozen=True, slots=True)
class Finding:
    """One line: which part, how it stands, and what that means for a person."""

    part: str
    state: Literal["ok", "note", "bad"]
    words: str


def examine(settings: Settings) -> Iterator[Finding]:
    """Look at each part in turn, so that a table can grow while it looks."""
    system = f"Python {platform.python_version()} on {platform.system()} {platform.machine()}"
    yield Finding("system", "ok", f"{system}, {os.cpu_count()} cores")
    yield _mode(settings)
    yield _disk(settings)
    yield _try("database", lambda: init_database(settings))
    yield _try("words", lambda: _model_words(build_text_reader(settings)))
    yield _try("faces", lambda: _model_words(build_face_reader(settings)))
    yield _try("catalogue", lambda: f"{len(load_starter())} tracks")
    yield _try("engines", lambda: f"{', '.join(build_engines(settings))} (the sound bank loads)")
    yield from _features(settings)


def _mode(settings: Settings) -> Finding:
    guests = "guests welcome" if settings.guests_enabled else "no guests"
    return Finding("settings", "ok", f"{settings.flask_env}, port {settings.port}, {guests}")


def _disk(settings: Settings) -> Finding:
    settings.data_dir.mkdir(mode=0o700, parents=True, exist_ok=True)
    free = shutil.disk_usage(settings.data_dir).free
    words = f"{settings.data_dir.absolute()}, {free / 1e9:.1f} GB free"
    if free < ENOUGH_DISK_BYTES:
        return Finding("data", "bad", f"{words}: a minute of music takes 12 MB, with its stems 80")
    return Finding("data", "ok", words)


def _try(part: str, look: Callable[[], str]) -> Finding:
    try:
        return Finding(part, "ok", look())
    except (MuseAIkaError, SettingsError) as error:
        return Finding(part, "bad", str(error))
    except OSError as error:
        name = getattr(error, "filename", None) or part
        return Finding(part, "bad", f"{name}: {error.strerror}. Install MuseAIka again: ./museaika")


def _model_words(reader: TextReader | FaceReader) -> str:
    return f"{reader.model_name} {reader.version}"


def _features(settings: Settings) -> Iterator[Finding]:
    for name, on in (
        ("ENABLE_MUSIC_GENERATION", settings.enable_music_generation),
        ("ENABLE_REAL_TIME", settings.enable_real_time),
        ("RATELIMIT_ENABLED", settings.ratelimit_enabled),
    ):
        if not on:
            yield Finding(name.casefold(), "note", f"switched off by {name}=false")
    if settings.workers == 0:
        yield Finding("workers", "note", "WORKERS=0: nothing composes until `museaika worker` runs")
    if settings.debug:
        yield Finding("debug", "note", "DEBUG=true: for development alone")
