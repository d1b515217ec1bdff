"""A playlist, what stands in it, and who may do what with it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

MOST_TRACKS = 10_000
MOST_COLLABORATORS = 100

Role = Literal["owner", "collaborator", "reader"]
Right = Literal["read", "edit", "share", "delete"]

RIGHTS: Mapping[Role, frozenset[Right]] = {
    "owner": frozenset({"read", "edit", "share", "delete"}),
    "collaborator": frozenset({"read", "edit"}),
    "reader": frozenset({"read"}),
}
"""`share`: say who else may see or edit it. Readers are all people, where the list is public."""

RIGHT_FOR: Mapping[str, Right] = {
    "add_track": "edit",
    "remove_track": "edit",
    "move_track": "edit",
    "rename": "edit",
    "describe": "edit",
    "tag": "edit",
    "set_public": "share",
    "add_collaborator": "share",
    "remove_collaborator": "share",
}
"""What each edit takes. A collaborator may remove themselves, too."""


@dataclass(frozen=True, slots=True)
class Entry:
    """One track in one list; a track may stand in it twice. `mood_context` is the mood it was added in."""

    entry_id: str
    track_id: str
    added_by: str
    added_at: datetime
    mood_context: str | None = None


@dataclass(frozen=True, slots=True)
class Playlist:
    """All of a playlist but its tracks; `version` counts its edits, its making is the first."""

    playlist_id: str
    owner_id: str
    title: str
    created_at: datetime
    updated_at: datetime
    description: str = ""
    mood_tags: tuple[str, ...] = ()
    is_public: bool = False
    collaborators: tuple[str, ...] = ()
    track_count: int = 0
    spotify_playlist_id: str | None = None
    version: int = 1

    def role_of(self, user_id: str) -> Role | None:
        """None: for this person the list does not exist."""
        if user_id == self.owner_id:
            return "owner"
        if user_id in self.collaborators:
            return "collaborator"
        return "reader" if self.is_public else None


@dataclass(frozen=True, slots=True)
class Edit:
    """What somebody wants to be done; `data` is as that action takes it (`edits.py`)."""

    action: str
    data: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Operation:
    """An edit as it was done: `data` names the anchor that was really used, `undo` is the edit that takes it
    back. Operations in the order of their versions make a replica equal to every other."""

    playlist_id: str
    version: int
    op_id: str
    action: str
    data: Mapping[str, Any]
    user_id: str
    at: datetime
    undo: Edit


@dataclass(frozen=True, slots=True)
class Snapshot:
    """A whole playlist at one version, `entries` in their order. `places` are the ids of entries and of
    those that went not long ago, in one order; `gone` says which went, the longest gone first."""

    playlist: Playlist
    entries: tuple[Entry, ...]
    places: tuple[str, ...] = ()
    gone: tuple[str, ...] = ()
