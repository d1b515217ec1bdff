"""Playlists over Socket.IO: a room for each list, edits by the same service as over HTTP, and who is there.

Whoever loses the right to read a list is out of its room before the next edit is told there.
"""

from __future__ import annotations

import threading
from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from flask import Flask
from pydantic import BaseModel, Field

from museaika.errors import Conflict, MuseAIkaError, NotFound, Unauthenticated
from museaika.events import Event, PlaylistDeleted, PlaylistEdited
from museaika.playlists.edits import EntryGone
from museaika.playlists.playlist import Operation, Snapshot
from museaika.web.here import SERVICES
from museaika.web.presence import Presence, Visitor
from museaika.web.schemas.base import Asked
from museaika.web.schemas.playlists import EditAsked, Id, tell_playlist, tell_update

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


class ListAsked(Asked):
    """Which list."""

    playlist_id: Id


class JoinAsked(ListAsked):
    """Which list, and the version that the client has."""

    since: int | None = Field(None, ge=0, le=2**53)


class SyncAsked(ListAsked):
    """Which list, and the version that the client has."""

    since: int = Field(ge=0, le=2**53)


class ListEditAsked(EditAsked):
    """One edit of a list."""

    playlist_id: Id


class PlaylistRooms:
    """The lists that sockets of this process have open."""

    def __init__(self, app: Flask, presence: Presence, line: Line) -> None:
        services = app.extensions[SERVICES]
        self._playlists = services.playlists
        self._names = services.spotify.names if services.spotify else services.catalogue
        self._presence, self._line = presence, line
        self._lock = threading.Lock()
        self._inside: dict[str, dict[str, Place]] = defaultdict(dict)
        """The sockets in each room, by list."""
        self._telling = threading.Lock()
        self._last_told: dict[str, list[str]] = {}
        """Who was last said to be there, by list."""
        line.take("playlist_join", JoinAsked, self._join)
        line.take("playlist_leave", ListAsked, self._leave)
        line.take("playlist_edit", ListEditAsked, self._edit)
        line.take("playlist_sync", SyncAsked, self._sync)
        services.bus.subscribe(self._heard)

    def forget(self, sid: str) -> None:
        """The socket is closed."""
        with self._lock:
            left = [playlist_id for playlist_id, sids in self._inside.items() if sid in sids]
            for playlist_id in left:
                self._drop(playlist_id, [sid])
        for playlist_id in left:
            self._tell_presence(playlist_id)

    # --- what clients send

    def _join(self, sid: str, visitor: Visitor, asked: JoinAsked) -> dict[str, Any]:
        """In first, then the list: an edit between the two comes twice, and none is missed."""
        self._enter(sid, visitor, asked.playlist_id)
        try:
            found = self._playlists.sync(visitor.user_id, asked.playlist_id, asked.since)
        except MuseAIkaError:
            self._leave(sid, visitor, asked)
            raise
        self._tell_presence(asked.playlist_id)
        return {**self._told(found), "users": self._editors(asked.playlist_id)}

    def _enter(self, sid: str, visitor: Visitor, playlist_id: str) -> None:
        """Under the lock, so that whoever loses the list meanwhile is either refused here or sent out after."""
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

    def _leave(self, sid: str, _: Visitor, asked: ListAsked) -> dict[str, Any]:
        with self._lock:
            was_inside = sid in self._inside.get(asked.playlist_id, ())
            self._drop(asked.playlist_id, [sid] if was_inside else [])
        if was_inside:
            self._tell_presence(asked.playlist_id)
        return {"playlist_id": asked.playlist_id}

    def _edit(self, _: str, visitor: Visitor, asked: ListEditAsked) -> dict[str, Any]:
        try:
            done = self._playlists.edit(
                visitor.user_id,
                asked.playlist_id,
                asked.edit(),
                op_id=asked.op_id,
                base_version=asked.base_version,
            )
        except EntryGone as gone:
            error = {"code": gone.code, "detail": gone.detail, "version": gone.version}
            return {"ok": False, "error": error}
        entry = {"entry_id": done.data["entry_id"]} if "entry_id" in done.data else {}
        return {"version": done.version, "op_id": done.op_id, **entry}

    def _sync(self, _: str, visitor: Visitor, asked: SyncAsked) -> dict[str, Any]:
        return self._told(self._playlists.sync(visitor.user_id, asked.playlist_id, asked.since))

    def _told(self, found: Snapshot | Sequence[Operation]) -> dict[str, Any]:
        if isinstance(found, Snapshot):
            return {"playlist": tell_playlist(found, self._names).model_dump(mode="json")}
        return {"edits": [tell_update(done, self._names) for done in found]}

    # --- what we tell

    def _heard(self, event: Event) -> None:
        if isinstance(event, PlaylistEdited):
            if event.action in ("remove_collaborator", "set_public"):
                self._send_out(event.playlist_id)
            self._tell_edit(event)
        elif isinstance(event, PlaylistDeleted):
            self._send_out(event.playlist_id)

    def _tell_edit(self, event: PlaylistEdited) -> None:
        """To those who came in before it: the others have it from the list that they were given."""
        with self._lock:
            inside = self._inside.get(event.playlist_id, {})
            have_it = [sid for sid, place in inside.items() if place.version >= event.version]
        self._line.tell(
            _room(event.playlist_id), "playlist_update", tell_update(event, self._names), but=have_it
        )

    def _send_out(self, playlist_id: str) -> None:
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
            self._tell_presence(playlist_id)

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

    def _tell_presence(self, playlist_id: str) -> None:
        """Only what is new: hundreds who only listen come and go without a word."""
        with self._telling:
            users = self._editors(playlist_id)
            if users == self._last_told.get(playlist_id, []):
                return
            self._last_told[playlist_id] = users
            if not users:
                del self._last_told[playlist_id]
            told = {"playlist_id": playlist_id, "users": users}
            self._line.tell(_room(playlist_id), "playlist_presence", told)

    def _editors(self, playlist_id: str) -> list[str]:
        """Who is there of those who may edit. Mere readers of a public list are nobody's business, and there
        may be hundreds of them."""
        with self._lock:
            there = {place.user_id for place in self._inside.get(playlist_id, {}).values()}
        if not there:
            return []
        try:
            playlist = self._playlists.glance(next(iter(there)), playlist_id)
        except NotFound:
            return []
        return sorted(user_id for user_id in there if playlist.role_of(user_id) != "reader")


def _room(playlist_id: str) -> str:
    return f"playlist:{playlist_id}"
