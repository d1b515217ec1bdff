"""Keeping people's tokens: sealed, fresh, and refreshed by one at a time over all processes.

Who finds a token expired claims the refresh by writing `refreshing_until` into the connection, compared and set
on its version. Whoever loses waits for the winner's token. A claim that was never finished runs out by itself.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

from museaika.clock import Clock, now
from museaika.errors import MuseAIkaError
from museaika.spotify.oauth import Grant, OAuth
from museaika.spotify.ports import Connection, Connections
from museaika.spotify.sealing import Sealer, Unsealable
from museaika.spotify.shapes import Me
from museaika.spotify.troubles import not_connected, reconnect, unreachable

EARLY = timedelta(seconds=60)
"""A token is refreshed so long before it expires."""
CLAIM = timedelta(seconds=20)
"""A refresh takes no longer; then somebody else may try."""
POLL_S, PATIENCE_S = 0.05, 20.0


class Keeper:
    """Seals tokens away and hands out good ones."""

    def __init__(
        self,
        oauth: OAuth,
        connections: Connections,
        sealer: Sealer,
        clock: Clock = now,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self._oauth, self._connections, self._sealer = oauth, connections, sealer
        self._clock, self._sleep = clock, sleep

    def keep(self, user_id: str, me: Me, grant: Grant) -> Connection:
        """Connect a person: the tokens of `grant` take the place of earlier ones. Raises Conflict, code
        `spotify_taken`."""
        connection = Connection(
            user_id=user_id,
            spotify_id=me.id,
            display_name=me.display_name,
            product=me.product,
            scopes=grant.scopes,
            access_token=self._sealer.seal(grant.access_token, user_id),
            refresh_token=self._sealer.seal(grant.refresh_token or "", user_id),
            expires_at=grant.expires_at,
            consented_at=self._clock(),
        )
        earlier = self._connections.get(user_id)
        self._connections.put(replace(connection, version=earlier.version + 1 if earlier else 1))
        return connection

    def remember(self, user_id: str, favourites: tuple[str, ...]) -> None:
        """Keep which tracks of ours the person hears; a connection that changes meanwhile keeps what it has."""
        if known := self._connections.get(user_id):
            changed = replace(known, favourites=favourites, favourites_at=self._clock())
            self._connections.replace(changed, expected_version=known.version)

    def connection(self, user_id: str) -> Connection | None:
        return self._connections.get(user_id)

    def forget(self, user_id: str) -> bool:
        """Delete the tokens and what came with them; again does nothing."""
        return self._connections.delete(user_id)

    def token(self, user_id: str, refused: str | None = None) -> str:
        """A good access token; `refused` is one that Spotify did not take.

        Raises:
            Conflict: `spotify_not_connected`, or `spotify_reconnect` when Spotify wants a new yes.
            Unavailable: Spotify can't be reached.
        """
        deadline = time.monotonic() + PATIENCE_S
        while time.monotonic() < deadline:
            connection = self._connections.get(user_id)
            if connection is None:
                raise not_connected()
            access = self._opened(connection.access_token, user_id)
            at = self._clock()
            if access != refused and connection.expires_at - EARLY > at:
                return access
            free = connection.refreshing_until is None or connection.refreshing_until <= at
            if free and (mine := self._claimed(connection)):
                return self._refreshed(mine)
            self._sleep(POLL_S)
        raise unreachable("another request has been refreshing the sign-in for too long")

    def _claimed(self, connection: Connection) -> Connection | None:
        claim = replace(connection, refreshing_until=self._clock() + CLAIM)
        return self._connections.replace(claim, expected_version=connection.version)

    def _refreshed(self, connection: Connection) -> str:
        user_id = connection.user_id
        try:
            grant = self._oauth.refresh(self._opened(connection.refresh_token, user_id))
        except MuseAIkaError as problem:
            dead = problem.code == "spotify_reconnect"
            ended = replace(connection, refreshing_until=None)
            if dead:
                ended = replace(ended, access_token="", refresh_token="")
            self._connections.replace(ended, expected_version=connection.version)
            raise
        refresh = grant.refresh_token and self._sealer.seal(grant.refresh_token, user_id)
        kept = self._resealed(connection.refresh_token, user_id)
        fresh = replace(
            connection,
            access_token=self._sealer.seal(grant.access_token, user_id),
            refresh_token=refresh or kept,
            expires_at=grant.expires_at,
            scopes=grant.scopes or connection.scopes,
            refreshing_until=None,
        )
        self._connections.replace(fresh, expected_version=connection.version)
        return grant.access_token

    def _opened(self, sealed: str, user_id: str) -> str:
        """An empty text is what stays of a connection that Spotify ended."""
        if not sealed:
            raise reconnect()
        try:
            return self._sealer.open(sealed, user_id)
        except Unsealable:
            raise reconnect() from None

    def _resealed(self, sealed: str, user_id: str) -> str:
        """The same secret under the present key."""
        return (
            self._sealer.seal(self._opened(sealed, user_id), user_id) if self._sealer.stale(sealed) else sealed
        )
