"""Connecting people with their Spotify accounts, and calling Spotify in their name."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, fields
from typing import Any

import structlog

from museaika.accounts.service import AccountService, SignIn
from museaika.accounts.user import User
from museaika.catalogue.ports import Catalogue
from museaika.errors import MuseAIkaError, NotFound
from museaika.spotify.client import Client, TrackCache
from museaika.spotify.exporting import Exporter
from museaika.spotify.keeping import Keeper
from museaika.spotify.matching import Matcher
from museaika.spotify.metering import CallMeter
from museaika.spotify.naming import Names
from museaika.spotify.oauth import Begun, OAuth
from museaika.spotify.ports import Connection, Connections, Exports
from museaika.spotify.shapes import Me, Track
from museaika.spotify.taste import MOST, favourites, heard, known_of
from museaika.spotify.transport import Transport

_log = structlog.get_logger()

SECRET = frozenset({"access_token", "refresh_token", "refreshing_until", "version"})
"""What of a connection nobody is told, its owner included."""


@dataclass(frozen=True, slots=True)
class Arrived:
    """Somebody came back from Spotify's page: a fresh sign-in, and where they wanted to go."""

    signed_in: SignIn
    return_to: str | None


class SpotifyService:
    """The door between people here and their accounts there."""

    def __init__(
        self,
        oauth: OAuth,
        keeper: Keeper,
        connections: Connections,
        transport: Transport,
        tracks: TrackCache,
        accounts: AccountService,
        catalogue: Catalogue,
        matcher: Matcher,
        exports: Exports,
        meter: CallMeter,
    ) -> None:
        self._oauth, self._keeper, self._connections = oauth, keeper, connections
        self._transport, self._tracks, self._accounts = transport, tracks, accounts
        self._catalogue, self._exports = catalogue, exports
        self.matcher, self.exporter, self.meter = matcher, Exporter(exports), meter
        self.names = Names(catalogue, tracks)

    def begin(self, steps: Iterable[str], *, user_id: str | None, return_to: str | None) -> Begun:
        """Begin a sign-in. What was agreed to earlier is asked for again, so that it is not lost."""
        known = self._keeper.connection(user_id) if user_id else None
        agreed = known.scopes if known else ()
        return self._oauth.begin(steps, user_id=user_id, return_to=return_to, agreed=agreed)

    def finish(self, state: str, code: str, cookie: str) -> Arrived:
        """End a sign-in: whoever was signed in keeps their account and data and is connected now; a stranger
        gets the account that this Spotify account had before, or a new one.

        Raises:
            Forbidden: code `spotify_state`.
            Conflict: code `spotify_taken`: the Spotify account is connected to another account here.
        """
        login, grant = self._oauth.finish(state, code, cookie)
        me = Client(self._transport, lambda _refused=None: grant.access_token, self._tracks).me()
        user = self._known(login.user_id) or self._holder(me)
        user = user or self._accounts.welcome(me.display_name or me.id, me.email)
        self._keeper.keep(user.user_id, me, grant)
        self._learn(user.user_id)
        user = self._accounts.connected(user.user_id, me.display_name, me.email)
        return Arrived(self._accounts.sign_in(user), login.return_to)

    def give_up(self, state: str, cookie: str) -> str | None:
        """The person said no: forget the sign-in; returns where they wanted to go."""
        return self._oauth.give_up(state, cookie).return_to

    def connection(self, user_id: str) -> Connection | None:
        return self._keeper.connection(user_id)

    def client(self, user_id: str) -> Client:
        """Calls in somebody's name; the first one says so if they are not connected."""
        connection = self._keeper.connection(user_id)
        return Client(
            self._transport,
            lambda refused=None: self._keeper.token(user_id, refused),
            self._tracks,
            connection.scopes if connection else (),
        )

    def forget(self, user_id: str) -> bool:
        """Delete the tokens and all that came from Spotify; again does nothing."""
        self._exports.delete_all(user_id)
        return self._keeper.forget(user_id)

    def familiar(self, user_id: str) -> tuple[str, ...]:
        """The tracks of our catalogue that the person hears on Spotify, as far as we know; asks nobody."""
        connection = self._keeper.connection(user_id)
        return connection.favourites if connection else ()

    def hears(self, user_id: str) -> list[tuple[Track, str | None]]:
        """What the person hears on Spotify, each with our id where the catalogue knows it; remembers those.

        Raises Forbidden, code `spotify_scope_missing`, when they did not allow it.
        """
        tracks = heard(self.client(user_id))
        known = known_of(tracks, self._catalogue)
        self._keeper.remember(user_id, tuple(known.values())[:MOST])
        return [(track, known.get(track.id or "")) for track in tracks]

    def _learn(self, user_id: str) -> None:
        """Look what the person hears, where they allowed it. A sign-in does not fail because of it."""
        connection = self._keeper.connection(user_id)
        if connection is None or "user-top-read" not in connection.scopes:
            return
        try:
            self._keeper.remember(user_id, favourites(self.client(user_id), self._catalogue))
        except MuseAIkaError as problem:
            _log.warning("spotify_taste_unread", code=problem.code)

    def export(self, user_id: str) -> Mapping[str, Any]:
        """What is kept of somebody's connection, tokens left out."""
        connection = self._keeper.connection(user_id)
        if connection is None:
            return {}
        told = (field.name for field in fields(connection) if field.name not in SECRET)
        return {name: getattr(connection, name) for name in told}

    def _known(self, user_id: str | None) -> User | None:
        """Who began the sign-in, unless they were erased meanwhile."""
        if user_id is None:
            return None
        try:
            return self._accounts.get(user_id)
        except NotFound:
            return None

    def _holder(self, me: Me) -> User | None:
        held = self._connections.by_spotify_id(me.id)
        return self._known(held.user_id) if held else None
