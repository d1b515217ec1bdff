"""Connecting Spotify, as it is asked for and told."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from museaika.spotify.ports import Connection
from museaika.web.schemas.base import Asked, Moment, Told

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
