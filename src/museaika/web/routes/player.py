"""What a connected Spotify is good for: lists go there and come from there, music plays, and taste is known."""

from __future__ import annotations

import re

from museaika.accounts.service import Caller
from museaika.catalogue.track import Track, track_id_for
from museaika.errors import FieldError, Invalid
from museaika.playlists.checking import SPOTIFY_TRACK
from museaika.playlists.diff import Wanted
from museaika.playlists.playlist import MOST_TRACKS, Snapshot
from museaika.spotify import shapes
from museaika.web.here import names, services
from museaika.web.routes.spotify import spotify
from museaika.web.routing import Router
from museaika.web.schemas.playlists import PlaylistPath, PlaylistTold, tell_playlist
from museaika.web.schemas.spotify import (
    DevicesTold,
    DeviceTold,
    ExportAsked,
    ExportTold,
    HeardPage,
    HeardTold,
    ImportAsked,
    MissingTold,
    PlayAsked,
    PlayTold,
    SpotifyPlaylistsTold,
    SpotifyPlaylistTold,
    TrackPath,
)

router = Router("On Spotify", "Lists there and back, music playing, and what a person hears.")

LOOKS = 40
"""Tracks that one answer looks for on Spotify, at a request each."""
OURS = "museaika:track:"
_PLAYLIST = re.compile(
    r"(?:https://open\.spotify\.com/(?:intl-[a-z]+/)?playlist/|spotify:playlist:)?([0-9A-Za-z]{22})(?:\?.*)?"
)


@router.route("post", "/playlists/<playlist_id>/export/spotify", ExportTold, fails=(404, 409))
def export(caller: Caller, path: PlaylistPath, body: ExportAsked) -> ExportTold:
    """Write a list to the caller's Spotify; again updates the same list there"""
    snapshot = services().playlists.get(caller.user_id, path.playlist_id)
    client = spotify().client(caller.user_id)
    client.require("playlist-modify-private", "playlist-modify-public", "playlist-read-private")
    tracks = _tracks(snapshot)
    found = spotify().matcher.resolve(client, list(tracks.values()), LOOKS)
    uris = [uri for entry in snapshot.entries if (uri := _uri(entry.track_id, found.uris))]
    playlist = snapshot.playlist
    written = spotify().exporter.write(
        client,
        caller.user_id,
        playlist.playlist_id,
        title=playlist.title,
        description=playlist.description,
        uris=uris,
        public=playlist.is_public,
        keep_own=body.keep_own,
    )
    return ExportTold(
        spotify_playlist_id=written.spotify_playlist_id,
        url=written.url,
        created=written.created,
        changed=written.changed,
        tracks=written.tracks,
        kept=written.kept,
        missing=[_missing(track_id, tracks) for track_id in found.missing],
        left=len(found.left),
    )


@router.route("get", "/spotify/playlists", SpotifyPlaylistsTold, fails=(404, 409))
def list_theirs(caller: Caller) -> SpotifyPlaylistsTold:
    """The caller's lists on Spotify"""
    found = spotify().client(caller.user_id).playlists()
    items = [
        SpotifyPlaylistTold(
            spotify_playlist_id=one.id, name=one.name, description=one.description, public=one.public
        )
        for one in found
    ]
    return SpotifyPlaylistsTold(items=items, next_cursor=None)


@router.route(
    "post", "/playlists/import/spotify", PlaylistTold, status=201, fails=(404, 409), replay=lambda _: True
)
def bring(caller: Caller, body: ImportAsked) -> PlaylistTold:
    """Make a list of ours from one on the caller's Spotify"""
    client = spotify().client(caller.user_id)
    spotify_id = _playlist_id(body.playlist)
    theirs = client.playlist(spotify_id)
    tracks = [entry.item for entry in client.entries(spotify_id, MOST_TRACKS) if entry.item]
    wanted = [Wanted(track_id) for track in tracks if (track_id := _ours(track))]
    snapshot = services().playlists.create(
        caller.user_id,
        theirs.name[:100] or "From Spotify",
        description=(theirs.description or "")[:500],
        tracks=wanted,
    )
    return tell_playlist(snapshot, names())


