"""Spotify's Web API as an app of today may use it: one method a call, typed answers, no waiting.

Everything is done in the name of one person: `token` gives their access token, and, told which one Spotify
refused, another.
"""

from __future__ import annotations

import base64
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Protocol, TypeVar
from urllib.parse import quote

from pydantic import BaseModel, TypeAdapter, ValidationError

from museaika.spotify.shapes import (
    Album,
    Artist,
    Devices,
    Entry,
    Found,
    Me,
    Page,
    Played,
    Playing,
    Playlist,
    Queue,
    Saved,
    Snapshot,
    Track,
)
from museaika.spotify.transport import Call, Reply, Transport
from museaika.spotify.troubles import TokenRefused, garbled, reconnect, refusal

SEARCH_PAGE = 10
"""The most that one search gives."""
PAGE, WRITE, LIBRARY = 50, 100, 40
"""Entries in a page, entries in one writing call, addresses in one call about the library."""
COVER_BYTES = 256_000
"""The largest cover image, as base64."""

Shape = TypeVar("Shape", bound=BaseModel)


class Token(Protocol):
    def __call__(self, refused: str | None = None) -> str: ...


@dataclass(frozen=True, slots=True)
class Cached:
    """What Spotify told of a track; once it is no longer `fresh`, its `etag` asks whether it still holds."""

    told: Any
    etag: str | None
    fresh: bool


class TrackCache(Protocol):
    """Keeps what Spotify told of a track (`cache:spotify:track:{id}`): fresh for a day, then to ask again."""

    def get(self, track_id: str) -> Cached | None: ...

    def put(self, track_id: str, etag: str | None, told: Any) -> None: ...


