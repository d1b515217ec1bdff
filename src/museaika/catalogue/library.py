"""The whole catalogue: the tracks that come with the package, and those that were brought in."""

from __future__ import annotations

from museaika.catalogue.memory import InMemoryCatalogue
from museaika.catalogue.ports import Tracks
from museaika.catalogue.starter import load_starter
from museaika.catalogue.track import merged


def load_library(own: Tracks) -> InMemoryCatalogue:
    """Return both as one. A track that is in both stands where its owner placed it, and keeps what the package
    knows of it besides."""
    tracks = {track.track_id: track for track in load_starter().all()}
    for track in own.all():
        known = tracks.get(track.track_id)
        tracks[track.track_id] = track if known is None else merged(track, known)
    return InMemoryCatalogue(tracks.values())
