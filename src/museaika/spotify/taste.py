"""What a person hears on Spotify, as far as our catalogue knows it: nothing else of it is kept.

Spotify's terms forbid feeding its content into models, and its API tells no moods of tracks. So of the tracks
that a person heard most or saved only those count that stand in our catalogue, found by artist and title: as
music that is familiar to them, in their own lists alone. They go when Spotify is disconnected.
"""

from __future__ import annotations

from collections.abc import Iterable

from museaika.catalogue.ports import Catalogue
from museaika.catalogue.track import track_id_for
from museaika.errors import Forbidden
from museaika.spotify.client import Client
from museaika.spotify.shapes import Track

MOST = 300
"""Tracks of the catalogue that are remembered of one person."""


def heard(client: Client) -> list[Track]:
    """The tracks the person heard most over half a year, then the newest of their library, each once.

    Raises Forbidden, code `spotify_scope_missing`, when the person did not allow it.
    """
    tracks = [*client.top_tracks(), *client.saved_tracks()]
    return list({track.id: track for track in tracks if track.id and track.name and track.artists}.values())


def known_of(tracks: Iterable[Track], catalogue: Catalogue) -> dict[str, str]:
    """Which tracks of the catalogue these are: our ids by Spotify's."""
    known = {}
    for track in tracks:
        ours = track_id_for(track.artists[0].name, track.name)
        if track.id and catalogue.get(ours):
            known[track.id] = ours
    return known


def favourites(client: Client, catalogue: Catalogue) -> tuple[str, ...]:
    """Our ids of what the person hears; empty when they did not allow to look."""
    try:
        return tuple(known_of(heard(client), catalogue).values())[:MOST]
    except Forbidden:
        return ()
