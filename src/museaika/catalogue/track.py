"""A track as the catalogue knows it: facts about a recording, and its place on the plane of moods."""

from __future__ import annotations

import hashlib
import unicodedata
from dataclasses import dataclass
from urllib.parse import quote

SEARCH_PAGE = "https://open.spotify.com/search/"


@dataclass(frozen=True, slots=True)
class Track:
    """One recording.

    `valence` and `arousal` are −1…1, `duration_ms` milliseconds, `tempo` beats a minute; `language` is an
    ISO 639 code (`zxx`: no words). `source` says who placed the track on the plane and `confidence`, 0…1,
    how much that placing is to be trusted.
    """

    track_id: str
    title: str
    artists: tuple[str, ...]
    album: str | None
    year: int | None
    duration_ms: int | None
    valence: float
    arousal: float
    tags: tuple[str, ...]
    genre: str | None
    language: str | None
    source: str
    confidence: float
    isrc: str | None = None
    spotify_id: str | None = None
    tempo: float | None = None

    @property
    def uri(self) -> str:
        """Our own name for it; a Spotify URI would claim that we know which release is meant."""
        return f"museaika:track:{self.track_id}"

    @property
    def url(self) -> str:
        """A link under which a person finds the track to listen to it."""
        return SEARCH_PAGE + quote(f"{self.artists[0]} {self.title}", safe="")

    @property
    def energy(self) -> float:
        """Arousal on the scale that music services use, 0…1."""
        return (self.arousal + 1) / 2


def fold(text: str) -> str:
    """Letters and digits alone, no case, no accents: two spellings of one name fold to the same string."""
    spread = unicodedata.normalize("NFKD", text.replace("&", "and")).casefold()
    return "".join(char for char in spread if char.isalnum())


def track_id_for(artist: str, title: str) -> str:
    """The id of a track by its main artist and title: the same wherever and whenever it is read in."""
    digest = hashlib.sha256(f"{fold(artist)}\x1f{fold(title)}".encode()).hexdigest()
    return f"ma_{digest[:12]}"
