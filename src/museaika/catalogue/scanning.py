"""A person's own audio files as tracks: names from the files' tags, the place on the plane by listening.

The place is a sum of cues, weighted after what listeners go by (Eerola, Friberg & Bresin 2013): for valence
mode before tempo and brightness, for arousal loudness and density before brightness and tempo. Each cue is
measured from what is usual in recorded music, in units of its usual spread, and the sum is bent softly into
−1…1. Harmony, words and timbre are not understood, so the trust in such a place is low.
"""

from __future__ import annotations

import math
import os
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tinytag import TinyTag, TinyTagException

from museaika.catalogue.cells import text
from museaika.catalogue.sound import Heard, decode, listen
from museaika.catalogue.track import Track, merged, track_id_for
from museaika.errors import Invalid

ENDINGS = frozenset({".wav", ".mp3", ".flac", ".ogg", ".opus", ".m4a", ".aac", ".aiff", ".aif"})
NOBODY = "Unknown artist"

USUAL = {"tempo": (math.log2(115), 0.40), "mode": (0.0, 0.5), "loudness": (-17.0, 5.0),
         "brightness": (math.log2(1900), 0.65), "onsets": (2.8, 1.1)}  # fmt: skip
"""Mean and spread of each cue; tempo and brightness as powers of two; loudness of both channels mixed to one,
which is 3 LU below that of two."""

VALENCE = {"mode": 0.55, "tempo": 0.20, "onsets": 0.15, "brightness": 0.10}
AROUSAL = {"loudness": 0.40, "onsets": 0.30, "brightness": 0.20, "tempo": 0.10}

TAGS = ("title", "artist", "album", "year", "genre", "isrc")

LEAST, MOST = 0.15, 0.45
"""Trust in a place whose mode and pulse were unclear, and clear; a person who places a track by ear has 0.8."""


@dataclass(frozen=True, slots=True)
class Scan:
    """The files that were heard, with their tracks, and those that were not, with the reason."""

    heard: tuple[tuple[Path, Track], ...]
    unheard: tuple[tuple[Path, str], ...]

    @property
    def tracks(self) -> list[Track]:
        """Each recording once."""
        tracks: dict[str, Track] = {}
        for _, track in self.heard:
            earlier = tracks.get(track.track_id)
            tracks[track.track_id] = track if earlier is None else merged(earlier, track)
        return list(tracks.values())


def audio_files(folder: Path) -> list[Path]:
    """The audio files below a folder, by name; hidden ones and links out of it are left alone."""
    return sorted(
        Path(where) / name
        for where, _, names in os.walk(folder)
        for name in names
        if Path(name).suffix.lower() in ENDINGS and not name.startswith(".")
    )


def scan_folder(files: Sequence[Path], source: str, heard_one: Callable[[], None]) -> Scan:
    """Listen to files, one after the other; `heard_one` is called after each."""
    heard, unheard = [], []
    for path in files:
        try:
            heard.append((path, scan_file(path, source)))
        except Invalid as problem:
            unheard.append((path, problem.detail))
        heard_one()
    return Scan(tuple(heard), tuple(unheard))


def scan_file(path: Path, source: str) -> Track:
    """Return one file as a track. Raises Invalid, code `unreadable_audio`."""
    told = _tags(path)
    heard = listen(decode(path))
    valence, arousal = place(heard)
    artists = told.get("artist") or (NOBODY,)
    title = told["title"][0]
    return Track(
        track_id=track_id_for(artists[0], title),
        title=title,
        artists=artists,
        album=next(iter(told.get("album", ())), None),
        year=_year(told),
        duration_ms=round(1000 * told["duration"]) if told["duration"] else None,
        valence=valence,
        arousal=arousal,
        tags=(),
        genre=next((word.lower() for word in told.get("genre", ())), None),
        language=None,
        source=source,
        confidence=trust(heard),
        isrc=next(iter(told.get("isrc", ())), None),
        tempo=heard.tempo,
    )


def place(heard: Heard) -> tuple[float, float]:
    """Valence and arousal of a recording, each −1…1, by its cues."""
    cues = {
        "tempo": math.log2(heard.tempo),
        "mode": heard.mode,
        "loudness": heard.loudness,
        "brightness": math.log2(max(heard.brightness, 50.0)),
        "onsets": heard.onsets,
    }
    off = {name: (cues[name] - usual) / spread for name, (usual, spread) in USUAL.items()}
    valence, arousal = (
        round(math.tanh(sum(share * off[name] for name, share in weights.items())), 2)
        for weights in (VALENCE, AROUSAL)
    )
    return valence, arousal


def trust(heard: Heard) -> float:
    """How far the place is to be trusted: the clearer mode and pulse, and the longer it was heard, the more."""
    clear = 0.5 * abs(heard.mode) + 0.5 * heard.pulse
    enough = min(heard.seconds / 30, 1.0)
    return round(LEAST + (MOST - LEAST) * clear * enough, 2)


def _tags(path: Path) -> dict[str, Any]:
    """`TAGS` as tuples of words, and `duration` in seconds; the title falls back on the file's name, and on
    "artist - title" in it."""
    try:
        said = TinyTag.get(path).as_dict()
    except TinyTagException:
        said = {}  # without names it may still be heard
    told: dict[str, Any] = {name: words for name in TAGS if (words := _words(said, name))}
    told["duration"] = said.get("duration")
    if "title" not in told:
        artist, dash, title = re.sub(r"^\d+[\s._-]+", "", path.stem).partition(" - ")
        told["title"] = (title.strip() or path.stem,) if dash else (path.stem,)
        if dash and "artist" not in told:
            told["artist"] = (artist.strip() or NOBODY,)
    return told


def _words(said: Mapping[str, Any], name: str) -> tuple[str, ...]:
    try:
        return tuple(word for value in said.get(name, ()) if (word := text(value)))
    except ValueError as problem:
        raise Invalid(f"Its tag {name} {problem}.", code="unreadable_audio") from None


def _year(told: dict[str, Any]) -> int | None:
    found = re.search(r"\b(1[6-9]\d\d|20\d\d)\b", " ".join(told.get("year", ())))
    return int(found[1]) if found else None
