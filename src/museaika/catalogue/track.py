"""A track as the catalogue knows it: facts about a recording, and its place on the plane of moods."""

from __future__ import annotations

import hashlib
import re
import unicodedata
from dataclasses import dataclass, replace
from urllib.parse import quote

SEARCH_PAGE = "https://open.spotify.com/search/"
TRACK_PAGE = "https://open.spotify.com/track/"

_RELEASE = re.compile(
    r"\s*(?:-\s+|[(\[])(?:(?:\d{4}\s+)?(?:digital(?:ly)?\s+)?remaster(?:ed)?(?:\s+\d{4})?(?:\s+version)?"
    r"|(?:feat\.?|ft\.?|featuring)\s[^)\]]*|(?:original\s+)?(?:mono|stereo|album|single)(?:\s+(?:version|mix))?)"
    r"[)\]]?\s*$",
    re.IGNORECASE,
)
"""What shops append to a title without it being another recording; "live" and "remix" are others."""


@dataclass(frozen=True, slots=True)
class Track:
    """One recording.

    `valence` and `arousal` are −1…1, `duration_ms` milliseconds, `tempo` beats a minute; `language` is an
    ISO 639 code (`zxx`: no words). `source` says who placed the track on the plane and `confidence`, 0…1,
    how much that placing is to be trusted. `explicit` is None where nobody has said.
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
    explicit: bool | None = None

    @property
    def uri(self) -> str:
        """Spotify's name for it where we know which recording is meant, else our own."""
        return f"spotify:track:{self.spotify_id}" if self.spotify_id else f"museaika:track:{self.track_id}"

    @property
    def url(self) -> str:
        """A link under which a person finds the track to listen to it."""
        if self.spotify_id:
            return TRACK_PAGE + self.spotify_id
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
    """The id of a track by its main artist and title: the same wherever, whenever and however spelt it is
    read in."""
    digest = hashlib.sha256(f"{_folded(artist)}\x1f{_folded(work_title(title))}".encode()).hexdigest()
    return f"ma_{digest[:12]}"


def work_title(title: str) -> str:
    """The title without what a release added: "Yesterday - Remastered 2009" is "Yesterday"."""
    while (shorter := _RELEASE.sub("", title)) not in ("", title):
        title = shorter
    return title


def merged(first: Track, second: Track) -> Track:
    """One track of two accounts of it: the first one's word counts, the second fills what it leaves open."""
    known = {name: getattr(first, name) or getattr(second, name) for name in
             ("album", "year", "duration_ms", "genre", "language", "isrc", "spotify_id", "tempo")}  # fmt: skip
    explicit = second.explicit if first.explicit is None else first.explicit
    also = (second.genre,) if second.genre and second.genre != known["genre"] else ()
    tags = tuple(dict.fromkeys((*first.tags, *second.tags, *also)))
    return replace(first, **known, explicit=explicit, tags=tags)


def _folded(text: str) -> str:
    return fold(text) or text.casefold()
