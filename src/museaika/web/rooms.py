"""A room for each list: the sockets of this process that have it open, and which people are there.

Whoever loses the right to read a list is out of its room before the next edit is told there.
"""

from __future__ import annotations

import threading
from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from pydantic import BaseModel

from museaika.errors import Conflict, NotFound, Unauthenticated
from museaika.playlists.service import PlaylistService
from museaika.web.presence import Presence, Visitor

MOST_ROOMS = 50
"""Lists that one socket may have open."""

Handler = Callable[[str, Visitor, Any], dict[str, Any]]


class Line(Protocol):
    """What rooms need of the sockets."""

    def take(self, name: str, model: type[BaseModel], handle: Handler) -> None:
        """Let `handle` answer a client's event of that name."""
        ...

    def enter(self, sid: str, room: str) -> None: ...

    def leave(self, sid: str, room: str) -> None: ...

    def tell(self, room: str, name: str, data: dict[str, Any], but: Sequence[str] = ()) -> None:
        """Send an event to all sockets of a room but these."""
        ...


@dataclass(frozen=True, slots=True)
class Place:
    """A socket in a room: whose it is, and the version that the list had when it came in."""

    user_id: str
    version: int


class Rooms:
    """Who has which list open."""

    def __init__(self, playlists: PlaylistService, presence: Presence, line: Line) -> None:
        self._playlists, self._presence, self._line = playlists, presence, line
        self._lock = threading.Lock()
        self._inside: dict[str, dict[str, Place]] = defaultdict(dict)
        self._telling = threading.Lock()
        self._last_told: dict[str, list[str]] = {}
        """Who was last said to be there, by list."""

    def enter(self, sid: str, visitor: Visitor, playlist_id: str) -> None:
        """Under the lock, so that whoever loses the list meanwhile is either refused here or sent out after.

        Raises:
            NotFound: the list is not open to the person.
            Unauthenticated, Conflict: the sign-in has ended; the socket is in too many rooms.
        """
        with self._lock:
            playlist = self._playlists.glance(visitor.user_id, playlist_id)
            if self._presence.who(sid) is None:
                raise Unauthenticated("This session has ended. Sign in again.", code="session_revoked")
            if sum(sid in sids for sids in self._inside.values()) >= MOST_ROOMS:
                raise Conflict(
                    f"One socket can have {MOST_ROOMS} lists open. Leave one.", code="too_many_rooms"
                )
            self._inside[playlist_id][sid] = Place(visitor.user_id, playlist.version)
            self._line.enter(sid, _room(playlist_id))

    def leave(self, sid: str, playlist_id: str) -> None:
        with self._lock:
            was_inside = sid in self._inside.get(playlist_id, ())
            self._drop(playlist_id, [sid] if was_inside else [])
        if was_inside:
            self.tell_presence(playlist_id)

    def forget(self, sid: str) -> None:
        """The socket is closed."""
        with self._lock:
            left = [playlist_id for playlist_id, sids in self._inside.items() if sid in sids]
            for playlist_id in left:
                self._drop(playlist_id, [sid])
        for playlist_id in left:
            self.tell_presence(playlist_id)

    def send_out(self, playlist_id: str) -> None:
        """Everybody who may not read the list any more."""
        with self._lock:
            inside = dict(self._inside.get(playlist_id, {}))
            may = {
                user_id: self._may_read(user_id, playlist_id)
                for user_id in {place.user_id for place in inside.values()}
            }
            left = [sid for sid, place in inside.items() if not may[place.user_id]]
            self._drop(playlist_id, left)
        if left:
            self.tell_presence(playlist_id)

    def tell(self, playlist_id: str, version: int, name: str, data: dict[str, Any]) -> None:
        """To those who came in before that version: the others have it from the list that they were given."""
        with self._lock:
            inside = self._inside.get(playlist_id, {})
            have_it = [sid for sid, place in inside.items() if place.version >= version]
        self._line.tell(_room(playlist_id), name, data, but=have_it)

    def tell_presence(self, playlist_id: str) -> None:
        """Only what is new: hundreds who only listen come and go without a word."""
        with self._telling:
            users = self.editors(playlist_id)
            if users == self._last_told.get(playlist_id, []):
                return
            self._last_told[playlist_id] = users
            if not users:
                del self._last_told[playlist_id]
            told = {"playlist_id": playlist_id, "users": users}
            self._line.tell(_room(playlist_id), "playlist_presence", told)

    def editors(self, playlist_id: str) -> list[str]:
        """Who is there of those who may edit. Mere readers are nobody's business, and there may be hundreds."""
        with self._lock:
            there = {place.user_id for place in self._inside.get(playlist_id, {}).values()}
        if not there:
            return []
        try:
            playlist = self._playlists.glance(next(iter(there)), playlist_id)
        except NotFound:
            return []
        return sorted(user_id for user_id in there if playlist.role_of(user_id) in ("owner", "collaborator"))

    def _may_read(self, user_id: str, playlist_id: str) -> bool:
        try:
            self._playlists.glance(user_id, playlist_id)
        except NotFound:
            return False
        return True

    def _drop(self, playlist_id: str, sids: Sequence[str]) -> None:
        for sid in sids:
            self._inside[playlist_id].pop(sid, None)
            self._line.leave(sid, _room(playlist_id))
        if not self._inside.get(playlist_id):
            self._inside.pop(playlist_id, None)


def _room(playlist_id: str) -> str:
    return f"playlist:{playlist_id}"
