"""Connecting Spotify, as it is asked for and told."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from museaika.spotify.ports import Connection
from museaika.web.schemas.base import Asked, ListOf, Moment, Told

Step = Literal["taste", "playlists", "player", "library"]


class LoginAsked(Asked):
    """What to ask Spotify for, and where to go afterwards."""

    steps: Annotated[str, Field(max_length=100)] = ""
    """Beyond the profile: `taste`, `playlists`, `player`, `library`, by comma; ask for each when needed."""
    return_to: Annotated[str, Field(min_length=1, max_length=500)] | None = None
    """A path of this server, or an address of an origin that the operator allows."""


class CallbackAsked(Asked):
    """What Spotify sends the browser back with."""

    state: Annotated[str, Field(max_length=200)] = ""
    code: Annotated[str, Field(max_length=2000)] | None = None
    error: Annotated[str, Field(max_length=200)] | None = None


class LoginTold(Told):
    """Send the person to `authorize_url`, in the browser that got this answer's cookie."""

    authorize_url: str


class ConnectionTold(Told):
    """The caller's Spotify account; tokens are told to nobody."""

    available: bool = True
    """False: the operator has registered no Spotify app."""
    connected: bool
    spotify_id: str | None = None
    display_name: str | None = None
    product: str | None = None
    """`premium` may play music from here."""
    scopes: list[str] = Field(default_factory=list)
    connected_at: Moment | None = None
    reconnect: bool = False
    """Spotify wants a new yes: its refresh tokens live six months."""


def tell_connection(connection: Connection | None) -> ConnectionTold:
    if connection is None:
        return ConnectionTold(connected=False)
    return ConnectionTold(
        connected=True,
        spotify_id=connection.spotify_id,
        display_name=connection.display_name,
        product=connection.product,
        scopes=list(connection.scopes),
        connected_at=connection.consented_at,
        reconnect=not connection.refresh_token,
    )


class ExportAsked(Asked):
    """How a list is written to the caller's Spotify."""

    keep_own: bool = True
    """Keep what the caller added to the list there by hand, behind our tracks."""


class MissingTold(Told):
    """A track that is not in the list over there."""

    track_id: str
    title: str | None
    artists: list[str]


class ExportTold(Told):
    """The list on the caller's Spotify: again is an update, not a second list."""

    spotify_playlist_id: str
    url: str
    created: bool
    changed: bool
    """False: it was right already, and nothing was written."""
    tracks: int
    kept: int
    """Tracks that the caller had added there by hand."""
    missing: list[MissingTold]
    """Looked for on Spotify, and not found."""
    left: int
    """Not looked for yet, to spare Spotify; export again to go on."""


class ImportAsked(Asked):
    """A list of the caller's Spotify, by its id, address or URI."""

    playlist: Annotated[str, Field(min_length=1, max_length=300)]


class SpotifyPlaylistTold(Told):
    """A list in the caller's Spotify library."""

    spotify_playlist_id: str
    name: str
    description: str | None
    public: bool | None


class SpotifyPlaylistsTold(ListOf[SpotifyPlaylistTold]):
    """The caller's lists on Spotify."""


class HeardTold(Told):
    """A track that the caller hears on Spotify; `track_id` where our catalogue knows it."""

    uri: str
    title: str
    artists: list[str]
    track_id: str | None


class HeardPage(ListOf[HeardTold]):
    """What the caller heard most, then the newest of their library."""


class TrackPath(Asked):
    spotify_id: Annotated[str, Field(pattern="^[0-9A-Za-z]{22}$")]


class PlayAsked(Asked):
    """What to play, and on which device; without `uris` what was paused goes on."""

    device_id: Annotated[str, Field(min_length=1, max_length=100)] | None = None
    uris: Annotated[list[Annotated[str, Field(min_length=1, max_length=100)]], Field(max_length=100)] = Field(
        default_factory=list
    )
    """Of Spotify (`spotify:track:…`) or of ours (`museaika:track:…`, or a track id)."""


class PlayTold(Told):
    """What is playing now, in this order; `missing` was not found on Spotify."""

    uris: list[str]
    missing: list[str]


class DeviceTold(Told):
    device_id: str | None
    name: str
    type: str
    is_active: bool


class DevicesTold(ListOf[DeviceTold]):
    """Where the caller's Spotify can play."""
