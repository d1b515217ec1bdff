"""Playlists over Socket.IO: joined, edited by the same service as over HTTP, told to who has them open."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from flask import Flask
from pydantic import Field

from museaika.errors import MuseAIkaError
from museaika.events import Event, PlaylistDeleted, PlaylistEdited
from museaika.playlists.edits import EntryGone
from museaika.playlists.playlist import Operation, Snapshot
from museaika.web.here import SERVICES
from museaika.web.presence import Presence, Visitor
from museaika.web.rooms import Line, Rooms
from museaika.web.schemas.base import Asked
from museaika.web.schemas.playlists import EditAsked, Id, tell_playlist, tell_update

SHUT_OUT = ("remove_collaborator", "remove_reader", "set_public")
"""Edits after which somebody in the room may not read the list any more."""


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


class PlaylistSockets:
    """The lists that sockets of this process have open."""

    def __init__(self, app: Flask, presence: Presence, line: Line) -> None:
        services = app.extensions[SERVICES]
        self._playlists = services.playlists
        self._names = services.spotify.names if services.spotify else services.catalogue
        self._rooms = Rooms(services.playlists, presence, line)
        line.take("playlist_join", JoinAsked, self._join)
        line.take("playlist_leave", ListAsked, self._leave)
        line.take("playlist_edit", ListEditAsked, self._edit)
        line.take("playlist_sync", SyncAsked, self._sync)
        services.bus.subscribe(self._heard)

    def forget(self, sid: str) -> None:
        """The socket is closed."""
        self._rooms.forget(sid)

    def _join(self, sid: str, visitor: Visitor, asked: JoinAsked) -> dict[str, Any]:
        """In first, then the list: an edit between the two comes twice, and none is missed."""
        self._rooms.enter(sid, visitor, asked.playlist_id)
        try:
            found = self._playlists.sync(visitor.user_id, asked.playlist_id, asked.since)
        except MuseAIkaError:
            self._rooms.leave(sid, asked.playlist_id)
            raise
        self._rooms.tell_presence(asked.playlist_id)
        return {**self._told(found), "users": self._rooms.editors(asked.playlist_id)}

    def _leave(self, sid: str, _: Visitor, asked: ListAsked) -> dict[str, Any]:
        self._rooms.leave(sid, asked.playlist_id)
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

    def _heard(self, event: Event) -> None:
        if isinstance(event, PlaylistEdited):
            if event.action in SHUT_OUT:
                self._rooms.send_out(event.playlist_id)
            update = tell_update(event, self._names)
            self._rooms.tell(event.playlist_id, event.version, "playlist_update", update)
        elif isinstance(event, PlaylistDeleted):
            self._rooms.send_out(event.playlist_id)