@router.route("get", "/spotify/tracks", HeardPage, fails=(404, 409))
def heard(caller: Caller) -> HeardPage:
    """What the caller hears on Spotify; what our catalogue knows of it counts in their recommendations"""
    items = [_told(track, track_id) for track, track_id in spotify().hears(caller.user_id)]
    return HeardPage(items=items, next_cursor=None)


@router.route("get", "/spotify/tracks/<spotify_id>", HeardTold, fails=(409,))
def what_is(caller: Caller, path: TrackPath) -> HeardTold:
    """What a track of Spotify is called; lists that hold it say so for a day"""
    track = spotify().client(caller.user_id).track(path.spotify_id)
    return _told(track, _ours(track))


@router.route("get", "/player/devices", DevicesTold, fails=(404, 409))
def devices(caller: Caller) -> DevicesTold:
    """Where the caller's Spotify can play"""
    found = spotify().client(caller.user_id).devices().devices
    items = [
        DeviceTold(device_id=one.id, name=one.name, type=one.type, is_active=one.is_active) for one in found
    ]
    return DevicesTold(items=items, next_cursor=None)


@router.route("post", "/player/play", PlayTold, fails=(404, 409))
def play(caller: Caller, body: PlayAsked) -> PlayTold:
    """Play tracks on the caller's Spotify, now (Premium)"""
    client = spotify().client(caller.user_id)
    client.require("user-modify-playback-state")
    wanted = [uri.removeprefix(OURS) for uri in body.uris]
    tracks = [_known(track_id) for track_id in wanted if not SPOTIFY_TRACK.fullmatch(track_id)]
    found = spotify().matcher.resolve(client, tracks, LOOKS)
    uris = [uri for track_id in wanted if (uri := _uri(track_id, found.uris))]
    missing = [*found.missing, *found.left]
    if wanted and not uris:
        raise Invalid("None of these tracks was found on Spotify.", code="spotify_nothing_found")
    client.play(uris, body.device_id)
    return PlayTold(uris=uris, missing=missing)


def _told(track: shapes.Track, track_id: str | None) -> HeardTold:
    known = track_id and services().catalogue.get(track_id)
    return HeardTold(
        uri=f"spotify:track:{track.id}",
        title=track.name,
        artists=[artist.name for artist in track.artists],
        track_id=track_id if known else None,
    )


def _tracks(snapshot: Snapshot) -> dict[str, Track]:
    """The tracks of a list that the catalogue knows, by id."""
    ids = {entry.track_id for entry in snapshot.entries}
    return {track_id: track for track_id in ids if (track := services().catalogue.get(track_id))}


def _known(track_id: str) -> Track:
    track = services().catalogue.get(track_id)
    if track is None:
        message = f"'{track_id[:60]}' is neither a track of ours nor an address like spotify:track:…"
        raise Invalid(message, errors=(FieldError(("body", "uris"), message),))
    return track


def _uri(track_id: str, found: dict[str, str]) -> str | None:
    return track_id if SPOTIFY_TRACK.fullmatch(track_id) else found.get(track_id)


def _missing(track_id: str, tracks: dict[str, Track]) -> MissingTold:
    track = tracks[track_id]
    return MissingTold(track_id=track_id, title=track.title, artists=list(track.artists))


def _ours(track: shapes.Track) -> str | None:
    """Our id for a track of theirs: the catalogue's where it knows it, else its address; None for files."""
    if track.artists and services().catalogue.get(ours := track_id_for(track.artists[0].name, track.name)):
        return ours
    uri = f"spotify:track:{track.id}"
    return uri if SPOTIFY_TRACK.fullmatch(uri) else None


def _playlist_id(given: str) -> str:
    if match := _PLAYLIST.fullmatch(given.strip()):
        return match[1]
    message = "This is no list of Spotify. Give its id, its address, or spotify:playlist:…"
    raise Invalid(message, errors=(FieldError(("body", "playlist"), message),))
