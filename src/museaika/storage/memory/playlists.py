"""Playlists in memory."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import TypeVar

from museaika.errors import Conflict
from museaika.paging import Page
from museaika.playlists.playlist import Invitation, Operation, Playlist, Snapshot
from museaika.playlists.ports import Appended
from museaika.storage.documents import from_document, to_document
from museaika.storage.memory.paging import newest_first

T = TypeVar("T", Playlist, Snapshot, Operation)


@dataclass(slots=True)
class _Kept:
    playlist: Playlist
    snapshot: Snapshot
    log: list[Operation] = field(default_factory=list)
    touched: set[str] = field(default_factory=set)


class MemoryPlaylists:
    def __init__(self) -> None:
        self._kept: dict[str, _Kept] = {}
        self._invitations: dict[str, Invitation] = {}
        self._lock = threading.Lock()

    def create(self, snapshot: Snapshot) -> None:
        playlist = snapshot.playlist
        with self._lock:
            if playlist.playlist_id in self._kept:
                raise Conflict("There is a playlist with this id already.", code="already_exists")
            self._kept[playlist.playlist_id] = _Kept(playlist, snapshot, touched=set(playlist.members))

    def get(self, playlist_id: str) -> Playlist | None:
        kept = self._kept.get(playlist_id)
        return kept.playlist if kept else None

    def snapshot(self, playlist_id: str) -> Snapshot | None:
        kept = self._kept.get(playlist_id)
        return kept.snapshot if kept else None

    def append(self, playlist: Playlist, operations: Sequence[Operation]) -> Appended:
        with self._lock:
            kept = self._kept.get(playlist.playlist_id)
            if kept is None or kept.playlist.version != operations[0].version - 1:
                return "behind"
            if {done.op_id for done in kept.log} & {operation.op_id for operation in operations}:
                return "repeated"
            kept.log.extend(operations)
            kept.playlist = playlist
            kept.touched.update(playlist.members)
            return "stored"

    def find(self, playlist_id: str, op_id: str) -> Operation | None:
        return next((done for done in self._log(playlist_id) if done.op_id == op_id), None)

    def since(self, playlist_id: str, version: int, limit: int | None = None) -> Sequence[Operation]:
        later = [operation for operation in self._log(playlist_id) if operation.version > version]
        return later[:limit]

    def save(self, snapshot: Snapshot) -> None:
        with self._lock:
            kept = self._kept.get(snapshot.playlist.playlist_id)
            if kept and kept.snapshot.playlist.version < snapshot.playlist.version:
                kept.snapshot = snapshot

    def page(self, user_id: str, *, cursor: str | None = None, limit: int = 20) -> Page[Playlist]:
        theirs = [playlist for playlist in self._all() if user_id in playlist.members]
        return newest_first(theirs, lambda one: (one.created_at, one.playlist_id), cursor, limit)

    def tagged(self, user_id: str, mood: str, limit: int) -> Sequence[Playlist]:
        fitting = [one for one in self._all() if mood in one.mood_tags and one.role_of(user_id)]
        fitting.sort(key=lambda one: (one.updated_at, one.playlist_id), reverse=True)
        fitting.sort(key=lambda one: user_id not in one.members)
        return fitting[:limit]

    def touched(self, user_id: str) -> Sequence[str]:
        with self._lock:
            return sorted(name for name, kept in self._kept.items() if user_id in kept.touched)

    def forget(self, user_id: str, playlist_id: str, stand_in: str) -> None:
        with self._lock:
            if kept := self._kept.get(playlist_id):
                kept.touched.discard(user_id)
                kept.playlist = _renamed(kept.playlist, user_id, stand_in)
                kept.snapshot = _renamed(kept.snapshot, user_id, stand_in)
                kept.log = [_renamed(operation, user_id, stand_in) for operation in kept.log]

    def delete(self, playlist_id: str) -> bool:
        with self._lock:
            self._keep_invitations(lambda one: one.playlist_id != playlist_id)
            return self._kept.pop(playlist_id, None) is not None

    def invite(self, invitation: Invitation) -> None:
        with self._lock:
            self._invitations[invitation.invitation_id] = invitation

    def invitation(self, invitation_id: str) -> Invitation | None:
        return self._invitations.get(invitation_id)

    def invitations(self, playlist_id: str) -> Sequence[Invitation]:
        with self._lock:
            found = [one for one in self._invitations.values() if one.playlist_id == playlist_id]
        return sorted(found, key=lambda one: (one.created_at, one.invitation_id), reverse=True)

    def revoke(self, invitation_id: str, at: datetime) -> bool:
        with self._lock:
            one = self._invitations.get(invitation_id)
            if one is None or one.revoked_at is not None:
                return False
            self._invitations[invitation_id] = replace(one, revoked_at=at)
            return True

    def forget_invitations(self, expired_before: datetime) -> int:
        with self._lock:
            return self._keep_invitations(lambda one: one.expires_at >= expired_before)

    def _keep_invitations(self, keep: Callable[[Invitation], bool]) -> int:
        before = len(self._invitations)
        self._invitations = {name: one for name, one in self._invitations.items() if keep(one)}
        return before - len(self._invitations)

    def _log(self, playlist_id: str) -> list[Operation]:
        with self._lock:
            kept = self._kept.get(playlist_id)
            return list(kept.log) if kept else []

    def _all(self) -> list[Playlist]:
        with self._lock:
            return [kept.playlist for kept in self._kept.values()]


def _renamed(value: T, user_id: str, stand_in: str) -> T:
    return from_document(type(value), to_document(value).replace(f'"{user_id}"', f'"{stand_in}"'))
