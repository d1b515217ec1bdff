"""What tracks are called: those of the catalogue, and those of Spotify that were seen within the last day."""

from __future__ import annotations

from dataclasses import dataclass

from museaika.catalogue.ports import Catalogue
from museaika.spotify.client import TrackCache

PREFIX = "spotify:track:"


@dataclass(frozen=True, slots=True)
class Named:
    """A track as it is called."""

    title: str
    artists: tuple[str, ...]


class Names:
    """Knows a track by its id, or by its address on Spotify; asks nobody."""

    def __init__(self, catalogue: Catalogue, tracks: TrackCache) -> None:
        self._catalogue, self._tracks = catalogue, tracks

    def get(self, track_id: str) -> Named | None:
        if track := self._catalogue.get(track_id):
            return Named(track.title, track.artists)
        if not track_id.startswith(PREFIX) or not (known := self._tracks.get(track_id.removeprefix(PREFIX))):
            return None
        return Named(known.told["name"], tuple(artist["name"] for artist in known.told["artists"]))
