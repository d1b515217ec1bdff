"""Writing a list of ours to a person's Spotify: the same list each time, in order, and nothing twice.

What we wrote is remembered. So what stands in the list over there and was never written by us was added by
hand, and can be kept. When nothing has changed nothing is sent; when Spotify fails half-way, the next export
mends it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from museaika.errors import NotFound
from museaika.spotify.client import Client
from museaika.spotify.ports import Export, Exports

NAME, DESCRIPTION = 100, 300
"""The longest that Spotify takes."""
OPEN = "https://open.spotify.com/playlist/"


@dataclass(frozen=True, slots=True)
class Written:
    """What an export did: `changed` is False when the list over there was right already."""

    spotify_playlist_id: str
    url: str
    created: bool
    changed: bool
    tracks: int
    kept: int


class Exporter:
    """Writes lists to Spotify."""

    def __init__(self, exports: Exports) -> None:
        self._exports = exports

    def of(self, user_id: str, playlist_id: str) -> str | None:
        """The list on the person's Spotify that this list was written to."""
        export = self._exports.get(user_id, playlist_id)
        return export.spotify_playlist_id if export else None

    def write(
        self,
        client: Client,
        user_id: str,
        playlist_id: str,
        *,
        title: str,
        description: str,
        uris: Sequence[str],
        public: bool,
        keep_own: bool,
    ) -> Written:
        """Make the person's list hold `uris` in this order; with `keep_own` what they added there by hand
        stays, behind the others."""
        name, words = title[:NAME], " ".join(description.split())[:DESCRIPTION]
        export, there = self._found(client, user_id, playlist_id)
        created = export is None
        if export is None:
            spotify_id = client.create_playlist(name, words, public=public).id
            export = Export(user_id, playlist_id, spotify_id, ())
            self._exports.put(export)
        else:
            self._rename(client, export.spotify_playlist_id, name, words, public=public)
        ours = {*export.uris, *uris}
        kept = [uri for uri in there if uri not in ours] if keep_own else []
        wanted = [*uris, *kept]
        changed = wanted != there
        if changed:
            # noted first: after a fault half-way what is ours must not look as if added by hand
            noted = tuple(dict.fromkeys((*export.uris, *uris)))
            self._exports.put(Export(user_id, playlist_id, export.spotify_playlist_id, noted))
            client.replace(export.spotify_playlist_id, wanted)
        self._exports.put(Export(user_id, playlist_id, export.spotify_playlist_id, tuple(uris)))
        spotify_id = export.spotify_playlist_id
        return Written(spotify_id, OPEN + spotify_id, created, changed or created, len(wanted), len(kept))

    def _found(self, client: Client, user_id: str, playlist_id: str) -> tuple[Export | None, list[str]]:
        """The list as it stands over there; None where there is none, or not any more."""
        export = self._exports.get(user_id, playlist_id)
        if export is None:
            return None, []
        try:
            entries = client.entries(export.spotify_playlist_id)
        except NotFound:
            return None, []
        return export, [entry.item.uri for entry in entries if entry.item and entry.item.uri]

    def _rename(self, client: Client, spotify_id: str, name: str, words: str, *, public: bool) -> None:
        known = client.playlist(spotify_id)
        if (known.name, known.description or "", bool(known.public)) != (name, words, public):
            client.describe_playlist(spotify_id, name, words, public=public)