class Client:
    """Calls in the name of the person whose `token` it is; `scopes` are what they agreed to."""

    def __init__(
        self, transport: Transport, token: Token, tracks: TrackCache, scopes: Collection[str] = ()
    ) -> None:
        self._transport, self._token, self._tracks = transport, token, tracks
        self._scopes = frozenset(scopes)

    def require(self, *scopes: str) -> None:
        """Raises Forbidden, code `spotify_scope_missing`, when the person did not agree to one of these;
        Conflict when they are not connected."""
        self._token()
        if not self._scopes.issuperset(scopes):
            raise refusal(403, "INSUFFICIENT_SCOPE", "")

    # --- looking things up

    def search(self, query: str, limit: int = SEARCH_PAGE) -> list[Track]:
        """Tracks for a query in Spotify's own syntax; at most 10."""
        pairs = (("q", query[:250]), ("type", "track"), ("limit", str(min(limit, SEARCH_PAGE))))
        found = self._get(Found, "/search", "search", pairs)
        return self._seen(track for track in found.tracks.items if track is not None)

    def track(self, track_id: str) -> Track:
        """One track; what was told within a day is not asked again, and later only whether it still holds."""
        known = self._tracks.get(track_id)
        if known and known.fresh:
            return _understood(Track, known.told)
        etag = known.etag if known else None
        reply = self._send(Call("GET", f"/tracks/{quote(track_id, safe='')}", "tracks"), etag)
        track = _understood(Track, known.told if known and reply.status == 304 else reply.told)
        self._tracks.put(track_id, reply.etag or etag, track.model_dump())
        return track

    def album(self, album_id: str) -> Album:
        return self._get(Album, f"/albums/{quote(album_id, safe='')}", "albums")

    def artist(self, artist_id: str) -> Artist:
        return self._get(Artist, f"/artists/{quote(artist_id, safe='')}", "artists")

    # --- the person

    def me(self) -> Me:
        return self._get(Me, "/me", "me")

    def top_tracks(self, span: str = "medium_term", limit: int = PAGE) -> list[Track]:
        """What the person heard most, over `short_term`, `medium_term` or `long_term`."""
        pairs = (("time_range", span), ("limit", str(min(limit, PAGE))))
        return self._seen(self._get(Page[Track], "/me/top/tracks", "me_top_tracks", pairs).items)

    def saved_tracks(self, most: int = 200) -> list[Track]:
        """The newest of the person's library, `most` at most."""
        saved = self._walk(Page[Saved], "/me/tracks", "me_tracks", most)
        return self._seen(one.track for one in saved if one.track is not None)

    def playlists(self, most: int = 200) -> list[Playlist]:
        return [one for one in self._walk(Page[Playlist | None], "/me/playlists", "me_playlists", most) if one]

    def save(self, uris: Sequence[str]) -> None:
        """Put things into the person's library."""
        for part in _parts(uris, LIBRARY):
            self._send(Call("PUT", "/me/library", "me_library", (("uris", ",".join(part)),)))

    # --- playlists

    def create_playlist(self, name: str, description: str, *, public: bool) -> Playlist:
        body = {"name": name, "description": description, "public": public}
        return _understood(Playlist, self._send(Call("POST", "/me/playlists", "me_playlists", body=body)).told)

    def playlist(self, playlist_id: str) -> Playlist:
        return self._get(Playlist, _playlist(playlist_id), "playlist")

    def describe_playlist(self, playlist_id: str, name: str, description: str, *, public: bool) -> None:
        body = {"name": name, "description": description, "public": public}
        self._send(Call("PUT", _playlist(playlist_id), "playlist", body=body))

    def entries(self, playlist_id: str, most: int = 11_000) -> list[Entry]:
        """All items of a list that the person owns or works on, in order."""
        found = list(self._walk(Page[Entry], f"{_playlist(playlist_id)}/items", "playlist_items", most))
        self._seen(entry.item for entry in found if entry.item is not None)
        return found

    def add(self, playlist_id: str, uris: Sequence[str], position: int | None = None) -> str | None:
        """Add tracks, at `position` or the end; returns the last snapshot id."""
        snapshot = None
        for start, part in zip(range(0, len(uris), WRITE), _parts(uris, WRITE), strict=True):
            body: dict[str, Any] = {"uris": list(part)}
            if position is not None:
                body["position"] = position + start
            snapshot = self._written("POST", playlist_id, body)
        return snapshot

    def replace(self, playlist_id: str, uris: Sequence[str]) -> str | None:
        """Make the list hold just these tracks: the first hundred replace it, the others follow."""
        snapshot = self._written("PUT", playlist_id, {"uris": list(uris[:WRITE])})
        return self.add(playlist_id, uris[WRITE:]) or snapshot

    def move(self, playlist_id: str, start: int, before: int, snapshot_id: str) -> str:
        """Move the item at `start` to before the item at `before`, as the list was at `snapshot_id`."""
        body = {"range_start": start, "insert_before": before, "snapshot_id": snapshot_id}
        return self._written("PUT", playlist_id, body, once=True)

    def remove(self, playlist_id: str, uris: Sequence[str], snapshot_id: str | None = None) -> str | None:
        """Remove every item with one of these addresses."""
        for part in _parts(uris, WRITE):
            body: dict[str, Any] = {"items": [{"uri": uri} for uri in part]}
            if snapshot_id:
                body["snapshot_id"] = snapshot_id
            snapshot_id = self._written("DELETE", playlist_id, body)
        return snapshot_id

    def cover(self, playlist_id: str, jpeg: bytes) -> None:
        """Give the list a cover. Raises ValueError for a JPEG that is too large (about 190 KB)."""
        data = base64.b64encode(jpeg)
        if len(data) > COVER_BYTES:
            raise ValueError("a cover has at most 256 KB as base64")
        path = f"{_playlist(playlist_id)}/images"
        self._send(Call("PUT", path, "playlist_images", data=data, content_type="image/jpeg"))

    # --- the player (Premium)

    def devices(self) -> Devices:
        return self._get(Devices, "/me/player/devices", "player_devices")

    def playing(self) -> Playing | None:
        """What plays now; None when nothing does."""
        told = self._send(Call("GET", "/me/player/currently-playing", "player_playing")).told
        return None if told is None else _understood(Playing, told)

    def recently_played(self, limit: int = PAGE) -> list[Played]:
        pairs = (("limit", str(min(limit, PAGE))),)
        return self._get(Page[Played], "/me/player/recently-played", "player_recent", pairs).items

    def queue(self) -> Queue:
        return self._get(Queue, "/me/player/queue", "player_queue")

    def enqueue(self, uri: str, device_id: str | None = None) -> None:
        self._player("POST", "queue", (("uri", uri),), device_id)

    def play(self, uris: Sequence[str] = (), device_id: str | None = None) -> None:
        """Play tracks now, or go on with what was paused."""
        self._player("PUT", "play", (), device_id, {"uris": list(uris)} if uris else None)

    def pause(self, device_id: str | None = None) -> None:
        self._player("PUT", "pause", (), device_id)

    def skip(self, device_id: str | None = None) -> None:
        self._player("POST", "next", (), device_id)

    def back(self, device_id: str | None = None) -> None:
        self._player("POST", "previous", (), device_id)

    def seek(self, position_ms: int, device_id: str | None = None) -> None:
        self._player("PUT", "seek", (("position_ms", str(position_ms)),), device_id)

    def volume(self, percent: int, device_id: str | None = None) -> None:
        self._player("PUT", "volume", (("volume_percent", str(percent)),), device_id)

    # --- underneath

    def _player(
        self,
        method: str,
        what: str,
        query: tuple[tuple[str, str], ...],
        device_id: str | None,
        body: Any = None,
    ) -> None:
        device = (("device_id", device_id),) if device_id else ()
        self._send(Call(method, f"/me/player/{what}", f"player_{what}", (*query, *device), body))

    def _seen(self, tracks: Iterable[Track]) -> list[Track]:
        """The same tracks; what they are called is kept for a day."""
        seen = list(tracks)
        for track in seen:
            if track.id:
                self._tracks.put(track.id, None, track.model_dump())
        return seen

    def _written(self, method: str, playlist_id: str, body: Any, *, once: bool = False) -> str:
        call = Call(method, f"{_playlist(playlist_id)}/items", "playlist_items", body=body, once=once)
        return _understood(Snapshot, self._send(call).told).snapshot_id

    def _get(
        self, shape: type[Shape], path: str, endpoint: str, query: tuple[tuple[str, str], ...] = ()
    ) -> Shape:
        return _understood(shape, self._send(Call("GET", path, endpoint, query)).told)

    def _walk(self, shape: type[Page[Any]], path: str, endpoint: str, most: int) -> Iterator[Any]:
        """The items of a list, page by page."""
        query: tuple[tuple[str, str], ...] = (("limit", str(min(most, PAGE))),)
        seen = 0
        while True:
            page = self._get(shape, path, endpoint, query)
            yield from page.items[: most - seen]
            seen += len(page.items)
            if page.next is None or not page.items or seen >= most:
                return
            path, query = self._transport.path_of(page.next)

    def _send(self, call: Call, etag: str | None = None) -> Reply:
        token = self._token()
        try:
            return self._transport.send(call, token, etag)
        except TokenRefused:
            token = self._token(refused=token)
        try:
            return self._transport.send(call, token, etag)
        except TokenRefused:
            raise reconnect() from None


def _playlist(playlist_id: str) -> str:
    return f"/playlists/{quote(playlist_id, safe='')}"


def _parts(uris: Sequence[str], size: int) -> Iterator[Sequence[str]]:
    return (uris[start : start + size] for start in range(0, len(uris), size))


def _understood(shape: type[Shape], told: Any) -> Shape:
    try:
        return TypeAdapter(shape).validate_python(told)
    except ValidationError:
        raise garbled() from None
