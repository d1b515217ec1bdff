"""What talking to Spotify asks of the stores."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol


@dataclass(frozen=True, slots=True)
class Block:
    """No request before `until`; `reason` is Spotify's word for why, or ours."""

    until: datetime
    reason: str


class Gate(Protocol):
    """Says for all processes together whether a request may be sent now."""

    def blocked(self, at: datetime) -> Block | None:
        """What was asked for last, while it lasts."""
        ...

    def block(self, block: Block) -> None:
        """Send nothing before `block.until`; a later end stays."""
        ...

    def spend(self, at: datetime) -> Block | None:
        """Count one request, unless a budget is used up: then until when, and nothing is counted."""
        ...


@dataclass(frozen=True, slots=True)
class Connection:
    """A person's Spotify account as we may use it. Both tokens are sealed; `scopes` are what was agreed to;
    `consented_at` is when the person last said yes; `refreshing_until` is set while somebody refreshes;
    `favourites` are the tracks of our catalogue that the person heard most or saved, as of `favourites_at`."""

    user_id: str
    spotify_id: str
    display_name: str | None
    product: str | None
    scopes: tuple[str, ...]
    access_token: str
    refresh_token: str
    expires_at: datetime
    consented_at: datetime
    refreshing_until: datetime | None = None
    favourites: tuple[str, ...] = ()
    favourites_at: datetime | None = None
    version: int = 1


class Connections(Protocol):
    """Keeps one connection for a person, and one person for a Spotify account."""

    def put(self, connection: Connection) -> None:
        """Keep it in place of an earlier one of the same person. Raises Conflict, code `spotify_taken`, when
        another person holds this Spotify account."""
        ...

    def get(self, user_id: str) -> Connection | None: ...

    def by_spotify_id(self, spotify_id: str) -> Connection | None: ...

    def replace(self, connection: Connection, *, expected_version: int) -> Connection | None:
        """Store it with version `expected_version + 1`, or return None when another write came first."""
        ...

    def delete(self, user_id: str) -> bool: ...


@dataclass(frozen=True, slots=True)
class Login:
    """A sign-in that has begun: good once, until `expires_at`.

    `state` went to Spotify; `browser` is the hash of a cookie of the browser that began; `verifier` is the
    sealed PKCE secret; `user_id` is who was signed in then, and keeps their data; `return_to` is where to go in
    the end.
    """

    state: str
    browser: str
    verifier: str
    scopes: tuple[str, ...]
    expires_at: datetime
    user_id: str | None = None
    return_to: str | None = None


class Logins(Protocol):
    """Keeps sign-ins that have begun."""

    def put(self, login: Login) -> None: ...

    def take(self, state: str) -> Login | None:
        """Return the login and forget it: of two who ask at once, one gets it."""
        ...

    def delete_expired(self, at: datetime) -> int: ...


@dataclass(frozen=True, slots=True)
class Match:
    """Which track of Spotify a track of the catalogue is, with how sure that is (0…1); `spotify_id` is None
    where nothing fitting was found at `at`."""

    track_id: str
    spotify_id: str | None
    score: float
    at: datetime


class Matches(Protocol):
    """Remembers which tracks were found on Spotify."""

    def of(self, track_ids: Sequence[str]) -> Mapping[str, Match]: ...

    def put(self, match: Match) -> None: ...


@dataclass(frozen=True, slots=True)
class Export:
    """A list of ours on a person's Spotify, and what we wrote there last."""

    user_id: str
    playlist_id: str
    spotify_playlist_id: str
    uris: tuple[str, ...]


class Exports(Protocol):
    """Remembers which lists were written to whose Spotify; goes with the connection."""

    def get(self, user_id: str, playlist_id: str) -> Export | None: ...

    def put(self, export: Export) -> None: ...

    def delete_all(self, user_id: str) -> int: ...
